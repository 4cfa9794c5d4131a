export { HeapError, type HeapErrorCode } from './heap-error.ts';
export {
  type AddressRange,
  DEFAULT_HEAP_BYTES,
  endOfData,
  findHeapRegion,
  type HeapRegion,
  type RegionRequest,
  type RegionSymbol,
} from './heap-region.ts';
export { type BreakOutcome, SBRK_FAILED, StaticBreak } from './static-break.ts';
export { StaticHeap } from './static-heap.ts';
export { StaticPageSource } from './static-page-source.ts';

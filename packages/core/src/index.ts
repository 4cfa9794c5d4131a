export { BumpHeap } from './bump/bump.ts';
export {
  type Heap,
  type HeapStats,
  MIN_ALIGN,
  MISUSE_DOUBLE,
  MISUSE_INVALID,
  MISUSE_NONE,
  type Misuse,
} from './heap.ts';
export { BufferHeapMemory, type HeapMemory } from './heap-memory.ts';
export { LinkedListHeap } from './llff/llff.ts';
export { NullHeap } from './null/null.ts';
export {
  NO_MEMORY,
  PAGE_NONE,
  PAGE_READ,
  PAGE_READ_WRITE,
  type PageAccess,
  type PageCommitment,
  type PagePlacement,
  type PageProtection,
  type PageRelease,
  type PageSource,
} from './page-source.ts';
export { createHeap, STRATEGIES, type Strategy, type StrategyName } from './strategies.ts';
export { TLSF_STEPS, TlsfHeap } from './tlsf/tlsf.ts';

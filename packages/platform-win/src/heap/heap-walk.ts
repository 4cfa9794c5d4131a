/**
 * HeapWalk's order: each segment as a region, its blocks, what it has not committed; then the large
 * blocks, and those that something else serves. An entry says where the walk is.
 */
import { granuleFloor } from '../address-word.ts';
import {
  BLOCK_HEADER,
  KIND_BUSY,
  LEAST_UNITS,
  SEGMENT_BLOCKS,
  SEGMENT_COMMITTED,
  SEGMENT_RESERVED,
  UNIT_BYTES,
} from './heap-layout.ts';
import type { WinHeap } from './win-heap.ts';

export const PROCESS_HEAP_REGION = 0x1;
export const PROCESS_HEAP_UNCOMMITTED_RANGE = 0x2;
export const PROCESS_HEAP_ENTRY_BUSY = 0x4;

/** PROCESS_HEAP_ENTRY; the last four are a region's. */
export interface HeapEntry {
  readonly data: number;
  readonly size: number;
  readonly overhead: number;
  readonly region: number;
  readonly flags: number;
  readonly committed?: number;
  readonly uncommitted?: number;
  readonly firstBlock?: number;
  readonly lastBlock?: number;
}

/**
 * The entry after one, or the first one after none; null at the end.
 *
 * @param data  of the entry before, or 0
 */
export function nextEntry(
  heap: WinHeap,
  data: number,
  region: number,
  flags: number,
): HeapEntry | null {
  const segments = heap.segments().reverse();
  if (data === 0) return regionEntry(heap, segments[0]!, 0);
  if (region >= segments.length) return largeEntry(heap, data, segments.length);
  const segment = segments[region]!;
  if ((flags & PROCESS_HEAP_UNCOMMITTED_RANGE) === 0) {
    const isRegion = (flags & PROCESS_HEAP_REGION) !== 0;
    const at = isRegion ? segment + SEGMENT_BLOCKS : heap.blocks.next(data - BLOCK_HEADER);
    const end = heap.words.load64(segment + SEGMENT_COMMITTED);
    // A block that is none ends the walk.
    if (at < end - UNIT_BYTES) {
      return heap.blocks.unitsOf(at) < LEAST_UNITS ? null : blockEntry(heap, at, region);
    }
    const reserved = heap.words.load64(segment + SEGMENT_RESERVED);
    if (end > segment && end < reserved) {
      const uncommitted = PROCESS_HEAP_UNCOMMITTED_RANGE;
      return { data: end, size: reserved - end, overhead: 0, region, flags: uncommitted };
    }
  }
  const next = segments[region + 1];
  if (next !== undefined) return regionEntry(heap, next, region + 1);
  return largeEntry(heap, 0, segments.length);
}

/** All entries of a heap, in order. */
export function heapEntries(heap: WinHeap): HeapEntry[] {
  const found: HeapEntry[] = [];
  let entry = nextEntry(heap, 0, 0, 0);
  while (entry !== null) {
    found.push(entry);
    entry = nextEntry(heap, entry.data, entry.region, entry.flags);
  }
  return found;
}

function regionEntry(heap: WinHeap, segment: number, region: number): HeapEntry {
  const base = granuleFloor(segment);
  const committed = heap.words.load64(segment + SEGMENT_COMMITTED);
  const reserved = heap.words.load64(segment + SEGMENT_RESERVED);
  const firstBlock = segment + SEGMENT_BLOCKS;
  return {
    data: base,
    size: firstBlock - base,
    overhead: 0,
    region,
    flags: PROCESS_HEAP_REGION,
    committed: committed - base,
    uncommitted: reserved - committed,
    firstBlock,
    lastBlock: reserved,
  };
}

function blockEntry(heap: WinHeap, at: number, region: number): HeapEntry {
  const { blocks } = heap;
  const isBusy = blocks.kindOf(at) === KIND_BUSY;
  const size = isBusy ? blocks.sizeOf(at) : blocks.bytesOf(at) - BLOCK_HEADER;
  const flags = isBusy ? PROCESS_HEAP_ENTRY_BUSY : 0;
  return { data: at + BLOCK_HEADER, size, overhead: BLOCK_HEADER, region, flags };
}

/** The large block after one, or the first; then those that are served, by address. */
function largeEntry(heap: WinHeap, data: number, region: number): HeapEntry | null {
  const all = heap.largeBlocks();
  const before = all.indexOf(granuleFloor(data));
  const isServed = data !== 0 && before < 0;
  const at = isServed ? undefined : all[before + 1];
  if (at === undefined) return servedEntry(heap, isServed ? data : 0, region);
  const payload = heap.largePayload(at);
  const overhead = payload - at;
  const flags = PROCESS_HEAP_ENTRY_BUSY;
  return { data: payload, size: heap.sizeOf(payload), overhead, region, flags };
}

/** What such a block costs beside its bytes is not the system's to know. */
function servedEntry(heap: WinHeap, data: number, region: number): HeapEntry | null {
  const next = heap.servedAfter(data);
  if (next === null) return null;
  const { payload, size } = next;
  return { data: payload, size, overhead: 0, region, flags: PROCESS_HEAP_ENTRY_BUSY };
}

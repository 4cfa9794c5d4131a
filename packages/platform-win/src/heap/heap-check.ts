/** Verifies a heap: every block of every segment, the free lists, fills. What is wrong, as text. */
import { HEAP_FREE_CHECKING_ENABLED, HEAP_TAIL_CHECKING_ENABLED } from '../win-constants.ts';
import {
  BIN_COUNT,
  BLOCK_HEADER,
  BLOCK_PREVIOUS,
  FILL_FREE,
  FILL_TAIL,
  FREE_NEXT,
  HEAP_BINS,
  KIND_BUSY,
  KIND_END,
  KIND_FREE,
  LARGE_MAGIC,
  LEAST_UNITS,
  SEGMENT_BLOCKS,
  SEGMENT_COMMITTED,
  SEGMENT_MAGIC,
  TAIL_BYTES,
  UNIT_BYTES,
} from './heap-layout.ts';
import type { WinHeap } from './win-heap.ts';

/** What is wrong with one block that is a program's; null when nothing is. */
export function checkPayload(heap: WinHeap, payload: number): string | null {
  const size = heap.sizeOf(payload);
  if (size < 0) return 'no block';
  if ((heap.flags & HEAP_TAIL_CHECKING_ENABLED) === 0) return null;
  const at = heap.words.firstOther(payload + size, TAIL_BYTES, FILL_TAIL);
  return at < 0 ? null : `written past its end at 0x${at.toString(16)}`;
}

/** What is wrong with a heap, one line each. */
export function checkHeap(heap: WinHeap): string[] {
  const wrong: string[] = [];
  let free = 0;
  for (const segment of heap.segments()) free += checkSegment(heap, segment, wrong);
  for (const at of heap.largeBlocks()) {
    if (heap.words.load32(at) !== LARGE_MAGIC) return [...wrong, `no large block at ${at}`];
    note(wrong, at, checkPayload(heap, heap.largePayload(at)));
  }
  const listed = countListed(heap, free, wrong);
  if (listed !== free) wrong.push(`${free} blocks are free, ${listed} on the lists`);
  return wrong;
}

function note(wrong: string[], block: number, trouble: string | null): void {
  if (trouble !== null) wrong.push(`block 0x${block.toString(16)}: ${trouble}`);
}

/** Walks a segment's blocks; how many are free. */
function checkSegment(heap: WinHeap, segment: number, wrong: string[]): number {
  const { words, blocks } = heap;
  if (words.load32(segment) !== SEGMENT_MAGIC) {
    wrong.push(`no segment at 0x${segment.toString(16)}`);
    return 0;
  }
  const end = words.load64(segment + SEGMENT_COMMITTED) - UNIT_BYTES;
  let free = 0;
  let previous = 0;
  let wasFree = false;
  for (let block = segment + SEGMENT_BLOCKS; block < end; block = blocks.next(block)) {
    const kind = blocks.kindOf(block);
    const units = blocks.unitsOf(block);
    if ((kind !== KIND_BUSY && kind !== KIND_FREE) || units < LEAST_UNITS) {
      wrong.push(`no block at 0x${block.toString(16)}`);
      return free;
    }
    if (words.load32(block + BLOCK_PREVIOUS) !== previous) note(wrong, block, 'wrong size before');
    if (kind === KIND_FREE && wasFree) note(wrong, block, 'two free blocks side by side');
    note(wrong, block, troubleOf(heap, block, kind));
    wasFree = kind === KIND_FREE;
    if (wasFree) free++;
    previous = units;
  }
  if (blocks.kindOf(end) !== KIND_END) wrong.push(`no end at 0x${end.toString(16)}`);
  return free;
}

function troubleOf(heap: WinHeap, block: number, kind: number): string | null {
  if (kind === KIND_BUSY) return checkPayload(heap, block + BLOCK_HEADER);
  if ((heap.flags & HEAP_FREE_CHECKING_ENABLED) === 0) return null;
  const from = block + LEAST_UNITS * UNIT_BYTES;
  const at = heap.words.firstOther(from, heap.blocks.next(block) - from, FILL_FREE);
  return at < 0 ? null : `written after it was freed at 0x${at.toString(16)}`;
}

/** Free blocks on the lists, up to one more than there are. */
function countListed(heap: WinHeap, free: number, wrong: string[]): number {
  let listed = 0;
  for (let bin = 0; bin < BIN_COUNT; bin++) {
    let block = heap.words.load64(heap.base + HEAP_BINS + bin * 8);
    for (; block !== 0; block = heap.words.load64(block + FREE_NEXT)) {
      if (heap.blocks.kindOf(block) !== KIND_FREE) {
        wrong.push(`0x${block.toString(16)} is listed and not free`);
        return listed;
      }
      if (listed++ > free) return listed;
    }
  }
  return listed;
}

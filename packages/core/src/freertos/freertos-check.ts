/** Walks a heap of heap-2 or heap-4: every block, and the list of free blocks against them. */
import type { HeapStats } from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { HeapTally } from '../heap-tally.ts';
import {
  ALLOCATED,
  BLOCK_SIZE,
  FIRST_FREE,
  FREE_BYTES,
  FREERTOS_END,
  FREERTOS_MIN_BLOCK,
  LEAST_FREE_BYTES,
  LINK_BYTES,
  NEXT_FREE,
  UC_HEAP,
} from './freertos-layout.ts';

/** What the free list is ordered by; by address, neighbours are merged. */
export type FreeListOrder = 'size' | 'address';

/** Every invariant of the heap; what is wrong, a line each. */
export function checkFreeRtos(
  memory: HeapMemory,
  end: number,
  magic: number,
  order: FreeListOrder,
): string[] {
  if (memory.load32(0) !== magic || memory.load32(FREERTOS_END) !== end) {
    return ['control block overwritten'];
  }
  const wrong: string[] = [];
  const free = walkBlocks(memory, end, order, wrong);
  if (wrong.length > 0) return wrong;
  let freeBytes = 0;
  for (const bytes of free.values()) freeBytes += bytes;
  if (memory.load32(FREE_BYTES) !== freeBytes) wrong.push('count of free bytes');
  if (memory.load32(LEAST_FREE_BYTES) > freeBytes) wrong.push('least count of free bytes');
  walkList(memory, free, order, wrong);
  return wrong;
}

/** Sizes of the free blocks by offset. */
function walkBlocks(
  memory: HeapMemory,
  end: number,
  order: FreeListOrder,
  wrong: string[],
): Map<number, number> {
  const free = new Map<number, number>();
  let previousFree = false;
  let block = UC_HEAP;
  while (block < end) {
    const header = memory.load32(block + BLOCK_SIZE);
    const bytes = header & ~ALLOCATED;
    if (bytes < FREERTOS_MIN_BLOCK || (bytes & 7) !== 0 || bytes > end - block) {
      wrong.push(`size of block ${block}`);
      return free;
    }
    const isFree = (header & ALLOCATED) === 0;
    if (isFree && previousFree && order === 'address')
      wrong.push(`free neighbours at ${block} not merged`);
    if (isFree) free.set(block, bytes);
    else if (memory.load32(block + NEXT_FREE) !== 0) wrong.push(`link of block ${block} in use`);
    previousFree = isFree;
    block += bytes;
  }
  return free;
}

function walkList(
  memory: HeapMemory,
  free: Map<number, number>,
  order: FreeListOrder,
  wrong: string[],
): void {
  let before = 0;
  let link = FIRST_FREE;
  for (let block = memory.load32(link); block !== 0; block = memory.load32(link)) {
    const bytes = free.get(block);
    if (bytes === undefined) {
      wrong.push(`the list holds ${block}, which is not free, or twice`);
      return;
    }
    const place = order === 'size' ? bytes : block;
    if (place < before) wrong.push(`place of ${block} in the list`);
    before = place;
    free.delete(block);
    link = block + NEXT_FREE;
  }
  for (const block of free.keys()) wrong.push(`free block ${block} is not in the list`);
}

/** Figures by a walk over the blocks. */
export function freeRtosStats(memory: HeapMemory, end: number): HeapStats {
  const tally = new HeapTally();
  for (let block = UC_HEAP; block < end; ) {
    const header = memory.load32(block + BLOCK_SIZE);
    const bytes = header & ~ALLOCATED;
    if (bytes < FREERTOS_MIN_BLOCK) break;
    tally.add((header & ALLOCATED) !== 0, bytes - LINK_BYTES);
    block += bytes;
  }
  return tally.stats(end + LINK_BYTES);
}

/**
 * Blocks with boundary tags: a header says whether the block before is free, and a free block has
 * its size again in its last word, so that both neighbours of a block are found at once. Behind the
 * last block lies a sentinel, a header of size 0 in use.
 *
 * @see D. Knuth, The Art of Computer Programming 1, 2.5
 */
import { HEADER_PREVIOUS_FREE, HEADER_USED, TAGGED_MIN_BLOCK } from './block-header.ts';
import { headerUsable } from './block-usable.ts';
import { MISUSE_INVALID } from './heap.ts';
import type { HeapMemory } from './heap-memory.ts';

/** As {@link headerUsable}, and as far as the next block's header shows. */
export function taggedUsable(
  memory: HeapMemory,
  payload: number,
  first: number,
  sentinel: number,
): number {
  const usable = headerUsable(memory, payload, first, sentinel, TAGGED_MIN_BLOCK, 4);
  const isNextWrong =
    usable > 0 && (memory.load32((payload | 0) + usable) & HEADER_PREVIOUS_FREE) !== 0;
  return isNextWrong ? -MISUSE_INVALID : usable;
}

/** Makes a range a block in use, whatever lies before it. */
export function setUsed(memory: HeapMemory, block: number, bytes: number): void {
  memory.store32(block, bytes | HEADER_USED | (memory.load32(block) & HEADER_PREVIOUS_FREE));
  const after = block + bytes;
  memory.store32(after, memory.load32(after) & ~HEADER_PREVIOUS_FREE);
}

/** Makes a range a free block; the block before it is in use. */
export function setFree(memory: HeapMemory, block: number, bytes: number): void {
  const after = block + bytes;
  memory.store32(block, bytes);
  memory.store32(after - 4, bytes);
  memory.store32(after, memory.load32(after) | HEADER_PREVIOUS_FREE);
}

/** Cuts off what a used block has beyond `wanted`: a used block, too, or 0 when it is too small. */
export function cutUsed(memory: HeapMemory, block: number, bytes: number, wanted: number): number {
  const rest = bytes - wanted;
  if (rest < TAGGED_MIN_BLOCK) return 0;
  setUsed(memory, block, wanted);
  memory.store32(block + wanted, rest | HEADER_USED);
  return block + wanted;
}

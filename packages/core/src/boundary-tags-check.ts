/** Walks blocks with boundary tags. */
import { HEADER_PREVIOUS_FREE, HEADER_USED, headerSize, TAGGED_MIN_BLOCK } from './block-header.ts';
import type { HeapMemory } from './heap-memory.ts';

/**
 * Verifies headers and end tags from the first block to the sentinel; what is wrong goes to `wrong`.
 *
 * @param hasTail  whether a free block at the end has no tag, and the sentinel no P flag
 * @returns sizes of the free blocks by offset, as far as the walk came
 */
export function checkTags(
  memory: HeapMemory,
  first: number,
  sentinel: number,
  hasTail: boolean,
  wrong: string[],
): Map<number, number> {
  const free = new Map<number, number>();
  let flagP = 0;
  for (let block = first; block < sentinel; ) {
    const header = memory.load32(block);
    const bytes = headerSize(header);
    const next = block + bytes;
    if (bytes < TAGGED_MIN_BLOCK || next > sentinel || (header & 4) !== 0) {
      wrong.push(`header of block ${block}`);
      return free;
    }
    if ((header & HEADER_PREVIOUS_FREE) !== flagP) wrong.push(`P flag of block ${block}`);
    const isFree = (header & HEADER_USED) === 0;
    const isTagged = isFree && !(hasTail && next === sentinel);
    if (isFree && flagP !== 0) wrong.push(`free neighbours at ${block} not merged`);
    if (isTagged && memory.load32(next - 4) !== bytes) wrong.push(`end tag of block ${block}`);
    if (isFree) free.set(block, bytes);
    flagP = isTagged ? HEADER_PREVIOUS_FREE : 0;
    block = next;
  }
  if (memory.load32(sentinel) !== (HEADER_USED | flagP)) wrong.push('sentinel overwritten');
  return free;
}

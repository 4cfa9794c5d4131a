/** Walks a linked-list heap: every block, and the list of holes against the blocks. */
import { HEADER_USED, headerSize } from '../block-header.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { FIRST_HOLE, LLFF_END, LLFF_MAGIC, LLFF_MIN_BLOCK, NEXT_HOLE } from './llff-layout.ts';

/** Every invariant of the heap; what is wrong, a line each. */
export function checkLlff(memory: HeapMemory, first: number, end: number): string[] {
  if (memory.load32(0) !== LLFF_MAGIC || memory.load32(LLFF_END) !== end) {
    return ['control block overwritten'];
  }
  const wrong: string[] = [];
  let hole = memory.load32(FIRST_HOLE);
  let previousFree = false;
  let block = first;
  while (block < end) {
    const header = memory.load32(block);
    const bytes = headerSize(header);
    const isFree = (header & HEADER_USED) === 0;
    if (bytes < LLFF_MIN_BLOCK || block + bytes > end) return [...wrong, `size of block ${block}`];
    if (isFree && previousFree) wrong.push(`holes at ${block} not merged`);
    if (isFree && hole !== block) return [...wrong, `hole ${block} is not the next of the list`];
    if (isFree) hole = memory.load32(block + NEXT_HOLE);
    previousFree = isFree;
    block += bytes;
  }
  if (block !== end) wrong.push('the last block does not end at the end');
  if (hole !== 0) wrong.push(`the list goes on at ${hole}`);
  return wrong;
}

/** Walks a bump heap: the blocks must lead from the first, by their sizes, to the cursor. */
import { HEADER_BYTES, HEADER_USED, headerSize } from '../block-header.ts';
import type { HeapStats } from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { HeapTally } from '../heap-tally.ts';
import { BUMP_END, BUMP_MAGIC, BUMP_MIN_BLOCK, CURSOR, LAST } from './bump-layout.ts';

/** Every invariant of the heap; what is wrong, a line each. */
export function checkBump(memory: HeapMemory, first: number, end: number): string[] {
  if (memory.load32(0) !== BUMP_MAGIC || memory.load32(BUMP_END) !== end) {
    return ['control block overwritten'];
  }
  const cursor = memory.load32(CURSOR);
  const last = memory.load32(LAST);
  if (cursor < first || cursor > end) return [`cursor ${cursor} is outside the region`];
  let lastEnd = last === 0 ? cursor : 0;
  for (let block = first; block < cursor; ) {
    const bytes = headerSize(memory.load32(block));
    if (bytes < BUMP_MIN_BLOCK || block + bytes > cursor) return [`size of block ${block}`];
    block += bytes;
    if (block - bytes === last) lastEnd = block;
  }
  return lastEnd === cursor ? [] : ['the last block does not end at the cursor'];
}

/** Figures by a walk over the blocks. What was given back below the cursor counts as overhead. */
export function bumpStats(memory: HeapMemory, first: number, end: number): HeapStats {
  const tally = new HeapTally();
  const cursor = memory.load32(CURSOR);
  for (let block = first; block < cursor; ) {
    const header = memory.load32(block);
    const bytes = headerSize(header);
    if (bytes < BUMP_MIN_BLOCK) break;
    if ((header & HEADER_USED) !== 0) tally.add(true, bytes - HEADER_BYTES);
    block += bytes;
  }
  const freeBytes = end - cursor - HEADER_BYTES;
  if (freeBytes > 0) tally.add(false, freeBytes);
  return tally.stats(end);
}

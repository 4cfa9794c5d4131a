/** Walks an arena: the chunks, and in each the blocks up to its cursor. */
import { HEADER_BYTES, HEADER_USED, headerSize } from '../block-header.ts';
import type { HeapStats } from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import {
  ARENA_CONTROL_BYTES,
  ARENA_MAGIC,
  ARENA_MIN_BLOCK,
  CHUNK_BYTES,
  FIRST_BLOCK,
  LAST_BLOCK,
  NEWEST_CHUNK,
  ORDINAL,
} from './arena-layout.ts';
import type { ArenaList } from './arena-list.ts';

/** Every invariant of the arena and of its source; what is wrong, a line each. */
export function checkArena(memory: HeapMemory, control: number, chunks: ArenaList): string[] {
  if (memory.load32(control) !== ARENA_MAGIC) return ['control block overwritten'];
  const wrong = chunks.source.check();
  const newest = chunks.newest();
  if (memory.load32(control + NEWEST_CHUNK) !== newest) return [...wrong, 'newest chunk'];
  let total = 0;
  let last = 0;
  let chunk = newest;
  let oldest = newest;
  while (chunk !== 0) {
    total += memory.load32(chunk + CHUNK_BYTES);
    const lastOfChunk = walkBlocks(memory, chunk, chunks.cursorOf(chunk), wrong);
    if (chunk === newest) last = lastOfChunk;
    oldest = chunk;
    chunk = chunks.before(chunk);
  }
  if (newest !== 0 && memory.load32(oldest + ORDINAL) !== 1) wrong.push('chunks are missing');
  if (chunks.total() !== total) wrong.push('count of the bytes of all chunks');
  const named = memory.load32(control + LAST_BLOCK);
  if (named !== 0 && named !== last) wrong.push(`the last block is not ${named}`);
  return wrong;
}

/** The last block of a chunk, or 0. */
function walkBlocks(memory: HeapMemory, chunk: number, cursor: number, wrong: string[]): number {
  let last = 0;
  for (let block = chunk + FIRST_BLOCK; block < cursor; ) {
    const header = memory.load32(block);
    const bytes = headerSize(header);
    if (bytes < ARENA_MIN_BLOCK || bytes > cursor - block || (header & 6) !== 0) {
      wrong.push(`header of block ${block}`);
      return last;
    }
    last = block;
    block += bytes;
  }
  return last;
}

/**
 * Figures: blocks by a walk, free what the newest chunk and the source have. What was given back
 * below a cursor, and what was left at the end of a full chunk, counts as overhead.
 */
export function arenaStats(memory: HeapMemory, chunks: ArenaList, limit: number): HeapStats {
  let liveBytes = 0;
  let liveBlocks = 0;
  const newest = chunks.newest();
  for (let chunk = newest; chunk !== 0; chunk = chunks.before(chunk)) {
    const cursor = chunks.cursorOf(chunk);
    for (let block = chunk + FIRST_BLOCK; block < cursor; ) {
      const header = memory.load32(block);
      const bytes = headerSize(header);
      if (bytes < ARENA_MIN_BLOCK) break;
      if ((header & HEADER_USED) !== 0) {
        liveBlocks++;
        liveBytes += bytes - HEADER_BYTES;
      }
      block += bytes;
    }
  }
  const source = chunks.source.stats();
  const left = newest === 0 ? 0 : chunks.endOf(newest) - chunks.cursorOf(newest) - HEADER_BYTES;
  const rest = Math.max(0, left);
  const allowed = limit === 0 ? source.largestFreeBytes : Math.max(0, limit - chunks.total());
  const chunk = Math.min(source.largestFreeBytes, allowed);
  const inNew = Math.max(0, ((chunk - FIRST_BLOCK) & ~7) - HEADER_BYTES);
  const freeBytes = rest + source.freeBytes;
  const regionBytes = ARENA_CONTROL_BYTES + source.regionBytes;
  return {
    regionBytes,
    liveBytes,
    liveBlocks,
    freeBytes,
    freeBlocks: source.freeBlocks + (rest > 0 ? 1 : 0),
    largestFreeBytes: Math.max(rest, inNew),
    overheadBytes: regionBytes - liveBytes - freeBytes,
  };
}

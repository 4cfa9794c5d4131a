/** Adds up the figures of a heap while its blocks are walked. */
import { HEADER_BYTES, HEADER_USED, headerSize } from './block-header.ts';
import type { HeapStats } from './heap.ts';
import type { HeapMemory } from './heap-memory.ts';

export class HeapTally {
  liveBytes = 0;
  liveBlocks = 0;
  freeBytes = 0;
  freeBlocks = 0;
  largestFreeBytes = 0;

  /** @param bytes  payload of a block, in use or free */
  add(isUsed: boolean, bytes: number): void {
    if (isUsed) {
      this.liveBytes += bytes;
      this.liveBlocks++;
    } else {
      this.freeBytes += bytes;
      this.freeBlocks++;
      this.largestFreeBytes = Math.max(this.largestFreeBytes, bytes);
    }
  }

  /** The figures; what is neither live nor free of the region is overhead. */
  stats(regionBytes: number): HeapStats {
    const overheadBytes = regionBytes - this.liveBytes - this.freeBytes;
    return { ...this, regionBytes, overheadBytes };
  }
}

/** Figures by a walk over blocks with headers, up to `end` or to a header below `least` bytes. */
export function blockStats(
  memory: HeapMemory,
  first: number,
  end: number,
  least: number,
  regionBytes: number,
): HeapStats {
  const tally = new HeapTally();
  for (let block = first; block < end; ) {
    const header = memory.load32(block);
    const bytes = headerSize(header);
    if (bytes < least) break;
    tally.add((header & HEADER_USED) !== 0, bytes - HEADER_BYTES);
    block += bytes;
  }
  return tally.stats(regionBytes);
}

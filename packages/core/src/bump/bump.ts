/**
 * A bump allocator: a cursor that only moves up, but for the last block, which can be given back
 * or resized. O(1), and the least work there is; the memory of all other blocks comes back
 * only at reset(). See bump-layout.ts.
 */
import {
  alignOffset,
  blockBytes,
  firstBlockAt,
  HEADER_BYTES,
  HEADER_USED,
  lastBlockEnd,
} from '../block-header.ts';
import { headerUsable } from '../block-usable.ts';
import { type Heap, type HeapStats, MIN_ALIGN, printStats } from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { RegionCalls } from '../region-calls.ts';
import { bumpStats, checkBump } from './bump-check.ts';
import {
  BUMP_CONTROL_BYTES,
  BUMP_END,
  BUMP_LEAST_BYTES,
  BUMP_MAGIC,
  BUMP_MIN_BLOCK,
  CURSOR,
  LAST,
} from './bump-layout.ts';

export class BumpCalls extends RegionCalls {
  protected readonly first: number;
  protected readonly end: number;

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least {@link BUMP_LEAST_BYTES}
   */
  constructor(memory: HeapMemory, base: number, size: number) {
    super(memory, base, size, BUMP_LEAST_BYTES);
    this.first = firstBlockAt(BUMP_CONTROL_BYTES);
    this.end = lastBlockEnd(size);
    if (memory.load32(0) !== BUMP_MAGIC || memory.load32(BUMP_END) !== this.end) {
      memory.store32(0, BUMP_MAGIC);
      memory.store32(BUMP_END, this.end);
      this.reset();
    }
  }

  /** Gives back every block at once. */
  reset(): void {
    this.memory.store32(CURSOR, this.first);
    this.memory.store32(LAST, 0);
  }

  protected override take(size: number, align: number): number {
    const { memory } = this;
    this.steps++;
    const cursor = memory.load32(CURSOR);
    const payload = alignOffset(this.base, cursor + HEADER_BYTES, Math.max(align, MIN_ALIGN));
    const block = payload - HEADER_BYTES;
    const bytes = blockBytes(size, BUMP_MIN_BLOCK);
    if (block + bytes > this.end) return 0;
    if (block > cursor) memory.store32(cursor, block - cursor);
    this.setLast(block, bytes);
    return payload;
  }

  protected override give(payload: number, usable: number): void {
    const { memory } = this;
    const block = payload - HEADER_BYTES;
    memory.store32(block, usable + HEADER_BYTES);
    if (memory.load32(LAST) === block) {
      memory.store32(CURSOR, block);
      memory.store32(LAST, 0);
    }
  }

  protected override resize(payload: number, usable: number, newSize: number): boolean {
    const block = payload - HEADER_BYTES;
    const bytes = blockBytes(newSize, BUMP_MIN_BLOCK);
    if (this.memory.load32(LAST) !== block) return bytes <= usable + HEADER_BYTES;
    if (block + bytes > this.end) return false;
    this.setLast(block, bytes);
    return true;
  }

  protected override usableAt(payload: number): number {
    const { memory } = this;
    return headerUsable(memory, payload, this.first, memory.load32(CURSOR), BUMP_MIN_BLOCK, 6);
  }

  /** Makes a range the last block. */
  private setLast(block: number, bytes: number): void {
    const { memory } = this;
    memory.store32(block, bytes | HEADER_USED);
    memory.store32(CURSOR, block + bytes);
    memory.store32(LAST, block);
  }
}

export class BumpHeap extends BumpCalls implements Heap {
  readonly name: string = 'bump';

  stats(): HeapStats {
    return bumpStats(this.memory, this.first, this.end);
  }

  statsPrint(print: (line: string) => void): void {
    printStats(this.name, this.stats(), print);
  }

  check(): string[] {
    return checkBump(this.memory, this.first, this.end);
  }
}

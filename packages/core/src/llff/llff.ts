/**
 * Linked-list first fit: the holes form one list in order of address, a request takes the first
 * hole that is large enough, and a block given back merges with the holes beside it. Small and
 * predictable in space; its time grows with the number of holes. See llff-layout.ts.
 *
 * The list lies in bytes that the program can overwrite. Every walk therefore stops where offsets
 * no longer rise: a damaged list ends early, and no walk goes round in circles.
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
import { blockStats } from '../heap-tally.ts';
import { RegionCalls } from '../region-calls.ts';
import { checkLlff } from './llff-check.ts';
import {
  FIRST_HOLE,
  LLFF_CONTROL_BYTES,
  LLFF_END,
  LLFF_LEAST_BYTES,
  LLFF_MAGIC,
  LLFF_MIN_BLOCK,
  NEXT_HOLE,
} from './llff-layout.ts';

export class LinkedListCalls extends RegionCalls {
  protected readonly first: number;
  protected readonly end: number;

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least {@link LLFF_LEAST_BYTES}
   */
  constructor(memory: HeapMemory, base: number, size: number) {
    super(memory, base, size, LLFF_LEAST_BYTES);
    this.first = firstBlockAt(LLFF_CONTROL_BYTES);
    this.end = lastBlockEnd(size);
    if (memory.load32(0) !== LLFF_MAGIC || memory.load32(LLFF_END) !== this.end) {
      memory.store32(0, LLFF_MAGIC);
      memory.store32(LLFF_END, this.end);
      memory.store32(FIRST_HOLE, this.first);
      memory.store32(this.first, this.end - this.first);
      memory.store32(this.first + NEXT_HOLE, 0);
    }
  }

  protected override take(size: number, align: number): number {
    const { memory, end } = this;
    const bytes = blockBytes(size, LLFF_MIN_BLOCK);
    let link = FIRST_HOLE;
    let hole = memory.load32(link);
    while (hole > link && hole < end) {
      this.steps++;
      const start =
        align <= MIN_ALIGN
          ? hole
          : alignOffset(this.base, hole + HEADER_BYTES, align) - HEADER_BYTES;
      if (start + bytes <= hole + memory.load32(hole)) {
        this.cut(link, hole, start, bytes);
        return start + HEADER_BYTES;
      }
      link = hole + NEXT_HOLE;
      hole = memory.load32(link);
    }
    return 0;
  }

  protected override give(payload: number, usable: number): void {
    this.release(payload - HEADER_BYTES, usable + HEADER_BYTES);
  }

  protected override resize(payload: number, usable: number, newSize: number): boolean {
    const block = payload - HEADER_BYTES;
    const wanted = blockBytes(newSize, LLFF_MIN_BLOCK);
    const bytes = usable + HEADER_BYTES;
    if (wanted > bytes) return this.growInto(block, bytes, wanted);
    this.memory.store32(block, wanted | HEADER_USED);
    if (wanted < bytes) this.release(block + wanted, bytes - wanted);
    return true;
  }

  /** Not only for its own calls: a heap around this one looks at pointers, too. */
  override usableAt(payload: number): number {
    return headerUsable(this.memory, payload, this.first, this.end, LLFF_MIN_BLOCK, 6);
  }

  /** Cuts [start, start + bytes) out of a hole; what is left on both sides stays in the list. */
  private cut(link: number, hole: number, start: number, bytes: number): void {
    const { memory } = this;
    const holeEnd = hole + memory.load32(hole);
    let next = memory.load32(hole + NEXT_HOLE);
    const after = start + bytes;
    if (after < holeEnd) {
      memory.store32(after, holeEnd - after);
      memory.store32(after + NEXT_HOLE, next);
      next = after;
    }
    if (start > hole) {
      memory.store32(hole, start - hole);
      memory.store32(hole + NEXT_HOLE, next);
    } else {
      memory.store32(link, next);
    }
    memory.store32(start, bytes | HEADER_USED);
  }

  /**
   * Puts a range back into the list, merged with the holes it touches. Its header says so even
   * where a merge buries it, so that giving the block back again is seen.
   */
  private release(block: number, bytes: number): void {
    const { memory } = this;
    memory.store32(block, bytes);
    let before = 0;
    let next = memory.load32(FIRST_HOLE);
    while (next > before && next < block) {
      this.steps++;
      before = next;
      next = memory.load32(next + NEXT_HOLE);
    }
    let size = bytes;
    let after = next;
    if (next === block + bytes) {
      size += memory.load32(next);
      after = memory.load32(next + NEXT_HOLE);
    }
    if (before !== 0 && before + memory.load32(before) === block) {
      memory.store32(before, memory.load32(before) + size);
      memory.store32(before + NEXT_HOLE, after);
      return;
    }
    memory.store32(block, size);
    memory.store32(block + NEXT_HOLE, after);
    memory.store32(before === 0 ? FIRST_HOLE : before + NEXT_HOLE, block);
  }

  /** Extends a block into the hole after it; false when that is too small. */
  private growInto(block: number, bytes: number, wanted: number): boolean {
    const { memory } = this;
    const next = block + bytes;
    if (next >= this.end || (memory.load32(next) & HEADER_USED) !== 0) return false;
    if (bytes + memory.load32(next) < wanted) return false;
    let link = FIRST_HOLE;
    let hole = memory.load32(link);
    while (hole !== next) {
      if (hole <= link || hole > next) return false;
      this.steps++;
      link = hole + NEXT_HOLE;
      hole = memory.load32(link);
    }
    this.cut(link, next, next, wanted - bytes);
    memory.store32(block, wanted | HEADER_USED);
    return true;
  }
}

export class LinkedListHeap extends LinkedListCalls implements Heap {
  readonly name: string = 'llff';

  stats(): HeapStats {
    return blockStats(this.memory, this.first, this.end, LLFF_MIN_BLOCK, this.end);
  }

  statsPrint(print: (line: string) => void): void {
    printStats(this.name, this.stats(), print);
  }

  check(): string[] {
    return checkLlff(this.memory, this.first, this.end);
  }
}

/**
 * Linked-list first fit: the holes form one list in order of address, a request takes the first
 * hole that is large enough, and a block given back merges with the holes beside it. Small and
 * predictable in space; its time grows with the number of holes. See llff-layout.ts.
 *
 * The list lies in bytes that the program can overwrite. Every walk therefore stops where offsets
 * no longer rise: a damaged list ends early, and no walk goes round in circles.
 */

import { assert } from '../assert.ts';
import {
  alignOffset,
  blockBytes,
  firstBlockAt,
  HEADER_BYTES,
  HEADER_USED,
  headerSize,
  isTooLarge,
  lastBlockEnd,
} from '../block-header.ts';
import {
  type Heap,
  type HeapCalls,
  type HeapStats,
  MIN_ALIGN,
  MISUSE_DOUBLE,
  MISUSE_INVALID,
  MISUSE_NONE,
  type Misuse,
  printStats,
} from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { blockStats } from '../heap-tally.ts';
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

export class LinkedListCalls implements HeapCalls {
  steps = 0;
  worstSteps = 0;
  protected readonly memory: HeapMemory;
  private readonly base: number;
  protected readonly first: number;
  protected readonly end: number;

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least {@link LLFF_LEAST_BYTES}
   */
  constructor(memory: HeapMemory, base: number, size: number) {
    assert(size >= LLFF_LEAST_BYTES, `an llff region of ${size} bytes is too small`);
    this.memory = memory;
    this.base = base;
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

  allocate(size: number, align: number): number {
    this.steps = 0;
    if (isTooLarge(size, align)) return 0;
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
        this.take(link, hole, start, bytes);
        this.note();
        return this.base + start + HEADER_BYTES;
      }
      link = hole + NEXT_HOLE;
      hole = memory.load32(link);
    }
    this.note();
    return 0;
  }

  allocateZeroed(size: number, align: number): number {
    const payload = this.allocate(size, align);
    if (payload !== 0) this.memory.fill(payload - this.base, size, 0);
    return payload;
  }

  deallocate(address: number, _size: number, _align: number): Misuse {
    this.steps = 1;
    const misuse = this.misuse(address);
    if (misuse === MISUSE_NONE) {
      const block = this.blockOf(address);
      this.release(block, headerSize(this.memory.load32(block)));
    }
    this.note();
    return misuse;
  }

  reallocate(address: number, oldSize: number, align: number, newSize: number): number {
    if (this.reallocateInPlace(address, oldSize, align, newSize)) return address;
    const usable = this.usableSize(address);
    if (usable === 0) return 0;
    let steps = this.steps;
    const moved = this.allocate(newSize, align);
    steps += this.steps;
    if (moved !== 0) {
      this.memory.copy(moved - this.base, address - this.base, Math.min(usable, newSize));
      this.deallocate(address, oldSize, align);
      steps += this.steps;
    }
    this.steps = steps;
    this.note();
    return moved;
  }

  reallocateInPlace(address: number, _old: number, align: number, newSize: number): boolean {
    this.steps = 1;
    if (this.misuse(address) !== MISUSE_NONE || address % align !== 0) return false;
    if (isTooLarge(newSize, align)) return false;
    const { memory } = this;
    const block = this.blockOf(address);
    const wanted = blockBytes(newSize, LLFF_MIN_BLOCK);
    const bytes = headerSize(memory.load32(block));
    if (wanted <= bytes) {
      memory.store32(block, wanted | HEADER_USED);
      if (wanted < bytes) this.release(block + wanted, bytes - wanted);
    } else if (!this.growInto(block, bytes, wanted)) {
      return false;
    }
    this.note();
    return true;
  }

  usableSize(address: number): number {
    if (this.misuse(address) !== MISUSE_NONE) return 0;
    return headerSize(this.memory.load32(address - this.base - HEADER_BYTES)) - HEADER_BYTES;
  }

  /** Cuts [start, start + bytes) out of a hole; what is left on both sides stays in the list. */
  private take(link: number, hole: number, start: number, bytes: number): void {
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
    this.take(link, next, next, wanted - bytes);
    memory.store32(block, wanted | HEADER_USED);
    return true;
  }

  /** What is wrong with giving back an address, as far as its header shows. */
  private misuse(address: number): Misuse {
    const offset = address - this.base - HEADER_BYTES;
    if (offset < this.first || offset >= this.end) return MISUSE_INVALID;
    const block = offset | 0;
    if ((block & (MIN_ALIGN - 1)) !== HEADER_BYTES) return MISUSE_INVALID;
    const header = this.memory.load32(block);
    const bytes = headerSize(header);
    if (bytes < LLFF_MIN_BLOCK || block + bytes > this.end || (header & 6) !== 0)
      return MISUSE_INVALID;
    return (header & HEADER_USED) !== 0 ? MISUSE_NONE : MISUSE_DOUBLE;
  }

  /** Offset of the block of a payload that misuse() has found good, as a 32-bit integer. */
  private blockOf(address: number): number {
    return (address - this.base - HEADER_BYTES) | 0;
  }

  private note(): void {
    if (this.steps > this.worstSteps) this.worstSteps = this.steps;
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

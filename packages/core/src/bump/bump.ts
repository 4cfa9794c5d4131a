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
import { bumpStats, checkBump } from './bump-check.ts';
import {
  BUMP_CONTROL_BYTES,
  BUMP_END,
  BUMP_MAGIC,
  BUMP_MIN_BLOCK,
  CURSOR,
  LAST,
} from './bump-layout.ts';

export class BumpCalls implements HeapCalls {
  steps = 0;
  worstSteps = 0;
  protected readonly memory: HeapMemory;
  private readonly base: number;
  protected readonly first: number;
  protected readonly end: number;

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least BUMP_LEAST_BYTES
   */
  constructor(memory: HeapMemory, base: number, size: number) {
    this.memory = memory;
    this.base = base;
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

  allocate(size: number, align: number): number {
    this.count();
    if (isTooLarge(size, align)) return 0;
    const { memory } = this;
    const cursor = memory.load32(CURSOR);
    const payload = alignOffset(this.base, cursor + HEADER_BYTES, Math.max(align, MIN_ALIGN));
    const block = payload - HEADER_BYTES;
    const bytes = blockBytes(size, BUMP_MIN_BLOCK);
    if (block + bytes > this.end) return 0;
    if (block > cursor) memory.store32(cursor, block - cursor);
    memory.store32(block, bytes | HEADER_USED);
    memory.store32(CURSOR, block + bytes);
    memory.store32(LAST, block);
    return this.base + payload;
  }

  allocateZeroed(size: number, align: number): number {
    const payload = this.allocate(size, align);
    if (payload !== 0) this.memory.fill(payload - this.base, size, 0);
    return payload;
  }

  deallocate(address: number, _size: number, _align: number): Misuse {
    this.count();
    const { memory } = this;
    const misuse = this.misuse(address);
    if (misuse !== MISUSE_NONE) return misuse;
    const block = address - this.base - HEADER_BYTES;
    memory.store32(block, headerSize(memory.load32(block)));
    if (memory.load32(LAST) === block) {
      memory.store32(CURSOR, block);
      memory.store32(LAST, 0);
    }
    return MISUSE_NONE;
  }

  reallocate(address: number, oldSize: number, align: number, newSize: number): number {
    if (this.reallocateInPlace(address, oldSize, align, newSize)) return address;
    const usable = this.usableSize(address);
    if (usable === 0) return 0;
    const moved = this.allocate(newSize, align);
    if (moved !== 0) {
      this.memory.copy(moved - this.base, address - this.base, Math.min(usable, newSize));
      this.deallocate(address, oldSize, align);
    }
    return moved;
  }

  reallocateInPlace(address: number, _old: number, align: number, newSize: number): boolean {
    this.count();
    const { memory } = this;
    if (this.misuse(address) !== MISUSE_NONE || address % align !== 0) return false;
    if (isTooLarge(newSize, align)) return false;
    const block = address - this.base - HEADER_BYTES;
    const bytes = blockBytes(newSize, BUMP_MIN_BLOCK);
    if (memory.load32(LAST) !== block) return bytes <= headerSize(memory.load32(block));
    if (block + bytes > this.end) return false;
    memory.store32(block, bytes | HEADER_USED);
    memory.store32(CURSOR, block + bytes);
    return true;
  }

  usableSize(address: number): number {
    if (this.misuse(address) !== MISUSE_NONE) return 0;
    return headerSize(this.memory.load32(address - this.base - HEADER_BYTES)) - HEADER_BYTES;
  }

  /** What is wrong with giving back an address, as far as its header shows. */
  private misuse(address: number): Misuse {
    const offset = address - this.base - HEADER_BYTES;
    const cursor = this.memory.load32(CURSOR);
    if (offset < this.first || offset >= cursor) return MISUSE_INVALID;
    const block = offset | 0;
    if ((block & (MIN_ALIGN - 1)) !== HEADER_BYTES) return MISUSE_INVALID;
    const header = this.memory.load32(block);
    const bytes = headerSize(header);
    if (bytes < BUMP_MIN_BLOCK || block + bytes > cursor) return MISUSE_INVALID;
    if ((header & HEADER_USED) !== 0) return (header & 6) === 0 ? MISUSE_NONE : MISUSE_INVALID;
    return header === bytes ? MISUSE_DOUBLE : MISUSE_INVALID;
  }

  private count(): void {
    this.steps = 1;
    this.worstSteps = 1;
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

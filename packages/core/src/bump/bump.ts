/**
 * A bump allocator: a cursor that only moves up, but for the last block, which can be given back
 * or resized. O(1) and no fragmentation to speak of; memory of the others comes back at reset.
 *
 *   region  +0  magic
 *           +4  end of the region
 *           +8  cursor: where the next block begins
 *           +12 last block, or 0
 *           +16 blocks …  (each with the header of block-header.ts)
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
  type HeapStats,
  MIN_ALIGN,
  MISUSE_DOUBLE,
  MISUSE_INVALID,
  MISUSE_NONE,
  type Misuse,
  printStats,
} from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';

const MAGIC = 0x504d5542;
const END = 4;
const CURSOR = 8;
const LAST = 12;
const CONTROL_BYTES = 16;
const MIN_BLOCK = 8;

export class BumpHeap implements Heap {
  readonly name: string = 'bump';
  steps = 0;
  worstSteps = 0;
  private readonly memory: HeapMemory;
  private readonly base: number;
  private readonly first: number;
  private readonly end: number;

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least {@link BUMP_LEAST_BYTES}
   */
  constructor(memory: HeapMemory, base: number, size: number) {
    this.memory = memory;
    this.base = base;
    this.first = firstBlockAt(CONTROL_BYTES);
    this.end = lastBlockEnd(size);
    if (memory.load32(0) !== MAGIC || memory.load32(END) !== this.end) {
      memory.store32(0, MAGIC);
      memory.store32(END, this.end);
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
    const bytes = blockBytes(size, MIN_BLOCK);
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
    const bytes = blockBytes(newSize, MIN_BLOCK);
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

  stats(): HeapStats {
    let liveBytes = 0;
    let liveBlocks = 0;
    const cursor = this.memory.load32(CURSOR);
    for (let block = this.first; block < cursor; ) {
      const header = this.memory.load32(block);
      const bytes = headerSize(header);
      if (bytes < MIN_BLOCK) break;
      if ((header & HEADER_USED) !== 0) {
        liveBlocks++;
        liveBytes += bytes - HEADER_BYTES;
      }
      block += bytes;
    }
    const freeBytes = Math.max(0, this.end - cursor - HEADER_BYTES);
    const regionBytes = this.end;
    return {
      regionBytes,
      liveBytes,
      liveBlocks,
      freeBytes,
      freeBlocks: freeBytes > 0 ? 1 : 0,
      largestFreeBytes: freeBytes,
      overheadBytes: regionBytes - liveBytes - freeBytes,
    };
  }

  statsPrint(print: (line: string) => void): void {
    printStats(this.name, this.stats(), print);
  }

  check(): string[] {
    const { memory } = this;
    const wrong: string[] = [];
    if (memory.load32(0) !== MAGIC) wrong.push('control block overwritten');
    const cursor = memory.load32(CURSOR);
    const last = memory.load32(LAST);
    if (cursor < this.first || cursor > this.end) wrong.push('cursor outside the region');
    let block = this.first;
    let sawLast = last === 0;
    while (block < cursor && wrong.length === 0) {
      const bytes = headerSize(memory.load32(block));
      if (bytes < MIN_BLOCK || block + bytes > cursor) wrong.push(`bad header at ${block}`);
      if (block === last) sawLast = block + bytes === cursor;
      block += bytes;
    }
    if (!sawLast) wrong.push('the last block does not end at the cursor');
    return wrong;
  }

  /** What is wrong with giving back an address. Headers are trusted: see debug for one that is not. */
  private misuse(address: number): Misuse {
    const block = address - this.base - HEADER_BYTES;
    const cursor = this.memory.load32(CURSOR);
    if (block < this.first || block >= cursor || block % MIN_ALIGN !== HEADER_BYTES) {
      return MISUSE_INVALID;
    }
    const header = this.memory.load32(block);
    const bytes = headerSize(header);
    if (bytes < MIN_BLOCK || block + bytes > cursor) return MISUSE_INVALID;
    if ((header & HEADER_USED) !== 0) return (header & 6) === 0 ? MISUSE_NONE : MISUSE_INVALID;
    return header === bytes ? MISUSE_DOUBLE : MISUSE_INVALID;
  }

  private count(): void {
    this.steps = 1;
    this.worstSteps = 1;
  }
}

/** The smallest region: the control block and one small block. */
export const BUMP_LEAST_BYTES = 40;

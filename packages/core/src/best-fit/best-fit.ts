/**
 * Best fit: a request takes the smallest free block that is large enough, of those the lowest, and
 * a block given back merges with its free neighbours at once. The free blocks form a tree by size,
 * so that a call takes a logarithmic number of steps, expected. See best-fit-layout.ts.
 */
import { assert } from '../assert.ts';
import {
  alignOffset,
  blockBytes,
  firstBlockAt,
  HEADER_BYTES,
  HEADER_PREVIOUS_FREE,
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
import { checkBestFit } from './best-fit-check.ts';
import {
  BEST_FIT_CONTROL_BYTES,
  BEST_FIT_END,
  BEST_FIT_LEAST_BYTES,
  BEST_FIT_MAGIC,
  BEST_FIT_MIN_BLOCK,
  ROOT,
} from './best-fit-layout.ts';
import { FreeTree } from './free-tree.ts';

export class BestFitCalls implements HeapCalls {
  worstSteps = 0;
  protected readonly memory: HeapMemory;
  private readonly base: number;
  protected readonly first: number;
  protected readonly sentinel: number;
  private readonly tree: FreeTree;

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least {@link BEST_FIT_LEAST_BYTES}
   */
  constructor(memory: HeapMemory, base: number, size: number) {
    assert(size >= BEST_FIT_LEAST_BYTES, `a best-fit region of ${size} bytes is too small`);
    this.memory = memory;
    this.base = base;
    this.first = firstBlockAt(BEST_FIT_CONTROL_BYTES);
    this.sentinel = lastBlockEnd(size - HEADER_BYTES);
    this.tree = new FreeTree(memory, this.first, this.sentinel);
    if (memory.load32(0) !== BEST_FIT_MAGIC || memory.load32(BEST_FIT_END) !== this.sentinel) {
      memory.store32(0, BEST_FIT_MAGIC);
      memory.store32(BEST_FIT_END, this.sentinel);
      memory.store32(ROOT, 0);
      memory.store32(this.sentinel, HEADER_USED);
      this.addFree(this.first, this.sentinel - this.first);
    }
  }

  /** Work of the last call: blocks of the tree looked at. */
  get steps(): number {
    return this.tree.steps;
  }

  allocate(size: number, align: number): number {
    this.tree.steps = 0;
    if (isTooLarge(size, align)) return 0;
    const payload = this.take(blockBytes(size, BEST_FIT_MIN_BLOCK), align);
    this.note();
    return payload === 0 ? 0 : this.base + payload;
  }

  allocateZeroed(size: number, align: number): number {
    const payload = this.allocate(size, align);
    if (payload !== 0) this.memory.fill(payload - this.base, size, 0);
    return payload;
  }

  deallocate(address: number, _size: number, _align: number): Misuse {
    this.tree.steps = 1;
    const misuse = this.misuse(address);
    if (misuse === MISUSE_NONE) this.release(this.blockOf(address));
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
    this.tree.steps = steps;
    this.note();
    return moved;
  }

  reallocateInPlace(address: number, _old: number, align: number, newSize: number): boolean {
    this.tree.steps = 1;
    if (this.misuse(address) !== MISUSE_NONE || address % align !== 0) return false;
    if (isTooLarge(newSize, align)) return false;
    const { memory } = this;
    const block = this.blockOf(address);
    const wanted = blockBytes(newSize, BEST_FIT_MIN_BLOCK);
    let bytes = headerSize(memory.load32(block));
    if (wanted > bytes) {
      const next = block + bytes;
      const more = this.freeBytesAt(next);
      if (bytes + more < wanted || !this.tree.remove(next)) return false;
      bytes += more;
      this.setUsed(block, bytes);
    }
    this.trim(block, bytes, wanted);
    this.note();
    return true;
  }

  usableSize(address: number): number {
    if (this.misuse(address) !== MISUSE_NONE) return 0;
    return headerSize(this.memory.load32(address - this.base - HEADER_BYTES)) - HEADER_BYTES;
  }

  /** Takes a block of `bytes` with an aligned payload; the payload's offset, or 0. */
  private take(bytes: number, align: number): number {
    const { memory, tree } = this;
    let block = tree.findBest(bytes);
    if (block === 0) return 0;
    let gap = this.gapOf(block, align);
    if (gap + bytes > headerSize(memory.load32(block))) {
      // Whatever its address, a block of this size has room for the gap.
      block = tree.findBest(bytes + align + BEST_FIT_MIN_BLOCK);
      if (block === 0) return 0;
      gap = this.gapOf(block, align);
    }
    const found = this.freeBytesAt(block);
    if (gap + bytes > found || !tree.remove(block)) return 0;
    const start = block + gap;
    if (gap > 0) {
      memory.store32(start, found - gap);
      this.addFree(block, gap);
    }
    this.setUsed(start, found - gap);
    this.trim(start, found - gap, bytes);
    return start + HEADER_BYTES;
  }

  /** Bytes to leave before an aligned block in a free one: none, or enough for a block. */
  private gapOf(block: number, align: number): number {
    if (align <= MIN_ALIGN) return 0;
    const gap = alignOffset(this.base, block + HEADER_BYTES, align) - HEADER_BYTES - block;
    return gap > 0 && gap < BEST_FIT_MIN_BLOCK ? gap + align : gap;
  }

  /** Gives back what a used block has beyond `wanted`, when that makes a block. */
  private trim(block: number, bytes: number, wanted: number): void {
    const rest = bytes - wanted;
    if (rest < BEST_FIT_MIN_BLOCK) return;
    this.setUsed(block, wanted);
    this.memory.store32(block + wanted, rest | HEADER_USED);
    this.release(block + wanted);
  }

  /**
   * Frees a used block, merged with its free neighbours. Its header says so even where a merge
   * buries it, so that giving the block back again is seen.
   */
  private release(used: number): void {
    const { memory } = this;
    const header = memory.load32(used);
    let block = used;
    let bytes = headerSize(header);
    memory.store32(used, bytes);
    const after = used + bytes;
    const more = this.freeBytesAt(after);
    if (more > 0 && this.tree.remove(after)) bytes += more;
    if ((header & HEADER_PREVIOUS_FREE) !== 0) {
      const before = memory.load32(used - 4);
      const start = used - before;
      const isInside = before > 0 && start >= this.first;
      if (isInside && memory.load32(start) === before && this.tree.remove(start)) {
        block = start;
        bytes += before;
      }
    }
    this.addFree(block, bytes);
  }

  /** Bytes of the free block at an offset; 0 where none lies, or none that ends in the region. */
  private freeBytesAt(block: number): number {
    const header = this.memory.load32(block);
    const bytes = headerSize(header);
    const isFree = (header & HEADER_USED) === 0 && bytes >= BEST_FIT_MIN_BLOCK;
    return isFree && bytes <= this.sentinel - block ? bytes : 0;
  }

  private setUsed(block: number, bytes: number): void {
    const { memory } = this;
    memory.store32(block, bytes | HEADER_USED | (memory.load32(block) & HEADER_PREVIOUS_FREE));
    const after = block + bytes;
    memory.store32(after, memory.load32(after) & ~HEADER_PREVIOUS_FREE);
  }

  /** Makes a range a free block of the tree; the block before it is in use. */
  private addFree(block: number, bytes: number): void {
    const { memory } = this;
    const after = block + bytes;
    memory.store32(block, bytes);
    memory.store32(after - 4, bytes);
    memory.store32(after, memory.load32(after) | HEADER_PREVIOUS_FREE);
    this.tree.insert(block);
  }

  /** What is wrong with giving back an address, as far as its header and its successor show. */
  private misuse(address: number): Misuse {
    const offset = address - this.base - HEADER_BYTES;
    if (offset < this.first || offset >= this.sentinel) return MISUSE_INVALID;
    const block = offset | 0;
    if ((block & (MIN_ALIGN - 1)) !== HEADER_BYTES) return MISUSE_INVALID;
    const header = this.memory.load32(block);
    const bytes = headerSize(header);
    if (bytes < BEST_FIT_MIN_BLOCK || block + bytes > this.sentinel || (header & 4) !== 0)
      return MISUSE_INVALID;
    if ((header & HEADER_USED) === 0) return MISUSE_DOUBLE;
    const after = this.memory.load32(block + bytes);
    return (after & HEADER_PREVIOUS_FREE) === 0 ? MISUSE_NONE : MISUSE_INVALID;
  }

  /** Offset of the block of a payload that misuse() has found good, as a 32-bit integer. */
  private blockOf(address: number): number {
    return (address - this.base - HEADER_BYTES) | 0;
  }

  private note(): void {
    if (this.steps > this.worstSteps) this.worstSteps = this.steps;
  }
}

export class BestFitHeap extends BestFitCalls implements Heap {
  readonly name: string = 'best-fit';

  stats(): HeapStats {
    const { memory, first, sentinel } = this;
    return blockStats(memory, first, sentinel, BEST_FIT_MIN_BLOCK, sentinel + HEADER_BYTES);
  }

  statsPrint(print: (line: string) => void): void {
    printStats(this.name, this.stats(), print);
  }

  check(): string[] {
    return checkBestFit(this.memory, this.first, this.sentinel);
  }
}

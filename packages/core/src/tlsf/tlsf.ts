/**
 * Two-level segregated fit: a bitmap and an array of free lists find a block that fits in constant
 * time, and boundary tags merge neighbours in constant time. No call looks at more than
 * TLSF_STEPS blocks and list heads, whatever the heap looks like. See tlsf-layout.ts.
 */
import { assert } from '../assert.ts';
import {
  alignOffset,
  blockBytes,
  HEADER_BYTES,
  HEADER_PREVIOUS_FREE,
  HEADER_SIZE_MASK,
  HEADER_USED,
  headerSize,
  isTooLarge,
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
import { checkTlsf } from './tlsf-check.ts';
import {
  CONTROL_END,
  FL_BITMAP,
  listOf,
  MIN_BLOCK,
  NEXT_FREE,
  PREVIOUS_FREE,
  roundedUp,
  SL_BITMAPS,
  TLSF_MAGIC,
  type TlsfShape,
  tlsfFirstBlock,
  tlsfSentinel,
  tlsfShape,
} from './tlsf-layout.ts';

/**
 * Bound of the steps of one call, whatever the heap looks like. A step is a free list looked into,
 * or a block put in or taken out; the bytes that a moving reallocate copies are no steps.
 *
 *   allocate    3 find, 1 unlink, 1 link the part before, 1 link the part after    6
 *   deallocate  1 the block, 1 unlink the next, 2 put the whole for the one before  4
 *   in place    1 the block, then as much as a free with one neighbour              3
 *   reallocate  1 refused in place, then allocate and deallocate                   11
 */
export const TLSF_STEPS = 11;

export class TlsfCalls implements HeapCalls {
  steps = 0;
  worstSteps = 0;
  protected readonly memory: HeapMemory;
  private readonly base: number;
  protected readonly shape: TlsfShape;
  protected readonly first: number;
  protected readonly sentinel: number;
  private readonly heads: number;

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least {@link tlsfLeastBytes}
   */
  constructor(memory: HeapMemory, base: number, size: number) {
    this.memory = memory;
    this.base = base;
    this.shape = tlsfShape(size);
    this.first = tlsfFirstBlock(this.shape);
    this.sentinel = tlsfSentinel(size);
    this.heads = this.shape.heads;
    assert(this.first + MIN_BLOCK <= this.sentinel, `a TLSF region of ${size} bytes is too small`);
    if (memory.load32(0) !== TLSF_MAGIC || memory.load32(CONTROL_END) !== this.sentinel) {
      this.format();
    }
  }

  allocate(size: number, align: number): number {
    this.steps = 0;
    if (isTooLarge(size, align)) return 0;
    const payload =
      align <= MIN_ALIGN ? this.take(blockBytes(size, MIN_BLOCK)) : this.takeAligned(size, align);
    this.note();
    return payload === 0 ? 0 : this.base + payload;
  }

  allocateZeroed(size: number, align: number): number {
    const payload = this.allocate(size, align);
    if (payload !== 0) this.memory.fill(payload - this.base, size, 0);
    return payload;
  }

  deallocate(address: number, _size: number, _align: number): Misuse {
    this.steps = 1;
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
    const wanted = blockBytes(newSize, MIN_BLOCK);
    let bytes = headerSize(memory.load32(block));
    if (wanted > bytes) {
      const next = block + bytes;
      const header = memory.load32(next);
      if ((header & HEADER_USED) !== 0 || bytes + headerSize(header) < wanted) return false;
      this.unlink(next, headerSize(header));
      bytes += headerSize(header);
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

  private format(): void {
    const { memory, shape, first, sentinel } = this;
    memory.fill(0, shape.controlBytes, 0);
    memory.store32(0, TLSF_MAGIC);
    memory.store32(CONTROL_END, sentinel);
    memory.store32(sentinel, HEADER_USED);
    this.setFree(first, sentinel - first, 0);
    this.link(first, sentinel - first);
  }

  /** Takes a block of `bytes`; its payload, or 0. */
  private take(bytes: number): number {
    const { memory } = this;
    const block = this.find(bytes);
    if (block === 0) return 0;
    const found = memory.load32(block) & HEADER_SIZE_MASK;
    const rest = found - bytes;
    if (rest < MIN_BLOCK) {
      this.unlink(block, found);
      this.setUsed(block, found);
      return block + HEADER_BYTES;
    }
    // The block before a free one is in use, and stays so: no P flag here.
    memory.store32(block, bytes | HEADER_USED);
    const after = block + bytes;
    memory.store32(after, rest);
    memory.store32(after + rest - 4, rest);
    this.relink(block, found, after, rest);
    return block + HEADER_BYTES;
  }

  private takeAligned(size: number, align: number): number {
    const bytes = blockBytes(size, MIN_BLOCK);
    const block = this.find(bytes + align + MIN_BLOCK);
    if (block === 0) return 0;
    let found = headerSize(this.memory.load32(block));
    this.unlink(block, found);
    let payload = alignOffset(this.base, block + HEADER_BYTES, align);
    let gap = payload - HEADER_BYTES - block;
    if (gap > 0 && gap < MIN_BLOCK) {
      payload += align;
      gap += align;
    }
    const start = block + gap;
    if (gap > 0) {
      found -= gap;
      this.memory.store32(start, found | HEADER_PREVIOUS_FREE);
      this.setFree(block, gap, this.memory.load32(block) & HEADER_PREVIOUS_FREE);
      this.link(block, gap);
    }
    this.setUsed(start, found);
    this.trim(start, found, bytes);
    return payload;
  }

  /** A free block of at least `bytes`, or 0. */
  private find(bytes: number): number {
    const block = this.findSure(bytes);
    return block !== 0 ? block : this.findTight(bytes);
  }

  /**
   * The head of the list that `bytes` itself belongs to, if it happens to be large enough. The
   * sure search rounds up and so misses the last hole that would do; with this look the only hole
   * of a heap, and an empty heap as a whole, serves a request of its size.
   */
  private findTight(bytes: number): number {
    const { memory, shape } = this;
    const list = listOf(shape, bytes);
    if (list >>> shape.slLog2 >= shape.flCount) return 0;
    this.steps++;
    const block = memory.load32(this.heads + list * 4);
    return block !== 0 && headerSize(memory.load32(block)) >= bytes ? block : 0;
  }

  /** The head of the smallest list whose every block is large enough, or 0. */
  private findSure(bytes: number): number {
    const { memory, shape } = this;
    const { slLog2 } = shape;
    const list = listOf(shape, roundedUp(shape, bytes));
    let level = list >>> slLog2;
    if (level >= shape.flCount) return 0;
    this.steps++;
    let seconds = memory.load32(SL_BITMAPS + level * 4) & (~0 << (list & ((1 << slLog2) - 1)));
    if (seconds === 0) {
      const levels = memory.load32(FL_BITMAP) & (level === 31 ? 0 : ~0 << (level + 1));
      if (levels === 0) return 0;
      level = lowestBit(levels);
      seconds = memory.load32(SL_BITMAPS + level * 4);
      this.steps++;
    }
    this.steps++;
    return memory.load32(this.heads + ((level << slLog2) | lowestBit(seconds)) * 4);
  }

  /** Gives back what a used block has beyond `wanted`, when that makes a block. */
  private trim(block: number, bytes: number, wanted: number): void {
    const rest = bytes - wanted;
    if (rest < MIN_BLOCK) return;
    this.setUsed(block, wanted);
    this.memory.store32(block + wanted, rest | HEADER_USED);
    this.release(block + wanted);
  }

  /** Frees a used block, merged with its free neighbours. */
  private release(used: number): void {
    const { memory } = this;
    const header = memory.load32(used);
    const bytes = header & HEADER_SIZE_MASK;
    const next = used + bytes;
    const nextHeader = memory.load32(next);
    const after = (nextHeader & HEADER_USED) === 0 ? nextHeader & HEADER_SIZE_MASK : 0;
    const before = (header & HEADER_PREVIOUS_FREE) !== 0 ? memory.load32(used - 4) : 0;
    const block = used - before;
    const whole = before + bytes + after;
    if (before !== 0) {
      // The merge buries this header: it says free, so that giving it back again is seen.
      memory.store32(used, bytes);
      if (after !== 0) this.unlink(next, after);
      this.relink(block, before, block, whole);
    } else if (after !== 0) {
      this.relink(next, after, block, whole);
    } else {
      this.link(block, whole);
    }
    this.setFree(block, whole, 0);
  }

  /** Puts a free block in the place of another one: cheap when both belong to one list. */
  private relink(old: number, oldBytes: number, block: number, bytes: number): void {
    const list = listOf(this.shape, oldBytes);
    if (list !== listOf(this.shape, bytes)) {
      this.unlink(old, oldBytes);
      this.link(block, bytes);
      return;
    }
    this.steps++;
    if (old === block) return;
    const { memory } = this;
    const next = memory.load32(old + NEXT_FREE);
    const previous = memory.load32(old + PREVIOUS_FREE);
    memory.store32(block + NEXT_FREE, next);
    memory.store32(block + PREVIOUS_FREE, previous);
    if (next !== 0) memory.store32(next + PREVIOUS_FREE, block);
    memory.store32(previous === 0 ? this.heads + list * 4 : previous + NEXT_FREE, block);
  }

  private setUsed(block: number, bytes: number): void {
    const { memory } = this;
    memory.store32(block, bytes | HEADER_USED | (memory.load32(block) & HEADER_PREVIOUS_FREE));
    const after = block + bytes;
    memory.store32(after, memory.load32(after) & ~HEADER_PREVIOUS_FREE);
  }

  private setFree(block: number, bytes: number, flags: number): void {
    const { memory } = this;
    const after = block + bytes;
    memory.store32(block, bytes | flags);
    memory.store32(after - 4, bytes);
    memory.store32(after, memory.load32(after) | HEADER_PREVIOUS_FREE);
  }

  private link(block: number, bytes: number): void {
    const { memory, shape } = this;
    const list = listOf(shape, bytes);
    const level = list >>> shape.slLog2;
    const head = this.heads + list * 4;
    const next = memory.load32(head);
    memory.store32(block + NEXT_FREE, next);
    memory.store32(block + PREVIOUS_FREE, 0);
    if (next !== 0) memory.store32(next + PREVIOUS_FREE, block);
    memory.store32(head, block);
    const bitmap = SL_BITMAPS + level * 4;
    memory.store32(bitmap, memory.load32(bitmap) | (1 << (list & ((1 << shape.slLog2) - 1))));
    memory.store32(FL_BITMAP, memory.load32(FL_BITMAP) | (1 << level));
    this.steps++;
  }

  private unlink(block: number, bytes: number): void {
    const { memory } = this;
    const next = memory.load32(block + NEXT_FREE);
    const previous = memory.load32(block + PREVIOUS_FREE);
    if (next !== 0) memory.store32(next + PREVIOUS_FREE, previous);
    this.steps++;
    if (previous !== 0) {
      memory.store32(previous + NEXT_FREE, next);
      return;
    }
    const list = listOf(this.shape, bytes);
    memory.store32(this.heads + list * 4, next);
    if (next === 0) this.emptied(list);
  }

  private emptied(list: number): void {
    const { memory, shape } = this;
    const level = list >>> shape.slLog2;
    const bitmap = SL_BITMAPS + level * 4;
    const left = memory.load32(bitmap) & ~(1 << (list & ((1 << shape.slLog2) - 1)));
    memory.store32(bitmap, left);
    if (left === 0) {
      memory.store32(FL_BITMAP, memory.load32(FL_BITMAP) & ~(1 << level));
    }
  }

  /** What is wrong with giving back an address, as far as its header and its successor show. */
  private misuse(address: number): Misuse {
    const offset = address - this.base - HEADER_BYTES;
    if (offset < this.first || offset >= this.sentinel) return MISUSE_INVALID;
    const block = offset | 0;
    if ((block & (MIN_ALIGN - 1)) !== HEADER_BYTES) return MISUSE_INVALID;
    const header = this.memory.load32(block);
    const bytes = header & HEADER_SIZE_MASK;
    if (bytes < MIN_BLOCK || block + bytes > this.sentinel || (header & 4) !== 0)
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

export class TlsfHeap extends TlsfCalls implements Heap {
  readonly name: string = 'tlsf';

  stats(): HeapStats {
    const { sentinel } = this;
    return blockStats(this.memory, this.first, sentinel, MIN_BLOCK, sentinel + HEADER_BYTES);
  }

  statsPrint(print: (line: string) => void): void {
    printStats(this.name, this.stats(), print);
  }

  check(): string[] {
    return checkTlsf(this.memory, this.shape, this.first, this.sentinel);
  }
}

/** The smallest region for a heap with room for one block. */
export function tlsfLeastBytes(): number {
  return tlsfShape(512).controlBytes + 40;
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

/**
 * Two-level segregated fit: a bitmap and an array of free lists find a block that fits in constant
 * time, and boundary tags merge neighbours in constant time. No call looks at more than
 * TLSF_STEPS blocks and list heads, whatever the heap looks like.
 *
 * The free block at the end of the heap, the tail, is in no list: it is cut only for what no list
 * has, and what comes back beside it joins it, so that blocks that are freed in the opposite order
 * meet no list at all. See tlsf-layout.ts.
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
import { RegionCalls } from '../region-calls.ts';
import { checkTlsf } from './tlsf-check.ts';
import {
  BITMAPS,
  CONTROL_END,
  listOf,
  MIN_BLOCK,
  NEXT_FREE,
  PREVIOUS_FREE,
  sureListOf,
  TAIL,
  TLSF_MAGIC,
  type TlsfShape,
  tlsfFirstBlock,
  tlsfSentinel,
  tlsfShape,
  WORDS,
} from './tlsf-layout.ts';

/**
 * Bound of the steps of one call, whatever the heap looks like. A step is a free list looked into,
 * or a block put in or taken out; the bytes that a moving reallocate copies are no steps.
 *
 *   allocate    3 find, 1 unlink, 1 link the part before, 1 link the part after    6
 *   deallocate  1 the block, 2 unlink its neighbours, 1 link the whole             4
 *   in place    1 the block, 1 unlink the next, 1 link the rest                    3
 *   reallocate  1 refused in place, then allocate and deallocate                  11
 */
export const TLSF_STEPS = 11;

export class TlsfCalls extends RegionCalls {
  protected readonly shape: TlsfShape;
  private readonly heads: number;
  protected readonly first: number;
  protected readonly sentinel: number;
  private readonly slLog2: number;

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least {@link tlsfLeastBytes}
   */
  constructor(memory: HeapMemory, base: number, size: number) {
    super(memory, base);
    this.shape = tlsfShape(size);
    this.first = tlsfFirstBlock(this.shape);
    this.sentinel = tlsfSentinel(size);
    this.heads = this.shape.heads;
    this.slLog2 = this.shape.slLog2;
    assert(this.first + MIN_BLOCK <= this.sentinel, `a TLSF region of ${size} bytes is too small`);
    if (memory.load32(0) !== TLSF_MAGIC || memory.load32(CONTROL_END) !== this.sentinel) {
      memory.fill(0, this.first, 0);
      memory.store32(0, TLSF_MAGIC);
      memory.store32(CONTROL_END, this.sentinel);
      memory.store32(this.sentinel, HEADER_USED);
      this.setTail(this.first);
    }
  }

  allocate(size: number, align: number): number {
    this.steps = 0;
    if (isTooLarge(size, align)) return 0;
    const bytes = blockBytes(size, MIN_BLOCK);
    const block = align <= MIN_ALIGN ? this.take(bytes) : this.takeAligned(bytes, align);
    this.note();
    return block === 0 ? 0 : this.base + block + HEADER_BYTES;
  }

  deallocate(address: number, _size: number, _align: number): Misuse {
    this.steps = 1;
    const misuse = this.misuse(address);
    if (misuse === MISUSE_NONE) this.release(this.blockOf(address));
    this.note();
    return misuse;
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
      bytes += headerSize(header);
      if ((header & HEADER_USED) !== 0 || bytes < wanted) return false;
      this.detach(next, header);
      this.setUsed(block, bytes);
    }
    this.trim(block, bytes, wanted);
    this.note();
    return true;
  }

  usableSize(address: number): number {
    if (this.misuse(address) !== MISUSE_NONE) return 0;
    return headerSize(this.memory.load32(this.blockOf(address))) - HEADER_BYTES;
  }

  /** A used block of at least `bytes`, or 0. */
  private take(bytes: number): number {
    const { memory } = this;
    const block = this.find(bytes);
    if (block === 0) return this.takeTail(bytes);
    const found = memory.load32(block);
    const rest = found - bytes;
    this.unlink(block, found);
    if (rest < MIN_BLOCK) {
      this.setUsed(block, found);
    } else {
      // The block before a free one is in use, and stays so: no P flag here.
      memory.store32(block, bytes | HEADER_USED);
      this.link(block + bytes, rest);
    }
    return block;
  }

  /** The first `bytes` of the tail, in use; or 0. */
  private takeTail(bytes: number): number {
    const { memory, sentinel } = this;
    this.steps++;
    const tail = memory.load32(TAIL);
    let after = tail + bytes;
    if (after > sentinel) return 0;
    if (sentinel - after < MIN_BLOCK) after = sentinel;
    memory.store32(tail, (after - tail) | HEADER_USED);
    this.setTail(after);
    return tail;
  }

  private takeAligned(bytes: number, align: number): number {
    const { memory, sentinel } = this;
    const room = bytes + align + MIN_BLOCK;
    let block = this.find(room);
    if (block === 0) {
      this.steps++;
      block = memory.load32(TAIL);
      if (sentinel - block < room) return 0;
    }
    let found = memory.load32(block);
    this.detach(block, found);
    this.setUsed(block, found);
    let start = alignOffset(this.base, block + HEADER_BYTES, align) - HEADER_BYTES;
    if (start > block) {
      if (start - block < MIN_BLOCK) start += align;
      found -= start - block;
      memory.store32(start, found | HEADER_USED);
      memory.store32(block, (start - block) | HEADER_USED);
      this.release(block);
    }
    this.trim(start, found, bytes);
    return start;
  }

  /**
   * A block of at least `bytes` from a list, or 0: the head of the first list whose every block is
   * large enough. That misses the last hole that would do, so the head of the list that `bytes`
   * itself belongs to is looked at, too: the only hole of a heap serves a request of its size.
   */
  private find(bytes: number): number {
    const { memory, heads, slLog2 } = this;
    this.steps++;
    const words = memory.load32(WORDS);
    if (words === 0) return 0;
    const sure = sureListOf(slLog2, bytes);
    let word = sure >>> 5;
    let lists = 0;
    if (((words >>> word) & 1) !== 0) lists = memory.load32(BITMAPS + word * 4) & (~0 << sure);
    if (lists === 0) {
      this.steps++;
      const above = words & (~1 << word);
      if (above === 0) {
        const own = listOf(slLog2, bytes);
        const head = ((words >>> (own >>> 5)) & 1) === 0 ? 0 : memory.load32(heads + own * 4);
        return head !== 0 && memory.load32(head) >= bytes ? head : 0;
      }
      word = lowestBit(above);
      lists = memory.load32(BITMAPS + word * 4);
    }
    this.steps++;
    return memory.load32(heads + ((word << 5) | lowestBit(lists)) * 4);
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
    const { memory, sentinel } = this;
    const header = memory.load32(used);
    let block = used;
    let bytes = header & HEADER_SIZE_MASK;
    const next = block + bytes;
    const after = memory.load32(next);
    if ((header & HEADER_PREVIOUS_FREE) !== 0) {
      const before = memory.load32(used - 4);
      // The merge buries this header: it says free, so that giving it back again is seen.
      memory.store32(used, bytes);
      block -= before;
      bytes += before;
      this.unlink(block, before);
    }
    if ((after & HEADER_USED) === 0) {
      bytes += after;
      if (block + bytes !== sentinel) this.unlink(next, after);
    }
    if (block + bytes === sentinel) this.setTail(block);
    else this.link(block, bytes);
  }

  private setUsed(block: number, bytes: number): void {
    const { memory } = this;
    memory.store32(block, bytes | HEADER_USED | (memory.load32(block) & HEADER_PREVIOUS_FREE));
    const after = block + bytes;
    memory.store32(after, memory.load32(after) & ~HEADER_PREVIOUS_FREE);
  }

  /** Frees all from a block to the sentinel; nothing when the block is the sentinel. */
  private setTail(block: number): void {
    const { memory, sentinel } = this;
    memory.store32(TAIL, block);
    if (block < sentinel) memory.store32(block, sentinel - block);
  }

  /** Takes a free block out of its list, or the tail as a whole. */
  private detach(block: number, bytes: number): void {
    if (block + bytes === this.sentinel) this.setTail(this.sentinel);
    else this.unlink(block, bytes);
  }

  /** Makes a free block, in a list. */
  private link(block: number, bytes: number): void {
    const { memory } = this;
    const after = block + bytes;
    memory.store32(block, bytes);
    memory.store32(after - 4, bytes);
    memory.store32(after, memory.load32(after) | HEADER_PREVIOUS_FREE);
    const list = listOf(this.slLog2, bytes);
    const head = this.heads + list * 4;
    const next = memory.load32(head);
    memory.store32(block + NEXT_FREE, next);
    memory.store32(block + PREVIOUS_FREE, 0);
    memory.store32(head, block);
    this.steps++;
    if (next !== 0) {
      memory.store32(next + PREVIOUS_FREE, block);
      return;
    }
    const word = list >>> 5;
    const bitmap = BITMAPS + word * 4;
    memory.store32(bitmap, memory.load32(bitmap) | (1 << list));
    memory.store32(WORDS, memory.load32(WORDS) | (1 << word));
  }

  private unlink(block: number, bytes: number): void {
    const { memory } = this;
    const next = memory.load32(block + NEXT_FREE);
    const previous = memory.load32(block + PREVIOUS_FREE);
    this.steps++;
    if (next !== 0) memory.store32(next + PREVIOUS_FREE, previous);
    if (previous !== 0) {
      memory.store32(previous + NEXT_FREE, next);
      return;
    }
    const list = listOf(this.slLog2, bytes);
    memory.store32(this.heads + list * 4, next);
    if (next !== 0) return;
    const word = list >>> 5;
    const bitmap = BITMAPS + word * 4;
    const left = memory.load32(bitmap) & ~(1 << list);
    memory.store32(bitmap, left);
    if (left === 0) memory.store32(WORDS, memory.load32(WORDS) & ~(1 << word));
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

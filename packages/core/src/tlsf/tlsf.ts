/**
 * Two-level segregated fit: a bitmap and an array of free lists find a block that fits in constant
 * time, and boundary tags merge neighbours in constant time. No call looks at more than
 * TLSF_STEPS blocks and list heads, whatever the heap looks like.
 *
 * The free block at the end of the heap, the tail, is in no list: it is cut only for what no list
 * has, and what comes back beside it joins it, so that blocks that are freed in the opposite order
 * meet no list at all. See tlsf-layout.ts.
 */
import {
  alignOffset,
  blockBytes,
  firstBlockAt,
  HEADER_BYTES,
  HEADER_PREVIOUS_FREE,
  HEADER_SIZE_MASK,
  HEADER_USED,
  headerSize,
  TAGGED_MIN_BLOCK,
} from '../block-header.ts';
import { cutUsed, setFree, setUsed, taggedUsable } from '../boundary-tags.ts';
import { type Heap, type HeapStats, MIN_ALIGN, printStats } from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { blockStats } from '../heap-tally.ts';
import { RegionCalls } from '../region-calls.ts';
import { checkTlsf } from './tlsf-check.ts';
import {
  BITMAPS,
  CONTROL_END,
  listOf,
  NEXT_FREE,
  PREVIOUS_FREE,
  sureListOf,
  TAIL,
  TLSF_LEAST_BYTES,
  TLSF_MAGIC,
  type TlsfShape,
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
  protected readonly first: number;
  protected readonly sentinel: number;
  private readonly heads: number;
  private readonly slLog2: number;

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least {@link TLSF_LEAST_BYTES}
   */
  constructor(memory: HeapMemory, base: number, size: number) {
    super(memory, base, size, TLSF_LEAST_BYTES);
    const shape = tlsfShape(size);
    this.shape = shape;
    this.first = firstBlockAt(shape.controlBytes);
    this.sentinel = tlsfSentinel(size);
    this.heads = shape.heads;
    this.slLog2 = shape.slLog2;
    if (memory.load32(0) !== TLSF_MAGIC || memory.load32(CONTROL_END) !== this.sentinel) {
      memory.fill(0, this.first, 0);
      memory.store32(0, TLSF_MAGIC);
      memory.store32(CONTROL_END, this.sentinel);
      memory.store32(this.sentinel, HEADER_USED);
      this.setTail(this.first);
    }
  }

  protected override take(size: number, align: number): number {
    const bytes = blockBytes(size, TAGGED_MIN_BLOCK);
    const block = align <= MIN_ALIGN ? this.takeBlock(bytes) : this.takeAligned(bytes, align);
    return block === 0 ? 0 : block + HEADER_BYTES;
  }

  protected override resize(payload: number, usable: number, newSize: number): boolean {
    const { memory } = this;
    const block = payload - HEADER_BYTES;
    const wanted = blockBytes(newSize, TAGGED_MIN_BLOCK);
    let bytes = usable + HEADER_BYTES;
    if (wanted > bytes) {
      const next = block + bytes;
      const header = memory.load32(next);
      bytes += headerSize(header);
      if ((header & HEADER_USED) !== 0 || bytes < wanted) return false;
      this.detach(next, header);
      setUsed(memory, block, bytes);
    }
    this.trim(block, bytes, wanted);
    return true;
  }

  protected override give(payload: number): void {
    this.release(payload - HEADER_BYTES);
  }

  protected override usableAt(payload: number): number {
    return taggedUsable(this.memory, payload, this.first, this.sentinel);
  }

  /** A used block of at least `bytes`, or 0. */
  private takeBlock(bytes: number): number {
    const { memory } = this;
    const block = this.find(bytes);
    if (block === 0) return this.takeTail(bytes);
    const found = memory.load32(block);
    const rest = found - bytes;
    this.unlink(block, found);
    if (rest < TAGGED_MIN_BLOCK) {
      setUsed(memory, block, found);
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
    if (sentinel - after < TAGGED_MIN_BLOCK) after = sentinel;
    memory.store32(tail, (after - tail) | HEADER_USED);
    this.setTail(after);
    return tail;
  }

  private takeAligned(bytes: number, align: number): number {
    const { memory, sentinel } = this;
    const room = bytes + align + TAGGED_MIN_BLOCK;
    let block = this.find(room);
    if (block === 0) {
      this.steps++;
      block = memory.load32(TAIL);
      if (sentinel - block < room) return 0;
    }
    let found = memory.load32(block);
    this.detach(block, found);
    setUsed(memory, block, found);
    let start = alignOffset(this.base, block + HEADER_BYTES, align) - HEADER_BYTES;
    if (start > block) {
      if (start - block < TAGGED_MIN_BLOCK) start += align;
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
    const { memory, heads, sentinel, slLog2 } = this;
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
        // There is a list for each size that the region could have.
        const own = bytes > sentinel ? 0 : listOf(slLog2, bytes);
        const head = memory.load32(heads + own * 4);
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
    const rest = cutUsed(this.memory, block, bytes, wanted);
    if (rest !== 0) this.release(rest);
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

  /** Frees all from a block to the end; nothing when the block is the sentinel. */
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
    setFree(memory, block, bytes);
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
}

export class TlsfHeap extends TlsfCalls implements Heap {
  readonly name: string = 'tlsf';

  stats(): HeapStats {
    const { sentinel } = this;
    return blockStats(this.memory, this.first, sentinel, TAGGED_MIN_BLOCK, sentinel + HEADER_BYTES);
  }

  statsPrint(print: (line: string) => void): void {
    printStats(this.name, this.stats(), print);
  }

  check(): string[] {
    return checkTlsf(this.memory, this.shape, this.first, this.sentinel);
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

/**
 * Best fit: a request takes the smallest free block that is large enough, of those the lowest, and
 * a block given back merges with its free neighbours at once. The free blocks form a tree by size,
 * so that a call takes a logarithmic number of steps, expected. See best-fit-layout.ts.
 */
import {
  alignOffset,
  blockBytes,
  firstBlockAt,
  HEADER_BYTES,
  HEADER_PREVIOUS_FREE,
  HEADER_USED,
  headerSize,
  lastBlockEnd,
  TAGGED_MIN_BLOCK,
} from '../block-header.ts';
import { cutUsed, setFree, setUsed, taggedUsable } from '../boundary-tags.ts';
import { type Heap, type HeapStats, MIN_ALIGN, printStats } from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { blockStats } from '../heap-tally.ts';
import { RegionCalls } from '../region-calls.ts';
import { checkBestFit } from './best-fit-check.ts';
import {
  BEST_FIT_CONTROL_BYTES,
  BEST_FIT_END,
  BEST_FIT_LEAST_BYTES,
  BEST_FIT_MAGIC,
  ROOT,
} from './best-fit-layout.ts';
import { FreeTree } from './free-tree.ts';

export class BestFitCalls extends RegionCalls {
  protected readonly first: number;
  protected readonly sentinel: number;
  private readonly tree: FreeTree;

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least {@link BEST_FIT_LEAST_BYTES}
   */
  constructor(memory: HeapMemory, base: number, size: number) {
    super(memory, base, size, BEST_FIT_LEAST_BYTES);
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

  protected override take(size: number, align: number): number {
    const { memory, tree } = this;
    const bytes = blockBytes(size, TAGGED_MIN_BLOCK);
    let block = tree.findBest(bytes);
    if (block === 0) return 0;
    let gap = this.gapOf(block, align);
    if (gap + bytes > headerSize(memory.load32(block))) {
      // Whatever its address, a block of this size has room for the gap.
      block = tree.findBest(bytes + align + TAGGED_MIN_BLOCK);
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
    setUsed(memory, start, found - gap);
    this.trim(start, found - gap, bytes);
    return start + HEADER_BYTES;
  }

  protected override give(payload: number): void {
    this.release(payload - HEADER_BYTES);
  }

  protected override resize(payload: number, usable: number, newSize: number): boolean {
    const { memory } = this;
    const block = payload - HEADER_BYTES;
    const wanted = blockBytes(newSize, TAGGED_MIN_BLOCK);
    let bytes = usable + HEADER_BYTES;
    if (wanted > bytes) {
      const next = block + bytes;
      const more = this.freeBytesAt(next);
      if (bytes + more < wanted || !this.tree.remove(next)) return false;
      bytes += more;
      setUsed(memory, block, bytes);
    }
    this.trim(block, bytes, wanted);
    return true;
  }

  protected override usableAt(payload: number): number {
    return taggedUsable(this.memory, payload, this.first, this.sentinel);
  }

  protected override note(): void {
    this.steps += this.tree.steps;
    this.tree.steps = 0;
    super.note();
  }

  /** Bytes to leave before an aligned block in a free one: none, or enough for a block. */
  private gapOf(block: number, align: number): number {
    if (align <= MIN_ALIGN) return 0;
    const gap = alignOffset(this.base, block + HEADER_BYTES, align) - HEADER_BYTES - block;
    return gap > 0 && gap < TAGGED_MIN_BLOCK ? gap + align : gap;
  }

  /** Gives back what a used block has beyond `wanted`, when that makes a block. */
  private trim(block: number, bytes: number, wanted: number): void {
    const rest = cutUsed(this.memory, block, bytes, wanted);
    if (rest !== 0) this.release(rest);
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
    const isFree = (header & HEADER_USED) === 0 && bytes >= TAGGED_MIN_BLOCK;
    return isFree && bytes <= this.sentinel - block ? bytes : 0;
  }

  /** Makes a range a free block of the tree; the block before it is in use. */
  private addFree(block: number, bytes: number): void {
    setFree(this.memory, block, bytes);
    this.tree.insert(block);
  }
}

export class BestFitHeap extends BestFitCalls implements Heap {
  readonly name: string = 'best-fit';

  stats(): HeapStats {
    const { memory, first, sentinel } = this;
    return blockStats(memory, first, sentinel, TAGGED_MIN_BLOCK, sentinel + HEADER_BYTES);
  }

  statsPrint(print: (line: string) => void): void {
    printStats(this.name, this.stats(), print);
  }

  check(): string[] {
    return checkBestFit(this.memory, this.first, this.sentinel);
  }
}

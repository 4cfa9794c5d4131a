/**
 * Blocks of a heap and its free lists: split, coalesce, find. It works on bytes alone; where
 * segments come from is win-heap.ts's.
 */
import { HEAP_FREE_CHECKING_ENABLED } from '../win-constants.ts';
import type { GuestWords } from './guest-words.ts';
import {
  BIN_COUNT,
  BLOCK_HEADER,
  BLOCK_KIND,
  BLOCK_PREVIOUS,
  BLOCK_UNUSED,
  binOf,
  FILL_FREE,
  FREE_NEXT,
  FREE_PREVIOUS,
  HEAP_BINS,
  HEAP_BITS,
  HEAP_FLAGS,
  KIND_BUSY,
  KIND_END,
  KIND_FREE,
  kindWord,
  LEAST_UNITS,
  MOST_STEPS,
  UNIT_BYTES,
} from './heap-layout.ts';

export class HeapBlocks {
  readonly words: GuestWords;
  readonly heap: number;

  constructor(words: GuestWords, heap: number) {
    this.words = words;
    this.heap = heap;
  }

  // One block.

  unitsOf(block: number): number {
    return this.words.load32(block);
  }

  bytesOf(block: number): number {
    return this.words.load32(block) * UNIT_BYTES;
  }

  /** The kind of a block whose check holds, or 0. */
  kindOf(block: number): number {
    const word = this.words.load32(block + BLOCK_KIND);
    const kind = word >>> 24;
    return word === kindWord(block, this.unitsOf(block), kind) ? kind : 0;
  }

  next(block: number): number {
    return block + this.bytesOf(block);
  }

  /** The block before, or 0 at a segment's start. */
  previous(block: number): number {
    const units = this.words.load32(block + BLOCK_PREVIOUS);
    return units === 0 ? 0 : block - units * UNIT_BYTES;
  }

  /** Bytes that were asked for. */
  sizeOf(block: number): number {
    return this.bytesOf(block) - this.words.load32(block + BLOCK_UNUSED);
  }

  /** Writes a header, and the size into the block after. */
  write(block: number, units: number, previousUnits: number, kind: number): void {
    const { words } = this;
    words.store32(block, units);
    words.store32(block + BLOCK_PREVIOUS, previousUnits);
    words.store32(block + BLOCK_KIND, kindWord(block, units, kind));
    words.store32(block + BLOCK_UNUSED, 0);
    if (kind !== KIND_END) words.store32(block + units * UNIT_BYTES + BLOCK_PREVIOUS, units);
  }

  /** Makes a block the program's, with a size that it asked for. */
  makeBusy(block: number, size: number): void {
    const units = this.unitsOf(block);
    this.words.store32(block + BLOCK_KIND, kindWord(block, units, KIND_BUSY));
    this.words.store32(block + BLOCK_UNUSED, units * UNIT_BYTES - size);
  }

  // Free blocks.

  /** Makes a block free, joined with free neighbours; the block that it is then. */
  makeFree(block: number): number {
    const { words } = this;
    let start = block;
    let units = this.unitsOf(block);
    const after = this.next(block);
    if (this.kindOf(after) === KIND_FREE) {
      this.unlink(after);
      units += this.unitsOf(after);
    }
    // Whatever it joins, its own header is no block's any more.
    words.store32(block + BLOCK_KIND, 0);
    const before = this.previous(block);
    if (before !== 0 && this.kindOf(before) === KIND_FREE) {
      this.unlink(before);
      units += this.unitsOf(before);
      start = before;
    }
    this.write(start, units, words.load32(start + BLOCK_PREVIOUS), KIND_FREE);
    this.link(start, units);
    this.fillFreed(start, block, after);
    return start;
  }

  /**
   * Fills what was freed when the heap checks: the block without the links that are there now, and
   * what was header and links of the block after it. What lay free before is filled.
   */
  private fillFreed(start: number, block: number, after: number): void {
    const { words } = this;
    if ((words.load32(this.heap + HEAP_FLAGS) & HEAP_FREE_CHECKING_ENABLED) === 0) return;
    const links = LEAST_UNITS * UNIT_BYTES;
    const from = Math.max(start + links, block);
    const to = Math.min(this.next(start), after + links);
    if (from < to) words.fill(from, to - from, FILL_FREE);
  }

  /** Takes a free block of at least so many units off its list, or 0. */
  take(units: number): number {
    const own = binOf(units);
    for (let bin = this.firstBin(own); bin >= 0; bin = this.firstBin(bin + 1)) {
      const block = this.firstFit(bin, units);
      if (block === 0) continue;
      this.unlink(block);
      return block;
    }
    return 0;
  }

  /** Cuts a block that is on no list to so many units; the rest is free. */
  trim(block: number, units: number): void {
    const all = this.unitsOf(block);
    if (all - units < LEAST_UNITS) return;
    const kind = this.words.load32(block + BLOCK_KIND) >>> 24;
    this.write(block, units, this.words.load32(block + BLOCK_PREVIOUS), kind);
    const rest = block + units * UNIT_BYTES;
    this.write(rest, all - units, units, KIND_BUSY);
    this.makeFree(rest);
  }

  /** Grows a block into a free one after it; false when that is not enough. */
  growInto(block: number, units: number): boolean {
    const after = this.next(block);
    const all = this.unitsOf(block) + this.unitsOf(after);
    if (this.kindOf(after) !== KIND_FREE || all < units) return false;
    this.unlink(after);
    this.write(block, all, this.words.load32(block + BLOCK_PREVIOUS), KIND_BUSY);
    this.trim(block, units);
    return true;
  }

  /** Payload bytes of the largest free block. */
  largestFree(): number {
    let largest = 0;
    for (let bin = this.firstBin(0); bin >= 0; bin = this.firstBin(bin + 1)) {
      let block = this.words.load64(this.heap + HEAP_BINS + bin * 8);
      for (let steps = 0; block !== 0 && steps < MOST_STEPS; steps++) {
        largest = Math.max(largest, this.bytesOf(block) - BLOCK_HEADER);
        block = this.words.load64(block + FREE_NEXT);
      }
    }
    return largest;
  }

  private firstFit(bin: number, units: number): number {
    let block = this.words.load64(this.heap + HEAP_BINS + bin * 8);
    for (let steps = 0; block !== 0 && steps < MOST_STEPS; steps++) {
      if (this.unitsOf(block) >= units) return block;
      block = this.words.load64(block + FREE_NEXT);
    }
    return 0;
  }

  /** The first bin at or above one that has blocks, or -1. */
  private firstBin(from: number): number {
    for (let word = from >>> 5; word < BIN_COUNT / 32; word++) {
      const skipped = word === from >>> 5 ? from & 31 : 0;
      const bits = (this.words.load32(this.heap + HEAP_BITS + word * 4) >>> skipped) << skipped;
      if (bits !== 0) return word * 32 + 31 - Math.clz32(bits & -bits);
    }
    return -1;
  }

  private link(block: number, units: number): void {
    const { words } = this;
    const bin = binOf(units);
    const head = this.heap + HEAP_BINS + bin * 8;
    const first = words.load64(head);
    words.store64(block + FREE_NEXT, first);
    words.store64(block + FREE_PREVIOUS, 0);
    if (first !== 0) words.store64(first + FREE_PREVIOUS, block);
    words.store64(head, block);
    this.setBit(bin, true);
  }

  /** Takes a free block off its list. */
  unlink(block: number): void {
    const { words } = this;
    const next = words.load64(block + FREE_NEXT);
    const previous = words.load64(block + FREE_PREVIOUS);
    const bin = binOf(this.unitsOf(block));
    if (next !== 0) words.store64(next + FREE_PREVIOUS, previous);
    if (previous !== 0) words.store64(previous + FREE_NEXT, next);
    else {
      words.store64(this.heap + HEAP_BINS + bin * 8, next);
      if (next === 0) this.setBit(bin, false);
    }
  }

  private setBit(bin: number, isSet: boolean): void {
    const at = this.heap + HEAP_BITS + (bin >>> 5) * 4;
    const bit = 1 << (bin & 31);
    const bits = this.words.load32(at);
    this.words.store32(at, isSet ? bits | bit : bits & ~bit);
  }
}

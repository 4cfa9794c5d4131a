/** A growable array of 32-bit words that lives in a heap of the caller's choice. */
import { assert } from '../assert.ts';
import { BlockBuffer } from './block-buffer.ts';
import type { PlacedHeap } from './placed-heap.ts';

const WORD_BYTES = 4;

export class HeapArray {
  /** Words in it. */
  length = 0;
  private readonly buffer: BlockBuffer;

  constructor(place: PlacedHeap) {
    this.buffer = new BlockBuffer(place, WORD_BYTES);
  }

  /** Words that fit before the heap is asked again. */
  get capacity(): number {
    return Math.floor(this.buffer.capacity / WORD_BYTES);
  }

  /** Makes room for words in all; false when the heap has none, and nothing is changed. */
  reserve(words: number): boolean {
    return this.buffer.reserve(words * WORD_BYTES);
  }

  /** Appends a word; false when the heap has no room, and nothing is changed. */
  push(word: number): boolean {
    if (!this.reserve(this.length + 1)) return false;
    this.length++;
    this.set(this.length - 1, word);
    return true;
  }

  /** Takes the last word off; `undefined` when there is none. The room stays. */
  pop(): number | undefined {
    if (this.length === 0) return undefined;
    const word = this.get(this.length - 1);
    this.length--;
    return word;
  }

  /** A word, signed. @param index  below `length` */
  get(index: number): number {
    this.demand(index);
    return this.buffer.memory.load32(this.buffer.offset + index * WORD_BYTES);
  }

  /** @param index  below `length` */
  set(index: number, word: number): void {
    this.demand(index);
    this.buffer.memory.store32(this.buffer.offset + index * WORD_BYTES, word);
  }

  /** Gives back the room that no word needs. */
  shrinkToFit(): void {
    this.buffer.shrink(this.length * WORD_BYTES);
  }

  /** Gives its block back; it is empty then and can be used again. */
  free(): void {
    this.buffer.free();
    this.length = 0;
  }

  private demand(index: number): void {
    assert(index >= 0 && index < this.length, `index ${index} of ${this.length} words`);
  }
}

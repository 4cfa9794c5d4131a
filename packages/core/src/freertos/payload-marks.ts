/** The marks of heap-1: two bits for every 8 bytes of its heap. See heap-1-layout.ts. */
import type { HeapMemory } from '../heap-memory.ts';
import type { StepCount } from '../region-calls.ts';
import { BYTES_A_WORD, MARKS } from './heap-1-layout.ts';

export class PayloadMarks {
  private readonly count: StepCount;
  private readonly memory: HeapMemory;
  private readonly first: number;

  /**
   * @param count  counts the words of marks that are looked at
   * @param first  offset of the heap's first payload
   */
  constructor(memory: HeapMemory, count: StepCount, first: number) {
    this.count = count;
    this.memory = memory;
    this.first = first;
  }

  /** The mark of the payload at an offset. */
  at(payload: number): number {
    return (this.memory.load32(this.wordOf(payload)) >>> this.shiftOf(payload)) & 3;
  }

  set(payload: number, mark: number): void {
    const word = this.wordOf(payload);
    const shift = this.shiftOf(payload);
    const others = this.memory.load32(word) & ~(3 << shift);
    this.memory.store32(word, others | (mark << shift));
  }

  /** Where the payload at an offset ends: at the next mark, or at `limit` when there is none. */
  endOf(payload: number, limit: number): number {
    let at = payload + 8;
    while (at < limit) {
      this.count.steps++;
      const left = this.memory.load32(this.wordOf(at)) >>> this.shiftOf(at);
      if (left !== 0) {
        const lowest = 31 - Math.clz32(left & -left);
        return Math.min(limit, at + (lowest >> 1) * 8);
      }
      at += BYTES_A_WORD - ((at - this.first) % BYTES_A_WORD);
    }
    return limit;
  }

  private wordOf(payload: number): number {
    return MARKS + ((payload - this.first) >>> 7) * 4;
  }

  private shiftOf(payload: number): number {
    return ((payload - this.first) >>> 2) & 30;
  }
}

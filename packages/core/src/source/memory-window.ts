/** A part of a HeapMemory with offsets of its own: what a heap inside a larger space sees. */
import type { HeapMemory } from '../heap-memory.ts';

export class MemoryWindow implements HeapMemory {
  private readonly memory: HeapMemory;
  private readonly start: number;

  /** @param start  offset in `memory` of the window's offset 0, a multiple of 4 */
  constructor(memory: HeapMemory, start: number) {
    this.memory = memory;
    this.start = start;
  }

  load32(offset: number): number {
    return this.memory.load32(this.start + offset);
  }

  store32(offset: number, value: number): void {
    this.memory.store32(this.start + offset, value);
  }

  fill(offset: number, length: number, byte: number): void {
    this.memory.fill(this.start + offset, length, byte);
  }

  copy(to: number, from: number, length: number): void {
    this.memory.copy(this.start + to, this.start + from, length);
  }
}

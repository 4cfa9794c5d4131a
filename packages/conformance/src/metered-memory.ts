/**
 * A HeapMemory that counts accesses and stops a call that makes too many. A heap's lists lie in
 * bytes that the program can overwrite; a walk that goes round in circles shows here as an error
 * instead of a test that never ends.
 */
import type { HeapMemory } from '@bareheap/core';

export class EndlessCallError extends Error {}

export class MeteredMemory implements HeapMemory {
  private readonly memory: HeapMemory;
  private readonly limit: number;
  private accesses = 0;

  /** @param limit  accesses between two calls of {@link restart} */
  constructor(memory: HeapMemory, limit: number) {
    this.memory = memory;
    this.limit = limit;
  }

  /** Begins to count anew. */
  restart(): void {
    this.accesses = 0;
  }

  load32(offset: number): number {
    this.count();
    return this.memory.load32(offset);
  }

  store32(offset: number, value: number): void {
    this.count();
    this.memory.store32(offset, value);
  }

  fill(offset: number, length: number, byte: number): void {
    this.count();
    this.memory.fill(offset, length, byte);
  }

  copy(to: number, from: number, length: number): void {
    this.count();
    this.memory.copy(to, from, length);
  }

  private count(): void {
    this.accesses++;
    if (this.accesses > this.limit) throw new EndlessCallError(`more than ${this.limit} accesses`);
  }
}

/**
 * What the calls of every strategy have in common: the region, the count of steps, and the two
 * calls that the others make up.
 */
import type { HeapCalls, Misuse } from './heap.ts';
import type { HeapMemory } from './heap-memory.ts';

export abstract class RegionCalls implements HeapCalls {
  steps = 0;
  worstSteps = 0;
  protected readonly memory: HeapMemory;
  /** Address of the region. */
  protected readonly base: number;

  constructor(memory: HeapMemory, base: number) {
    this.memory = memory;
    this.base = base;
  }

  abstract allocate(size: number, align: number): number;
  abstract deallocate(address: number, size: number, align: number): Misuse;
  abstract reallocateInPlace(
    address: number,
    oldSize: number,
    align: number,
    newSize: number,
  ): boolean;
  abstract usableSize(address: number): number;

  allocateZeroed(size: number, align: number): number {
    const address = this.allocate(size, align);
    if (address !== 0) this.memory.fill(address - this.base, size, 0);
    return address;
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

  /** Ends a call: its steps may be the most so far. */
  protected note(): void {
    if (this.steps > this.worstSteps) this.worstSteps = this.steps;
  }
}

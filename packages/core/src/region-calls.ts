/**
 * What the calls of all strategies but null and debug have in common: they count steps, refuse what
 * is too large, and look at a pointer before they believe it. What a strategy does with its blocks
 * are four methods, which speak of a payload by its offset in the region.
 */
import { assert } from './assert.ts';
import { isTooLarge } from './block-header.ts';
import { type HeapCalls, MISUSE_NONE, type Misuse } from './heap.ts';
import type { HeapMemory } from './heap-memory.ts';

/** Who counts the work of a call, for the parts of a heap that do some of it. */
export interface StepCount {
  steps: number;
}

export abstract class RegionCalls implements HeapCalls, StepCount {
  steps = 0;
  worstSteps = 0;
  protected readonly memory: HeapMemory;
  /** Address of the region. */
  protected readonly base: number;

  /**
   * @param base   address of the region, a multiple of 8
   * @param size   bytes of it
   * @param least  bytes that it must have
   */
  constructor(memory: HeapMemory, base: number, size: number, least: number) {
    assert(size >= least, `a region of ${size} bytes is too small`);
    this.memory = memory;
    this.base = base;
  }

  /** Takes a block; its payload, or 0 when there is no room. */
  protected abstract take(size: number, align: number): number;
  /** Gives back a block in use. */
  protected abstract give(payload: number, usable: number): void;
  /** Resizes a block in use where it lies; false with the block as it was when that cannot be. */
  protected abstract resize(payload: number, usable: number, newSize: number): boolean;
  /**
   * Bytes that the block of a payload may be used for, at least 1; or, below 0, less what is wrong
   * with the payload, which may be any number, as far as the heap's bytes show.
   */
  protected abstract usableAt(payload: number): number;

  allocate(size: number, align: number): number {
    this.steps = 0;
    const payload = isTooLarge(size, align) ? 0 : this.take(size, align);
    this.note();
    return payload === 0 ? 0 : this.base + payload;
  }

  allocateZeroed(size: number, align: number): number {
    const address = this.allocate(size, align);
    if (address !== 0) this.memory.fill(address - this.base, size, 0);
    return address;
  }

  deallocate(address: number, _size: number, _align: number): Misuse {
    this.steps = 1;
    const payload = address - this.base;
    const usable = this.usableAt(payload);
    if (usable > 0) this.give(payload | 0, usable);
    this.note();
    return usable > 0 ? MISUSE_NONE : (-usable as Misuse);
  }

  reallocate(address: number, oldSize: number, align: number, newSize: number): number {
    if (this.reallocateInPlace(address, oldSize, align, newSize)) return address;
    const usable = this.usableSize(address);
    if (usable === 0) return 0;
    let { steps } = this;
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
    const payload = address - this.base;
    const usable = this.usableAt(payload);
    const done =
      usable > 0 &&
      address % align === 0 &&
      !isTooLarge(newSize, align) &&
      this.resize(payload | 0, usable, newSize);
    this.note();
    return done;
  }

  usableSize(address: number): number {
    return Math.max(this.usableAt(address - this.base), 0);
  }

  /** Ends a call: its steps may be the most so far. */
  protected note(): void {
    if (this.steps > this.worstSteps) this.worstSteps = this.steps;
  }
}

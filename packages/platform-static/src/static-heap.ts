/**
 * The heap of a program without an operating system: one strategy over one fixed region, made
 * once. As with embedded allocators, making it twice and using it before it was made are errors.
 */
import {
  ALL_STRATEGIES,
  createHeap,
  type Heap,
  type HeapMemory,
  type SpecialStrategyName,
  type StrategyName,
} from '@bareheap/core';
import { HeapError } from './heap-error.ts';
import type { AddressRange } from './heap-region.ts';

export class StaticHeap {
  private heap: Heap | null = null;

  /**
   * Makes the heap; offset 0 of `memory` is the region's start, rounded up to 8.
   *
   * @throws HeapError  `initialised-twice`, `region-too-small`
   */
  init(
    strategy: StrategyName | SpecialStrategyName,
    memory: HeapMemory,
    region: AddressRange,
  ): Heap {
    if (this.heap !== null)
      throw new HeapError('initialised-twice', 'the heap is initialised already');
    const base = Math.ceil(region.start / 8) * 8;
    const size = region.end - base;
    const { leastBytes } = ALL_STRATEGIES[strategy];
    if (size < leastBytes) {
      throw new HeapError(
        'region-too-small',
        `${strategy} needs ${leastBytes} bytes, the region has ${size}`,
      );
    }
    this.heap = createHeap(strategy, memory, base, size);
    return this.heap;
  }

  /** The heap. @throws HeapError  `used-before-init` */
  get(): Heap {
    if (this.heap === null)
      throw new HeapError('used-before-init', 'the heap is used before it is initialised');
    return this.heap;
  }
}

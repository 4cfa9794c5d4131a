/** The strategies by name, and how each is made over a region. */
import { assert } from './assert.ts';
import { BumpHeap } from './bump/bump.ts';
import { BUMP_LEAST_BYTES } from './bump/bump-layout.ts';
import type { Heap } from './heap.ts';
import type { HeapMemory } from './heap-memory.ts';
import { LinkedListHeap } from './llff/llff.ts';
import { LLFF_LEAST_BYTES } from './llff/llff-layout.ts';
import { NullHeap } from './null/null.ts';
import { TlsfHeap, tlsfLeastBytes } from './tlsf/tlsf.ts';

export type StrategyName = 'null' | 'bump' | 'llff' | 'tlsf';

export interface Strategy {
  readonly summary: string;
  /** The smallest region it can work in. */
  readonly leastBytes: number;
  readonly make: (memory: HeapMemory, base: number, size: number) => Heap;
}

export const STRATEGIES: Readonly<Record<StrategyName, Strategy>> = {
  null: {
    summary: 'never any memory',
    leastBytes: 0,
    make: (_memory, _base, size) => new NullHeap(size),
  },
  bump: {
    summary: 'a cursor that moves up; only the last block comes back',
    leastBytes: BUMP_LEAST_BYTES,
    make: (memory, base, size) => new BumpHeap(memory, base, size),
  },
  llff: {
    summary: 'linked list of holes by address, first fit',
    leastBytes: LLFF_LEAST_BYTES,
    make: (memory, base, size) => new LinkedListHeap(memory, base, size),
  },
  tlsf: {
    summary: 'two-level segregated fit, constant time',
    leastBytes: tlsfLeastBytes(),
    make: (memory, base, size) => new TlsfHeap(memory, base, size),
  },
};

/**
 * Makes a heap of a strategy over [base, base + size), or attaches to the one that is there.
 *
 * @param base  address of the region's first byte, a multiple of 8
 * @param size  bytes, at least the strategy's `leastBytes`
 */
export function createHeap(
  name: StrategyName,
  memory: HeapMemory,
  base: number,
  size: number,
): Heap {
  const strategy = STRATEGIES[name];
  assert(base % 8 === 0, `heap base ${base} is not a multiple of 8`);
  assert(size >= strategy.leastBytes, `${name} needs ${strategy.leastBytes} bytes, not ${size}`);
  return strategy.make(memory, base, size);
}

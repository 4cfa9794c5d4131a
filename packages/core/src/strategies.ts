/** The strategies by name, and how each is made over a region. */
import { createArena } from './arena/arena.ts';
import { ARENA_LEAST_BYTES } from './arena/arena-layout.ts';
import { assert } from './assert.ts';
import { BestFitHeap } from './best-fit/best-fit.ts';
import { BEST_FIT_LEAST_BYTES } from './best-fit/best-fit-layout.ts';
import { BucketHeap } from './buckets/buckets.ts';
import { BUCKETS_LEAST_BYTES } from './buckets/buckets-layout.ts';
import { BuddyHeap } from './buddy/buddy.ts';
import { BUDDY_LEAST_BYTES } from './buddy/buddy-layout.ts';
import { BumpHeap } from './bump/bump.ts';
import { BUMP_LEAST_BYTES } from './bump/bump-layout.ts';
import { DebugHeap } from './debug/debug.ts';
import { DEBUG_LEAST_BYTES } from './debug/debug-layout.ts';
import { FREERTOS_LEAST_BYTES } from './freertos/freertos-layout.ts';
import { Heap1 } from './freertos/heap-1.ts';
import { HEAP_1_LEAST_BYTES } from './freertos/heap-1-layout.ts';
import { Heap2 } from './freertos/heap-2.ts';
import { Heap4 } from './freertos/heap-4.ts';
import type { Heap } from './heap.ts';
import type { HeapMemory } from './heap-memory.ts';
import { LinkedListHeap } from './llff/llff.ts';
import { LLFF_LEAST_BYTES } from './llff/llff-layout.ts';
import { NullHeap } from './null/null.ts';
import { SizeClassHeap } from './size-class/size-class.ts';
import { SIZE_CLASS_LEAST_BYTES } from './size-class/size-class-layout.ts';
import { TlsfHeap } from './tlsf/tlsf.ts';
import { TLSF_LEAST_BYTES } from './tlsf/tlsf-layout.ts';

/** Strategies that keep every rule of the heap suite, reuse aside. */
export type StrategyName =
  | 'null'
  | 'bump'
  | 'llff'
  | 'tlsf'
  | 'best-fit'
  | 'buckets'
  | 'heap-4'
  | 'size-class';

/** Strategies that give up some of the rules for what they are good at: each one's README says. */
export type SpecialStrategyName = 'arena' | 'buddy' | 'debug' | 'heap-1' | 'heap-2';

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
    leastBytes: TLSF_LEAST_BYTES,
    make: (memory, base, size) => new TlsfHeap(memory, base, size),
  },
  'best-fit': {
    summary: 'the smallest hole that fits, from a tree by size',
    leastBytes: BEST_FIT_LEAST_BYTES,
    make: (memory, base, size) => new BestFitHeap(memory, base, size),
  },
  buckets: {
    summary: 'pages of slots of one size; no slot again before its page has come back',
    leastBytes: BUCKETS_LEAST_BYTES,
    make: (memory, base, size) => new BucketHeap(memory, base, size),
  },
  'heap-4': {
    summary: 'heap_4 of FreeRTOS: first fit by address, neighbours merge',
    leastBytes: FREERTOS_LEAST_BYTES,
    make: (memory, base, size) => new Heap4(memory, base, size),
  },
  'size-class': {
    summary: 'slots of equal size for small blocks, first fit for others',
    leastBytes: SIZE_CLASS_LEAST_BYTES,
    make: (memory, base, size) => new SizeClassHeap(memory, base, size),
  },
};

export const SPECIAL_STRATEGIES: Readonly<Record<SpecialStrategyName, Strategy>> = {
  arena: {
    summary: 'chunks that double, given back all at once or to a checkpoint',
    leastBytes: ARENA_LEAST_BYTES,
    make: createArena,
  },
  buddy: {
    summary: 'powers of two that split and merge; a promise against fragmentation',
    leastBytes: BUDDY_LEAST_BYTES,
    make: (memory, base, size) => new BuddyHeap(memory, base, size),
  },
  debug: {
    summary: 'buckets with a record and canaries for each block; memory is reused last of all',
    leastBytes: DEBUG_LEAST_BYTES,
    make: (memory, base, size) => new DebugHeap(memory, base, size),
  },
  'heap-1': {
    summary: 'heap_1 of FreeRTOS: nothing ever comes back',
    leastBytes: HEAP_1_LEAST_BYTES,
    make: (memory, base, size) => new Heap1(memory, base, size),
  },
  'heap-2': {
    summary: 'heap_2 of FreeRTOS: best fit, neighbours never merge',
    leastBytes: FREERTOS_LEAST_BYTES,
    make: (memory, base, size) => new Heap2(memory, base, size),
  },
};

/** Every strategy by its name. */
export const ALL_STRATEGIES: Readonly<Record<StrategyName | SpecialStrategyName, Strategy>> = {
  ...STRATEGIES,
  ...SPECIAL_STRATEGIES,
};

/**
 * Makes a heap of a strategy over [base, base + size), or attaches to the one that is there.
 *
 * @param base  address of the region's first byte, a multiple of 8
 * @param size  bytes, at least the strategy's `leastBytes`
 */
export function createHeap(
  name: StrategyName | SpecialStrategyName,
  memory: HeapMemory,
  base: number,
  size: number,
): Heap {
  const strategy = ALL_STRATEGIES[name];
  assert(base % 8 === 0, `heap base ${base} is not a multiple of 8`);
  assert(size >= strategy.leastBytes, `${name} needs ${strategy.leastBytes} bytes, not ${size}`);
  return strategy.make(memory, base, size);
}

/**
 * What each strategy promises beside the rules that every heap keeps, for the suite to hold it to;
 * and that it really does not keep what is left out here.
 * @table
 */
import type { HeapTraits } from '@bareheap/conformance';
import { buddySteps } from '../src/buddy/buddy.ts';
import type { ReplayStrategy } from '../src/replay/replay-table.ts';
import { TLSF_STEPS } from '../src/tlsf/tlsf.ts';

/** All strategies but null, which hands out nothing. */
export type RealStrategy = Exclude<ReplayStrategy, 'null'>;

export interface StrategyTraits extends HeapTraits {
  /** Most steps of any call, where the strategy has a bound. */
  readonly steps?: number;
}

const ALL: HeapTraits = { reuses: true, merges: true, growsInPlace: true, hasHeaders: true };
const NONE_BACK = { reuses: false, merges: false };

export const STRATEGY_TRAITS: Readonly<Record<RealStrategy, StrategyTraits>> = {
  bump: { ...ALL, ...NONE_BACK, steps: 3 },
  arena: { ...ALL, ...NONE_BACK },
  llff: ALL,
  'best-fit': ALL,
  tlsf: { ...ALL, steps: TLSF_STEPS },
  'size-class': ALL,
  buckets: ALL,
  // A pool is several powers of two, the last one freed is the first one taken; a block grows into
  // its own buddy only; no headers.
  buddy: {
    reuses: false,
    merges: false,
    growsInPlace: false,
    hasHeaders: false,
    steps: buddySteps(2 ** 29),
  },
  // Memory is used again last of all.
  debug: { ...ALL, reuses: false },
  'heap-1': { ...NONE_BACK, growsInPlace: true, hasHeaders: false },
  'heap-2': { ...ALL, reuses: false, merges: false, growsInPlace: false },
  'heap-4': ALL,
};

export const REAL_STRATEGIES = Object.keys(STRATEGY_TRAITS) as RealStrategy[];

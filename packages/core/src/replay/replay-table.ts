/** One trace on every strategy, as a table, and the smallest heap in which each gets through. */
import { BufferHeapMemory } from '../heap-memory.ts';
import {
  createHeap,
  SPECIAL_STRATEGIES,
  type SpecialStrategyName,
  STRATEGIES,
  type StrategyName,
} from '../strategies.ts';
import { type ReplayFigures, replayTrace, traceNeeds } from './replay.ts';

/** Strategies that keep every rule, and those that give some up: a program may do with either. */
export type ReplayStrategy = StrategyName | SpecialStrategyName;

export interface ReplayRow extends ReplayFigures {
  readonly strategy: ReplayStrategy;
  readonly regionBytes: number;
  /** Whether no request was refused. */
  readonly survives: boolean;
  /** The smallest region in which it does, see {@link smallestHeap}; null when none was found. */
  readonly smallestBytes: number | null;
}

export interface ReplayOptions {
  /** Default: eight times the trace's peak, a power of two. */
  readonly regionBytes?: number;
  readonly strategies?: readonly ReplayStrategy[];
  /** Whether to look for the smallest region, which replays the trace some twenty times. */
  readonly smallest?: boolean;
}

/** Any address will do that is aligned as much as a trace may ask for. */
const BASE = 0x4000_0000;
/** Regions are looked for in multiples of this; bytes. */
const REGION_STEP = 16;
/** No region is larger: 2^28 bytes of host memory are enough to look in. */
const LARGEST_REGION = 2 ** 28;

/** Every strategy but `null`. */
export function replayStrategies(): ReplayStrategy[] {
  const names = [...Object.keys(STRATEGIES), ...Object.keys(SPECIAL_STRATEGIES)];
  return (names as ReplayStrategy[]).filter((name) => name !== 'null');
}

function leastBytes(strategy: ReplayStrategy): number {
  const { [strategy]: found } = { ...STRATEGIES, ...SPECIAL_STRATEGIES };
  return found.leastBytes;
}

/** Replays a trace on every strategy. @throws TraceError */
export function replayTable(trace: Uint8Array, options: ReplayOptions = {}): ReplayRow[] {
  const { peakBytes } = traceNeeds(trace);
  const regionBytes = options.regionBytes ?? roomFor(8 * peakBytes);
  return (options.strategies ?? replayStrategies()).map((strategy) => {
    const figures = replayOn(strategy, trace, regionBytes);
    const smallestBytes = options.smallest === false ? null : smallestHeap(strategy, trace);
    return { strategy, regionBytes, survives: figures.refusals === 0, smallestBytes, ...figures };
  });
}

/** Replays a trace on a strategy over a fresh region; @throws TraceError */
export function replayOn(
  strategy: ReplayStrategy,
  trace: Uint8Array,
  regionBytes: number,
): ReplayFigures {
  const size = Math.max(regionBytes, leastBytes(strategy));
  const memory = new BufferHeapMemory(new ArrayBuffer((size + 7) & ~7));
  return replayTrace(trace, createHeap(strategy, memory, BASE, size), BASE);
}

/**
 * The smallest region in which a strategy refuses no call of a trace, found by bisection, in steps
 * of 16 bytes; null when none up to 256 MiB does. What is found does, and 16 bytes less do not;
 * far below it may work again, as no strategy is bound to do better with more room.
 */
export function smallestHeap(strategy: ReplayStrategy, trace: Uint8Array): number | null {
  const survives = (bytes: number): boolean => replayOn(strategy, trace, bytes).refusals === 0;
  const least = rounded(leastBytes(strategy));
  if (survives(least)) return least;
  let low = least;
  let high = Math.max(2 * least, roomFor(traceNeeds(trace).peakBytes));
  while (!survives(high)) {
    low = high;
    high *= 2;
    if (high > LARGEST_REGION) return null;
  }
  while (high - low > REGION_STEP) {
    const middle = rounded((low + high) / 2);
    if (survives(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function rounded(bytes: number): number {
  return Math.ceil(bytes / REGION_STEP) * REGION_STEP;
}

/** The power of two that holds so many bytes, and at least 4 KiB. */
function roomFor(bytes: number): number {
  return Math.min(LARGEST_REGION, 2 ** Math.ceil(Math.log2(Math.max(4096, bytes))));
}

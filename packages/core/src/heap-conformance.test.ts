/**
 * The one suite for all: every strategy over every page source, and over a buffer at the ends of
 * the address space, by the rules of @bareheap/conformance; and by random programs against the
 * naive model, in one region of a source and as a heap that grows on it. BAREHEAP_FUZZ=N runs N
 * operations for each strategy, source and way; a failure prints the environment that repeats it.
 */
import {
  bufferRegion,
  type FuzzSubject,
  fuzzHeap,
  HEAP_BASES,
  HEAP_RULES,
  type HeapRegion,
  type HeapTraits,
  type MakeHeap,
  type Random,
} from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import { SETUPS, type SourceSetup } from '../test/source-setups.ts';
import { REAL_STRATEGIES, type RealStrategy, STRATEGY_TRAITS } from '../test/strategy-traits.ts';
import { MISUSE_INVALID } from './heap.ts';
import { BufferHeapMemory } from './heap-memory.ts';
import { FallibleSource } from './source/fallible-source.ts';
import { GrowingHeap } from './source/growing-heap.ts';
import { ALL_STRATEGIES, createHeap } from './strategies.ts';

const SEED = Number(process.env['BAREHEAP_SEED'] ?? 1);
const FUZZ = process.env['BAREHEAP_FUZZ'];
const OPERATIONS = Number(FUZZ ?? 300);
const LONG = { timeout: 36_000_000 };
const SOURCES = Object.keys(SETUPS);
/** Fits the rules' regions in the coarsest source, with room for that source's own. */
const RULE_SPACE = 2 ** 17;
const FUZZ_SPACE = 2 ** 19;
const FUZZ_SIZES = [512, 1000, 2048, 8192, 65_536, 300_000];
/** Sources begin here, and at addresses whose top bit is set, up to the end. */
const STARTS = [0x2000_0000, 0x8000_0000, 2 ** 32 - FUZZ_SPACE];

function maker(name: RealStrategy): MakeHeap {
  return (memory, base, size) => createHeap(name, memory, base, size);
}

/** A region of at least so many bytes; a fallible source is asked until it gives one. */
function reserve(setup: SourceSetup, size: number): HeapRegion {
  const { source, memoryAt, region } = setup;
  const { granularityBytes } = source;
  const bytes = Math.ceil(size / granularityBytes) * granularityBytes;
  let base = 0;
  for (let calls = 0; base === 0 && calls < 100; calls++) base = source.reserve(bytes);
  expect(base).not.toBe(0);
  const start = base - region.base;
  return { memory: memoryAt(base, bytes), base, bytes: region.bytes.subarray(start, start + size) };
}

const [BUFFER_SEEDS, PAGE_SEEDS] = FUZZ === undefined ? [10, 4] : [400, 100];
const BUFFERS = HEAP_BASES.map(
  (base) => [`a buffer at ${base}`, bufferRegion(base), BUFFER_SEEDS] as const,
);
const PAGES = SOURCES.map(
  (name) => [name, (size: number) => reserve(SETUPS[name]!(RULE_SPACE), size), PAGE_SEEDS] as const,
);

type MakeSubject = (random: Random, name: RealStrategy, setup: SourceSetup) => FuzzSubject;

/** A heap in one region; whatever it does, no access goes where the pages do not allow one. */
const inRegion: MakeSubject = (random, name, setup) => {
  const { memory, base, bytes } = reserve(setup, random.pick(FUZZ_SIZES));
  const heap = createHeap(name, memory, base, bytes.length);
  const verifyEnd = (): void => expect(setup.faults()).toBe(0);
  // One program in four asks for more than there is, too.
  const largest = random.oneIn(4) ? 3 * bytes.length : bytes.length >> 3;
  return { heap, region: { base, bytes }, largest, verifyEnd };
};

/** A heap that grows; where the source gives memory, there is no refusal, and all but one back. */
const growing: MakeSubject = (_random, name, setup) => {
  const { source } = setup;
  const heap = new GrowingHeap(name, ALL_STRATEGIES[name], source, setup.memoryAt, 1024);
  const keeps = source.release === 'never' || source.release === 'top';
  const isFallible = source instanceof FallibleSource;
  const verifyEnd = (refusals: number): void => {
    expect(setup.faults()).toBe(0);
    if (!isFallible) expect(refusals).toBe(0);
    if (!keeps && !isFallible) expect(heap.regionCount).toBeLessThanOrEqual(1);
  };
  return { heap, region: setup.region, largest: 4000, verifyEnd };
};

/** A source for one program: at one of the starts, failing one time in three if it can. */
function setUp(random: Random, source: string, space?: number): SourceSetup {
  const setup = SETUPS[source]!(space, Math.min(random.pick(STARTS), 2 ** 32 - (space ?? 2 ** 22)));
  if (source !== 'fallible') return setup;
  const plan = { oneIn: 3, seed: random.next() };
  return { ...setup, source: new FallibleSource(setup.source, plan) };
}

/** A growing heap's first block may lie in a region that has gone since. */
const WAYS = {
  'in one region': {
    make: inRegion,
    space: FUZZ_SPACE,
    perProgram: FUZZ === undefined ? 300 : 2000,
    checkEvery: 97,
  },
  growing: { make: growing, space: undefined, perProgram: 300, checkEvery: 149 },
};

describe.each(REAL_STRATEGIES)('%s keeps the rules', (name) => {
  const traits = STRATEGY_TRAITS[name];

  test.each([...BUFFERS, ...PAGES])('over %s', (_name, region, seeds) => {
    for (const { id, title, verify } of HEAP_RULES) {
      try {
        verify({ make: maker(name), region, traits, seeds });
      } catch (error) {
        throw new Error(`${id}: ${title}: ${(error as Error).message}`, { cause: error });
      }
    }
  });

  const without = (Object.keys(traits) as (keyof HeapTraits)[]).filter((key) => !traits[key]);
  test.each(without)('and really not that it %s', (key) => {
    const claimed = { ...traits, [key]: true };
    const subject = { make: maker(name), region: BUFFERS[0]![1], seeds: 1, traits: claimed };
    const programs = (): unknown =>
      fuzzHeap((random) => inRegion(random, name, setUp(random, 'heap', FUZZ_SPACE)), {
        ...WAYS['in one region'],
        seed: 1,
        operations: 20_000,
        traits: claimed,
      });
    const keeps = (claim: () => unknown): boolean => {
      try {
        claim();
        return true;
      } catch {
        return false;
      }
    };
    const claims = [
      ...HEAP_RULES.map(
        ({ verify }) =>
          () =>
            verify(subject),
      ),
      programs,
    ];
    expect(claims.every(keeps)).toBe(false);
  });
});

describe.each(Object.keys(WAYS) as (keyof typeof WAYS)[])('random programs %s', (way) => {
  const { make, space, perProgram, checkEvery } = WAYS[way];
  const isGrowing = way === 'growing';
  describe.each(REAL_STRATEGIES)('%s', (name) => {
    test.each(SOURCES)('over %s', LONG, (source) => {
      const { steps, ...own } = STRATEGY_TRAITS[name];
      const traits = isGrowing ? { reuses: false, merges: false } : own;
      const shape = { seed: SEED, operations: OPERATIONS, perProgram, checkEvery, traits };
      try {
        const figures = fuzzHeap(
          (random) => make(random, name, setUp(random, source, space)),
          shape,
        );
        if (!isGrowing && steps !== undefined)
          expect(figures.worstSteps).toBeLessThanOrEqual(steps);
      } catch (error) {
        const what = (error as Error).message;
        const seed = /seed (\d+)/.exec(what)?.[1] ?? SEED;
        const fuzz = FUZZ === undefined ? '' : 'BAREHEAP_FUZZ=1 ';
        const again = `BAREHEAP_SEED=${seed} ${fuzz}npx vitest run heap-conformance -t`;
        throw new Error(`${what} (repeat with ${again} "${way} ${name} over ${source}")`);
      }
    });
  });
});

test('null: never any memory, and nothing can be given back', () => {
  const base = HEAP_BASES[0]!;
  const heap = createHeap('null', new BufferHeapMemory(new ArrayBuffer(64)), base, 64);
  expect(heap.allocate(1, 1)).toBe(0);
  expect(heap.deallocate(base, 1, 1)).toBe(MISUSE_INVALID);
});

/**
 * Every strategy against the model. BAREHEAP_FUZZ=N runs N operations a strategy; a failure prints
 * the environment that repeats it.
 */
import { HEAP_BASES, HEAP_RULES, HeapModel, Random, randomProgram } from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import { MISUSE_INVALID } from './heap.ts';
import { BufferHeapMemory, type HeapMemory } from './heap-memory.ts';
import { createHeap, STRATEGIES, type StrategyName } from './strategies.ts';

const SEED = Number(process.env['BAREHEAP_SEED'] ?? 1);
const OPERATIONS = Number(process.env['BAREHEAP_FUZZ'] ?? 40_000);
const PER_PROGRAM = 4000;
const REGIONS = [512, 1000, 8192, 65_536, 300_000];

function setUp(name: StrategyName, base: number, size: number) {
  const buffer = new ArrayBuffer((size + 7) & ~7);
  const heap = createHeap(name, new BufferHeapMemory(buffer), base, size);
  return { heap, region: { base, bytes: new Uint8Array(buffer, 0, size) } };
}

const REAL = (Object.keys(STRATEGIES) as StrategyName[]).filter((name) => name !== 'null');

describe.each(REAL)('%s', (name) => {
  test('random programs keep what any heap must keep', { timeout: 3_600_000 }, () => {
    for (let run = 0; run * PER_PROGRAM < OPERATIONS; run++) {
      const seed = SEED + run;
      const random = new Random(seed);
      const size = random.pick(REGIONS);
      const base = Math.min(random.pick(HEAP_BASES), 2 ** 32 - 300_000);
      const { heap, region } = setUp(name, base, size);
      const shape = { operations: PER_PROGRAM, largest: size >> 3, frees: random.between(80, 140) };
      const first = heap.allocate(16, 8);
      heap.deallocate(first, 16, 8);
      const model = new HeapModel(heap, region);
      try {
        model.run(randomProgram(random, shape), { checkEvery: 97 });
        model.freeAll();
        if (name !== 'bump') expect(heap.allocate(16, 8)).toBe(first);
      } catch (error) {
        const seeded = `BAREHEAP_SEED=${seed} BAREHEAP_FUZZ=1`;
        const again = `${seeded} npx vitest run -t ${name} heap-conformance`;
        throw new Error(
          `${(error as Error).message} (region of ${size} bytes; repeat with ${again})`,
        );
      }
    }
  });

  describe.each(HEAP_BASES)('at %d', (base) => {
    test.each(HEAP_RULES)('$id: $title', ({ verify }) => {
      const make = (memory: HeapMemory, at: number, size: number) =>
        createHeap(name, memory, at, size);
      verify({ make, base, traits: { reuses: name !== 'bump' } });
    });
  });
});

test('null: never any memory, and nothing can be given back', () => {
  const { heap } = setUp('null', HEAP_BASES[0]!, 64);
  expect(heap.allocate(1, 1)).toBe(0);
  expect(heap.deallocate(HEAP_BASES[0]!, 1, 1)).toBe(MISUSE_INVALID);
});

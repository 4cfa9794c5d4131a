/**
 * Every strategy against the model. BAREHEAP_FUZZ=N runs N operations a strategy; a failure prints
 * the environment that repeats it.
 */
import { HeapModel, Random, randomProgram } from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import { MISUSE_DOUBLE, MISUSE_INVALID, MISUSE_NONE } from './heap.ts';
import { BufferHeapMemory } from './heap-memory.ts';
import { createHeap, STRATEGIES, type StrategyName } from './strategies.ts';

const BASE = 0x20000000;
const SEED = Number(process.env['BAREHEAP_SEED'] ?? 1);
const OPERATIONS = Number(process.env['BAREHEAP_FUZZ'] ?? 40_000);
const PER_PROGRAM = 4000;
const REGIONS = [512, 1000, 8192, 65_536, 300_000];

function setUp(name: StrategyName, size: number) {
  const buffer = new ArrayBuffer((size + 7) & ~7);
  const heap = createHeap(name, new BufferHeapMemory(buffer), BASE, size);
  return { heap, region: { base: BASE, bytes: new Uint8Array(buffer, 0, size) } };
}

const REAL = (Object.keys(STRATEGIES) as StrategyName[]).filter((name) => name !== 'null');

describe.each(REAL)('%s', (name) => {
  test('random programs keep what any heap must keep', { timeout: 3_600_000 }, () => {
    for (let run = 0; run * PER_PROGRAM < OPERATIONS; run++) {
      const seed = SEED + run;
      const random = new Random(seed);
      const size = REGIONS[run % REGIONS.length]!;
      const { heap, region } = setUp(name, size);
      const shape = { operations: PER_PROGRAM, largest: size >> 3, frees: random.between(80, 140) };
      const first = heap.allocate(16, 8);
      heap.deallocate(first, 16, 8);
      const model = new HeapModel(heap, region);
      try {
        model.run(randomProgram(random, shape), { checkEvery: 97 });
        model.freeAll();
        if (name !== 'bump') expect(heap.allocate(16, 8)).toBe(first);
      } catch (error) {
        const again = `BAREHEAP_SEED=${seed} BAREHEAP_FUZZ=1 npx vitest run -t ${name} heap-conformance`;
        throw new Error(
          `${(error as Error).message} (region of ${size} bytes; repeat with ${again})`,
        );
      }
    }
  });

  test('a heap object over the same bytes is the same heap', () => {
    const buffer = new ArrayBuffer(8192);
    const memory = new BufferHeapMemory(buffer);
    const one = createHeap(name, memory, BASE, 8192);
    const block = one.allocate(100, 8);
    const two = createHeap(name, memory, BASE, 8192);
    expect(two.usableSize(block)).toBe(one.usableSize(block));
    expect(two.deallocate(block, 100, 8)).toBe(MISUSE_NONE);
    expect(one.check()).toEqual([]);
    expect(one.stats().liveBlocks).toBe(0);
  });

  test('a request that does not fit changes nothing', () => {
    const { heap, region } = setUp(name, 1024);
    heap.allocate(100, 8);
    const before = region.bytes.slice();
    expect(heap.allocate(2000, 8)).toBe(0);
    expect(heap.allocate(2 ** 31, 8)).toBe(0);
    expect(heap.allocate(0xffffffff, 8)).toBe(0);
    expect(heap.allocate(8, 4096)).toBe(0);
    expect(region.bytes).toEqual(before);
  });

  test('misuse is a value and changes nothing', () => {
    const { heap, region } = setUp(name, 8192);
    const kept = heap.allocate(64, 8);
    const block = heap.allocate(64, 8);
    heap.allocate(64, 8);
    expect(heap.deallocate(block, 64, 8)).toBe(MISUSE_NONE);
    const before = region.bytes.slice();
    expect(heap.deallocate(block, 64, 8)).toBe(MISUSE_DOUBLE);
    expect(heap.deallocate(kept + 4, 64, 8)).toBe(MISUSE_INVALID);
    expect(heap.deallocate(BASE + 100_000, 64, 8)).toBe(MISUSE_INVALID);
    expect(heap.deallocate(0, 64, 8)).toBe(MISUSE_INVALID);
    expect(region.bytes).toEqual(before);
    expect(heap.check()).toEqual([]);
  });

  test('check sees a header that was overwritten', () => {
    const { heap, region } = setUp(name, 8192);
    const block = heap.allocate(40, 8);
    heap.allocate(40, 8);
    new DataView(region.bytes.buffer).setUint32(block - 4 - BASE, 0x7ffffff9, true);
    expect(heap.check()).not.toEqual([]);
  });

  test('figures add up to the region', () => {
    const { heap } = setUp(name, 8192);
    for (let size = 1; size < 200; size += 7) heap.allocate(size, 8);
    const { regionBytes, liveBytes, freeBytes, overheadBytes } = heap.stats();
    expect(liveBytes + freeBytes + overheadBytes).toBe(regionBytes);
    expect(overheadBytes).toBeGreaterThan(0);
  });
});

test('null: never any memory, and nothing can be given back', () => {
  const { heap } = setUp('null', 64);
  expect(heap.allocate(1, 1)).toBe(0);
  expect(heap.deallocate(BASE, 1, 1)).toBe(MISUSE_INVALID);
});

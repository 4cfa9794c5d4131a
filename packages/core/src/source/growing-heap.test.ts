/** Heaps that grow: when they ask for memory and when they give it back, also where a call fails. */
import { HeapModel, Random, randomProgram } from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import { SETUPS, type SourceSetup } from '../../test/source-setups.ts';
import { SPECIAL_STRATEGIES, STRATEGIES, type Strategy } from '../strategies.ts';
import { FallibleSource } from './fallible-source.ts';
import { GrowingHeap } from './growing-heap.ts';

const SEED = Number(process.env['BAREHEAP_SEED'] ?? 1);
const PER_PROGRAM = 300;
const ALL: Readonly<Record<string, Strategy>> = { ...STRATEGIES, ...SPECIAL_STRATEGIES };
const REAL = Object.keys(ALL).filter((name) => name !== 'null');

function growing(name: string, setup: SourceSetup, source = setup.source): GrowingHeap {
  return new GrowingHeap(name, ALL[name]!, source, setup.memoryAt, 1024);
}

/** Runs one random program; how many requests were refused. */
function play(heap: GrowingHeap, setup: SourceSetup, seed: number): number {
  const random = new Random(seed);
  const shape = { operations: PER_PROGRAM, largest: 4000, frees: random.between(90, 130) };
  const model = new HeapModel(heap, setup.region);
  model.run(randomProgram(random, shape), { checkEvery: 149 });
  model.freeAll();
  return model.refusals;
}

describe.each(REAL)('%s', (name) => {
  test('over a source whose first and later calls fail: refused requests, and nothing lost', () => {
    for (const plan of [{ nth: 1 }, { oneIn: 2, seed: SEED }]) {
      const setup = SETUPS['mmap']!();
      const source = new FallibleSource(setup.source, plan);
      const heap = growing(name, setup, source);
      const refusals = play(heap, setup, SEED);
      // One failure is got over by asking for less; many are refused requests.
      if (plan.nth !== undefined) expect([refusals, source.failures]).toEqual([0, 1]);
    }
  });
});

/** wee_alloc#106: two sizes in turn, just above a page of WebAssembly, grew the memory for ever. */
test.each(REAL)('%s does not grow for ever by what is freed again', (name) => {
  const heap = growing(name, SETUPS['WebAssembly.Memory']!());
  for (let round = 0; round < 60; round++) {
    for (const size of [85_196, 80_000]) {
      const blocks = [heap.allocate(size, 8), heap.allocate(100, 8)];
      expect(Math.min(...blocks), `round ${round}`).toBeGreaterThan(0);
      for (const block of blocks) expect(heap.deallocate(block, 0, 8)).toBe(0);
    }
  }
  expect(heap.stats().regionBytes).toBeLessThan(2 << 20);
  expect(heap.check()).toEqual([]);
});

test('regions double, and all but one go back when they are empty', () => {
  const heap = growing('tlsf', SETUPS['mmap']!());
  const blocks = Array.from({ length: 1000 }, () => heap.allocate(100, 8));
  expect(heap.regionCount).toBe(5);
  for (const block of blocks) expect(heap.deallocate(block, 100, 8)).toBe(0);
  expect(heap.regionCount).toBe(1);
  expect(heap.deallocate(blocks[0]!, 100, 8)).not.toBe(0);
});

test('a request larger than twice what there is gets a region of its own', () => {
  const heap = growing('llff', SETUPS['VirtualAlloc']!());
  expect(heap.allocate(1_000_000, 4096) % 4096).toBe(0);
  expect(heap.allocate(8_000_000, 8)).toBe(0);
  expect(heap.regionCount).toBe(1);
});

test('a block moves to another region with its bytes', () => {
  const setup = SETUPS['brk']!();
  const heap = growing('tlsf', setup);
  const block = heap.allocate(1001, 8);
  const { base, bytes } = setup.region;
  for (let at = 0; at < 1001; at++) bytes[block - base + at] = at;
  const moved = heap.reallocate(block, 1001, 8, 100_003);
  expect(heap.regionCount).toBe(2);
  for (let at = 0; at < 1001; at++) expect(bytes[moved - base + at]).toBe(at & 255);
});

test.each(['WebAssembly.Memory', 'static', 'heap', 'VirtualAlloc'])(
  'over %s a request is served at once, also where the first region would be a little too small',
  (name) => {
    for (let size = 4 * 65_536 - 1500; size <= 4 * 65_536; size += 60) {
      const heap = growing('tlsf', SETUPS[name]!());
      expect(heap.allocate(size, 8), `${size} bytes`).toBeGreaterThan(0);
      expect(heap.check()).toEqual([]);
    }
  },
);

test('damage is told in whichever region it is, of one that was given back too', () => {
  const setup = SETUPS['mmap']!();
  const heap = growing('debug', setup);
  const kinds = (): string[] => heap.takeFindings().map(({ kind }) => kind);
  const writePast = (address: number, size: number): void => {
    const memory = setup.memoryAt(address, size + 1);
    memory.fill(size, 1, 0);
  };
  const small = heap.allocate(24, 8);
  const large = heap.allocate(100_000, 8);
  expect(heap.regionCount).toBe(2);
  expect(kinds()).toEqual([]);
  writePast(large, 100_000);
  heap.deallocate(large, 100_000, 8);
  heap.deallocate(small, 24, 8);
  expect(kinds()).toContain('heap-buffer-overflow');
  expect(kinds()).toEqual([]);
  const again = heap.allocate(24, 8);
  writePast(again, 24);
  heap.sweep();
  expect(kinds()).toEqual(['heap-buffer-overflow']);
});

test('damage in every region that was given back since the last time is told', () => {
  const setup = SETUPS['mmap']!();
  const heap = growing('debug', setup);
  const sizes = [24, 100_000, 1_000_000];
  const blocks = sizes.map((size) => heap.allocate(size, 8));
  expect(heap.regionCount).toBe(3);
  sizes.forEach((size, nth) => {
    setup.memoryAt(blocks[nth]!, size + 1).fill(size, 1, 0);
  });
  for (const block of blocks.toReversed()) heap.deallocate(block, 0, 8);
  expect(heap.regionCount).toBe(1);
  const damaged = heap.takeFindings().filter(({ kind }) => kind === 'heap-buffer-overflow');
  expect(damaged.map(({ block }) => block?.address).sort()).toEqual([...blocks].sort());
});

test('damage in a region that was made anew is told', () => {
  const setup = SETUPS['mmap']!();
  const heap = growing('debug', setup);
  const small = heap.allocate(24, 8);
  setup.memoryAt(small, 25).fill(24, 1, 0);
  heap.deallocate(small, 24, 8);
  // More than the region has beside its tables, and less than the region.
  expect(heap.allocate(4000, 8)).not.toBe(0);
  expect(heap.takeFindings().map(({ kind }) => kind)).toContain('heap-buffer-overflow');
});

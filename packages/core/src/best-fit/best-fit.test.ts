import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { FencedMemory } from '../../test/fenced-memory.ts';
import { BufferHeapMemory } from '../heap-memory.ts';
import { BestFitHeap } from './best-fit.ts';

const BASE = 0x20000000;
const SEED = Number(process.env['BAREHEAP_SEED'] ?? 1);

function setUp(size: number) {
  const buffer = new ArrayBuffer(size);
  const heap = new BestFitHeap(new BufferHeapMemory(buffer), BASE, size);
  return { heap, region: { base: BASE, bytes: new Uint8Array(buffer) } };
}

test('the smallest hole that fits is taken, not the first one', () => {
  const { heap } = setUp(4096);
  const blocks = [200, 8, 44, 8, 60, 8].map((size) => heap.allocate(size, 8));
  for (const nth of [4, 2, 0]) heap.deallocate(blocks[nth]!, 0, 8);
  expect(heap.allocate(40, 8)).toBe(blocks[2]);
  expect(heap.allocate(48, 8)).toBe(blocks[4]);
});

test('of equal holes the lowest is taken, whatever the order of the frees', () => {
  const { heap } = setUp(4096);
  const blocks = Array.from({ length: 20 }, () => heap.allocate(24, 8));
  for (const nth of [8, 2, 14, 0, 10, 4, 18, 6, 16, 12]) heap.deallocate(blocks[nth]!, 24, 8);
  expect([0, 2, 4, 6].map(() => heap.allocate(24, 8))).toEqual([0, 2, 4, 6].map((n) => blocks[n]));
});

test('size 0 gives a block of its own; SIZE_MAX and an alignment of 2^31 are refused', () => {
  const { heap } = setUp(4096);
  const [one, two] = [heap.allocate(0, 1), heap.allocate(0, 1)];
  expect(one).not.toBe(0);
  expect(two).not.toBe(one);
  expect(heap.allocate(2 ** 32 - 1, 8)).toBe(0);
  expect(heap.allocate(2 ** 32 - 1, 2 ** 31)).toBe(0);
  expect(heap.allocate(8, 2 ** 31)).toBe(0);
  expect(heap.deallocate(one, 0, 1)).toBe(0);
  expect(heap.check()).toEqual([]);
});

test('whatever is overwritten, no access leaves the region', () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const random = new Random(seed);
    const size = random.pick([256, 1024]);
    const memory = new FencedMemory(size);
    const heap = new BestFitHeap(memory, BASE, size);
    const blocks = Array.from({ length: 30 }, () => heap.allocate(random.between(1, 40), 8));
    for (let call = 0; call < 40; call++) {
      const damage = random.oneIn(2) ? random.below(size) : random.next();
      memory.store32(random.below(size >> 2) * 4, random.oneIn(2) ? damage & ~7 : damage);
      const block = random.oneIn(4) ? BASE + random.below(size >> 3) * 8 : random.pick(blocks);
      const bytes = random.between(1, 300);
      if (random.oneIn(3)) heap.allocate(bytes, random.pick([8, 64]));
      else if (random.oneIn(2)) heap.deallocate(block, 0, 8);
      else heap.reallocateInPlace(block, 0, 8, bytes);
    }
  }
});

/** Most steps of a call among as many calls as holes, in a heap with `holes` of random sizes. */
function worstWith(holes: number): number {
  const { heap } = setUp(holes * 300);
  const random = new Random(SEED);
  const blocks = Array.from({ length: 2 * holes }, () => heap.allocate(random.between(1, 200), 8));
  for (let nth = 0; nth < blocks.length; nth += 2) heap.deallocate(blocks[nth]!, 0, 8);
  expect(heap.stats().freeBlocks).toBeGreaterThanOrEqual(holes);
  const before = heap.worstSteps;
  for (let nth = 0; nth < holes; nth++) {
    heap.deallocate(heap.allocate(random.between(1, 200), 8), 0, 8);
  }
  return Math.max(before, heap.worstSteps);
}

test('steps grow with the logarithm of the holes: 16 times as many, less than 3 times the steps', () => {
  const [few, many] = [worstWith(500), worstWith(8000)];
  expect(few).toBeGreaterThan(10);
  expect(many).toBeLessThan(3 * few);
});

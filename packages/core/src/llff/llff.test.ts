import { expect, test } from 'vitest';
import { BufferHeapMemory } from '../heap-memory.ts';
import { LinkedListHeap } from './llff.ts';

const BASE = 0x20000000;
const make = () => new LinkedListHeap(new BufferHeapMemory(new ArrayBuffer(4096)), BASE, 4096);

test('the first hole that fits is taken, not the best one', () => {
  const heap = make();
  const blocks = [200, 8, 40, 8].map((size) => heap.allocate(size, 8));
  heap.deallocate(blocks[2]!, 40, 8);
  heap.deallocate(blocks[0]!, 200, 8);
  expect(heap.allocate(40, 8)).toBe(blocks[0]);
});

test('holes are visited by address, whatever the order of the frees; each is a step', () => {
  const heap = make();
  const blocks = Array.from({ length: 21 }, () => heap.allocate(24, 8));
  for (const nth of [8, 2, 14, 0, 10, 4, 18, 6, 16, 12]) heap.deallocate(blocks[nth]!, 24, 8);
  expect(heap.allocate(100, 8)).toBeGreaterThan(blocks[20]!);
  expect(heap.steps).toBe(11);
  expect([0, 2, 4].map(() => heap.allocate(24, 8))).toEqual([blocks[0], blocks[2], blocks[4]]);
});

test('what an aligned block leaves before it stays a hole', () => {
  const heap = make();
  const aligned = heap.allocate(64, 256);
  expect(aligned % 256).toBe(0);
  expect(heap.stats().freeBlocks).toBe(2);
  expect(heap.allocate(64, 8)).toBeLessThan(aligned);
});

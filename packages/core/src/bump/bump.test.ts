import { expect, test } from 'vitest';
import { BufferHeapMemory } from '../heap-memory.ts';
import { BumpHeap } from './bump.ts';

const BASE = 0x20000000;
const make = () => new BumpHeap(new BufferHeapMemory(new ArrayBuffer(1024)), BASE, 1024);

test('blocks follow each other, a header of 4 bytes apart, from the control block on', () => {
  const heap = make();
  expect(heap.allocate(4, 4)).toBe(BASE + 24);
  expect(heap.allocate(12, 8)).toBe(BASE + 32);
  expect(heap.allocate(1, 1)).toBe(BASE + 48);
});

test('only the last block comes back; what is freed below it does not', () => {
  const heap = make();
  const [one, two] = [heap.allocate(100, 8), heap.allocate(100, 8)];
  heap.deallocate(one, 100, 8);
  expect(heap.allocate(100, 8)).toBeGreaterThan(two);
  const last = heap.allocate(100, 8);
  heap.deallocate(last, 100, 8);
  expect(heap.allocate(50, 8)).toBe(last);
});

test('reset gives everything back', () => {
  const heap = make();
  const first = heap.allocate(500, 8);
  expect(heap.allocate(900, 8)).toBe(0);
  heap.reset();
  expect(heap.stats().liveBlocks).toBe(0);
  expect(heap.allocate(900, 8)).toBe(first);
});

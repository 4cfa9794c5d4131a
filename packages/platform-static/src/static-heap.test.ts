import { BufferHeapMemory } from '@bareheap/core';
import { expect, test } from 'vitest';
import { StaticHeap } from './static-heap.ts';
import { StaticPageSource } from './static-page-source.ts';

const memory = () => new BufferHeapMemory(new ArrayBuffer(8192));
const region = { start: 0x20000000, end: 0x20002000 };

test('using the heap before init and making it twice are errors', () => {
  const heap = new StaticHeap();
  expect(() => heap.get()).toThrow(expect.objectContaining({ code: 'used-before-init' }));
  heap.init('tlsf', memory(), region);
  expect(heap.get().allocate(100, 8)).toBeGreaterThan(region.start);
  expect(() => heap.init('tlsf', memory(), region)).toThrow(
    expect.objectContaining({ code: 'initialised-twice' }),
  );
});

test('a region too small for the strategy is refused', () => {
  expect(() =>
    new StaticHeap().init('tlsf', memory(), { start: 0x20000000, end: 0x20000040 }),
  ).toThrow(expect.objectContaining({ code: 'region-too-small' }));
});

test('a static page source hands out each page once and takes back the top', () => {
  const source = new StaticPageSource({ start: 4, end: 40 });
  const one = source.reserve(10);
  const two = source.reserve(16);
  expect([one, two]).toEqual([8, 24]);
  expect(source.reserve(1)).toBe(0);
  expect(source.giveBack(one, 10)).toBe(false);
  expect(source.giveBack(two, 16)).toBe(true);
  expect(source.reserve(16)).toBe(two);
});

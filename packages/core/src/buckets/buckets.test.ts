/** What is special to buckets, and 200,000 random operations; BAREHEAP_FUZZ=N runs N of them. */
import { describe, expect, test } from 'vitest';
import { MISUSE_DOUBLE, MISUSE_INVALID, MISUSE_NONE } from '../heap.ts';
import { BufferHeapMemory } from '../heap-memory.ts';
import { bucketGeometry } from './bucket-geometry.ts';
import { BucketHeap } from './buckets.ts';
import { CURRENT_BUCKETS, DESCRIPTORS } from './buckets-layout.ts';
import { CLASS_COUNT, pageBytesFor, sizeClassOf, slotBytesOf } from './size-class.ts';

const BASE = 0x20000000;

function setUp(size = 65_536) {
  const buffer = new ArrayBuffer(size);
  const memory = new BufferHeapMemory(buffer);
  return { buffer, memory, heap: new BucketHeap(memory, BASE, size) };
}

test('S4.13: a request gets the smallest power of two that holds its size and alignment', () => {
  for (let size = 1; size <= 2048; size += size < 80 ? 1 : 7) {
    for (let align = 1; align <= 2048; align *= 2) {
      const slot = slotBytesOf(sizeClassOf(size, align));
      expect(slot >= size && slot >= align, `${size}, ${align}`).toBe(true);
      expect(slot === 8 || slot / 2 < Math.max(size, align), `${size}, ${align}`).toBe(true);
    }
  }
});

test('pages are a sixteenth of the region or less, from 128 to 4096 bytes', () => {
  const sizes = [512, 4095, 4096, 8192, 65_536, 2 ** 30];
  expect(sizes.map(pageBytesFor)).toEqual([128, 128, 256, 512, 4096, 4096]);
});

test('S4.14: no class has a page before its first use', () => {
  const { memory, heap } = setUp();
  const current = () =>
    Array.from({ length: 9 }, (_, at) => memory.load32(CURRENT_BUCKETS + 4 * at));
  expect(current()).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0]);
  heap.allocate(64, 8);
  expect(current()).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0]);
});

test('S4.15, S4.16: state is apart from the blocks, a bit a slot; a bit that is not set is seen', () => {
  const { buffer, heap } = setUp();
  const { firstPage } = bucketGeometry(BASE, 65_536);
  const blocks = Array.from({ length: 60 }, (_, nth) => heap.allocate(1 + 8 * nth, 8));
  new Uint8Array(buffer, firstPage).fill(0xff);
  expect(heap.check()).toEqual([]);
  for (const block of blocks) expect(heap.deallocate(block, 0, 1)).toBe(MISUSE_NONE);
  for (const block of blocks) expect(heap.deallocate(block, 0, 1)).toBe(MISUSE_DOUBLE);
  expect(heap.deallocate(blocks[0]! + 1, 0, 1)).toBe(MISUSE_INVALID);
});

test('no slot is handed out again before its page is', () => {
  const { heap } = setUp();
  const keeper = heap.allocate(500, 8);
  const seen = new Set([keeper]);
  for (let round = 0; round < 7; round++) {
    const block = heap.allocate(500, 8);
    expect(seen.has(block)).toBe(false);
    seen.add(block);
    heap.deallocate(block, 500, 8);
  }
  heap.deallocate(keeper, 500, 8);
  expect(heap.allocate(500, 8)).toBe(keeper);
});

test('S4.42: a full bucket leaves the search: the time of a call does not grow with their number', () => {
  const { heap } = setUp(2 ** 20);
  let worst = 0;
  for (let block = heap.allocate(8, 8); block !== 0; block = heap.allocate(8, 8)) {
    worst = Math.max(worst, heap.steps);
  }
  expect(heap.stats().liveBlocks).toBeGreaterThan(120_000);
  expect(worst).toBeLessThan(4);
});

test('S4.19: a block keeps its place while its class stays, and moves when it changes', () => {
  const { heap } = setUp();
  const block = heap.allocate(65, 8);
  expect(heap.reallocate(block, 65, 8, 128)).toBe(block);
  const smaller = heap.reallocate(block, 128, 8, 64);
  expect(smaller).not.toBe(block);
  expect(heap.usableSize(smaller)).toBe(64);
  expect(heap.usableSize(block)).toBe(0);
});

test('a run of pages grows into free pages after it and gives back those it does not need', () => {
  const { heap } = setUp();
  const run = heap.allocate(10_000, 8);
  expect(heap.reallocate(run, 10_000, 8, 20_000)).toBe(run);
  expect(heap.reallocate(run, 20_000, 8, 5000)).toBe(run);
  expect(heap.usableSize(run)).toBe(8192);
  expect(heap.allocate(4096, 4096)).toBe(run + 8192);
  expect(heap.check()).toEqual([]);
});

test('a size of 0 gets a block of its own, at any alignment, and a run shrinks to one page', () => {
  const { heap } = setUp();
  const blocks = [8, 4096, 8192].map((align) => heap.allocate(0, align));
  expect(new Set([0, ...blocks]).size).toBe(4);
  const run = heap.allocate(10_000, 8);
  expect(heap.reallocateInPlace(run, 10_000, 8, 0)).toBe(true);
  for (const block of [...blocks, run]) expect(heap.deallocate(block, 0, 1)).toBe(MISUSE_NONE);
  expect(heap.check()).toEqual([]);
  expect(heap.stats().freeBlocks).toBe(1);
});

test('alignments above a page', () => {
  const { heap } = setUp();
  for (let align = 8192; align <= 32_768; align *= 2) {
    const block = heap.allocate(100, align);
    expect(block % align).toBe(0);
    expect(block).toBeGreaterThan(0);
  }
  expect(heap.check()).toEqual([]);
});

test('descriptors follow the words of all classes', () => {
  expect(DESCRIPTORS).toBe(CURRENT_BUCKETS + 4 * CLASS_COUNT);
});

describe('check() names what is wrong', () => {
  const damage: readonly (readonly [string, number, number])[] = [
    ['lowest free page', 8, -1],
    ['has page 7 for its current bucket', CURRENT_BUCKETS + 4, 8],
    ['counts of bucket 0', 48, 1],
    ['bits never handed out', 52, -1],
    ['is not what its run says', 48, 3],
  ];
  test.each(damage)('%s', (what, offset, word) => {
    const { memory, heap } = setUp();
    heap.allocate(64, 8);
    heap.allocate(64, 8);
    expect(heap.check()).toEqual([]);
    memory.store32(offset, word);
    expect(heap.check().join()).toContain(what);
  });
});

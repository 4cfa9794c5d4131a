import { expect, test } from 'vitest';
import { BufferHeapMemory } from '../heap-memory.ts';
import { SizeClassHeap } from './size-class.ts';
import { classOf, LARGEST_SLOT, PITCHES } from './size-class-layout.ts';

const BASE = 0x20000000;

function setUp(size: number) {
  const buffer = new ArrayBuffer(size);
  const heap = new SizeClassHeap(new BufferHeapMemory(buffer), BASE, size);
  return { heap, region: { base: BASE, bytes: new Uint8Array(buffer) } };
}

test('each size goes to the smallest class that holds it', () => {
  for (let size = 0; size <= LARGEST_SLOT; size++) {
    const pitches = PITCHES.filter((pitch) => pitch - 4 >= size);
    expect(PITCHES[classOf(size)]).toBe(Math.min(...pitches));
  }
});

test('small blocks of a size lie beside each other; others do not come between', () => {
  const { heap } = setUp(8192);
  const [one, other, two] = [heap.allocate(20, 8), heap.allocate(100, 8), heap.allocate(20, 8)];
  expect(two - one).toBe(24);
  expect(Math.abs(other - one)).toBeGreaterThan(100);
});

test('a slot is taken and given back in constant steps, whatever lies free elsewhere', () => {
  const { heap } = setUp(1 << 20);
  const large = Array.from({ length: 2000 }, () => heap.allocate(300, 8));
  for (let nth = 0; nth < large.length; nth += 2) heap.deallocate(large[nth]!, 0, 8);
  heap.allocate(20, 8);
  for (let nth = 0; nth < 1000; nth++) {
    const slot = heap.allocate(20, 8);
    expect(heap.steps).toBe(1);
    heap.deallocate(slot, 0, 8);
    expect(heap.steps).toBe(1);
  }
});

test('a run goes back when its last slot does, and its bytes serve any size', () => {
  const { heap } = setUp(8192);
  const whole = heap.stats();
  const blocks: number[] = [];
  for (let block = heap.allocate(12, 8); block !== 0; block = heap.allocate(12, 8)) {
    blocks.push(block);
  }
  expect(heap.allocate(1000, 8)).toBe(0);
  for (const block of blocks) expect(heap.deallocate(block, 12, 8)).toBe(0);
  expect(heap.stats()).toEqual(whole);
  expect(heap.allocate(whole.largestFreeBytes, 8)).not.toBe(0);
});

test('wee_alloc#106: sizes that take turns do not make the heap grow', () => {
  const { heap } = setUp(192 * 1024);
  let kept = heap.allocate(64, 8);
  for (let round = 0; round < 5000; round++) {
    for (const size of [85_196, 80_000]) {
      const large = heap.allocate(size, 8);
      expect(large).not.toBe(0);
      const small = heap.allocate(64, 8);
      heap.deallocate(kept, 0, 8);
      kept = small;
      heap.deallocate(large, 0, 8);
    }
  }
  heap.deallocate(kept, 0, 8);
  expect(heap.stats().freeBlocks).toBe(1);
  expect(heap.check()).toEqual([]);
});

test('size 0 gives a slot of its own; SIZE_MAX and an alignment of 2^31 are refused', () => {
  const { heap } = setUp(8192);
  const [one, two] = [heap.allocate(0, 1), heap.allocate(0, 1)];
  expect(one).not.toBe(0);
  expect(two).not.toBe(one);
  expect(heap.allocate(2 ** 32 - 1, 8)).toBe(0);
  expect(heap.allocate(8, 2 ** 31)).toBe(0);
  expect(heap.check()).toEqual([]);
});

test('check() sees what was overwritten of a run and of its slots', () => {
  const { heap, region } = setUp(1024);
  const slots = [heap.allocate(12, 8), heap.allocate(12, 8), heap.allocate(12, 8)];
  heap.deallocate(slots[1]!, 12, 8);
  const view = new DataView(region.bytes.buffer);
  const run = slots[0]! - BASE - 24;
  const fields = [0, 4, 8, 12, 16, 20, 36, 40].map((field) => run + field);
  for (const at of fields) {
    const before = view.getUint32(at, true);
    for (const word of [1, 0x7ffffff8, 0xffffffff].filter((other) => other !== before)) {
      view.setUint32(at, word, true);
      expect(heap.check(), `${word} at ${at - run}`).not.toEqual([]);
    }
    view.setUint32(at, before, true);
  }
  expect(heap.check()).toEqual([]);
});

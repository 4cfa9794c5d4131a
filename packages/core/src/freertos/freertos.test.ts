import { readFileSync } from 'node:fs';
import { Random } from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import { FencedMemory } from '../../test/fenced-memory.ts';
import type { Heap } from '../heap.ts';
import { BufferHeapMemory, type HeapMemory } from '../heap-memory.ts';
import { UC_HEAP } from './freertos-layout.ts';
import { Heap1 } from './heap-1.ts';
import { HEAP_1_LEAST_BYTES, heap1First, MARKS } from './heap-1-layout.ts';
import { Heap2 } from './heap-2.ts';
import { Heap4 } from './heap-4.ts';

const BASE = 0x20000000;

type MakePolicy = (memory: HeapMemory, base: number, size: number) => Heap;

const POLICIES: Readonly<Record<'heap-1' | 'heap-2' | 'heap-4', MakePolicy>> = {
  'heap-1': (memory, base, size) => new Heap1(memory, base, size),
  'heap-2': (memory, base, size) => new Heap2(memory, base, size),
  'heap-4': (memory, base, size) => new Heap4(memory, base, size),
};
const NAMES = Object.keys(POLICIES) as (keyof typeof POLICIES)[];

function setUp(name: keyof typeof POLICIES, size: number, base = BASE) {
  const buffer = new ArrayBuffer(size);
  const heap = POLICIES[name](new BufferHeapMemory(buffer), base, size);
  return { heap, buffer, region: { base, bytes: new Uint8Array(buffer) } };
}

/** Size of the region, and offset of ucHeap in it, for a ucHeap of `bytes`. */
function regionFor(name: keyof typeof POLICIES, bytes: number): { size: number; ucHeap: number } {
  if (name !== 'heap-1') return { size: UC_HEAP + bytes, ucHeap: UC_HEAP };
  let size = bytes;
  while (size - heap1First(size) < bytes) size += 8;
  return { size, ucHeap: heap1First(size) };
}

const RECORD = JSON.parse(
  readFileSync(new URL('./placements.json', import.meta.url), 'utf8'),
) as Record<keyof typeof POLICIES, [number, number][]> & { heapBytes: number };

describe.each(NAMES)('%s', (name) => {
  test('blocks lie where FreeRTOS put them', () => {
    const { size, ucHeap } = regionFor(name, RECORD.heapBytes);
    const { heap } = setUp(name, size);
    const blocks: number[] = [];
    const places = RECORD[name].map(([operand]) => {
      blocks.push(operand < 0 ? 0 : heap.allocate(operand, 8));
      if (operand < 0) return heap.deallocate(blocks[-operand]!, 0, 8);
      return blocks.at(-1) === 0 ? -1 : blocks.at(-1)! - BASE - ucHeap;
    });
    expect(places).toEqual(RECORD[name].map(([, place]) => place));
    expect(places.filter((place) => place > 0).length).toBeGreaterThan(100);
    expect(heap.check()).toEqual([]);
  });

  test('size 0 gives none, as pvPortMalloc; neither do SIZE_MAX and an alignment of 2^31', () => {
    const { heap, buffer } = setUp(name, 4096);
    const block = heap.allocate(8, 8);
    const before = new Uint8Array(buffer).slice();
    expect(heap.allocate(0, 8)).toBe(0);
    expect(heap.reallocate(block, 8, 8, 0)).toBe(0);
    expect(heap.allocate(2 ** 32 - 1, 8)).toBe(0);
    expect(heap.allocate(8, 2 ** 31)).toBe(0);
    expect(new Uint8Array(buffer)).toEqual(before);
  });

  test('whatever is overwritten, no access leaves the region', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const size = random.pick([256, 1024]);
      const memory = new FencedMemory(size);
      const heap = POLICIES[name](memory, BASE, size);
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
});

test('heap-1 gives nothing back, heap-2 what was there in the same pieces, heap-4 one whole', () => {
  const afterFreeing = NAMES.map((name) => {
    const { heap } = setUp(name, 4096);
    const blocks = Array.from({ length: 40 }, () => heap.allocate(40, 8));
    for (const block of blocks) heap.deallocate(block, 0, 8);
    return { pieces: heap.stats().freeBlocks, large: heap.allocate(3000, 8) !== 0 };
  });
  expect(afterFreeing).toEqual([
    { pieces: 1, large: false },
    { pieces: 41, large: false },
    { pieces: 1, large: true },
  ]);
});

test('a block is split only when the rest is larger than two headers', () => {
  const { heap } = setUp('heap-4', 4096);
  const [hole] = [heap.allocate(40, 8), heap.allocate(8, 8)];
  heap.deallocate(hole, 0, 8);
  expect(heap.usableSize(heap.allocate(24, 8))).toBe(40);
  heap.deallocate(hole, 0, 8);
  expect(heap.usableSize(heap.allocate(16, 8))).toBe(16);
});

test('the fewest bytes that were ever free stay known', () => {
  const heap = new Heap4(new BufferHeapMemory(new ArrayBuffer(4096)), BASE, 4096);
  const whole = heap.minimumEverFreeBytes;
  heap.deallocate(heap.allocate(992, 8), 0, 8);
  expect(heap.minimumEverFreeBytes).toBe(whole - 1000);
});

test('heap-1: check() sees marks that were overwritten', () => {
  const { heap, buffer } = setUp('heap-1', 1024);
  heap.allocate(40, 8);
  for (const word of [0, 3, 0x40000001, 0xffffffff]) {
    const intact = buffer.slice(0);
    new DataView(buffer).setUint32(MARKS, word, true);
    expect(heap.check()).not.toEqual([]);
    new Uint8Array(buffer).set(new Uint8Array(intact));
    expect(heap.check()).toEqual([]);
  }
});

test('heap-1: the marks of the smallest region and of large ones cover its heap', () => {
  for (let size = HEAP_1_LEAST_BYTES; size < 20_000; size += 8) {
    const bytes = size - heap1First(size);
    const words = (heap1First(size) - MARKS) / 4;
    expect(words * 128).toBeGreaterThanOrEqual(bytes);
  }
});

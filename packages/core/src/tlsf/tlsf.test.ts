import { HeapModel, Random, randomProgram } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { BufferHeapMemory } from '../heap-memory.ts';
import { TLSF_STEPS, TlsfHeap } from './tlsf.ts';
import { listOf, sureListOf, TAIL, TLSF_LEAST_BYTES, tlsfShape } from './tlsf-layout.ts';

test('no call takes more steps than the bound, in the most fragmented heap', () => {
  const size = 1 << 20;
  const buffer = new ArrayBuffer(size);
  const heap = new TlsfHeap(new BufferHeapMemory(buffer), 4096, size);
  const model = new HeapModel(heap, { base: 4096, bytes: new Uint8Array(buffer) });
  const shape = { operations: 6000, largest: 2000, frees: 120 };
  model.run(randomProgram(new Random(7), shape), { checkEvery: 5000 });
  expect(heap.worstSteps).toBeGreaterThan(4);
  expect(heap.worstSteps).toBeLessThanOrEqual(TLSF_STEPS);
});

test('every block of the list that a request is sent to is large enough', () => {
  for (const region of [8192, 100_000, 1 << 20]) {
    const { slLog2 } = tlsfShape(region);
    const smallestOf = new Map<number, number>();
    for (let bytes = region & ~7; bytes >= 16; bytes -= 8)
      smallestOf.set(listOf(slLog2, bytes), bytes);
    let tooSmall = 0;
    for (let bytes = 16; bytes < region; bytes += 8) {
      const smallest = smallestOf.get(sureListOf(slLog2, bytes));
      if (smallest !== undefined && smallest < bytes) tooSmall++;
    }
    expect(tooSmall).toBe(0);
  }
});

test('the control block of an 8 KiB heap leaves it most of its bytes', () => {
  expect(tlsfShape(8192).controlBytes).toBe(316);
});

test('the smallest region and those above have room for a block', () => {
  for (let size = TLSF_LEAST_BYTES; size < 1100; size += 8) {
    const heap = new TlsfHeap(new BufferHeapMemory(new ArrayBuffer(size)), 4096, size);
    expect(heap.allocate(12, 8)).not.toBe(0);
  }
});

/** A heap of 8 KiB, and its blocks of 24 bytes after one another. */
function filled(count: number): { heap: TlsfHeap; blocks: number[] } {
  const heap = new TlsfHeap(new BufferHeapMemory(new ArrayBuffer(8192)), 4096, 8192);
  return { heap, blocks: Array.from({ length: count }, () => heap.allocate(24, 8)) };
}

test('blocks freed in the opposite order of their allocation are in no list', () => {
  const { heap, blocks } = filled(100);
  expect(heap.worstSteps).toBe(2);
  for (const block of blocks.toReversed()) {
    heap.deallocate(block, 24, 8);
    expect(heap.steps).toBe(1);
  }
  expect(heap.allocate(24, 8)).toBe(blocks[0]);
});

test('the tail is cut only for what no list has, and takes in what comes back beside it', () => {
  const { heap, blocks } = filled(4);
  heap.deallocate(blocks[1]!, 24, 8);
  expect(heap.allocate(24, 8)).toBe(blocks[1]);
  const after = heap.allocate(40, 8);
  expect(after).toBeGreaterThan(blocks[3]!);
  heap.deallocate(blocks[3]!, 24, 8);
  heap.deallocate(after, 40, 8);
  expect(heap.stats().freeBlocks).toBe(1);
  expect(heap.allocate(100, 8)).toBe(blocks[3]);
});

test('the tail is given whole when what it leaves is no block, and comes back', () => {
  const { heap, blocks } = filled(1);
  const { largestFreeBytes } = heap.stats();
  const rest = heap.allocate(largestFreeBytes - 8, 8);
  expect(heap.usableSize(rest)).toBe(largestFreeBytes);
  expect([heap.allocate(1, 8), heap.stats().freeBlocks]).toEqual([0, 0]);
  expect(heap.check()).toEqual([]);
  heap.deallocate(rest, 0, 8);
  expect(heap.reallocateInPlace(blocks[0]!, 24, 8, 8192 - 400)).toBe(true);
  expect(heap.check()).toEqual([]);
});

test('check() sees a tail that is none', () => {
  const memory = new BufferHeapMemory(new ArrayBuffer(8192));
  const heap = new TlsfHeap(memory, 4096, 8192);
  const tail = memory.load32(TAIL);
  const block = heap.allocate(24, 8);
  memory.store32(TAIL, tail);
  expect(heap.check()).toContain('the tail does not end at the sentinel');
  memory.store32(TAIL, tail + heap.usableSize(block) + 4);
  expect(heap.check()).toEqual([]);
});

test('a request above the region is refused, whatever the program has written', () => {
  const size = 1024;
  const memory = new BufferHeapMemory(new ArrayBuffer(size));
  const heap = new TlsfHeap(memory, 4096, size);
  const blocks = [228, 516, 12].map((bytes) => heap.allocate(bytes, 8));
  for (const block of blocks) memory.fill(block - 4096, heap.usableSize(block), 0x7f);
  // In a list whose word has lists to spare: what lies where their heads would be is a block.
  heap.deallocate(blocks[1]!, 516, 8);
  for (let request = size; request < 16 * size; request += 8) {
    for (const align of [8, 64]) expect(heap.allocate(request, align)).toBe(0);
  }
  expect(heap.check()).toEqual([]);
});

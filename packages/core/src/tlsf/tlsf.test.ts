import { HeapModel, Random, randomProgram } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { BufferHeapMemory } from '../heap-memory.ts';
import { TLSF_STEPS, TlsfHeap } from './tlsf.ts';
import { listOf, roundedUp, tlsfShape } from './tlsf-layout.ts';

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
    const shape = tlsfShape(region);
    const smallestOf = new Map<number, number>();
    for (let bytes = region & ~7; bytes >= 16; bytes -= 8)
      smallestOf.set(listOf(shape, bytes), bytes);
    let tooSmall = 0;
    for (let bytes = 16; bytes < region; bytes += 8) {
      const smallest = smallestOf.get(listOf(shape, roundedUp(shape, bytes)));
      if (smallest !== undefined && smallest < bytes) tooSmall++;
    }
    expect(tooSmall).toBe(0);
  }
});

test('the control block of an 8 KiB heap leaves it most of its bytes', () => {
  expect(tlsfShape(8192).controlBytes).toBe(336);
});

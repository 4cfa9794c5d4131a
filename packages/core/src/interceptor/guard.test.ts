import { expect, test } from 'vitest';
import { BufferHeapMemory } from '../heap-memory.ts';
import { LinkedListHeap } from '../llff/llff.ts';
import {
  BREACH_AFTER_MARK,
  BREACH_PEAK,
  BREACH_REQUEST,
  BREACH_STEPS,
  GuardInterceptor,
  type HeapBudget,
} from './guard.ts';
import { InterceptedHeap } from './interceptor.ts';

function guarded(budget: HeapBudget) {
  const guard = new GuardInterceptor(budget);
  const inner = new LinkedListHeap(new BufferHeapMemory(new ArrayBuffer(65_536)), 0x1000, 65_536);
  return { guard, heap: new InterceptedHeap(guard, inner) };
}

test('a peak beyond the budget is refused, and there is room again after a free', () => {
  const { guard, heap } = guarded({ peakBytes: 1000 });
  const block = heap.allocate(600, 8);
  expect(heap.allocate(600, 8)).toBe(0);
  expect(heap.reallocate(block, 600, 8, 1200)).toBe(0);
  expect(guard.counts[BREACH_PEAK]).toBe(2);
  expect(guard.firstOf(BREACH_PEAK)).toEqual({ size: 600, align: 8, figure: 1204 });
  heap.deallocate(block, 600, 8);
  expect(heap.allocate(900, 8)).toBeGreaterThan(0);
});

test('a peak that is the budget is none beyond it', () => {
  const { guard, heap } = guarded({ peakBytes: 1204 });
  heap.allocate(600, 8);
  expect(heap.allocate(600, 8)).toBeGreaterThan(0);
  expect(heap.allocate(1, 8)).toBe(0);
  expect(guard.counts[BREACH_PEAK]).toBe(1);
});

test('blocks that grow and shrink count with what they are then', () => {
  const { heap } = guarded({ peakBytes: 1000 });
  const block = heap.reallocate(heap.allocate(100, 8), 100, 8, 800);
  expect(heap.allocate(300, 8)).toBe(0);
  expect(heap.reallocateInPlace(block, 800, 8, 200)).toBe(true);
  const other = heap.allocate(300, 8);
  expect(other).toBeGreaterThan(0);
  expect(heap.reallocateInPlace(other, 300, 8, 700)).toBe(true);
  expect(heap.allocate(200, 8)).toBe(0);
});

test('a breach that is only reported lets the call through', () => {
  const { guard, heap } = guarded({ peakBytes: 1000, isRefusing: false });
  heap.allocate(600, 8);
  expect(heap.allocate(600, 8)).toBeGreaterThan(0);
  expect(guard.counts[BREACH_PEAK]).toBe(1);
});

test('no allocation after start-up; frees and blocks that shrink are none', () => {
  const { guard, heap } = guarded({});
  const block = heap.allocate(100, 8);
  guard.forbidAllocation();
  expect(heap.allocate(1, 1)).toBe(0);
  expect(heap.allocateZeroed(1, 1)).toBe(0);
  expect(heap.reallocate(block, 100, 8, 200)).toBe(0);
  expect(heap.reallocateInPlace(block, 100, 8, 50)).toBe(true);
  expect(heap.deallocate(block, 50, 8)).toBe(0);
  expect(guard.counts[BREACH_AFTER_MARK]).toBe(3);
  guard.allowAllocation();
  expect(heap.allocate(1, 1)).toBeGreaterThan(0);
});

test('the worst case of a call in steps', () => {
  const { guard, heap } = guarded({ stepsPerCall: 10 });
  const blocks = Array.from({ length: 40 }, () => heap.allocate(24, 8));
  for (let nth = 0; nth < 40; nth += 2) heap.deallocate(blocks[nth]!, 24, 8);
  heap.allocate(200, 8);
  expect(guard.worstSteps).toBe(21);
  expect(guard.counts[BREACH_STEPS]).toBeGreaterThan(5);
  expect(guard.firstOf(BREACH_STEPS)!.figure).toBe(11);
});

test.each([
  [0, 8],
  [16, 0],
  [16, 3],
  [16, 2.5],
  [-1, 8],
  [Number.NaN, 8],
])('a request for %d bytes aligned to %d is no request', (size, align) => {
  const { guard, heap } = guarded({});
  expect(heap.allocate(size, align)).toBe(0);
  expect(guard.counts[BREACH_REQUEST]).toBe(1);
  expect(guard.firstOf(BREACH_PEAK)).toBeNull();
});

test('alignments up to 2^31 are requests', () => {
  const { guard, heap } = guarded({});
  for (let log2 = 0; log2 < 32; log2++) heap.allocate(1, 2 ** log2);
  expect(guard.counts[BREACH_REQUEST]).toBe(0);
});

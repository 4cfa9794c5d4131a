import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { BufferHeapMemory } from '../heap-memory.ts';
import { TlsfHeap } from '../tlsf/tlsf.ts';
import { CountInterceptor } from './count.ts';
import { InterceptedHeap } from './interceptor.ts';

function counted(count: CountInterceptor, bytes = 65_536): InterceptedHeap {
  const heap = new TlsfHeap(new BufferHeapMemory(new ArrayBuffer(bytes)), 0x1000, bytes);
  return new InterceptedHeap(count, heap);
}

test('each call is counted by its kind, and a refused one as refused', () => {
  const count = new CountInterceptor('asked');
  const heap = counted(count);
  const block = heap.allocate(100, 8);
  const zeroed = heap.allocateZeroed(50, 8);
  heap.allocate(1_000_000, 8);
  heap.reallocateInPlace(block, 100, 8, 60);
  const moved = heap.reallocate(block, 60, 8, 3000);
  heap.deallocate(zeroed, 50, 8);
  heap.deallocate(zeroed, 50, 8);
  expect(count.counts()).toEqual({
    allocations: 2,
    frees: 1,
    reallocations: 1,
    inPlace: 1,
    refusals: 1,
    misuses: 1,
    bytes: 100 + 50 + 60 + 3000,
    liveBytes: 3000,
    liveBlocks: 1,
    peakBytes: 3050,
    peakBlocks: 2,
    sizeless: 0,
  });
  expect(heap.deallocate(moved, 3000, 8)).toBe(0);
  expect(count.counts()).toMatchObject({ liveBytes: 0, liveBlocks: 0, peakBytes: 3050 });
});

test('usable bytes are exact for a program that frees without a size', () => {
  const count = new CountInterceptor();
  const heap = counted(count);
  const blocks = [1, 10, 100].map((size) => heap.allocate(size, 8));
  expect(count.counts().liveBytes).toBe(heap.stats().liveBytes);
  for (const block of blocks) heap.deallocate(block, 0, 8);
  expect(count.counts()).toMatchObject({ liveBytes: 0, sizeless: 3 });
});

test('bytes as asked for are too few where calls do not say the size, and it shows', () => {
  const count = new CountInterceptor('asked');
  const heap = counted(count);
  const block = heap.reallocate(heap.allocate(5, 8), 0, 8, 9);
  heap.deallocate(block, 0, 8);
  expect(count.counts()).toMatchObject({ sizeless: 2 });
  expect(count.counts().liveBytes).toBeLessThan(0);
});

test('a region between a mark and now', () => {
  const count = new CountInterceptor('asked');
  const heap = counted(count);
  heap.deallocate(heap.allocate(5000, 8), 5000, 8);
  const mark = count.mark();
  const kept = heap.allocate(70, 8);
  heap.deallocate(heap.allocate(30, 8), 30, 8);
  expect(count.since(mark)).toMatchObject({
    allocations: 2,
    frees: 1,
    bytes: 100,
    liveBytes: 70,
    peakBytes: 100,
  });
  expect(count.counts()).toMatchObject({ allocations: 3, peakBytes: 5000 });
  heap.deallocate(kept, 70, 8);
});

test('random programs: what is counted is what the heap says', () => {
  const random = new Random(5);
  const count = new CountInterceptor();
  const heap = counted(count);
  const live: number[] = [];
  let peak = 0;
  for (let call = 0; call < 3000; call++) {
    if (random.oneIn(2) && live.length > 0) {
      heap.deallocate(live.splice(random.below(live.length), 1)[0]!, 0, 8);
    } else if (random.oneIn(3) && live.length > 0) {
      const nth = random.below(live.length);
      live[nth] = heap.reallocate(live[nth]!, 0, 8, random.between(1, 400)) || live[nth]!;
    } else {
      const block = heap.allocate(random.between(1, 400), 8);
      if (block !== 0) live.push(block);
    }
    peak = Math.max(peak, heap.stats().liveBytes);
  }
  const { liveBytes, liveBlocks } = heap.stats();
  expect(count.counts()).toMatchObject({ liveBytes, liveBlocks, peakBytes: peak });
});

test('more than 2^32 bytes in all', () => {
  const count = new CountInterceptor();
  const bytes = 2 ** 29;
  const heap = new InterceptedHeap(count, {
    ...counted(new CountInterceptor()),
    name: 'vast',
    allocate: () => 8,
    usableSize: () => 0,
  } as never);
  for (let call = 0; call < 20; call++) heap.allocate(bytes, 8);
  expect(count.counts().bytes).toBe(20 * bytes);
});

test('it prints what it counted below what the heap prints', () => {
  const count = new CountInterceptor('asked');
  const heap = counted(count);
  heap.allocate(10, 8);
  const lines: string[] = [];
  heap.statsPrint((line) => lines.push(line));
  expect(lines.slice(-2)).toEqual([
    '  counted   1 allocations, 0 frees, 10 bytes in all',
    '  live      10 bytes in 1 blocks, at most 10',
  ]);
  expect(lines[0]).toContain('tlsf');
});

import { expect, test } from 'vitest';
import { BufferHeapMemory } from '../heap-memory.ts';
import { LinkedListHeap } from '../llff/llff.ts';
import { FailNthInterceptor, NullInterceptor } from './failure.ts';
import { HeapHook } from './heap-hook.ts';
import { MAX_RETRIES, OutOfMemoryInterceptor, outOfMemoryMessage } from './out-of-memory.ts';

const hook = () =>
  new HeapHook(new LinkedListHeap(new BufferHeapMemory(new ArrayBuffer(1024)), 0x1000, 1024));

test('null refuses every request, and lets frees pass', () => {
  const heap = hook();
  const block = heap.allocate(10, 8);
  heap.attach(new NullInterceptor());
  expect(heap.allocate(10, 8)).toBe(0);
  expect(heap.allocateZeroed(10, 8)).toBe(0);
  expect(heap.reallocate(block, 10, 8, 20)).toBe(0);
  expect(heap.reallocateInPlace(block, 10, 8, 5)).toBe(false);
  expect(heap.usableSize(block)).toBeGreaterThanOrEqual(10);
  expect(heap.deallocate(block, 10, 8)).toBe(0);
});

test('the nth request fails, whichever kind it is', () => {
  for (const nth of [1, 2, 3, 4]) {
    const heap = hook();
    const failing = new FailNthInterceptor(nth);
    heap.attach(failing);
    const one = heap.allocate(10, 8);
    const two = heap.allocateZeroed(10, 8);
    const done = [
      one !== 0,
      two !== 0,
      heap.reallocate(one || two, 10, 8, 12) !== 0,
      heap.reallocateInPlace(one || two, 12, 8, 8),
    ];
    expect(done.indexOf(false)).toBe(nth - 1);
    expect(done.filter((ok) => ok)).toHaveLength(3);
    expect(failing.requests).toBe(4);
  }
});

test('and all later ones, when it is told so', () => {
  const heap = hook();
  heap.attach(new FailNthInterceptor(3, true));
  expect([1, 2, 3, 4].map(() => heap.allocate(8, 8) !== 0)).toEqual([true, true, false, false]);
});

test('a program that gives all back survives the failure of any one request', () => {
  for (let nth = 1; nth <= 12; nth++) {
    const heap = hook();
    heap.attach(new FailNthInterceptor(nth));
    const blocks = Array.from({ length: 10 }, (_, index) => heap.allocate(8 * index + 1, 8));
    for (const block of blocks.filter((address) => address !== 0)) heap.deallocate(block, 0, 8);
    expect(heap.stats().liveBlocks).toBe(0);
    expect(heap.check()).toEqual([]);
  }
});

test('the out-of-memory handler makes room, and the request is served', () => {
  const heap = hook();
  const hoard = heap.allocate(900, 8);
  const asked: number[][] = [];
  const handler = (size: number, align: number): boolean => {
    asked.push([size, align]);
    return asked.length === 1 && heap.deallocate(hoard, 900, 8) === 0;
  };
  const interceptor = new OutOfMemoryInterceptor(handler);
  heap.attach(interceptor);
  expect(heap.allocate(500, 16)).toBeGreaterThan(0);
  expect(asked).toEqual([[500, 16]]);
  expect(heap.allocateZeroed(5000, 8)).toBe(0);
  expect(asked).toHaveLength(2);
});

test('the handler can be replaced, and may end the program', () => {
  const heap = hook();
  const interceptor = new OutOfMemoryInterceptor();
  heap.attach(interceptor);
  expect(heap.allocate(5000, 8)).toBe(0);
  const before = interceptor.setHandler((size) => {
    throw new Error(outOfMemoryMessage(size));
  });
  expect(() => heap.allocate(5000, 8)).toThrow('memory allocation of 5000 bytes failed');
  const block = heap.allocate(4, 4);
  expect(() => heap.reallocate(block, 4, 4, 5000)).toThrow('memory allocation of 5000 bytes');
  interceptor.setHandler(before);
  expect(heap.allocate(5000, 8)).toBe(0);
});

test('a handler that promises room for ever is not believed for ever', () => {
  const heap = hook();
  let calls = 0;
  const handler = (): boolean => ++calls > 0;
  heap.attach(new OutOfMemoryInterceptor(handler));
  expect(heap.allocate(5000, 8)).toBe(0);
  expect(calls).toBe(MAX_RETRIES);
});

test('a pointer that is none is no lack of memory', () => {
  const heap = hook();
  let calls = 0;
  heap.attach(new OutOfMemoryInterceptor(() => ++calls > 0));
  expect(heap.reallocate(0x1234, 10, 8, 20)).toBe(0);
  expect(calls).toBe(0);
});

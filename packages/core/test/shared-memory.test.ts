/**
 * A heap over a SharedArrayBuffer, used by this thread and by workers: its state is in its bytes,
 * so each has an object of its own, with one lock before all. Counters are shared, too.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { BufferHeapMemory } from '../src/heap-memory.ts';
import { COUNT_WORDS, CountInterceptor } from '../src/interceptor/count.ts';
import { HeapHook } from '../src/interceptor/heap-hook.ts';
import { InterceptedHeap, PassThrough } from '../src/interceptor/interceptor.ts';
import { LockInterceptor } from '../src/interceptor/lock.ts';
import { createHeap, type StrategyName } from '../src/strategies.ts';
import { bundle } from './bundle.ts';

const BASE = 0x2000_0000;
const HEAP_BYTES = 1 << 18;
const WORKERS = 3;
const ROUNDS = 3000;

/** Allocates, writes its own mark into each block, and finds it there when it frees the block. */
const PROGRAM = bundle(
  `import {
     BufferHeapMemory, CountInterceptor, createHeap, HeapHook, LockInterceptor,
   } from '@bareheap/core';
   const { parentPort, workerData } = require('node:worker_threads');
   const { buffer, counters, lock, strategy, mark, base, rounds } = workerData;
   const memory = new BufferHeapMemory(buffer);
   const heap = new HeapHook(createHeap(strategy, memory, base, buffer.byteLength));
   heap.attach(new CountInterceptor('asked', new Int32Array(counters)));
   heap.attach(new LockInterceptor(new Int32Array(lock)));
   const live = [];
   let damaged = 0;
   let state = mark;
   const free = (nth) => {
     const [block, size] = live[nth];
     live[nth] = live.at(-1);
     live.pop();
     for (let at = 0; at < size; at += 4) if (memory.load32(block - base + at) !== mark) damaged++;
     if (heap.deallocate(block, size, 8) !== 0) damaged++;
   };
   for (let round = 0; round < rounds; round++) {
     state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
     if (live.length > 0 && state % 2 === 0) free((state >>> 8) % live.length);
     else {
       const size = 4 * (1 + ((state >>> 8) % 64));
       const block = heap.allocate(size, 8);
       if (block === 0) continue;
       for (let at = 0; at < size; at += 4) memory.store32(block - base + at, mark);
       live.push([block, size]);
     }
   }
   while (live.length > 0) free(live.length - 1);
   parentPort.postMessage(damaged);`,
  'iife',
);

test.each(['llff', 'tlsf'] satisfies StrategyName[])(
  '%s: workers share one heap, none sees another’s blocks, and every call is counted',
  async (strategy) => {
    const buffer = new SharedArrayBuffer(HEAP_BYTES);
    const counters = new SharedArrayBuffer(4 * COUNT_WORDS);
    const lock = new SharedArrayBuffer(4);
    const memory = new BufferHeapMemory(buffer);
    const heap = createHeap(strategy, memory, BASE, HEAP_BYTES);
    const first = heap.allocate(16, 8);
    heap.deallocate(first, 16, 8);
    const workers = Array.from({ length: WORKERS }, (_, index) => {
      const shared = { buffer, counters, lock, strategy, base: BASE, rounds: ROUNDS };
      return new Worker(PROGRAM, { eval: true, workerData: { ...shared, mark: index + 1 } });
    });
    const damaged = await Promise.all(
      workers.map(async (worker) => (await once(worker, 'message'))[0]),
    );
    await Promise.all(workers.map((worker) => worker.terminate()));
    expect(damaged).toEqual([0, 0, 0]);
    expect(heap.check()).toEqual([]);
    expect(heap.stats().liveBlocks).toBe(0);
    expect(heap.allocate(16, 8)).toBe(first);
    const counts = new CountInterceptor('asked', new Int32Array(counters)).counts();
    expect(counts.allocations + counts.frees).toBeGreaterThan(WORKERS * ROUNDS);
    expect(counts).toMatchObject({ liveBytes: 0, liveBlocks: 0, misuses: 0, refusals: 0 });
    expect(counts.allocations).toBe(counts.frees);
  },
);

test('a heap in a shared WebAssembly memory is one heap, too', () => {
  const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  expect(buffer).toBeInstanceOf(SharedArrayBuffer);
  const lock = new Int32Array(new SharedArrayBuffer(4));
  const [one, two] = [0, 1].map(() => {
    const hook = new HeapHook(createHeap('tlsf', new BufferHeapMemory(buffer), BASE, 65_536));
    hook.attach(new LockInterceptor(lock));
    return hook;
  });
  const block = one!.allocate(100, 8);
  expect(two!.usableSize(block)).toBeGreaterThanOrEqual(100);
  expect(two!.deallocate(block, 100, 8)).toBe(0);
  expect(one!.stats().liveBlocks).toBe(0);
});

/** A worker that finds the lock in word 0 held, allocates behind it, and answers with word 1. */
function waiter(words: Int32Array): Worker {
  const program = bundle(
    `import { BufferHeapMemory, createHeap, InterceptedHeap, LockInterceptor } from '@bareheap/core';
     const { parentPort, workerData } = require('node:worker_threads');
     const words = new Int32Array(workerData);
     const heap = createHeap('llff', new BufferHeapMemory(new ArrayBuffer(1024)), 0x1000, 1024);
     parentPort.postMessage('there');
     while (Atomics.load(words, 0) === 0);
     new InterceptedHeap(new LockInterceptor(words), heap).allocate(8, 8);
     parentPort.postMessage(Atomics.load(words, 1));`,
    'iife',
  );
  return new Worker(program, { eval: true, workerData: words.buffer });
}

test('a lock that is held keeps others out, and wakes them when it is released', async () => {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const clock = new Int32Array(new SharedArrayBuffer(4));
  const slow = new (class extends PassThrough {
    override allocate(): number {
      while (Atomics.load(words, 0) !== 2) Atomics.wait(clock, 0, 0, 1);
      // The worker has said that it waits; this long it takes at most to do so.
      Atomics.wait(clock, 0, 0, 50);
      Atomics.store(words, 1, 7);
      return 0;
    }
  })();
  const inner = createHeap('llff', new BufferHeapMemory(new ArrayBuffer(1024)), BASE, 1024);
  const heap = new InterceptedHeap(new LockInterceptor(words), new InterceptedHeap(slow, inner));
  const worker = waiter(words);
  await once(worker, 'message');
  const answer = once(worker, 'message');
  heap.allocate(8, 8);
  expect(await answer).toEqual([7]);
  await worker.terminate();
}, 20_000);

/** Rows S1.1–S1.10 and S3.1–S3.18 of the promises, each by name; see ../docs/seed-rows.md. */
import { expect, test } from 'vitest';
import { HeapArray } from '../src/collection/heap-array.ts';
import { HeapString } from '../src/collection/heap-string.ts';
import type { Heap } from '../src/heap.ts';
import { BufferHeapMemory } from '../src/heap-memory.ts';
import { CountInterceptor } from '../src/interceptor/count.ts';
import { NullInterceptor } from '../src/interceptor/failure.ts';
import { GuardInterceptor } from '../src/interceptor/guard.ts';
import { HeapHook } from '../src/interceptor/heap-hook.ts';
import { InterceptedHeap, PassThrough } from '../src/interceptor/interceptor.ts';
import { OnThread } from '../src/interceptor/on-thread.ts';
import { RecordInterceptor } from '../src/interceptor/record.ts';
import { describeCall, TraceInterceptor } from '../src/interceptor/trace.ts';
import { replayTrace } from '../src/replay/replay.ts';
import { createHeap, STRATEGIES, type StrategyName } from '../src/strategies.ts';
import { bundle } from './bundle.ts';

const BASE = 0x2000_0000;

function placed(name: StrategyName = 'tlsf', bytes = 8192) {
  const memory = new BufferHeapMemory(new ArrayBuffer(bytes));
  const heap = new HeapHook(createHeap(name, memory, BASE, bytes));
  return { heap, memory, base: BASE };
}

/** A program that allocates, grows and frees. */
function program(place: ReturnType<typeof placed>): number {
  const array = new HeapArray(place);
  const text = new HeapString(place);
  for (let word = 0; word < 60; word++) {
    array.push(word);
    text.append(`${word},`);
  }
  const { length } = text;
  text.free();
  array.free();
  return length;
}

test('S1.1: two methods are enough; the others pass on until they are needed', () => {
  const { heap } = placed();
  heap.attach(new PassThrough());
  const block = heap.allocateZeroed(8, 8);
  expect(heap.reallocate(block, 8, 8, 12)).toBe(block);
  expect(heap.deallocate(block, 12, 8)).toBe(0);
});

test('S1.3: one hook is the heap of all, and has an interceptor once', () => {
  const { heap } = placed();
  const count = new CountInterceptor();
  heap.attach(count);
  expect(() => heap.attach(count)).toThrow('attached already');
});

test('S1.4: what is attached can be asked for', () => {
  const { heap } = placed();
  heap.attach(new CountInterceptor());
  heap.attach(new GuardInterceptor({}));
  expect([heap.name, ...heap.interceptors.map(({ name }) => name)]).toEqual([
    'tlsf',
    'count',
    'guard',
  ]);
});

test('S1.5: a program does with a wrapped heap what it does with the heap', () => {
  const [plain, wrapped] = [placed(), placed()];
  wrapped.heap.attach(new CountInterceptor());
  wrapped.heap.attach(new RecordInterceptor());
  wrapped.heap.attach(new TraceInterceptor({ capacity: 4 }));
  expect(program(wrapped)).toBe(program(plain));
  expect(wrapped.heap.stats()).toEqual(plain.heap.stats());
  expect(wrapped.heap.worstSteps).toBe(plain.heap.worstSteps);
});

test('S1.6: calls are counted, also before and after a region', () => {
  const { heap } = placed();
  const count = new CountInterceptor();
  heap.attach(count);
  for (let call = 0; call < 3; call++) heap.allocate(8, 8);
  const before = count.mark();
  heap.allocate(8, 8);
  expect([before.allocations, count.counts().allocations]).toEqual([3, 4]);
  expect(count.since(before).allocations).toBe(1);
});

test('S1.7: an interceptor without state has none', () => {
  expect(Object.keys(new NullInterceptor())).toEqual(['name']);
});

test('S1.8: no allocation is missed, wherever it is made', () => {
  const { heap, memory, base } = placed();
  const words = new Int32Array(new SharedArrayBuffer(64));
  const elsewhere = new HeapHook(createHeap('tlsf', memory, base, 8192));
  for (const hook of [heap, elsewhere]) hook.attach(new CountInterceptor('usable', words));
  for (let call = 0; call < 10; call++) (call % 2 === 0 ? heap : elsewhere).allocate(8, 8);
  expect(new CountInterceptor('usable', words).counts().allocations).toBe(10);
});

test('S1.9: an allocator is a value that one hands around', () => {
  const places = (Object.keys(STRATEGIES) as StrategyName[])
    .filter((name) => name !== 'null')
    .map((name) => placed(name, 1 << 20));
  expect(new Set(places.map((place) => program(place))).size).toBe(1);
});

test('S1.10: it works without a standard library or a host’s allocator', () => {
  const script = bundle(`export { TlsfHeap, BufferHeapMemory } from '@bareheap/core';`);
  expect(script).not.toMatch(/\b(console|process|performance|WebAssembly|TextEncoder)\b/);
});

test('S3.1: a stack trace on each allocation', () => {
  const { heap } = placed();
  const stack = [0x9100, 0x8124, 0x8000];
  const captureStack = (into: Uint32Array): number => {
    into.set(stack.slice(0, into.length));
    return stack.length;
  };
  const trace = new TraceInterceptor({ capacity: 8, captureStack, stackFrames: 4 });
  heap.attach(trace);
  heap.allocate(8, 8);
  stack.shift();
  heap.allocate(8, 8);
  const stacks: number[][] = [];
  trace.drain((call) => stacks.push([...call.stack]));
  expect(stacks).toEqual([
    [0x9100, 0x8124, 0x8000],
    [0x8124, 0x8000],
  ]);
});

test('S3.2: churn: much allocated, little live', () => {
  const { heap } = placed();
  const count = new CountInterceptor('asked');
  heap.attach(count);
  for (let call = 0; call < 500; call++) heap.deallocate(heap.allocate(64, 8), 64, 8);
  const { bytes, peakBytes, allocations } = count.counts();
  expect([bytes, peakBytes, allocations]).toEqual([32_000, 64, 500]);
});

test('S3.3: live now and at the peak', () => {
  const { heap } = placed();
  const count = new CountInterceptor('asked');
  heap.attach(count);
  const blocks = [300, 200, 100].map((size) => heap.allocate(size, 8));
  heap.deallocate(blocks[0]!, 300, 8);
  expect(count.counts()).toMatchObject({
    liveBytes: 300,
    liveBlocks: 2,
    peakBytes: 600,
    peakBlocks: 3,
  });
});

test('S3.4: building blocks: what one leaves out another adds', () => {
  const { heap } = placed();
  const guard = new GuardInterceptor({ peakBytes: 200 });
  const [inside, outside] = [new CountInterceptor(), new CountInterceptor()];
  heap.attach(inside);
  heap.attach(guard);
  heap.attach(outside);
  for (let call = 0; call < 10; call++) heap.allocate(40, 8);
  const given = inside.counts().allocations;
  expect(given).toBeLessThan(6);
  expect(outside.counts()).toMatchObject({ allocations: given, refusals: 10 - given });
});

test('S3.6: for good when the heap is made, or while it runs', () => {
  const { heap } = placed();
  const forGood = new CountInterceptor();
  const attached = new CountInterceptor();
  const always = new InterceptedHeap(forGood, heap);
  always.allocate(8, 8);
  heap.attach(attached);
  always.allocate(8, 8);
  heap.detach(attached);
  always.allocate(8, 8);
  expect([forGood.counts().allocations, attached.counts().allocations]).toEqual([3, 1]);
});

test('S3.7: all seven functions can be wrapped', () => {
  const names = Object.getOwnPropertyNames(PassThrough.prototype);
  expect(names.filter((name) => name !== 'constructor').sort()).toEqual([
    'allocate',
    'allocateZeroed',
    'deallocate',
    'reallocate',
    'reallocateInPlace',
    'statsPrint',
    'usableSize',
  ]);
});

test('S3.8: a wrapper gets the real function', () => {
  const { heap } = placed();
  const doubling = new (class extends PassThrough {
    override allocate(real: Heap, size: number, align: number): number {
      return real.allocate(2 * size, align);
    }
  })();
  heap.attach(doubling);
  expect(heap.usableSize(heap.allocate(100, 8))).toBeGreaterThanOrEqual(200);
});

test('S3.9: a wrapper that runs does not run again', () => {
  const { heap } = placed();
  let runs = 0;
  const selfish = new (class extends PassThrough {
    override allocate(real: Heap, size: number, align: number): number {
      runs++;
      heap.deallocate(heap.allocate(8, 8), 8, 8);
      return real.allocate(size, align);
    }
  })();
  heap.attach(selfish);
  heap.allocate(8, 8);
  expect([runs, heap.reentries]).toEqual([1, 2]);
});

test('S3.10: with nothing attached, nothing of the hook runs but a branch', () => {
  const { heap } = placed();
  const count = new CountInterceptor();
  heap.attach(count);
  heap.detach(count);
  heap.deallocate(heap.allocate(8, 8), 8, 8);
  expect([heap.deepest, heap.reentries, count.counts().allocations]).toEqual([0, 0, 0]);
});

test('S3.11: attached before the first call, by whoever starts the program', () => {
  const place = placed();
  const count = new CountInterceptor();
  place.heap.attach(count);
  place.heap.seal();
  program(place);
  const { allocations, frees } = count.counts();
  expect([allocations, frees]).toEqual([2, 2]);
});

test('S3.12: attaching replaces what calls go through at once, also in the middle of one', () => {
  const { heap } = placed();
  const late = new CountInterceptor();
  const attaching = new (class extends PassThrough {
    override allocate(real: Heap, size: number, align: number): number {
      if (heap.interceptors.length === 1) heap.attach(late);
      return real.allocate(size, align);
    }
  })();
  heap.attach(attaching);
  heap.allocate(8, 8);
  expect(late.counts().allocations).toBe(0);
  heap.allocate(8, 8);
  expect(late.counts().allocations).toBe(1);
});

test('S3.13: a thread that is gone takes nothing with it', () => {
  const { heap } = placed();
  let current = 7;
  const count = new CountInterceptor('asked');
  heap.attach(new OnThread(7, () => current, count));
  const block = heap.allocate(8, 8);
  current = -1;
  expect(heap.deallocate(block, 8, 8)).toBe(0);
  expect(count.counts()).toMatchObject({ allocations: 1, frees: 0, liveBytes: 8 });
});

test('S3.15: an interceptor for one thread on the hook of all', () => {
  const { heap } = placed();
  let current = 1;
  const count = new CountInterceptor();
  heap.attach(new OnThread(2, () => current, count));
  heap.allocate(8, 8);
  current = 2;
  heap.allocate(8, 8);
  expect(count.counts().allocations).toBe(1);
});

test('S3.16: what is attached cannot be changed any more when it must not', () => {
  const { heap } = placed();
  const count = new CountInterceptor();
  heap.attach(count);
  heap.seal();
  expect([heap.detach(count), heap.attach(new PassThrough())]).toEqual([false, false]);
});

test('S3.17: another allocator in its place, and the program does not know', () => {
  const names = (Object.keys(STRATEGIES) as StrategyName[]).filter((name) => name !== 'null');
  const lengths = names.map((name) => program(placed(name, 1 << 20)));
  expect(lengths).toEqual(names.map(() => lengths[0]));
});

test('S3.18: records go into a structure that is there before, or through a pipe', () => {
  const { heap } = placed();
  const piped: string[] = [];
  const ring = new TraceInterceptor({ capacity: 4 });
  const pipe = new TraceInterceptor({
    capacity: 4,
    onFull: (trace) => trace.drain((call) => piped.push(describeCall(call))),
  });
  heap.attach(ring);
  heap.attach(pipe);
  for (let call = 0; call < 9; call++) heap.allocate(8, 8);
  expect([ring.length, ring.lost, piped.length, pipe.lost]).toEqual([4, 5, 8, 0]);
  const place = placed();
  const record = new RecordInterceptor({ limitBytes: 100 });
  place.heap.attach(record);
  program(place);
  const bytes = 4096;
  const other = createHeap('llff', new BufferHeapMemory(new ArrayBuffer(bytes)), BASE, bytes);
  expect(replayTrace(record.trace(), other, BASE)).toMatchObject({ refusals: 0, liveBlocks: 0 });
});

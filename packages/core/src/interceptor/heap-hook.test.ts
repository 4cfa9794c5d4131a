import { expect, test } from 'vitest';
import type { Heap } from '../heap.ts';
import { BufferHeapMemory } from '../heap-memory.ts';
import { TlsfHeap } from '../tlsf/tlsf.ts';
import { CountInterceptor } from './count.ts';
import { NullInterceptor } from './failure.ts';
import { HeapHook } from './heap-hook.ts';
import { PassThrough } from './interceptor.ts';
import { OnThread } from './on-thread.ts';
import { TraceInterceptor } from './trace.ts';

const heap = () => new TlsfHeap(new BufferHeapMemory(new ArrayBuffer(8192)), 0x1000, 8192);

/** An interceptor that allocates where it should not: in the heap that it watches. */
class Allocating extends PassThrough {
  override readonly name: string = 'allocating';
  private readonly hook: () => Heap;

  constructor(hook: () => Heap) {
    super();
    this.hook = hook;
  }

  override allocate(inner: Heap, size: number, align: number): number {
    const line = this.hook().allocate(64, 8);
    const address = inner.allocate(size, align);
    this.hook().deallocate(line, 64, 8);
    return address;
  }
}

test('interceptors come and go while blocks are live', () => {
  const hook = new HeapHook(heap());
  const count = new CountInterceptor();
  const before = hook.allocate(10, 8);
  hook.attach(count);
  const during = hook.allocate(20, 8);
  expect(hook.detach(count)).toBe(true);
  hook.deallocate(during, 20, 8);
  hook.deallocate(before, 10, 8);
  expect(count.counts()).toMatchObject({ allocations: 1, frees: 0 });
  expect(hook.detach(count)).toBe(false);
  expect(hook.stats().liveBlocks).toBe(0);
});

test('the last attached sees a call first', () => {
  const hook = new HeapHook(heap());
  const inner = new CountInterceptor();
  const outer = new CountInterceptor();
  hook.attach(inner);
  hook.attach(new NullInterceptor());
  hook.attach(outer);
  expect(hook.allocate(10, 8)).toBe(0);
  expect([outer.counts().refusals, inner.counts().refusals]).toEqual([1, 0]);
  expect(hook.interceptors.map(({ name }) => name)).toEqual(['count', 'null', 'count']);
});

test('an interceptor that allocates is reported once, with its depth, and does not go round', () => {
  const depths: number[] = [];
  const hook: HeapHook = new HeapHook(heap(), (depth) => {
    depths.push(depth);
    hook.deallocate(hook.allocate(100, 8), 100, 8);
  });
  hook.attach(new Allocating(() => hook));
  for (let call = 0; call < 3; call++) expect(hook.allocate(10, 8)).toBeGreaterThan(0);
  expect(depths).toEqual([2]);
  expect([hook.reentries, hook.deepest]).toEqual([8, 3]);
  expect(hook.stats().liveBlocks).toBe(3);
});

test('an interceptor that throws leaves the hook usable', () => {
  const hook = new HeapHook(heap());
  const throwing = new (class extends PassThrough {
    override allocate(): number {
      throw new Error('no memory, no return');
    }
  })();
  const trace = new TraceInterceptor({ capacity: 4 });
  hook.attach(throwing);
  expect(() => hook.allocate(1, 1)).toThrow('no return');
  hook.detach(throwing);
  hook.attach(trace);
  hook.allocate(1, 1);
  expect([trace.length, hook.reentries]).toEqual([1, 0]);
});

test('a call goes on through the interceptors it began with', () => {
  const hook = new HeapHook(heap());
  const count = new CountInterceptor();
  const leaving = new (class extends PassThrough {
    override allocate(inner: Heap, size: number, align: number): number {
      hook.detach(count);
      return inner.allocate(size, align);
    }
  })();
  hook.attach(count);
  hook.attach(leaving);
  hook.allocate(10, 8);
  expect(count.counts().allocations).toBe(1);
  hook.allocate(10, 8);
  expect(count.counts().allocations).toBe(1);
});

test('a sealed hook keeps what it has', () => {
  const hook = new HeapHook(heap());
  const count = new CountInterceptor();
  hook.attach(count);
  hook.seal();
  expect([hook.attach(new PassThrough()), hook.detach(count)]).toEqual([false, false]);
  hook.allocate(10, 8);
  expect(count.counts().allocations).toBe(1);
});

test('attaching the same one twice is a mistake', () => {
  const hook = new HeapHook(heap());
  const count = new CountInterceptor();
  hook.attach(count);
  expect(() => hook.attach(count)).toThrow('count is attached already');
});

test('threads share the hook, and each has its own interceptor', () => {
  const hook = new HeapHook(heap());
  let thread = 1;
  const counts = [1, 2].map((number) => {
    const count = new CountInterceptor();
    hook.attach(new OnThread(number, () => thread, count));
    return count;
  });
  hook.allocate(10, 8);
  thread = 2;
  const block = hook.allocate(10, 8);
  hook.deallocate(block, 10, 8);
  thread = 3;
  hook.allocate(10, 8);
  expect(counts.map((count) => count.counts().allocations)).toEqual([1, 1]);
  expect(counts.map((count) => count.counts().frees)).toEqual([0, 1]);
});

test('the seven functions all go through', () => {
  const hook = new HeapHook(heap());
  const seen: string[] = [];
  const names = [
    'allocate',
    'allocateZeroed',
    'deallocate',
    'reallocate',
    'reallocateInPlace',
    'usableSize',
    'statsPrint',
  ] as const;
  const spy = new PassThrough();
  for (const name of names) {
    const passOn = spy[name] as (...values: unknown[]) => unknown;
    Object.assign(spy, {
      [name]: (...values: unknown[]) => {
        seen.push(name);
        return passOn(...values);
      },
    });
  }
  hook.attach(spy);
  const block = hook.allocate(10, 8);
  hook.allocateZeroed(10, 8);
  const moved = hook.reallocate(block, 10, 8, 100);
  hook.reallocateInPlace(moved, 100, 8, 50);
  hook.usableSize(moved);
  hook.deallocate(moved, 50, 8);
  hook.statsPrint(() => {});
  expect([...new Set(seen)].sort()).toEqual([...names].sort());
});

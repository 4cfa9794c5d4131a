/** Rows S0.1–S0.18 and S0.31–S0.37 of the promises, each by name; see ../docs/seed-rows.md. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { HeapArray } from '../src/collection/heap-array.ts';
import { HeapString } from '../src/collection/heap-string.ts';
import { type Heap, MISUSE_INVALID, type Misuse } from '../src/heap.ts';
import { BufferHeapMemory } from '../src/heap-memory.ts';
import { CountInterceptor } from '../src/interceptor/count.ts';
import { BREACH_REQUEST, GuardInterceptor } from '../src/interceptor/guard.ts';
import { HeapHook } from '../src/interceptor/heap-hook.ts';
import { PassThrough } from '../src/interceptor/interceptor.ts';
import { OutOfMemoryInterceptor, outOfMemoryMessage } from '../src/interceptor/out-of-memory.ts';
import { RecordInterceptor } from '../src/interceptor/record.ts';
import { describeCall, TraceInterceptor } from '../src/interceptor/trace.ts';
import { NullHeap } from '../src/null/null.ts';
import { replayTable } from '../src/replay/replay-table.ts';
import { BREAK_KINDS, BreakSource } from '../src/source/break-source.ts';
import { GrowingHeap } from '../src/source/growing-heap.ts';
import { HeapSource } from '../src/source/heap-source.ts';
import { MemoryWindow } from '../src/source/memory-window.ts';
import { createHeap, STRATEGIES, type StrategyName } from '../src/strategies.ts';
import { bundle } from './bundle.ts';
import { SETUPS } from './source-setups.ts';

const BASE = 0x2000_0000;

function placed(name: StrategyName = 'tlsf', bytes = 8192) {
  const memory = new BufferHeapMemory(new ArrayBuffer(bytes));
  const heap = new HeapHook(createHeap(name, memory, BASE, bytes));
  return { heap, memory, base: BASE };
}

test('S0.1: an allocator of one’s own takes two methods', () => {
  const { heap } = placed();
  const mine = new (class extends PassThrough {
    live = 0;
    override allocate(inner: Heap, size: number, align: number): number {
      this.live++;
      return inner.allocate(size, align);
    }
    override deallocate(inner: Heap, address: number, size: number, align: number): Misuse {
      this.live--;
      return inner.deallocate(address, size, align);
    }
  })();
  heap.attach(mine);
  const block = heap.allocate(10, 8);
  expect(mine.live).toBe(1);
  heap.deallocate(block, 10, 8);
  expect(mine.live).toBe(0);
});

test('S0.2: the null allocator says there is no more memory, at once', () => {
  const heap = new NullHeap(8192);
  expect([heap.allocate(), heap.allocateZeroed(), heap.reallocate()]).toEqual([0, 0, 0]);
});

test('S0.3: what is said when memory is out, before the program ends', () => {
  const heap = new HeapHook(new NullHeap(8192));
  const abort = (size: number): boolean => {
    throw new Error(outOfMemoryMessage(size));
  };
  heap.attach(new OutOfMemoryInterceptor(abort));
  expect(() => heap.allocate(4, 1)).toThrow(/^memory allocation of 4 bytes failed$/);
});

test('S0.4: giving back what was never allocated is seen', () => {
  expect(new NullHeap(8192).deallocate()).toBe(MISUSE_INVALID);
});

test('S0.5: size and alignment are honoured', () => {
  const { heap } = placed();
  for (let align = 1; align <= 1024; align *= 2) {
    const block = heap.allocate(16, align);
    expect(block % align).toBe(0);
    expect(heap.usableSize(block)).toBeGreaterThanOrEqual(16);
  }
});

test('S0.6: a deallocation has the layout, too', () => {
  const { heap } = placed();
  const trace = new TraceInterceptor({ capacity: 4 });
  heap.attach(trace);
  heap.deallocate(heap.allocate(16, 2), 16, 2);
  const layouts: number[][] = [];
  trace.drain(({ size, align }) => layouts.push([size, align]));
  expect(layouts).toEqual([
    [16, 2],
    [16, 2],
  ]);
});

test('S0.7: a request for no bytes is seen', () => {
  const { heap } = placed();
  const guard = new GuardInterceptor({});
  heap.attach(guard);
  expect(heap.allocate(0, 8)).toBe(0);
  expect(guard.counts[BREACH_REQUEST]).toBe(1);
});

test.each((Object.keys(STRATEGIES) as StrategyName[]).map((name) => [name]))(
  'S0.8: a pointer of nobody’s is seen by %s',
  (name) => {
    const { heap } = placed(name, 65_536);
    heap.allocate(64, 8);
    for (const address of [0, BASE - 8, BASE + 65_536, 0xffff_fff8]) {
      expect(heap.deallocate(address, 64, 8)).not.toBe(0);
    }
    expect(heap.check()).toEqual([]);
  },
);

test('S0.9: bytes live and in all, with counters that are sequentially consistent', () => {
  const { heap } = placed();
  const words = new Int32Array(new SharedArrayBuffer(64));
  heap.attach(new CountInterceptor('asked', words));
  heap.deallocate(heap.allocate(100, 8), 100, 8);
  heap.allocate(20, 8);
  // Another thread's object over the same words sees the same; Atomics order all its accesses.
  const elsewhere = new CountInterceptor('asked', words).counts();
  expect(elsewhere).toMatchObject({ bytes: 120, liveBytes: 20 });
});

test('S0.12: the error hook can be replaced by one’s own, and put back', () => {
  const said: string[] = [];
  const heap = new HeapHook(new NullHeap(8192));
  const hook = new OutOfMemoryInterceptor((size) => said.push(`first ${size}`) < 0);
  heap.attach(hook);
  heap.allocate(1, 1);
  const first = hook.setHandler((size) => said.push(`second ${size}`) < 0);
  heap.allocate(2, 1);
  hook.setHandler(first);
  heap.allocate(3, 1);
  expect(said).toEqual(['first 1', 'second 2', 'first 3']);
});

test('S0.13: tracing inside the allocator does not allocate', () => {
  const { heap } = placed();
  const trace = new TraceInterceptor({ capacity: 8 });
  const count = new CountInterceptor();
  heap.attach(count);
  heap.attach(trace);
  for (let call = 0; call < 100; call++) heap.allocate(8, 8);
  expect(count.counts().allocations).toBe(100);
  expect([trace.length, trace.lost, heap.reentries]).toEqual([8, 92, 0]);
});

test('S0.14: an allocator that calls itself is told so, with the depth, and no stack overflows', () => {
  const depths: number[] = [];
  const { memory } = placed();
  const heap: HeapHook = new HeapHook(createHeap('tlsf', memory, BASE, 8192), (depth) =>
    depths.push(depth),
  );
  const line = { heap, memory, base: BASE };
  heap.attach(
    new (class extends PassThrough {
      override allocate(inner: Heap, size: number, align: number): number {
        const text = new HeapString(line);
        text.append(`allocated ${size} bytes with align ${align}`);
        text.free();
        return inner.allocate(size, align);
      }
    })(),
  );
  expect(heap.allocate(16, 2)).toBeGreaterThan(0);
  expect(heap.allocate(16, 2)).toBeGreaterThan(0);
  expect(depths).toEqual([2]);
  expect(heap.reentries).toBe(4);
});

test('S0.15: a trace line has size and alignment', () => {
  const { heap } = placed();
  const trace = new TraceInterceptor({ capacity: 1 });
  heap.attach(trace);
  heap.allocate(16, 2);
  trace.drain((call) => {
    expect(describeCall(call)).toMatch(/^allocated 16 bytes with align 2 at 0x/);
  });
});

test('S0.16: what a construct costs in bytes', () => {
  const place = placed();
  const count = new CountInterceptor('asked');
  place.heap.attach(count);
  const constructs: Record<string, () => void> = {
    'an empty array': () => void new HeapArray(place),
    'an array of one word': () => void new HeapArray(place).push(1),
    'a string of 40 characters': () => void new HeapString(place).append('x'.repeat(40)),
    'a string and its copy': () => {
      for (let copy = 0; copy < 2; copy++) new HeapString(place).append('x'.repeat(20));
    },
  };
  const costs = Object.entries(constructs).map(([name, run]) => {
    const mark = count.mark();
    run();
    return [name, count.since(mark).bytes];
  });
  expect(costs).toEqual([
    ['an empty array', 0],
    ['an array of one word', 16],
    ['a string of 40 characters', 40],
    ['a string and its copy', 40],
  ]);
});

test('S0.17: usable while the process shuts down', () => {
  const script = bundle(
    `import { BufferHeapMemory, CountInterceptor, createHeap, HeapHook } from '@bareheap/core';
     const heap = new HeapHook(createHeap('tlsf', new BufferHeapMemory(new ArrayBuffer(8192)), 4096, 8192));
     const count = new CountInterceptor('asked');
     heap.attach(count);
     const block = heap.allocate(100, 8);
     process.on('exit', () => {
       heap.deallocate(block, 100, 8);
       heap.allocate(7, 8);
       const { frees, liveBytes } = count.counts();
       process.stdout.write(frees + ' ' + liveBytes);
     });
     throw new Error('the end');`,
    'iife',
  );
  const { stdout, status } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  expect([stdout, status]).toEqual(['1 7', 1]);
});

test('S0.18: each collection lives in the heap it is given', () => {
  const [one, two] = [placed('tlsf'), placed('llff')];
  const array = new HeapArray(one);
  const text = new HeapString(two);
  array.push(1);
  text.append('in the other heap');
  expect([one.heap, two.heap].map((heap) => heap.stats().liveBlocks)).toEqual([1, 1]);
  array.free();
  expect([one.heap, two.heap].map((heap) => heap.stats().liveBlocks)).toEqual([0, 1]);
});

test('S0.31: a heap for each thread over one source, or one heap for all', () => {
  const { source, memoryAt } = SETUPS['mmap']!();
  const heaps = [1, 2].map(() => new GrowingHeap('tlsf', STRATEGIES.tlsf, source, memoryAt));
  const blocks = heaps.map((heap) => [heap.allocate(100, 8), heap.allocate(100, 8)]);
  const [mine, theirs] = heaps;
  expect(mine!.usableSize(blocks[0]![0]!)).toBeGreaterThan(0);
  expect(mine!.usableSize(blocks[1]![0]!)).toBe(0);
  // A block given back by the other thread is foreign to its heap: it must go home.
  expect(theirs!.deallocate(blocks[0]![0]!, 100, 8)).toBe(MISUSE_INVALID);
  expect(mine!.deallocate(blocks[0]![0]!, 100, 8)).toBe(0);
});

test('S0.32: munmap gives a block back; from the middle below the break nothing can be', () => {
  const given = (name: string): boolean[] => {
    const { source } = SETUPS[name]!();
    const unit = source.granularityBytes;
    const pieces = [source.reserve(unit), source.reserve(unit), source.reserve(unit)];
    return [1, 2, 0].map((nth) => source.giveBack(pieces[nth]!, unit));
  };
  expect(given('mmap')).toEqual([true, true, true]);
  expect(given('brk')).toEqual([false, true, false]);
});

test('S0.33: a heap in a block of another heap', () => {
  const system = placed('llff', 65_536);
  const source = new HeapSource(system.heap, 16);
  const heap = new GrowingHeap('tlsf', STRATEGIES.tlsf, source, (address) => {
    return new MemoryWindow(system.memory, address - BASE);
  });
  const blocks = Array.from({ length: 20 }, () => heap.allocate(100, 8));
  expect(system.heap.stats().liveBlocks).toBe(1);
  for (const block of blocks) expect(heap.deallocate(block, 100, 8)).toBe(0);
  expect(heap.check()).toEqual([]);
});

test.each(['static', 'brk', 'mmap', 'VirtualAlloc', 'WebAssembly.Memory'])(
  'S0.34: the heap’s memory comes from %s',
  (name) => {
    const { source, memoryAt } = SETUPS[name]!();
    const heap = new GrowingHeap('tlsf', STRATEGIES.tlsf, source, memoryAt, 8192);
    expect(heap.allocate(100, 8)).toBeGreaterThan(0);
    expect(heap.stats().regionBytes).toBeGreaterThan(8000);
  },
);

test('S0.34: static [u8; 8192] is all there is', () => {
  const memory = new BufferHeapMemory(new ArrayBuffer(8192));
  const source = new BreakSource(BREAK_KINDS.static, memory, BASE, 8192);
  const heap = new GrowingHeap('llff', STRATEGIES.llff, source, () => memory, 8192);
  expect(heap.allocate(8000, 8)).toBeGreaterThan(0);
  expect(heap.allocate(8000, 8)).toBe(0);
});

test('S0.35: small code that runs everywhere', () => {
  const script = bundle(`export { BumpCalls } from '@bareheap/core';`);
  expect(script.length).toBeLessThan(2500);
  expect(script).not.toMatch(/\b(require|import|process|window|document)\b/);
});

test('S0.36: one of the simplest strategies: a cursor, one step a call', () => {
  const { heap } = placed('bump');
  const [first, second] = [heap.allocate(16, 8), heap.allocate(16, 8)];
  expect(second).toBeGreaterThan(first);
  expect(heap.worstSteps).toBe(1);
});

test('S0.37: no strategy is best at all: one program on each, in one table', () => {
  const place = placed('tlsf', 65_536);
  const record = new RecordInterceptor();
  place.heap.attach(record);
  const arrays = Array.from({ length: 12 }, () => new HeapArray(place));
  for (let word = 0; word < 1500; word++) arrays[(word * 7) % 12]!.push(word);
  for (const array of arrays) array.free();
  const table = replayTable(record.trace(), { strategies: ['bump', 'llff', 'tlsf'] });
  const least = (figure: 'smallestBytes' | 'worstSteps'): string =>
    table.toSorted((one, two) => one[figure]! - two[figure]!)[0]!.strategy;
  expect(least('smallestBytes')).toBe('llff');
  expect(least('worstSteps')).toBe('bump');
});

import { HeapModel, Random, randomProgram } from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import { BumpHeap } from '../bump/bump.ts';
import { BufferHeapMemory } from '../heap-memory.ts';
import { InterceptedHeap, PassThrough } from '../interceptor/interceptor.ts';
import { RecordInterceptor } from '../interceptor/record.ts';
import { LinkedListHeap } from '../llff/llff.ts';
import { TlsfHeap } from '../tlsf/tlsf.ts';
import { replayTrace, traceNeeds } from './replay.ts';
import { replayOn, replayStrategies, replayTable, smallestHeap } from './replay-table.ts';

const BASE = 0x1000;

/** What a program does with a heap, as a trace. */
function record(program: (heap: InterceptedHeap) => void, bytes = 65_536): Uint8Array {
  const recorder = new RecordInterceptor();
  const inner = new TlsfHeap(new BufferHeapMemory(new ArrayBuffer(bytes)), BASE, bytes);
  program(new InterceptedHeap(recorder, inner));
  return recorder.trace();
}

function randomTrace(seed: number, operations = 700): Uint8Array {
  const bytes = 65_536;
  const recorder = new RecordInterceptor();
  const buffer = new ArrayBuffer(bytes);
  const heap = new InterceptedHeap(
    recorder,
    new TlsfHeap(new BufferHeapMemory(buffer), BASE, bytes),
  );
  const model = new HeapModel(heap, { base: BASE, bytes: new Uint8Array(buffer) });
  const shape = { operations, largest: 1000, frees: 118 };
  model.run(randomProgram(new Random(seed), shape), { checkEvery: operations });
  model.freeAll();
  return recorder.trace();
}

const llff = (bytes: number) =>
  new LinkedListHeap(new BufferHeapMemory(new ArrayBuffer(bytes)), BASE, bytes);

test('figures of a trace small enough to work out by hand', () => {
  const trace = record((heap) => {
    const blocks = [100, 100, 100].map((size) => heap.allocate(size, 8));
    heap.deallocate(blocks[1]!, 100, 8);
    heap.allocate(50, 8);
  });
  // Blocks are 104 bytes each behind 12 bytes of control; their payloads have 100 bytes.
  expect(traceNeeds(trace)).toEqual({ peakBytes: 300, peakCall: 3 });
  const figures = replayTrace(trace, llff(1024), BASE);
  expect(figures).toEqual({
    calls: 5,
    refusals: 0,
    firstRefusal: 0,
    peakBytes: 300,
    highWaterBytes: 12 + 3 * 104,
    footprintRatio: 324 / 300,
    internalFragmentation: 0,
    externalFragmentation: expect.closeTo(1 - (1024 - 4 - 324 - 4) / (1024 - 4 - 324 - 4 + 44), 9),
    overheadBytes: 12 + 4 * 4,
    worstSteps: figures.worstSteps,
    liveBlocks: 3,
  });
});

test('internal fragmentation is what nobody asked for', () => {
  const trace = record((heap) => {
    for (let block = 0; block < 10; block++) heap.allocate(13, 8);
  });
  const { internalFragmentation } = replayTrace(trace, llff(1024), BASE);
  expect(internalFragmentation).toBeCloseTo(1 - 13 / 20, 9);
});

test('a trace goes on after a refusal, without the block', () => {
  const trace = record((heap) => {
    const small = heap.allocate(10, 8);
    let large = heap.allocate(2000, 8);
    large = heap.reallocate(large, 2000, 8, 3000);
    heap.deallocate(large, 3000, 8);
    heap.reallocate(small, 10, 8, 1500);
  });
  expect(replayTrace(trace, llff(1024), BASE)).toMatchObject({
    refusals: 2,
    firstRefusal: 2,
    peakBytes: 10,
    liveBlocks: 1,
  });
});

test('a block that cannot grow in place in this heap moves, as the program could do', () => {
  const roomy = new (class extends PassThrough {
    override reallocateInPlace(): boolean {
      return true;
    }
  })();
  const recorder = new RecordInterceptor();
  const heap = new InterceptedHeap(recorder, new InterceptedHeap(roomy, llff(4096)));
  const block = heap.allocate(100, 8);
  heap.allocate(1000, 8);
  expect(heap.reallocateInPlace(block, 100, 8, 150)).toBe(true);
  const figures = replayTrace(recorder.trace(), llff(4096), BASE);
  expect(figures).toMatchObject({ refusals: 0, liveBlocks: 2, peakBytes: 1150 });
  expect(figures.highWaterBytes).toBeGreaterThan(1250);
});

test('every block that is freed comes back in every strategy', () => {
  const trace = randomTrace(1);
  for (const strategy of replayStrategies()) {
    expect(replayOn(strategy, trace, 1 << 20)).toMatchObject({ refusals: 0, liveBlocks: 0 });
  }
});

test('the same trace gives the same table', () => {
  const trace = randomTrace(2);
  const options = { strategies: ['llff', 'tlsf'], smallest: false } as const;
  expect(replayTable(trace, options)).toEqual(replayTable(trace, options));
});

test('the table shows what sets strategies apart', () => {
  const strategies = ['bump', 'llff', 'tlsf'] as const;
  const table = replayTable(randomTrace(3, 1500), { strategies, regionBytes: 1 << 20 });
  const [bump, first, tlsf] = table;
  for (const row of table) {
    expect(row.survives).toBe(true);
    expect(row.footprintRatio).toBeGreaterThan(1);
    expect(row.highWaterBytes).toBeLessThanOrEqual(row.regionBytes);
    expect(row.smallestBytes).toBeGreaterThan(row.peakBytes);
  }
  expect(bump!.worstSteps).toBe(3);
  expect(bump!.smallestBytes).toBeGreaterThan(3 * first!.smallestBytes!);
  expect(first!.worstSteps).toBeGreaterThan(3 * tlsf!.worstSteps);
  expect(tlsf!.worstSteps).toBeLessThanOrEqual(11);
});

describe.each(replayStrategies())('%s', (strategy) => {
  test('survives in the smallest heap found, and not in one step less', () => {
    const trace = randomTrace(4);
    const smallest = smallestHeap(strategy, trace)!;
    expect(replayOn(strategy, trace, smallest).refusals).toBe(0);
    expect(replayOn(strategy, trace, smallest - 16).refusals).toBeGreaterThan(0);
  });
});

test('no heap is small enough for a trace without requests, but the least there is', () => {
  const trace = record(() => {});
  expect(smallestHeap('llff', trace)).toBe(48);
  expect(replayTable(trace, { strategies: ['null'] })[0]).toMatchObject({ footprintRatio: 0 });
});

test('null survives nothing', () => {
  const trace = record((heap) => heap.allocate(1, 1));
  expect(smallestHeap('null', trace)).toBeNull();
});

test('a bump heap that is given back only in part fills up', () => {
  const trace = record((heap) => {
    for (let round = 0; round < 100; round++) {
      const [a, b] = [heap.allocate(64, 8), heap.allocate(64, 8)];
      heap.deallocate(a, 64, 8);
      heap.deallocate(b, 64, 8);
    }
  });
  const bytes = 1024;
  const bump = new BumpHeap(new BufferHeapMemory(new ArrayBuffer(bytes)), BASE, bytes);
  expect(replayTrace(trace, bump, BASE).firstRefusal).toBeGreaterThan(10);
  expect(replayTrace(trace, llff(bytes), BASE).refusals).toBe(0);
});

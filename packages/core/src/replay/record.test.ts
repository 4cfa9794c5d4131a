/** What is recorded on one heap is replayed call by call; hostile bytes are named as such. */
import { HeapModel, Random, randomProgram } from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import { BufferHeapMemory } from '../heap-memory.ts';
import { InterceptedHeap } from '../interceptor/interceptor.ts';
import { RecordInterceptor } from '../interceptor/record.ts';
import { LinkedListHeap } from '../llff/llff.ts';
import { TlsfHeap } from '../tlsf/tlsf.ts';
import { TraceError } from './heap-trace.ts';
import { replayOn } from './replay-table.ts';
import { TraceReader } from './trace-reader.ts';

const NAMES = ['a', 'az', 'd', 'r', 'ri', 'refused', 'refused resize', 'mark'];

function calls(trace: Uint8Array): [string, number, number, number][] {
  const reader = new TraceReader(trace);
  const read: [string, number, number, number][] = [];
  while (reader.next()) read.push([NAMES[reader.kind]!, reader.slot, reader.size, reader.align]);
  return read;
}

function recorded(bytes = 4096, record = new RecordInterceptor()) {
  const memory = new BufferHeapMemory(new ArrayBuffer(bytes));
  return { record, heap: new InterceptedHeap(record, new TlsfHeap(memory, 0x1000, bytes)) };
}

test('each kind of call, and slots that are taken again', () => {
  const { heap, record } = recorded();
  const a = heap.allocate(100, 8);
  const b = heap.allocateZeroed(3, 64);
  record.mark(300);
  heap.deallocate(a, 100, 8);
  const c = heap.allocate(2000, 1);
  const d = heap.allocate(1, 2);
  heap.allocate(2 ** 31, 2 ** 31);
  const moved = heap.reallocate(d, 1, 2, 200);
  heap.reallocateInPlace(moved, 200, 2, 100);
  heap.reallocateInPlace(c, 2000, 1, 2 ** 20);
  heap.deallocate(moved, 100, 2);
  heap.deallocate(b, 3, 64);
  expect(calls(record.trace())).toEqual([
    ['a', 0, 100, 8],
    ['az', 1, 3, 64],
    ['mark', -1, 300, 1],
    ['d', 0, 0, 1],
    ['a', 0, 2000, 1],
    ['a', 2, 1, 2],
    ['refused', -1, 2 ** 31, 2 ** 31],
    ['r', 2, 200, 2],
    ['ri', 2, 100, 2],
    ['refused resize', 0, 2 ** 20, 1],
    ['d', 2, 0, 1],
    ['d', 1, 0, 1],
  ]);
});

test('a trace is small: two to four bytes a call', () => {
  const { record, bytes } = recordProgram(3);
  const trace = record.trace();
  const { callCount } = new TraceReader(trace);
  expect(callCount).toBeGreaterThan(2000);
  expect((trace.length - 12) / callCount).toBeLessThan(4);
  expect(bytes).toBe(65_536);
});

function recordProgram(seed: number) {
  const bytes = 65_536;
  const record = new RecordInterceptor({ blocks: 4, capacityBytes: 32 });
  const buffer = new ArrayBuffer(bytes);
  const inner = new TlsfHeap(new BufferHeapMemory(buffer), 0x1000, bytes);
  const heap = new InterceptedHeap(record, inner);
  const program = randomProgram(new Random(seed), { operations: 3000, largest: 5000, frees: 110 });
  const model = new HeapModel(heap, { base: 0x1000, bytes: new Uint8Array(buffer) });
  model.run(program, { checkEvery: 3000 });
  return { record, bytes, inner };
}

test('random programs: on a heap of the same strategy the same bytes are live in the end', () => {
  for (let seed = 1; seed <= 3; seed++) {
    const { record, bytes, inner } = recordProgram(seed);
    const reader = new TraceReader(record.trace());
    const memory = new BufferHeapMemory(new ArrayBuffer(bytes));
    const heap = new TlsfHeap(memory, 0x1000, bytes);
    const blocks: number[] = [];
    const replays: readonly (() => void)[] = [
      () => (blocks[reader.slot] = heap.allocate(reader.size, reader.align)),
      () => (blocks[reader.slot] = heap.allocateZeroed(reader.size, reader.align)),
      () => heap.deallocate(blocks[reader.slot]!, 0, 1),
      () =>
        (blocks[reader.slot] = heap.reallocate(blocks[reader.slot]!, 0, reader.align, reader.size)),
      () => heap.reallocateInPlace(blocks[reader.slot]!, 0, reader.align, reader.size),
      () => {},
      () => {},
      () => {},
    ];
    while (reader.next()) replays[reader.kind]!();
    expect(heap.stats(), `seed ${seed}`).toEqual(inner.stats());
  }
});

test('pointers of nobody are counted and left out', () => {
  const { heap, record } = recorded();
  const block = heap.allocate(10, 8);
  heap.deallocate(0x5000, 10, 8);
  heap.deallocate(block, 10, 8);
  heap.deallocate(block, 10, 8);
  heap.reallocate(block, 10, 8, 20);
  expect(calls(record.trace()).map(([kind]) => kind)).toEqual(['a', 'd']);
  expect(record.foreign).toBe(3);
});

test('blocks from before it was attached are foreign', () => {
  const inner = new LinkedListHeap(new BufferHeapMemory(new ArrayBuffer(4096)), 0x1000, 4096);
  const block = inner.allocate(10, 8);
  const record = new RecordInterceptor();
  expect(new InterceptedHeap(record, inner).deallocate(block, 10, 8)).toBe(0);
  expect([record.foreign, calls(record.trace())]).toEqual([1, []]);
});

test('a trace that reaches its limit ends there, and can be read', () => {
  const { heap, record } = recorded(65_536, new RecordInterceptor({ limitBytes: 200 }));
  for (let call = 0; call < 500; call++) heap.deallocate(heap.allocate(10, 8), 10, 8);
  expect(record.isTruncated).toBe(true);
  expect(calls(record.trace()).length).toBeGreaterThan(60);
  expect(record.trace().length).toBeLessThanOrEqual(200);
});

describe('bytes that are no trace', () => {
  const { heap, record } = recorded();
  heap.deallocate(heap.allocate(1000, 8), 1000, 8);
  const good = record.trace();
  const changed = (at: number, byte: number): Uint8Array => {
    const bytes = good.slice();
    bytes[at] = byte;
    return bytes;
  };

  const freedTwice = new Uint8Array([...good, 2, 0]);
  freedTwice[4] = 3;

  test.each([
    ['not-a-trace', new Uint8Array(4)],
    ['not-a-trace', changed(0, 1)],
    ['truncated', good.slice(0, -1)],
    ['truncated', changed(4, 9)],
    ['bad-slot', changed(10, 255)],
    ['bad-slot', changed(8, 0)],
    ['bad-slot', changed(good.length - 1, 9)],
    ['bad-slot', freedTwice],
    ['bad-size', new Uint8Array([...good.slice(0, 13), ...Array(12).fill(255)])],
  ])('%s', (code, bytes) => {
    expect(() => calls(bytes)).toThrow(expect.objectContaining({ code }));
  });

  test('random damage is named, never anything else, and what is left can be replayed', () => {
    const random = new Random(9);
    const trace = recordProgram(1).record.trace().slice(0, 400);
    trace.set([100, 0, 0, 0], 4);
    let replayed = 0;
    for (let round = 0; round < 500; round++) {
      const bytes = trace.slice();
      for (let byte = 0; byte < 4; byte++) bytes[12 + random.below(388)] = random.next();
      try {
        replayOn('tlsf', bytes, 65_536);
        replayed++;
      } catch (error) {
        expect(error).toBeInstanceOf(TraceError);
      }
    }
    expect(replayed).toBeGreaterThan(20);
    expect(replayed).toBeLessThan(480);
  });
});

import { expect, test } from 'vitest';
import { BufferHeapMemory } from '../heap-memory.ts';
import { TlsfHeap } from '../tlsf/tlsf.ts';
import { HeapHook } from './heap-hook.ts';
import { describeCall, type TracedCall, TraceInterceptor } from './trace.ts';

const hook = () =>
  new HeapHook(new TlsfHeap(new BufferHeapMemory(new ArrayBuffer(8192)), 0x1000, 8192));

function drained(trace: TraceInterceptor): TracedCall[] {
  const calls: TracedCall[] = [];
  trace.drain((call) => calls.push(call));
  return calls;
}

test('size, alignment, address and caller of each call', () => {
  const heap = hook();
  let caller = 0x8000;
  const trace = new TraceInterceptor({ capacity: 10, caller: () => caller });
  heap.attach(trace);
  const block = heap.allocate(100, 16);
  caller = 0x8010;
  heap.deallocate(block, 100, 16);
  expect(drained(trace)).toEqual([
    {
      kind: 'allocate',
      ordinal: 1,
      address: 0,
      size: 100,
      align: 16,
      result: block,
      caller: 0x8000,
      stack: new Uint32Array(0),
    },
    {
      kind: 'deallocate',
      ordinal: 2,
      address: block,
      size: 100,
      align: 16,
      result: 0,
      caller: 0x8010,
      stack: new Uint32Array(0),
    },
  ]);
  expect(trace.length).toBe(0);
});

test('the oldest calls go when the ring is full, and are counted', () => {
  const heap = hook();
  const trace = new TraceInterceptor({ capacity: 3 });
  heap.attach(trace);
  for (let size = 1; size <= 8; size++) heap.allocate(size, 8);
  expect(trace.lost).toBe(5);
  expect(drained(trace).map(({ size, ordinal }) => [size, ordinal])).toEqual([
    [6, 6],
    [7, 7],
    [8, 8],
  ]);
});

test('a reader takes calls out when the ring is full, and may use the traced heap meanwhile', () => {
  const heap = hook();
  const sizes: number[] = [];
  const trace = new TraceInterceptor({
    capacity: 4,
    onFull: (ring) => {
      const note = heap.allocate(64, 8);
      ring.drain(({ size }) => sizes.push(size));
      heap.deallocate(note, 64, 8);
    },
  });
  heap.attach(trace);
  for (let size = 1; size <= 10; size++) heap.allocate(size, 8);
  trace.drain(({ size }) => sizes.push(size));
  expect(sizes).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect([trace.lost, heap.reentries]).toEqual([0, 4]);
});

test('the stack of each call, as many frames as there is room for', () => {
  const heap = hook();
  const stack = [0x9000];
  const trace = new TraceInterceptor({
    capacity: 3,
    stackFrames: 2,
    captureStack: (into) => {
      stack.forEach((frame, index) => {
        into[index] = frame;
      });
      return stack.length;
    },
  });
  heap.attach(trace);
  for (const frame of [0x9010, 0x9020, 0x9030]) {
    heap.allocate(8, 8);
    stack.unshift(frame);
  }
  stack.length = 0;
  heap.allocate(8, 8);
  expect(drained(trace).map((call) => [...call.stack])).toEqual([
    [0x9010, 0x9000],
    [0x9020, 0x9010],
    [],
  ]);
});

test('calls in words', () => {
  const heap = hook();
  const trace = new TraceInterceptor({ capacity: 20 });
  heap.attach(trace);
  const block = heap.allocate(8, 2);
  const zeroed = heap.allocateZeroed(24, 8);
  const moved = heap.reallocate(block, 8, 2, 300);
  heap.reallocateInPlace(moved, 300, 2, 200);
  heap.reallocateInPlace(moved, 200, 2, 2 ** 20);
  heap.reallocate(moved, 200, 2, 2 ** 20);
  heap.allocate(2 ** 20, 8);
  heap.deallocate(zeroed, 24, 8);
  heap.deallocate(zeroed, 24, 8);
  heap.deallocate(moved, 0, 2);
  const hex = (address: number) => `0x${address.toString(16)}`;
  expect(drained(trace).map(describeCall)).toEqual([
    `allocated 8 bytes with align 2 at ${hex(block)}`,
    `allocated 24 bytes with align 8 at ${hex(zeroed)}, zeroed`,
    `reallocated ${hex(block)} to 300 bytes with align 2 at ${hex(moved)}`,
    `resized ${hex(moved)} to 200 bytes with align 2`,
    `did not resize ${hex(moved)} to 1048576 bytes with align 2`,
    `did not reallocate ${hex(moved)} to 1048576 bytes with align 2`,
    'did not allocate 1048576 bytes with align 8',
    `deallocated ${hex(zeroed)}, 24 bytes with align 8`,
    `did not deallocate ${hex(zeroed)}: it is not allocated`,
    `deallocated ${hex(moved)}`,
  ]);
});

test('tracing changes no byte of the heap', () => {
  const [one, two] = [new ArrayBuffer(4096), new ArrayBuffer(4096)];
  for (const [buffer, traced] of [
    [one, false],
    [two, true],
  ] as const) {
    const heap = new HeapHook(new TlsfHeap(new BufferHeapMemory(buffer), 0x1000, 4096));
    if (traced) heap.attach(new TraceInterceptor({ capacity: 2 }));
    for (let size = 1; size < 60; size++) heap.allocate(size, 8);
  }
  expect(new Uint8Array(two)).toEqual(new Uint8Array(one));
});

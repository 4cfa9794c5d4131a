/**
 * One contender on one trace, in a thread of its own. Contenders that share a thread share type
 * feedback: the second one then runs through code compiled for the first, and figures change by
 * a factor of two with their order.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { BufferHeapMemory, createHeap } from '@bareheap/core';
import { MemPool } from '@thi.ng/malloc';
import { assemblyScriptHeap } from './assemblyscript-heap.mjs';
import { HEAP_TRACES } from './heap-traces.mjs';

const BASE = 65_536;
/**
 * A trace is timed in slices of so many operations. The first few passes compile; of the rest the
 * best of each slice counts, as other programs only add time, and few leave a whole pass alone.
 */
const SLICE = 10_000;
const PASSES = 16;

function strategy(name, bytes) {
  const heap = createHeap(name, new BufferHeapMemory(new ArrayBuffer(bytes)), BASE, bytes);
  return {
    allocate: (size) => heap.allocate(size, 8),
    free: (block) => heap.deallocate(block, 0, 8),
    worstSteps: () => heap.worstSteps,
    defects: () => heap.check(),
  };
}

/** What makes a contender's heap of `bytes` anew. */
async function makerOf(contender, bytes) {
  if (contender === '@thi.ng/malloc') return () => thingMalloc(bytes);
  if (contender === 'assemblyscript') return assemblyScriptHeap(bytes);
  return () => strategy(contender, bytes);
}

function thingMalloc(bytes) {
  const pool = new MemPool({ buf: new ArrayBuffer(bytes), start: 8, align: 8 });
  return {
    allocate: (size) => pool.malloc(size),
    free: (block) => pool.free(block),
    worstSteps: () => null,
    defects: () => [],
  };
}

/** Replays a slice of a trace; returns how many allocations were refused. */
function replay({ slotOf, sizes }, blocks, from, to, { allocate, free }) {
  let refused = 0;
  for (let index = from; index < to; index++) {
    const slot = slotOf[index];
    const size = sizes[index];
    if (size === 0) {
      if (blocks[slot] !== 0) free(blocks[slot]);
      blocks[slot] = 0;
    } else {
      const block = allocate(size);
      if (block === 0) refused++;
      blocks[slot] = block;
    }
  }
  return refused;
}

/** Replays a whole trace; keeps the best time of each slice; returns the refused allocations. */
function replayTimed(trace, heap, best) {
  const blocks = new Float64Array(trace.slots);
  let refused = 0;
  for (let slice = 0; slice < best.length; slice++) {
    const to = Math.min(trace.length, (slice + 1) * SLICE);
    const start = performance.now();
    refused += replay(trace, blocks, slice * SLICE, to, heap);
    best[slice] = Math.min(best[slice], performance.now() - start);
  }
  return refused;
}

const { contender, traceName } = workerData;
const { bytes, make } = HEAP_TRACES[traceName];
const trace = make();
const makeHeap = await makerOf(contender, bytes);
const best = new Float64Array(Math.ceil(trace.length / SLICE)).fill(Infinity);
let heap;
let refused = 0;
for (let pass = 0; pass < PASSES; pass++) {
  heap = makeHeap();
  refused = replayTimed(trace, heap, best);
}
const millionsPerSecond = trace.length / best.reduce((sum, time) => sum + time) / 1000;
const defects = heap.defects();
if (defects.length > 0) throw new Error(`${contender} on ${traceName}: ${defects.join('; ')}`);
parentPort.postMessage({ millionsPerSecond, refused, worstSteps: heap.worstSteps() });

/**
 * `bareheap bench heap`: operations per second of the strategies beside `@thi.ng/malloc`, on the
 * same traces in one run, and the worst call of each in steps. Ratios are what to read.
 */
import { writeFileSync } from 'node:fs';
import { Random } from '@bareheap/conformance';
import { BufferHeapMemory, createHeap, TLSF_STEPS } from '@bareheap/core';
import { MemPool } from '@thi.ng/malloc';

const BASE = 65536;

/** A trace: for each operation the slot it works on, and the size, or 0 to free the slot. */
function makeTrace(operations, slots, sizeOf, seed) {
  const random = new Random(seed);
  const slotOf = new Int32Array(operations);
  const sizes = new Int32Array(operations);
  const used = new Uint8Array(slots);
  for (let index = 0; index < operations; index++) {
    const slot = random.below(slots);
    slotOf[index] = slot;
    sizes[index] = used[slot] ? 0 : sizeOf(random);
    used[slot] ^= 1;
  }
  return { slotOf, sizes, slots };
}

function stackTrace(operations, depth, sizeOf, seed, queue) {
  const random = new Random(seed);
  const slotOf = new Int32Array(operations);
  const sizes = new Int32Array(operations);
  let index = 0;
  while (index < operations) {
    for (let n = 0; n < depth && index < operations; n++, index++) {
      slotOf[index] = n;
      sizes[index] = sizeOf(random);
    }
    for (let n = 0; n < depth && index < operations; n++, index++) {
      slotOf[index] = queue ? n : depth - 1 - n;
    }
  }
  return { slotOf, sizes, slots: depth };
}

const small = (random) => random.between(8, 64);
const mixed = (random) => (random.oneIn(10) ? random.between(256, 2048) : random.between(8, 128));

const TRACES = [
  { name: 'small churn, 64 KiB', bytes: 65_536, trace: makeTrace(400_000, 300, small, 1) },
  { name: 'mixed sizes, 1 MiB', bytes: 1 << 20, trace: makeTrace(400_000, 1000, mixed, 2) },
  { name: 'last in, first out', bytes: 1 << 18, trace: stackTrace(400_000, 500, small, 3, false) },
  { name: 'first in, first out', bytes: 1 << 18, trace: stackTrace(400_000, 500, small, 4, true) },
  { name: '8 KiB heap', bytes: 8192, trace: makeTrace(400_000, 60, small, 5) },
];

function replay({ slotOf, sizes, slots }, allocate, free) {
  const blocks = new Float64Array(slots);
  let failed = 0;
  for (let index = 0; index < slotOf.length; index++) {
    const slot = slotOf[index];
    const size = sizes[index];
    if (size === 0) {
      if (blocks[slot] !== 0) free(blocks[slot]);
      blocks[slot] = 0;
    } else {
      const block = allocate(size);
      if (block === 0) failed++;
      blocks[slot] = block;
    }
  }
  return failed;
}

function ours(name, bytes) {
  const buffer = new ArrayBuffer(bytes);
  const heap = createHeap(name, new BufferHeapMemory(buffer), BASE, bytes);
  return {
    allocate: (size) => heap.allocate(size, 8),
    free: (block) => heap.deallocate(block, 0, 8),
    worst: () => heap.worstSteps,
  };
}

function thingMalloc(bytes) {
  const pool = new MemPool({ buf: new ArrayBuffer(bytes), start: 8, align: 8 });
  return {
    allocate: (size) => pool.malloc(size),
    free: (block) => pool.free(block),
    worst: () => null,
  };
}

const CONTENDERS = {
  llff: (bytes) => ours('llff', bytes),
  tlsf: (bytes) => ours('tlsf', bytes),
  '@thi.ng/malloc': thingMalloc,
};

/** Millions of operations per second: the best of a few passes, on a fresh heap each. */
function measure(make, { bytes, trace }) {
  let best = 0;
  let worst = null;
  let failed = 0;
  for (let pass = 0; pass < 5; pass++) {
    const heap = make(bytes);
    const start = performance.now();
    failed = replay(trace, heap.allocate, heap.free);
    best = Math.max(best, trace.slotOf.length / (performance.now() - start) / 1000);
    worst = heap.worst();
  }
  return { millionsPerSecond: best, worstSteps: worst, failed };
}

/** Runs the benchmark and prints its table; `json` is a file for the rows. */
export async function benchHeap({ json, print = console.log } = {}) {
  const rows = [];
  print(`heap operations, millions per second (Node ${process.versions.node})`);
  print(
    `${'trace'.padEnd(22)}${Object.keys(CONTENDERS)
      .map((name) => name.padStart(16))
      .join('')}   tlsf/peer  llff/peer`,
  );
  for (const item of TRACES) {
    const row = { trace: item.name };
    for (const [name, make] of Object.entries(CONTENDERS)) row[name] = measure(make, item);
    const peer = row['@thi.ng/malloc'].millionsPerSecond;
    row.ratios = {
      tlsf: row.tlsf.millionsPerSecond / peer,
      llff: row.llff.millionsPerSecond / peer,
    };
    rows.push(row);
    const figures = Object.keys(CONTENDERS).map((name) =>
      row[name].millionsPerSecond.toFixed(1).padStart(16),
    );
    const ratios = `${row.ratios.tlsf.toFixed(2).padStart(12)}${row.ratios.llff.toFixed(2).padStart(11)}`;
    print(`${item.name.padEnd(22)}${figures.join('')}${ratios}`);
  }
  print('');
  print(
    `worst call in steps (blocks and list heads looked at); the bound of tlsf is ${TLSF_STEPS}`,
  );
  for (const row of rows) {
    print(
      `${row.trace.padEnd(22)}llff ${String(row.llff.worstSteps).padStart(5)}   tlsf ${String(row.tlsf.worstSteps).padStart(3)}`,
    );
  }
  if (json)
    writeFileSync(json, `${JSON.stringify({ schema: 'bareheap-bench-heap/1', rows }, null, 2)}\n`);
  return rows;
}

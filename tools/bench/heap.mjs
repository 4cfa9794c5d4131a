/**
 * `bareheap bench heap`: operations per second of the strategies beside `@thi.ng/malloc` and
 * AssemblyScript's TLSF in WebAssembly, on the same traces in one run; the worst call of each in
 * steps; and how the worst call grows with the heap. Absolute figures are of this machine; ratios
 * are what to read.
 */
import { writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { ALL_STRATEGIES, TLSF_STEPS } from '@bareheap/core';
import { benchHeapGrowth } from './heap-growth.mjs';
import { HEAP_TRACES } from './heap-traces.mjs';

/** Figures are ratios to the first one. */
const PEERS = ['@thi.ng/malloc', 'assemblyscript'];
/** Strategies that give nothing back have no churn to measure; heap-2 walks thousands of holes. */
const LEFT_OUT = new Set(['null', 'bump', 'heap-1', 'heap-2', 'arena']);
const OURS = Object.keys(ALL_STRATEGIES).filter((name) => !LEFT_OUT.has(name));
const CONTENDERS = [...PEERS, ...OURS];

/** Millions of operations per second at best, refused allocations and worst steps. */
function measure(contender, traceName) {
  return new Promise((resolve, reject) => {
    const url = new URL('./heap-contender.mjs', import.meta.url);
    const worker = new Worker(url, { workerData: { contender, traceName } });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** One after the other: contenders that run at once share the processor's caches. */
async function measureTrace(traceName) {
  const figures = {};
  for (const contender of CONTENDERS) figures[contender] = await measure(contender, traceName);
  const peer = figures[PEERS[0]].millionsPerSecond;
  const ratios = CONTENDERS.map((name) => [name, figures[name].millionsPerSecond / peer]);
  const { bytes } = HEAP_TRACES[traceName];
  return { trace: traceName, bytes, figures, ratios: Object.fromEntries(ratios) };
}

function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** One line a contender, one column a trace. */
function table(print, rows, cell, last) {
  const heads = rows.map(({ trace }) => trace.padStart(20)).join('');
  print(''.padEnd(16) + heads + last.head.padStart(16));
  for (const name of CONTENDERS) {
    const cells = rows.map((row) => cell(row, name).padStart(20)).join('');
    print(name.padEnd(16) + cells + last.cell(name).padStart(16));
  }
}

/**
 * Runs the benchmark and prints its tables.
 *
 * @param json  file for the rows, as `bareheap-bench-heap/1`
 */
export async function benchHeap({ json, print = console.log } = {}) {
  const rows = [];
  for (const traceName of Object.keys(HEAP_TRACES)) rows.push(await measureTrace(traceName));
  const mean = (name) => geometricMean(rows.map((row) => row.ratios[name]));
  const geometricMeans = Object.fromEntries(CONTENDERS.map((name) => [name, mean(name)]));

  print(`millions of heap operations per second, Node ${process.versions.node};`);
  print(`in brackets and in the last column: as a ratio to ${PEERS[0]}`);
  const rate = ({ figures, ratios }, name) =>
    `${figures[name].millionsPerSecond.toFixed(1)} (${ratios[name].toFixed(2)})`;
  table(print, rows, rate, {
    head: 'geometric mean',
    cell: (name) => geometricMeans[name].toFixed(2),
  });
  print('');
  print(`worst call in steps, refused allocations; tlsf is bounded by ${TLSF_STEPS}`);
  const steps = ({ figures }, name) =>
    `${figures[name].worstSteps ?? '-'}, ${figures[name].refused}`;
  table(print, rows, steps, { head: '', cell: () => '' });
  print('');
  const growth = benchHeapGrowth({ print });
  if (json !== undefined) {
    const report = {
      schema: 'bareheap-bench-heap/1',
      tlsfSteps: TLSF_STEPS,
      geometricMeans,
      rows,
      growth,
    };
    writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  }
  return rows;
}

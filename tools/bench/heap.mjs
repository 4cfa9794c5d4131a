/**
 * `bareheap bench heap`: operations per second of the strategies beside `@thi.ng/malloc`, on the
 * same traces in one run, and the worst call of each in steps. Absolute figures are of this
 * machine; ratios are what to read.
 */
import { writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { TLSF_STEPS } from '@bareheap/core';
import { HEAP_TRACES } from './heap-traces.mjs';

const PEER = '@thi.ng/malloc';
const STRATEGIES = ['llff', 'tlsf'];
const CONTENDERS = [...STRATEGIES, PEER];

/** Millions of operations per second of the best pass, refused allocations and worst steps. */
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
  const peer = figures[PEER].millionsPerSecond;
  const ratio = (name) => [name, figures[name].millionsPerSecond / peer];
  const { bytes } = HEAP_TRACES[traceName];
  return { trace: traceName, bytes, figures, ratios: Object.fromEntries(STRATEGIES.map(ratio)) };
}

function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

function tableLine(row) {
  const rates = CONTENDERS.map((name) => row.figures[name].millionsPerSecond.toFixed(1));
  const ratios = STRATEGIES.map((name) => row.ratios[name].toFixed(2));
  return line(row.trace, [...rates, ...ratios]);
}

function line(name, cells) {
  return name.padEnd(22) + cells.map((cell) => cell.padStart(15)).join('');
}

function stepsLine(row) {
  const cells = STRATEGIES.map((name) => String(row.figures[name].worstSteps));
  const refused = CONTENDERS.map((name) => row.figures[name].refused).join(' / ');
  return line(row.trace, [...cells, refused]);
}

/**
 * Runs the benchmark and prints its tables.
 *
 * @param json  file for the rows, as `bareheap-bench-heap/1`
 */
export async function benchHeap({ json, print = console.log } = {}) {
  print(`millions of heap operations per second, Node ${process.versions.node}`);
  print(line('trace', [...CONTENDERS, ...STRATEGIES.map((name) => `${name}/peer`)]));
  const rows = [];
  for (const traceName of Object.keys(HEAP_TRACES)) {
    const row = await measureTrace(traceName);
    rows.push(row);
    print(tableLine(row));
  }
  const means = STRATEGIES.map((name) => geometricMean(rows.map((row) => row.ratios[name])));
  const cells = [...CONTENDERS.map(() => ''), ...means.map((mean) => mean.toFixed(2))];
  print(line('geometric mean', cells));
  print('');
  print(`worst call in steps: tlsf is bounded by ${TLSF_STEPS}, llff by its number of holes`);
  print(line('trace', [...STRATEGIES, 'refused']));
  for (const row of rows) print(stepsLine(row));
  if (json !== undefined) {
    const geometricMeans = Object.fromEntries(STRATEGIES.map((name, at) => [name, means[at]]));
    const report = { schema: 'bareheap-bench-heap/1', tlsfSteps: TLSF_STEPS, geometricMeans, rows };
    writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  }
  return rows;
}

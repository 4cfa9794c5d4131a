/**
 * One source as a Linux and as a Windows guest: instructions per second of allocator churn, the
 * whole guests with their systems around them. They run in turn, several times; the best time of
 * each counts.
 *
 *   node tools/bench/windows.mjs [--json FILE]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseImage } from '@bareheap/image';
import { openLinux, openWindows } from '@bareheap/machine';

const PREBUILT = resolve(import.meta.dirname, '../../test/bench/prebuilt');
const ROUNDS = 5;
const MEMORY_BYTES = 64 << 20;

const COMMON = {
  argv: [],
  environment: [],
  heap: 'guest',
  memoryBytes: MEMORY_BYTES,
  seed: 1,
};

/** A guest that asks its system for nothing but its end. */
const HOST = {
  writeConsole: () => {},
  readConsole: () => null,
  isConsoleTerminal: () => false,
  files: {},
};

const GUESTS = {
  linux: {
    file: 'churn.x86.elf',
    open: (plan, bytes) => {
      const more = { bytes, path: '/churn', directory: '/', observesHeap: false };
      return openLinux(plan, { ...COMMON, ...more }, HOST);
    },
  },
  windows: {
    file: 'churn.x86.exe',
    open: (plan) => openWindows(plan, { ...COMMON, path: 'C:\\churn.exe' }, HOST),
  },
};

/** Instructions, seconds and exit status of one run. */
function run({ file, open }) {
  const bytes = Uint8Array.from(readFileSync(join(PREBUILT, file)));
  const guest = open(parseImage(bytes), bytes);
  const start = performance.now();
  const end = guest.run({});
  const seconds = (performance.now() - start) / 1000;
  return { instructions: guest.instructions, seconds, code: end.code };
}

/** The fastest run of each guest, in millions of instructions per second, and their ratio. */
export function measureWindows() {
  const best = {};
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, guest] of Object.entries(GUESTS)) {
      const one = run(guest);
      if (best[name] === undefined || one.seconds < best[name].seconds) best[name] = one;
    }
  }
  const { linux, windows } = best;
  if (linux.code !== windows.code) {
    throw new Error(`churn: exit status ${linux.code} on Linux, ${windows.code} on Windows`);
  }
  const rate = ({ instructions, seconds }) => instructions / seconds / 1e6;
  return { linux, windows, rates: { linux: rate(linux), windows: rate(windows) } };
}

/** Runs the benchmark and prints its table; `json` is a file for the figures. */
export function benchWindows({ json, print = console.log } = {}) {
  const figures = measureWindows();
  print(`allocator churn, one source, the best of ${ROUNDS} (Node ${process.versions.node})`);
  print('guest        instructions    seconds      M/s');
  for (const name of Object.keys(GUESTS)) {
    const { instructions, seconds } = figures[name];
    const cells = [
      instructions.toLocaleString('en').padStart(15),
      seconds.toFixed(2).padStart(11),
      figures.rates[name].toFixed(0).padStart(9),
    ];
    print(name.padEnd(10) + cells.join(''));
  }
  const { linux, windows } = figures;
  print(`windows/linux, seconds: ${(windows.seconds / linux.seconds).toFixed(3)}`);
  if (json) {
    const report = { schema: 'bareheap-bench-windows/1', ...figures };
    writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  }
  return figures;
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { json: { type: 'string' } } });
  benchWindows(values);
}

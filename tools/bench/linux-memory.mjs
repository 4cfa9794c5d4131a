/**
 * Calls of a Linux guest: page faults, pairs of mmap and munmap, pairs of mprotect among more and
 * more VMAs, fork of 100 MiB, and beside them what any call costs, a byte through a pipe, and a
 * program started; beside QEMU's user mode and the kernel itself where they are. A row's time is
 * that of a process less that of one which makes `warm` calls: what is translated and compiled for
 * them at first, by QEMU, by bareheap and by the JavaScript engine below it, is not in the rate.
 *
 *   node tools/bench/linux-memory.mjs
 */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const GUEST = resolve(import.meta.dirname, '../../test/bench/prebuilt/linux-memory.musl');
const EMULATOR = join(import.meta.dirname, '../../apps/emu/bin/bareheap.js');
const ROUNDS = 3;
/** Of a process's time: what its calls must have taken for a rate. */
const LEAST_SHARE = 0.02;

const ROWS = [
  { name: 'page faults', what: 'touch', warm: 20_000, count: 40_000 },
  ...[10, 1000, 60_000].flatMap((vmas) => [
    { name: `mmap, munmap among ${vmas} VMAs`, what: 'map', warm: 20_000, count: 40_000, vmas },
    {
      name: `mprotect twice among ${vmas} VMAs`,
      what: 'protect',
      warm: 20_000,
      count: 40_000,
      vmas,
    },
  ]),
  { name: 'fork of 100 MiB', what: 'fork', warm: 2, count: 10 },
  { name: 'getppid', what: 'call', warm: 100_000, count: 200_000 },
  { name: 'a byte into a pipe and out of it', what: 'pipe', warm: 40_000, count: 80_000 },
  // QEMU leaves what its guest executes to the kernel: the program would run natively.
  { name: 'fork, execve and wait', what: 'program', warm: 20, count: 100, not: 'qemu' },
];

const RUNNERS = {
  bareheap: (parameters) => [process.execPath, [EMULATOR, 'run', GUEST, '--', ...parameters]],
  qemu: (parameters) => ['qemu-x86_64', [GUEST, ...parameters]],
  native: (parameters) => [GUEST, parameters],
};

/** Seconds of the fastest of some runs; null where it cannot be run. */
function fastest(runner, parameters) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const [command, words] = RUNNERS[runner](parameters);
    const start = performance.now();
    const { status, error } = spawnSync(command, words, { stdio: 'ignore' });
    if (error !== undefined || status !== 0) return null;
    best = Math.min(best, performance.now() - start);
  }
  return best / 1000;
}

/** Calls a second, or null. */
function rate(runner, { what, warm, count, vmas = 0, not }) {
  if (runner === not) return null;
  const idle = fastest(runner, [what, `${warm}`, `${vmas}`]);
  const busy = fastest(runner, [what, `${warm + count}`, `${vmas}`]);
  if (idle === null || busy === null) return null;
  // Too short to tell from what else the machine does.
  return busy - idle < busy * LEAST_SHARE ? null : count / (busy - idle);
}

/** Rows of `bareheap bench mmu`: calls a second by whoever runs the guest. */
export function linuxMemoryRows(rows = ROWS) {
  return rows.map((row) => ({
    ...row,
    rates: Object.fromEntries(Object.keys(RUNNERS).map((runner) => [runner, rate(runner, row)])),
  }));
}

const WIDTH = 36;
const COLUMN = 13;

function cell(value) {
  const text = value === null ? '-' : value >= 10 ? Math.round(value).toString() : value.toFixed(1);
  return text.padStart(COLUMN);
}

export function printLinuxMemory(print, rows) {
  const names = Object.keys(RUNNERS);
  const heads = [...names, 'of qemu'].map((name) => name.padStart(COLUMN)).join('');
  print(`${'a Linux guest, calls a second'.padEnd(WIDTH)}${heads}`);
  for (const { name, rates } of rows) {
    const { bareheap, qemu } = rates;
    const ratio = bareheap === null || qemu === null ? '-' : (bareheap / qemu).toFixed(2);
    const cells = names.map((runner) => cell(rates[runner])).join('');
    print(`${`  ${name}`.padEnd(WIDTH)}${cells}${ratio.padStart(COLUMN)}`);
  }
}

if (process.argv[1] === import.meta.filename) {
  printLinuxMemory(console.log, linuxMemoryRows());
}

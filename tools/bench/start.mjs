/**
 * `bareheap bench start`: how long the smallest programs take from their command to their end,
 * beside Node starting to do nothing, which is the least that any of them can take. Runs go round
 * by round, one of each row, so that a change of the machine's load falls on all; medians count.
 * QEMU's user mode stands beside them where it is. Programs are built here, by the compilers there
 * are; those without a C library, and for Windows, are of this repository.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isBundleCurrent } from '../../apps/emu/bin/bundle.js';

const ROOT = resolve(import.meta.dirname, '../..');
const EMULATOR = join(ROOT, 'apps/emu/bin/bareheap.js');
const GUESTS = join(ROOT, 'test/guests');
const SOURCE = '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n';
const ROUNDS = 9;
/** Whether Linux programs for x86-64 can be built here, and run without bareheap. */
const IS_THEIR_SYSTEM = process.arch === 'x64' && process.platform === 'linux';

/** Programs, and what builds those that are not in the repository. */
const ROWS = [
  { name: 'firmware, Cortex-M3', file: join(GUESTS, 'prebuilt/heap8k.cortex-m3.elf') },
  { name: 'no C library', file: join(GUESTS, 'linux/prebuilt/start.bare') },
  { name: 'hello, musl, static', compiler: ['musl-gcc', '-static'] },
  { name: 'hello, glibc, static', compiler: ['gcc', '-static'] },
  { name: 'hello, glibc, dynamic', compiler: ['gcc'], options: ['--root', '/'] },
  { name: 'hello, Windows', file: join(GUESTS, 'windows/prebuilt/hello.exe'), status: 7 },
];
const COLUMNS = ['bareheap', 'qemu', 'native'];

/** The program of a row, built in `folder` if it must be; null without its compiler. */
function programOf({ file, compiler }, folder, index) {
  if (file !== undefined) return file;
  if (!IS_THEIR_SYSTEM) return null;
  const source = join(folder, 'hello.c');
  const program = join(folder, `hello${index}`);
  writeFileSync(source, SOURCE);
  const [command, ...options] = compiler;
  const { status } = spawnSync(command, [...options, '-O2', '-o', program, source]);
  return status === 0 ? program : null;
}

/** The commands of a row by column; Linux programs run in QEMU, too, and by themselves if they can. */
function commandsOf(row, program) {
  const own = [process.execPath, EMULATOR, 'run', ...(row.options ?? []), program];
  const isLinux = row.file === undefined || row.file.endsWith('.bare');
  if (!isLinux) return { bareheap: own };
  const native = IS_THEIR_SYSTEM ? { native: [program] } : {};
  return { bareheap: own, qemu: ['qemu-x86_64', program], ...native };
}

/** Milliseconds that a command takes; null when it cannot be run here. @throws when it fails */
function timeOf([command, ...words], expected) {
  const start = performance.now();
  const { status, error } = spawnSync(command, words, { stdio: 'ignore' });
  const milliseconds = performance.now() - start;
  if (error !== undefined) return null;
  if (status !== expected) throw new Error(`${[command, ...words].join(' ')}: status ${status}`);
  return milliseconds;
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** The median of each command over the rounds; null of those that a round could not run. */
function medians(runs) {
  const times = runs.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    runs.forEach(({ command, status }, index) => {
      const time = times[index] === null ? null : timeOf(command, status);
      if (time === null) times[index] = null;
      else times[index].push(time);
    });
  }
  return times.map((list) => (list === null ? null : median(list)));
}

const cell = (milliseconds) => (milliseconds === null ? '-' : milliseconds.toFixed(1)).padStart(10);

function printTable({ node, rows, missing }, print) {
  print(`milliseconds from command to end, medians of ${ROUNDS} (Node ${process.versions.node})`);
  print(
    `${'program'.padEnd(24)}${COLUMNS.map((name) => name.padStart(10)).join('')}  bareheap/node`,
  );
  print(`${'node -e 0'.padEnd(24)}${cell(node)}`);
  for (const row of rows) {
    const ratio = row.bareheap === null ? '-' : (row.bareheap / node).toFixed(2);
    print(
      `${row.name.padEnd(24)}${COLUMNS.map((column) => cell(row[column])).join('')}${ratio.padStart(15)}`,
    );
  }
  if (!isBundleCurrent()) print('bareheap is not bundled, which makes it slow: pnpm build');
  for (const { name, compiler } of missing) print(`${name}: ${compiler[0]} cannot build it here`);
}

/** Runs the benchmark and prints its table; `json` is a file for the rows. */
export function benchStart({ json, print = console.log } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'bareheap-start-'));
  // A guest is another user.
  chmodSync(folder, 0o755);
  try {
    const built = ROWS.map((row, index) => ({ row, program: programOf(row, folder, index) }));
    const known = built.filter(({ program }) => program !== null);
    const commands = known.flatMap(({ row, program }) =>
      Object.entries(commandsOf(row, program)).map(([column, command]) => ({
        row,
        column,
        command,
      })),
    );
    const idle = { command: [process.execPath, '-e', '0'], status: 0 };
    const runs = commands.map(({ row, command }) => ({ command, status: row.status ?? 0 }));
    const [node, ...times] = medians([idle, ...runs]);
    const rows = known.map(({ row }) => {
      const figures = Object.fromEntries(COLUMNS.map((column) => [column, null]));
      commands.forEach((entry, index) => {
        if (entry.row === row) figures[entry.column] = times[index];
      });
      return { name: row.name, ...figures };
    });
    const missing = built.filter(({ program }) => program === null).map(({ row }) => row);
    printTable({ node, rows, missing }, print);
    if (json) {
      const report = { schema: 'bareheap-bench-start/1', node, rows };
      writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

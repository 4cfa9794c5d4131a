/**
 * x86-64: guest instructions per second on an integer kernel, allocator churn, strings and doubles,
 * beside QEMU's user mode (which has no software MMU) and the processor itself where it is one. The
 * same files run in turn, several times; the best time of each counts.
 *
 *   node tools/bench/x86.mjs [GUEST…]
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { JitCpu, resetX87, writeRflags, x86Isa } from '@bareheap/cpu';
import { parseImage } from '@bareheap/image';
import { Mmu, Supervisor } from '@bareheap/mmu';

const here = dirname(fileURLToPath(import.meta.url));
const prebuilt = join(here, '../../test/bench/prebuilt');
export const X86_GUESTS = ['kernel', 'churn', 'strings', 'doubles'];
const ROUNDS = 3;
const INTERPRETED = 3_000_000;
const PAGE = 4096;
const STACK_TOP = 0x7fff_ffff_f000;
const STACK_BYTES = 0x20000;
const FLAGS_RESET = 0x202;
const MXCSR_RESET = 0x1f80;

const pageDown = (address) => address - (address % PAGE);

/** A guest set up as Linux would: segments mapped, a stack, nothing else. */
function load(path) {
  const plan = parseImage(readFileSync(path));
  const mmu = new Mmu({ addressBits: 48, memoryBytes: 16 << 20 });
  const supervisor = new Supervisor(mmu);
  for (const segment of plan.segments) {
    const start = pageDown(segment.virtualAddress);
    const end = pageDown(segment.virtualAddress + segment.memorySize + PAGE - 1);
    mmu.map(start, end - start, segment.writable ? 3 : 5);
    supervisor.poke(segment.virtualAddress, segment.bytes);
  }
  mmu.map(STACK_TOP - STACK_BYTES, STACK_BYTES, 3);
  return { plan, mmu };
}

function runOurs(path, options, budget) {
  const { plan, mmu } = load(path);
  const system = { readSystem: () => 0, writeSystem: () => {}, refused: false };
  const cpu = new JitCpu({ isa: x86Isa(), memory: mmu, system, ...options });
  cpu.pc = plan.entry;
  cpu.write(cpu.registerNumber('rsp'), STACK_TOP - 64);
  cpu.write(cpu.registerNumber('mxcsr'), MXCSR_RESET);
  writeRflags(cpu, FLAGS_RESET);
  resetX87(cpu);
  const start = performance.now();
  const stop = cpu.run(budget);
  const seconds = (performance.now() - start) / 1000;
  if (stop.kind !== 'budget' && stop.trap !== 'supervisor-call') {
    throw new Error(`${path}: ${stop.kind} ${stop.trap ?? ''} at ${cpu.pc.toString(16)}`);
  }
  const status = stop.kind === 'budget' ? null : cpu.read(cpu.registerNumber('rdi'));
  return { instructions: cpu.instructionCount, seconds, status };
}

/** Seconds and exit status of a program that runs the guest; null where there is none. */
function runOther(command) {
  const start = performance.now();
  const { error, status } = spawnSync(command[0], command.slice(1));
  return error ? null : { seconds: (performance.now() - start) / 1000, status };
}

function others(path) {
  const found = { qemu: runOther(['qemu-x86_64', path]) };
  found.native = process.arch === 'x64' && process.platform === 'linux' ? runOther([path]) : null;
  return found;
}

/** Figures of one guest, in millions of instructions per second; null where there is no engine. */
export function measureX86(name) {
  const path = join(prebuilt, `${name}.x86.elf`);
  const row = { guest: name, instructions: 0, jit: 0, interpreter: 0, qemu: null, native: null };
  for (let round = 0; round < ROUNDS; round++) {
    const jit = runOurs(path, {}, Number.MAX_SAFE_INTEGER);
    row.instructions = jit.instructions;
    row.jit = Math.max(row.jit, jit.instructions / jit.seconds / 1e6);
    for (const [engine, outcome] of Object.entries(others(path))) {
      if (outcome === null) continue;
      if (outcome.status !== jit.status) {
        throw new Error(`${name}: exit status ${jit.status}, ${engine} ${outcome.status}`);
      }
      row[engine] = Math.max(row[engine] ?? 0, jit.instructions / outcome.seconds / 1e6);
    }
  }
  const slow = runOurs(path, { compileAfter: 0 }, INTERPRETED);
  row.interpreter = slow.instructions / slow.seconds / 1e6;
  return row;
}

const figure = (value) => (value === null ? '-' : value.toFixed(value < 10 ? 1 : 0)).padStart(13);

/** Runs the benchmark and prints its table; `json` is a file for the rows. */
export function benchX86({ json, guests = X86_GUESTS, print = console.log } = {}) {
  const columns = ['jit', 'interpreter', 'qemu', 'native'];
  print(`millions of guest instructions per second (Node ${process.versions.node})`);
  print(`${'guest'.padEnd(16)}${columns.map((name) => name.padStart(13)).join('')}     jit/qemu`);
  const rows = guests.map((name) => {
    const row = measureX86(name);
    const ratio = row.qemu === null ? '-' : (row.jit / row.qemu).toFixed(2);
    const figures = columns.map((column) => figure(row[column])).join('');
    print(`${name.padEnd(16)}${figures}${ratio.padStart(13)}`);
    return row;
  });
  if (rows.some(({ qemu }) => qemu === null)) print('QEMU is not installed: no comparison with it');
  if (json)
    writeFileSync(json, `${JSON.stringify({ schema: 'bareheap-bench-x86/1', rows }, null, 2)}\n`);
  return rows;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const guests = process.argv.slice(2);
  benchX86(guests.length > 0 ? { guests } : {});
}

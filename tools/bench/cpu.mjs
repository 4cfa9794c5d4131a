/**
 * `bareheap bench cpu`: guest instructions per second on an integer kernel and on allocator churn,
 * for all ISAs, for x86-64 on strings and doubles too, beside QEMU's user mode (which has no software
 * MMU), plain interpreters, the processor itself for x86-64 where it is one and, where it is
 * installed, a native Unicorn behind the same port. The same files run on all engines, in turn,
 * several times; the best time of each counts.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { JitCpu, riscvIsa, thumbIsa } from '@bareheap/cpu';
import { loadNativeUnicorn, UnicornCpu } from '@bareheap/cpu-unicorn';
import { parseImage } from '@bareheap/image';
import { Mmu, Supervisor } from '@bareheap/mmu';
import { PlainRiscv } from './peers/plain-riscv.mjs';
import { measureX86, X86_GUESTS } from './x86.mjs';

const prebuilt = join(dirname(fileURLToPath(import.meta.url)), '../../test/bench/prebuilt');
const STACK_TOP = 0x7fff0000;
const STACK_BYTES = 0x10000;
const ROUNDS = 3;
/** The interpreters are slow: this many instructions are enough. */
const INTERPRETED = 10_000_000;
/** So is Unicorn, whose every block calls back. */
const WITH_UNICORN = 5_000_000;

const ISAS = {
  arm: { make: () => thumbIsa({ version: 'v7m' }), qemu: ['qemu-arm', '-cpu', 'cortex-a7'] },
  rv32: { make: () => riscvIsa(), qemu: ['qemu-riscv32'] },
};

const pageDown = (address) => address - (address % 4096);

/** A guest set up as Linux would: segments mapped, a stack, nothing else. */
function load(path) {
  const plan = parseImage(readFileSync(path));
  const mmu = new Mmu({ addressBits: 32, memoryBytes: 8 << 20 });
  const supervisor = new Supervisor(mmu);
  for (const segment of plan.segments) {
    const start = pageDown(segment.virtualAddress);
    const end = pageDown(segment.virtualAddress + segment.memorySize + 4095);
    mmu.map(start, end - start, segment.writable ? 3 : 5);
    supervisor.poke(segment.virtualAddress, segment.bytes);
  }
  mmu.map(STACK_TOP - STACK_BYTES, STACK_BYTES, 3);
  return { plan, mmu };
}

function runOurs(isaName, path, makeCpu, budget) {
  const { plan, mmu } = load(path);
  const isa = ISAS[isaName].make();
  const system = { readSystem: () => 0, writeSystem: () => {}, refused: false };
  const cpu = makeCpu({ isa, memory: mmu, system });
  cpu.pc = plan.entry & ~1;
  cpu.write(isa.stackPointer, STACK_TOP - 64);
  const start = performance.now();
  const stop = cpu.run(budget);
  const seconds = (performance.now() - start) / 1000;
  if (stop.kind !== 'budget' && stop.trap !== 'supervisor-call')
    throw new Error(`${path}: ${stop.kind}`);
  cpu.dispose?.();
  return { instructions: cpu.instructionCount, seconds };
}

const jitCpu = (parts) => new JitCpu(parts);
const interpreterCpu = (parts) => new JitCpu({ ...parts, compileAfter: 0 });

/** Null where there is none. */
async function findUnicorn() {
  const path = process.env['BAREHEAP_UNICORN'] ?? null;
  return loadNativeUnicorn(path, process.platform).catch(() => null);
}

/** A peer without an MMU: one flat array for the 4 MiB that the guest uses. */
function runPlainRiscv(path) {
  const { plan } = load(path);
  const ram = new Uint8Array(0x200000);
  for (const segment of plan.segments) ram.set(segment.bytes, segment.virtualAddress);
  const cpu = new PlainRiscv(ram, 0);
  cpu.pc = plan.entry;
  cpu.x[2] = ram.length - 64;
  const start = performance.now();
  cpu.run(INTERPRETED * 3);
  return { instructions: cpu.count, seconds: (performance.now() - start) / 1000 };
}

function runQemu(isaName, path) {
  const [program, ...args] = ISAS[isaName].qemu;
  const start = performance.now();
  const result = spawnSync(program, [...args, path]);
  return result.error ? null : (performance.now() - start) / 1000;
}

const rate = ({ instructions, seconds }) => instructions / seconds / 1e6;

/** Figures of one guest, in millions of instructions per second; null where there is no engine. */
function measure(isaName, name, unicorn) {
  const path = join(prebuilt, `${name}.${isaName}.elf`);
  const row = { guest: name, isa: isaName, jit: 0, interpreter: 0 };
  Object.assign(row, { plain: null, unicorn: null, qemu: null, native: null });
  for (let round = 0; round < ROUNDS; round++) {
    const jit = runOurs(isaName, path, jitCpu, Number.MAX_SAFE_INTEGER);
    row.instructions = jit.instructions;
    row.jit = Math.max(row.jit, rate(jit));
    const seconds = runQemu(isaName, path);
    if (seconds !== null) row.qemu = Math.max(row.qemu ?? 0, jit.instructions / seconds / 1e6);
  }
  row.interpreter = rate(runOurs(isaName, path, interpreterCpu, INTERPRETED));
  if (unicorn !== null) {
    const make = (parts) => new UnicornCpu({ ...parts, library: unicorn });
    row.unicorn = rate(runOurs(isaName, path, make, WITH_UNICORN));
  }
  if (isaName === 'rv32') row.plain = rate(runPlainRiscv(path));
  return row;
}

const figure = (value) => (value === null ? '-' : value.toFixed(value < 10 ? 1 : 0)).padStart(12);

/** What is measured, in the order of the table: a label and how its row comes about. */
function subjects(unicorn) {
  const firmware = Object.keys(ISAS).flatMap((isaName) =>
    ['kernel', 'churn'].map((name) => ({
      label: `${name} ${isaName}`,
      run: () => measure(isaName, name, unicorn),
    })),
  );
  const x86 = X86_GUESTS.map((name) => ({
    label: `${name} x86-64`,
    run: () => ({ plain: null, unicorn: null, ...measureX86(name), isa: 'x86-64' }),
  }));
  return [...firmware, ...x86];
}

/** Says which engines there was nothing to compare with for want of. */
function printMissing(rows, unicorn, print) {
  const without = rows.filter(({ qemu }) => qemu === null).map(({ isa }) => isa);
  if (without.length > 0) {
    const isas = [...new Set(without)].join(', ');
    print(`QEMU's user mode is not installed for ${isas}: no comparison with it`);
  }
  if (rows.every(({ native }) => native === null)) {
    print('this is no Linux on x86-64: no native run');
  }
  print(unicorn === null ? 'Unicorn is not installed' : `unicorn: ${unicorn.description}`);
}

/** Runs the benchmark and prints its table; `json` is a file for the rows. */
export async function benchCpu({ json, print = console.log } = {}) {
  const columns = ['jit', 'interpreter', 'plain', 'unicorn', 'qemu', 'native'];
  const unicorn = await findUnicorn();
  print(`millions of guest instructions per second (Node ${process.versions.node})`);
  print(`${'guest'.padEnd(16)}${columns.map((name) => name.padStart(12)).join('')}    jit/qemu`);
  const rows = [];
  for (const { label, run } of subjects(unicorn)) {
    const row = run();
    rows.push(row);
    const ratio = row.qemu === null ? '-' : (row.jit / row.qemu).toFixed(2);
    const figures = columns.map((column) => figure(row[column])).join('');
    print(`${label.padEnd(16)}${figures}${ratio.padStart(12)}`);
  }
  printMissing(rows, unicorn, print);
  if (json)
    writeFileSync(json, `${JSON.stringify({ schema: 'bareheap-bench-cpu/1', rows }, null, 2)}\n`);
  return rows;
}

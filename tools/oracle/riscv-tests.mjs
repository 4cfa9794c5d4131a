/**
 * Builds the programs of riscv-tests and runs them on the RISC-V translator, interpreted and
 * compiled.
 *
 *   node tools/oracle/riscv-tests.mjs DIR [--suites rv32ui,rv32um,rv32ua,rv32uc,rv32uf,rv32ud]
 *
 * DIR is a checkout of github.com/riscv-software-src/riscv-tests with its submodule `env`. Needs
 * riscv64-unknown-elf-gcc. The hart around the translator is the least that the programs' start-up
 * code asks for: trap entry, MRET, and CSRs that hold what is written to them.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { FLOAT_ON } from '../../packages/cpu/dist/isa/riscv/register.js';
import { riscvIsa } from '../../packages/cpu/dist/isa/riscv/riscv-isa.js';
import { faultCause } from '../../packages/cpu/dist/isa/riscv/trap-cause.js';
import { JitCpu } from '../../packages/cpu/dist/jit/jit-cpu.js';
import { RAM } from './riscv-layout.mjs';
import { FlatMemory } from './riscv-memory.mjs';

const PREFIX = 'riscv64-unknown-elf-';
const SUITES = 'rv32ui,rv32um,rv32ua,rv32uc,rv32uf,rv32ud';
const RAM_BYTES = 4 << 20;
const BUDGET = 10_000_000;

const MSTATUS = 0x300;
const MTVEC = 0x305;
const MEPC = 0x341;
const MCAUSE = 0x342;
const MTVAL = 0x343;
const MPP = 0x1800;
const MPIE = 0x80;
const FS = 0x6000;
/** CSRs that hold a value here; the start-up code takes a trap for the others and goes on. */
const CSRS = [MSTATUS, 0x302, 0x303, 0x304, MTVEC, 0x340, MEPC, MCAUSE, MTVAL, 0x3a0, 0x3b0, 0xf14];
const GP = 3;

class Hart {
  refused = false;
  csrs = new Map(CSRS.map((csr) => [csr, 0]));
  mode = 3;

  constructor(image, extensions, compileAfter) {
    this.memory = new FlatMemory(image);
    this.cpu = new JitCpu({
      isa: riscvIsa({ extensions }),
      memory: this.memory,
      system: this,
      compileAfter,
    });
    this.hasFloat = extensions.includes('f');
    this.cpu.pc = RAM;
  }

  readSystem(csr) {
    this.refused = !this.csrs.has(csr);
    return this.csrs.get(csr) ?? 0;
  }

  writeSystem(csr, value) {
    this.refused = !this.csrs.has(csr);
    if (!this.refused) this.csrs.set(csr, value);
    if (csr === MSTATUS && this.hasFloat) this.cpu.write(FLOAT_ON, (value & FS) === 0 ? 0 : 1);
  }

  enterTrap(cause, value) {
    const { csrs, cpu } = this;
    csrs.set(MEPC, cpu.pc | 0);
    csrs.set(MCAUSE, cause);
    csrs.set(MTVAL, value | 0);
    csrs.set(MSTATUS, (csrs.get(MSTATUS) & ~MPP) | (this.mode << 11));
    this.mode = 3;
    cpu.pc = (csrs.get(MTVEC) & -4) >>> 0;
  }

  returnFromTrap() {
    const status = this.csrs.get(MSTATUS);
    this.mode = (status & MPP) >> 11;
    this.csrs.set(MSTATUS, (status & ~MPP) | MPIE);
    this.cpu.pc = this.csrs.get(MEPC) >>> 0;
  }

  /** Runs to the ECALL that ends a test; its number is 1 when all passed, else 2n + 1. */
  run() {
    const { cpu } = this;
    for (;;) {
      const stop = cpu.run(BUDGET - cpu.instructionCount);
      if (stop.kind === 'budget') return `no end after ${BUDGET} instructions`;
      if (stop.kind === 'fault')
        this.enterTrap(
          faultCause(stop.fault, this.memory.instructionAt(cpu.pc)),
          stop.fault.address,
        );
      else if (stop.trap === 'trap-return') this.returnFromTrap();
      else if (stop.trap === 'supervisor-call') return this.verdict();
      else if (stop.trap === 'undefined-instruction') this.enterTrap(2, stop.value);
      else if (stop.trap === 'breakpoint-instruction') this.enterTrap(3, 0);
    }
  }

  verdict() {
    const number = this.cpu.read(GP);
    return number === 1 ? null : `test ${number >> 1} failed`;
  }
}

/** The programs that the suite's Makefrag lists. */
function programsOf(directory, suite) {
  const text = readFileSync(join(directory, 'isa', suite, 'Makefrag'), 'utf8');
  const [, list] = /_sc_tests = \\\n((?:.*\\\n)+)/.exec(text);
  return list
    .split(/[\s\\]+/)
    .filter((name) => name !== '')
    .map((name) => `${name}.S`);
}

function build(directory, source, folder, march) {
  const elf = join(folder, basename(source, '.S'));
  execFileSync(`${PREFIX}gcc`, [
    `-march=${march}`,
    '-mabi=ilp32',
    '-static',
    '-mcmodel=medany',
    '-nostdlib',
    '-nostartfiles',
    `-I${join(directory, 'env/p')}`,
    `-I${join(directory, 'isa/macros/scalar')}`,
    `-T${join(directory, 'env/p/link.ld')}`,
    source,
    '-o',
    elf,
  ]);
  execFileSync(`${PREFIX}objcopy`, ['-O', 'binary', elf, `${elf}.bin`]);
  const image = Buffer.alloc(RAM_BYTES);
  readFileSync(`${elf}.bin`).copy(image);
  return image;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { suites: { type: 'string', default: SUITES } },
});
const [directory] = positionals;
if (directory === undefined) throw new Error('which checkout of riscv-tests?');
const folder = mkdtempSync(join(tmpdir(), 'bareheap-riscv-tests-'));
let failures = 0;
try {
  for (const suite of values.suites.split(',')) {
    const isFloat = /u[fd]$/.test(suite);
    const extensions = isFloat ? ['m', 'a', 'f', 'd'] : ['m', 'a'];
    const sources = programsOf(directory, suite);
    let instructions = 0;
    for (const name of sources) {
      const image = build(
        directory,
        join(directory, 'isa', suite, name),
        folder,
        isFloat ? 'rv32gc' : 'rv32imac_zicsr_zifencei',
      );
      for (const compileAfter of [0, 1]) {
        const hart = new Hart(image, extensions, compileAfter);
        const failure = hart.run();
        instructions += hart.cpu.instructionCount;
        if (failure === null) continue;
        failures++;
        console.log(
          `${suite}/${name} ${compileAfter === 0 ? 'interpreted' : 'compiled'}: ${failure}`,
        );
      }
    }
    console.log(`${suite}: ${sources.length} programs, both tiers, ${instructions} instructions`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log(failures === 0 ? 'all passed' : `${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;

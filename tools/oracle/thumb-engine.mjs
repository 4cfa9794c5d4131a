/** Runs Thumb cases on this project's engine and gives results in the form QEMU's have. */
import { thumbIsa } from '../../packages/cpu/dist/isa/thumb/thumb-isa.js';
import { packXpsr, unpackXpsr } from '../../packages/cpu/dist/isa/thumb/xpsr.js';
import { JitCpu } from '../../packages/cpu/dist/jit/jit-cpu.js';
import {
  CODE_BYTES,
  GENERAL,
  GROUND,
  GROUND_END,
  HARNESS_STACK,
  IN,
  IN_WORDS,
  POOL_BYTES,
} from './thumb-layout.mjs';
import { CaseMemory } from './thumb-memory.mjs';

/** The cores as options of the translator. */
export const CORE_OPTIONS = {
  m0: { version: 'v6m' },
  m3: { version: 'v7m' },
  m4: { version: 'v7em', fpu: true },
};

const STEP_LIMIT = 64;
const NPRIV = 1;
const STACK = 0x100;

/** The special registers of a core in thread mode on the process stack. */
class SpecialRegisters {
  refused = false;

  constructor(core) {
    this.isMain = core !== 'm0';
    this.reset(0);
  }

  reset(primask) {
    Object.assign(this, { primask, basepri: 0, faultmask: 0, control: 2 });
  }

  get unprivileged() {
    return (this.control & NPRIV) !== 0 && this.isMain;
  }

  readSystem(id) {
    const unprivileged = this.unprivileged;
    if (id === STACK) return (this.control & 2 ? 9 : 8) | (unprivileged ? 0x100 : 0);
    if (id === 20) return this.control;
    if (unprivileged) return 0;
    if (id === 8) return HARNESS_STACK | 0;
    if (id === 16) return this.primask;
    if (!this.isMain) return 0;
    if (id === 17 || id === 18) return this.basepri;
    return id === 19 ? this.faultmask : 0;
  }

  writeSystem(id, value) {
    if (this.unprivileged) return;
    if (id === 16) this.primask = value & 1;
    else if (id === 20) this.control = value & (this.isMain ? 3 : 2);
    else if (id === 8) this.mspWritten = true;
    if (!this.isMain) return;
    if (id === 17) this.basepri = value & 0xff;
    else if (id === 18) this.raiseBasepri(value & 0xff);
    else if (id === 19) this.faultmask = value & 1;
  }

  raiseBasepri(value) {
    if (value !== 0 && (value < this.basepri || this.basepri === 0)) this.basepri = value;
  }
}

/** What exception a stop means on each core: its number and CFSR bits (Armv7-M ARM B3.2.15). */
const TRAPS = {
  'supervisor-call': { ipsr: 11, cfsr: 0 },
  'breakpoint-instruction': { ipsr: 3, cfsr: 0 },
  'undefined-instruction': { ipsr: 6, cfsr: 1 << 16 },
  'invalid-state': { ipsr: 6, cfsr: 1 << 17 },
  'no-coprocessor': { ipsr: 6, cfsr: 1 << 19 },
  'divide-by-zero': { ipsr: 6, cfsr: 1 << 25 },
  misaligned: { ipsr: 6, cfsr: 1 << 24 },
  data: { ipsr: 5, cfsr: (1 << 9) | (1 << 15) },
  fetch: { ipsr: 5, cfsr: 1 << 8 },
};

export class ThumbEngine {
  /** `compiled`: run every block as generated code instead of interpreting it. */
  constructor(core, compiled = false) {
    this.core = core;
    this.isMain = core !== 'm0';
    this.compiled = compiled;
    this.options = CORE_OPTIONS[core];
    this.special = new SpecialRegisters(core);
    this.memory = new CaseMemory(compiled);
    this.engines = new Map();
    this.numbers = null;
  }

  /** One engine for each setting of CCR.UNALIGN_TRP, which the translator heeds. */
  engine(unalignedTrap) {
    let cpu = this.engines.get(unalignedTrap);
    if (cpu === undefined) {
      const isa = thumbIsa(this.options);
      isa.unalignedTrap ||= unalignedTrap;
      cpu = new JitCpu({
        isa,
        memory: this.memory,
        system: this.special,
        compileAfter: this.compiled ? 1 : 0,
      });
      this.engines.set(unalignedTrap, cpu);
      this.numbers ??= {
        ccr: cpu.registerNumber('ccr'),
        exclusive: cpu.registerNumber('exaddress'),
        fpu: this.options.fpu ? cpu.registerNumber('fpenabled') : -1,
        fpscr: this.options.fpu ? cpu.registerNumber('fpscr') : -1,
        s0: this.options.fpu ? cpu.registerNumber('s0') : -1,
      };
    }
    return cpu;
  }

  load(cpu, record) {
    const word = (index) => record.readInt32LE(index * 4);
    for (const [register, at] of GENERAL.entries()) cpu.write(register, word(at));
    cpu.write(13, word(IN.sp));
    cpu.write(14, word(IN.lr));
    unpackXpsr(cpu, word(IN.xpsr));
    cpu.write(this.numbers.ccr, word(IN.ccr));
    cpu.write(this.numbers.exclusive, -1);
    if (this.numbers.fpu >= 0) {
      cpu.write(this.numbers.fpu, 1);
      cpu.write(this.numbers.fpscr, word(IN.fpscr));
      for (let n = 0; n < 32; n++) cpu.write(this.numbers.s0 + n, word(IN.s0 + n));
    }
    cpu.pc = word(IN.pc) >>> 0;
    const code = record.subarray(IN_WORDS * 4);
    this.memory.place(code, code.subarray(CODE_BYTES), code.subarray(CODE_BYTES + POOL_BYTES));
    this.special.reset(word(IN.pend) & 1);
    this.special.mspWritten = false;
  }

  /** Runs a case; `steps` counts instructions. */
  run(record, limit = STEP_LIMIT) {
    const cpu = this.engine((record.readInt32LE(IN.ccr * 4) & 8) !== 0);
    cpu.invalidateCode(GROUND, GROUND_END - GROUND);
    if (this.compiled) {
      this.memory.flush();
      this.load(cpu, record);
      // Interprets the blocks once, after which they are compiled.
      this.runOn(cpu, limit);
      this.memory.flush();
    }
    this.load(cpu, record);
    const before = cpu.instructionCount;
    const stop = this.runOn(cpu, limit);
    return this.result(cpu, stop, cpu.instructionCount - before);
  }

  runOn(cpu, limit) {
    for (let left = limit; ; ) {
      const before = cpu.instructionCount;
      const stop = cpu.run(this.compiled ? left + 1000 : left);
      left -= cpu.instructionCount - before;
      // WFE and a barrier go on; in these cases WFI always has something pending.
      const goesOn = stop.trap === 'wait' || stop.trap === 'instruction-barrier';
      if (!goesOn || left <= 0) return goesOn ? { kind: 'budget' } : stop;
    }
  }

  result(cpu, stop, steps) {
    const { special } = this;
    const registers = Array.from({ length: 15 }, (_, n) => cpu.read(n));
    const floats =
      this.numbers.fpu < 0
        ? null
        : Array.from({ length: 32 }, (_, n) => cpu.read(this.numbers.s0 + n));
    return {
      steps,
      registers,
      floats,
      fpscr: floats === null ? 0 : cpu.read(this.numbers.fpscr),
      xpsr: packXpsr(cpu),
      masks:
        special.primask |
        (special.basepri << 8) |
        (special.control << 16) |
        (special.faultmask << 24),
      mspWritten: special.mspWritten,
      window: Buffer.from(this.memory.window()),
      log: this.memory.log.slice(),
      ...this.ending(cpu, stop),
    };
  }

  ending(cpu, stop) {
    const pc = cpu.pc;
    if (stop.kind === 'trap') {
      const row = TRAPS[stop.trap];
      const at = stop.trap === 'invalid-state' ? (stop.value & -2) >>> 0 : pc;
      return { what: stop.trap, value: stop.value, pc: at, address: 0, ...row };
    }
    if (stop.kind !== 'fault') return { what: stop.kind, pc, ipsr: 0, cfsr: 0, address: 0 };
    const { kind, access, address, size } = stop.fault;
    const what = kind === 'misaligned' ? kind : access === 'execute' ? 'fetch' : 'data';
    return { what, pc, address, size, ...TRAPS[what] };
  }
}

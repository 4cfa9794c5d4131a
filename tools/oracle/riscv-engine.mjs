/** Runs batches of RISC-V cases on this project's engine, in an image like the one QEMU gets. */

import {
  F0,
  FFLAGS,
  FLOAT_ON,
  FRM,
  RESERVATION,
} from '../../packages/cpu/dist/isa/riscv/register.js';
import { riscvIsa } from '../../packages/cpu/dist/isa/riscv/riscv-isa.js';
import { faultCause } from '../../packages/cpu/dist/isa/riscv/trap-cause.js';
import { JitCpu } from '../../packages/cpu/dist/jit/jit-cpu.js';
import { WINDOW_BYTES, WORD } from './riscv-layout.mjs';
import { FlatMemory } from './riscv-memory.mjs';

const FLOAT_EXTENSIONS = { 0: [], 32: ['f'], 64: ['f', 'd'] };
const MSTATUS = 0x300;
const FS = 0x6000;
const STEP_LIMIT = 200;
/** More than a region retires between two looks at the budget. */
const COMPILED_BUDGET = 5000;

/** The CSRs that cases use: some that hold a value, two that are 0 and read-only. */
class ControlRegisters {
  refused = false;
  /** Told of `mstatus.FS != 0`. */
  onFloat = () => {};
  values = new Map([0x140, 0x142, 0x300, 0x341, 0xf11, 0xf14].map((id) => [id, 0]));

  readSystem(id) {
    const value = this.values.get(id);
    this.refused = value === undefined;
    return value ?? 0;
  }

  writeSystem(id, value) {
    if (this.values.has(id)) this.values.set(id, value);
    else this.refused = true;
    if (id === MSTATUS) this.onFloat((value & FS) !== 0);
  }
}

const TRAP_CAUSES = {
  'undefined-instruction': 2,
  'breakpoint-instruction': 3,
  'supervisor-call': 11,
};

export class RiscvEngine {
  /** `floatLength`: 0 without F, 32 with F, 64 with F and D. */
  constructor(floatLength) {
    this.floatLength = floatLength;
    this.isa = riscvIsa({ extensions: ['m', 'a', ...FLOAT_EXTENSIONS[floatLength]] });
  }

  /** Runs the cases of an image; `compiled`: as generated code instead of interpreted. */
  run(image, layout, compiled) {
    const memory = new FlatMemory(image);
    const system = new ControlRegisters();
    const cpu = new JitCpu({ isa: this.isa, memory, system, compileAfter: compiled ? 1 : 0 });
    if (this.floatLength) system.onFloat = (isOn) => cpu.write(FLOAT_ON, isOn ? 1 : 0);
    this.cpu = cpu;
    this.memory = memory;
    this.system = system;
    this.state = cpu.state;
    for (let index = 0; index < layout.count; index++) {
      const window = memory.host(layout.window(index));
      const record = memory.host(layout.record(index));
      if (compiled) {
        // Once interpreted, after which it is compiled; then again from the same state.
        const before = memory.bytes.slice(window, window + WINDOW_BYTES);
        this.enter(record);
        this.runOn(compiled);
        memory.bytes.set(before, window);
      }
      this.enter(record);
      this.leave(record, this.runOn(compiled));
    }
    return memory.image();
  }

  enter(record) {
    const { cpu, system } = this;
    const { words, view } = this.memory;
    const at = record >> 2;
    for (let n = 1; n < 32; n++) cpu.write(n, words[at + n]);
    cpu.write(RESERVATION, -1);
    system.values.set(0x140, words[at + WORD.sscratch]);
    system.values.set(0x142, words[at + WORD.scause]);
    if (this.floatLength) {
      cpu.write(FLOAT_ON, 1);
      cpu.write(FFLAGS, words[at + WORD.fcsr] & 31);
      cpu.write(FRM, (words[at + WORD.fcsr] >> 5) & 7);
      for (let n = 0; n < 32; n++) {
        const from = record + (WORD.f + 2 * n) * 4;
        if (this.floatLength === 32) cpu.write(F0 + n, words[from >> 2]);
        else this.state.setValue(F0 + n, view.getBigInt64(from, true));
      }
    }
    cpu.pc = words[at + WORD.pc] >>> 0;
  }

  runOn(compiled) {
    const { cpu } = this;
    const end = cpu.instructionCount + STEP_LIMIT;
    for (;;) {
      const stop = cpu.run(compiled ? COMPILED_BUDGET : STEP_LIMIT);
      if (stop.trap === 'trap-return') cpu.pc = this.system.values.get(0x341) >>> 0;
      else if (stop.trap !== 'instruction-barrier' && stop.trap !== 'wait') return stop;
      if (cpu.instructionCount > end) return { kind: 'budget' };
    }
  }

  leave(record, stop) {
    const { cpu, system } = this;
    const { words, view } = this.memory;
    const at = record >> 2;
    for (let n = 1; n < 32; n++) words[at + n] = cpu.read(n);
    words[at + WORD.pc] = cpu.pc;
    words[at + WORD.sscratch] = system.values.get(0x140);
    words[at + WORD.scause] = system.values.get(0x142);
    if (this.floatLength) {
      words[at + WORD.fcsr] = cpu.read(FFLAGS) | (cpu.read(FRM) << 5);
      for (let n = 0; n < 32; n++) {
        const to = record + (WORD.f + 2 * n) * 4;
        if (this.floatLength === 32) words[to >> 2] = cpu.read(F0 + n);
        else view.setBigInt64(to, this.state.value(F0 + n), true);
      }
    }
    const { cause, value } = this.trap(stop);
    words[at + WORD.mcause] = cause;
    words[at + WORD.mtval] = value;
  }

  trap(stop) {
    if (stop.kind === 'fault') {
      const { fault } = stop;
      const instruction = fault.access === 'execute' ? 0 : this.memory.instructionAt(this.cpu.pc);
      return { cause: faultCause(fault, instruction), value: fault.address };
    }
    const cause = TRAP_CAUSES[stop.trap];
    if (cause === undefined) return { cause: -1, value: 0 };
    return { cause, value: cause === 2 ? this.memory.instructionAt(this.cpu.pc) : 0 };
  }
}

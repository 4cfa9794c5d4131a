/** Runs batches of RISC-V cases on this project's engine, in an image like the one QEMU gets. */

import { F0, FFLAGS, FRM, RESERVATION } from '../../packages/cpu/dist/isa/riscv/register.js';
import { riscvIsa } from '../../packages/cpu/dist/isa/riscv/riscv-isa.js';
import { faultCause } from '../../packages/cpu/dist/isa/riscv/trap-cause.js';
import { JitCpu } from '../../packages/cpu/dist/jit/jit-cpu.js';
import { WINDOW_BYTES, WORD } from './riscv-layout.mjs';
import { FlatMemory } from './riscv-memory.mjs';

const STEP_LIMIT = 200;
/** More than a region retires between two looks at the budget. */
const COMPILED_BUDGET = 5000;

/** The CSRs that cases use: some that hold a value, two that are 0 and read-only. */
class ControlRegisters {
  refused = false;
  values = new Map([0x140, 0x142, 0x300, 0x341, 0xf11, 0xf14].map((id) => [id, 0]));

  readSystem(id) {
    const value = this.values.get(id);
    this.refused = value === undefined;
    return value ?? 0;
  }

  writeSystem(id, value) {
    if (this.values.has(id)) this.values.set(id, value);
    else this.refused = true;
  }
}

const TRAP_CAUSES = {
  'undefined-instruction': 2,
  'breakpoint-instruction': 3,
  'supervisor-call': 11,
};

export class RiscvEngine {
  constructor(withFloat) {
    this.withFloat = withFloat;
    this.isa = riscvIsa({ extensions: withFloat ? ['m', 'a', 'f', 'd'] : ['m', 'a'] });
  }

  /** Runs the cases of an image; `compiled`: as generated code instead of interpreted. */
  run(image, layout, compiled) {
    const memory = new FlatMemory(image);
    const system = new ControlRegisters();
    const cpu = new JitCpu({ isa: this.isa, memory, system, compileAfter: compiled ? 1 : 0 });
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
    if (this.withFloat) {
      cpu.write(FFLAGS, words[at + WORD.fcsr] & 31);
      cpu.write(FRM, (words[at + WORD.fcsr] >> 5) & 7);
      for (let n = 0; n < 32; n++) {
        this.state.setValue(F0 + n, view.getBigInt64(record + (WORD.f + 2 * n) * 4, true));
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
    if (this.withFloat) {
      words[at + WORD.fcsr] = cpu.read(FFLAGS) | (cpu.read(FRM) << 5);
      for (let n = 0; n < 32; n++) {
        view.setBigInt64(record + (WORD.f + 2 * n) * 4, this.state.value(F0 + n), true);
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

/** Runs batches of RISC-V cases on this project's engine, in an image like the one QEMU gets. */
import { riscvIsa } from '../../packages/cpu/dist/isa/riscv/riscv-isa.js';
import { F0, FFLAGS, FRM, RESERVATION } from '../../packages/cpu/dist/isa/riscv/register.js';
import { faultCause } from '../../packages/cpu/dist/isa/riscv/trap-cause.js';
import { JitCpu } from '../../packages/cpu/dist/jit/jit-cpu.js';
import { PAGE, RAM, WINDOW_BYTES, WORD } from './riscv-layout.mjs';

const TLB_BASE = 0x10000;
const TLB_ENTRIES = 256;
const HOST = 0x100000;
const STEP_LIMIT = 200;
/** More than a region retires between two looks at the budget. */
const COMPILED_BUDGET = 5000;

/** RAM from 0x80000000 and nothing else, behind a TLB. */
class FlatMemory {
  tlb = { base: TLB_BASE, entries: TLB_ENTRIES, entryBytes: 16 };
  faulted = false;
  fault = { kind: 'not-present', access: 'read', address: 0, size: 0, rawHigh: 0, rawLow: 0 };
  onCodeWrite = null;
  onCodeChange = null;

  constructor(image) {
    this.size = image.length;
    this.memory = new WebAssembly.Memory({ initial: (HOST + image.length) >> 16 });
    this.bytes = new Uint8Array(this.memory.buffer);
    this.words = new Int32Array(this.memory.buffer);
    this.view = new DataView(this.memory.buffer);
    this.bytes.set(image, HOST);
    this.words.fill(-1, TLB_BASE >> 2, (TLB_BASE >> 2) + TLB_ENTRIES * 4);
  }

  host(address) {
    return address - RAM + HOST;
  }

  image() {
    return Buffer.from(this.memory.buffer, HOST, this.size);
  }

  holds(address) {
    return address >= RAM && address < RAM + this.size;
  }

  /** The first byte of an access that is not there, or -1. */
  missing(address, size) {
    if (!this.holds(address)) return address;
    const last = (address + size - 1) % 2 ** 32;
    return this.holds(last) ? -1 : last - (last % PAGE);
  }

  allows(access, address, size) {
    const missing = this.missing(address, size);
    if (missing < 0) {
      const page = address - (address % PAGE);
      const entry = (TLB_BASE >> 2) + ((address >>> 12) & (TLB_ENTRIES - 1)) * 4;
      this.words.fill(page, entry, entry + 2);
      this.words[entry + 3] = HOST - RAM;
      return true;
    }
    Object.assign(this.fault, { kind: 'not-present', access, address: missing, size });
    this.faulted = true;
    return false;
  }

  loadSlow(address, size) {
    if (!this.allows('read', address, size)) return 0;
    const host = this.host(address);
    if (size === 4) return this.view.getInt32(host, true);
    return size === 2 ? this.view.getUint16(host, true) : this.bytes[host];
  }

  storeSlow(address, size, value) {
    if (!this.allows('write', address, size)) return;
    const host = this.host(address);
    if (size === 4) this.view.setInt32(host, value, true);
    else if (size === 2) this.view.setInt16(host, value, true);
    else this.bytes[host] = value;
  }

  fetchSlow(address, size) {
    return this.allows('execute', address, size) ? this.view.getUint16(this.host(address), true) : 0;
  }

  watchCode() {}
  trustPage() {}
}

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

const TRAP_CAUSES = { 'undefined-instruction': 2, 'breakpoint-instruction': 3, 'supervisor-call': 11 };

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
      const instruction = fault.access === 'execute' ? 0 : this.instructionAt(this.cpu.pc);
      return { cause: faultCause(fault, instruction), value: fault.address };
    }
    const cause = TRAP_CAUSES[stop.trap];
    if (cause === undefined) return { cause: -1, value: 0 };
    return { cause, value: cause === 2 ? this.instructionAt(this.cpu.pc) : 0 };
  }

  instructionAt(pc) {
    const { view } = this.memory;
    const host = this.memory.host(pc);
    const low = view.getUint16(host, true);
    return (low & 3) === 3 ? low | (view.getUint16(host + 2, true) << 16) : low;
  }
}

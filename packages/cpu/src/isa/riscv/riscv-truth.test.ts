/**
 * The translator against what QEMU did, as test/truth/riscv records it: every instruction of the
 * table, interpreted and compiled, on the real MMU.
 */
import { readFileSync } from 'node:fs';
import { Mmu, PROT_EXECUTE, PROT_READ, PROT_WRITE, Supervisor } from '@bareheap/mmu';
import { describe, expect, test } from 'vitest';
import type { StopReason, SystemPort } from '../../cpu.ts';
import { JitCpu } from '../../jit/jit-cpu.ts';
import { registerOffset } from '../../jit/state-layout.ts';
import { F0, FFLAGS, FLOAT_ON, FRM, RESERVATION } from './register.ts';
import { type RiscvExtension, type RiscvIsa, riscvIsa } from './riscv-isa.ts';
import { faultCause } from './trap-cause.ts';

interface TruthCase {
  readonly name: string;
  readonly pc: string;
  readonly code: string;
  readonly window: string;
  readonly in: Readonly<Record<string, string>>;
  readonly out: Readonly<Record<string, string>>;
  readonly memory: Readonly<Record<string, string>>;
  readonly mepc: string;
  readonly mcause: number;
  readonly mtval: string;
}

interface Truth {
  readonly ram: { readonly start: string; readonly end: string };
  readonly code: { readonly start: string; readonly bytes: number };
  readonly windowWords: readonly string[];
  readonly cases: readonly TruthCase[];
}

const WINDOW_BYTES = 512;
/** C.EBREAK, low byte first: what lies wherever no case's code does. */
const LANDING = [0x02, 0x90];
const SSCRATCH = 0x140;
const SCAUSE = 0x142;
const MSTATUS = 0x300;
const FS = 0x6000;
const MEPC = 0x341;
const CAUSES: Readonly<Record<string, number>> = {
  'undefined-instruction': 2,
  'breakpoint-instruction': 3,
  'supervisor-call': 11,
};

function readTruth(file: string): Truth {
  const url = new URL(`../../../../../test/truth/riscv/${file}`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as Truth;
}

const word = (hex: string): number => Number.parseInt(hex, 16) | 0;

class ControlRegisters implements SystemPort {
  refused = false;
  /** Told of `mstatus.FS != 0`. */
  onFloat: (isOn: boolean) => void = () => {};
  readonly values = new Map([SSCRATCH, SCAUSE, MSTATUS, MEPC, 0xf11, 0xf14].map((id) => [id, 0]));

  readSystem(id: number): number {
    const value = this.values.get(id);
    this.refused = value === undefined;
    return value ?? 0;
  }

  writeSystem(id: number, value: number): void {
    this.refused = !this.values.has(id);
    if (!this.refused) this.values.set(id, value);
    if (id === MSTATUS) this.onFloat((value & FS) !== 0);
  }
}

/** A hart in a RAM full of landing pads, which runs one recorded case at a time. */
class CaseRunner {
  private readonly mmu = new Mmu({ addressBits: 32, memoryBytes: 16 << 20 });
  private readonly memory = new Supervisor(this.mmu);
  private readonly system = new ControlRegisters();
  private readonly cpu: JitCpu;
  private readonly truth: Truth;
  private readonly isa: RiscvIsa;
  private readonly compiled: boolean;
  private readonly hasFloat: boolean;

  constructor(truth: Truth, extensions: readonly RiscvExtension[], compiled: boolean) {
    this.truth = truth;
    this.compiled = compiled;
    const start = word(truth.ram.start) >>> 0;
    const length = (word(truth.ram.end) >>> 0) - start;
    this.mmu.map(start, length, PROT_READ | PROT_WRITE | PROT_EXECUTE);
    const { code } = truth;
    const pads = Uint8Array.from({ length: code.bytes }, (_, at) => LANDING[at & 1]!);
    this.memory.poke(word(code.start) >>> 0, pads);
    this.isa = riscvIsa({ extensions });
    this.cpu = new JitCpu({
      isa: this.isa,
      memory: this.mmu,
      system: this.system,
      compileAfter: compiled ? 1 : 0,
    });
    this.hasFloat = extensions.includes('f');
    if (this.hasFloat) this.system.onFloat = (isOn) => this.cpu.write(FLOAT_ON, isOn ? 1 : 0);
  }

  /** What the case leaves, in the form of the record. */
  run(one: TruthCase): Pick<TruthCase, 'out' | 'memory' | 'mepc' | 'mcause' | 'mtval'> {
    const code = Uint8Array.from(Buffer.from(one.code, 'hex'));
    this.memory.poke(word(one.pc) >>> 0, code);
    this.enter(one);
    if (this.compiled) {
      this.runOn();
      this.enter(one);
    }
    const before = this.registers();
    const window = this.window(one);
    const { mcause, mtval } = this.trap(this.runOn());
    const after = this.registers();
    const out = Object.fromEntries(
      Object.entries(after).filter(([name, value]) => before[name] !== value),
    );
    const mepc = hex(this.cpu.pc);
    return { out, memory: changedBytes(window, this.window(one)), mepc, mcause, mtval };
  }

  private enter(one: TruthCase): void {
    const { cpu, system, truth } = this;
    const words = truth.windowWords.map(word);
    const window = Int32Array.from(
      { length: WINDOW_BYTES / 4 },
      (_, n) => words[n % words.length]!,
    );
    this.memory.poke(word(one.window) >>> 0, new Uint8Array(window.buffer));
    for (let n = 1; n < 32; n++) cpu.write(n, word(one.in[`x${n}`] ?? hex(n * 0x01010101)));
    cpu.write(RESERVATION, -1);
    system.values.set(SSCRATCH, word(one.in['sscratch'] ?? '5c5c5c5c'));
    system.values.set(SCAUSE, word(one.in['scause'] ?? '0'));
    if (this.hasFloat) this.enterFloat(one);
    cpu.pc = word(one.pc) >>> 0;
  }

  /** Floating-point registers hold bits that a number would lose. */
  private enterFloat(one: TruthCase): void {
    const { cpu } = this;
    const view = new DataView(this.mmu.memory.buffer);
    for (let n = 0; n < 32; n++) {
      const bits = one.in[`f${n}`] ?? `ffffffff${hex(0x3f800000 + n)}`;
      view.setBigInt64(registerOffset(F0 + n), BigInt(`0x${bits}`), true);
    }
    const fcsr = word(one.in['fcsr'] ?? '0');
    cpu.write(FLOAT_ON, 1);
    cpu.write(FFLAGS, fcsr & 31);
    cpu.write(FRM, fcsr >> 5);
  }

  private floatRegisters(): Record<string, string> {
    const result: Record<string, string> = {};
    const view = new DataView(this.mmu.memory.buffer);
    for (let n = 0; n < 32; n++) {
      const bits = view.getBigUint64(registerOffset(F0 + n), true);
      result[`f${n}`] = bits.toString(16).padStart(16, '0');
    }
    result['fcsr'] = hex(this.cpu.read(FFLAGS) | (this.cpu.read(FRM) << 5));
    return result;
  }

  private runOn(): StopReason {
    for (;;) {
      const stop = this.cpu.run(1000);
      if (stop.kind !== 'trap') return stop;
      if (stop.trap === 'trap-return') this.cpu.pc = this.system.values.get(MEPC)! >>> 0;
      else if (stop.trap !== 'wait' && stop.trap !== 'instruction-barrier') return stop;
    }
  }

  private registers(): Record<string, string> {
    const result: Record<string, string> = {};
    for (let n = 1; n < 32; n++) result[`x${n}`] = hex(this.cpu.read(n));
    result['sscratch'] = hex(this.system.values.get(SSCRATCH)!);
    result['scause'] = hex(this.system.values.get(SCAUSE)!);
    return this.hasFloat ? { ...result, ...this.floatRegisters() } : result;
  }

  private window(one: TruthCase): Buffer {
    return Buffer.from(this.memory.peek(word(one.window) >>> 0, WINDOW_BYTES)!);
  }

  private instruction(): number {
    const bytes = Buffer.from(this.memory.peek(this.cpu.pc, 4)!);
    const bits = bytes.readInt32LE();
    return (bits & 3) === 3 ? bits : bits & 0xffff;
  }

  private trap(stop: StopReason): { mcause: number; mtval: string } {
    if (stop.kind === 'fault') {
      const { fault } = stop;
      const bits = fault.access === 'execute' ? 0 : this.instruction();
      return { mcause: faultCause(fault, bits), mtval: hex(fault.address) };
    }
    if (stop.kind !== 'trap') return { mcause: -1, mtval: stop.kind };
    const mcause = CAUSES[stop.trap] ?? -1;
    return { mcause, mtval: mcause === 2 ? hex(this.instruction()) : '0' };
  }
}

function hex(value: number): string {
  return (value >>> 0).toString(16);
}

function changedBytes(before: Buffer, after: Buffer): Record<string, string> {
  const result: Record<string, string> = {};
  for (let at = 0; at < WINDOW_BYTES; at++) {
    if (before[at] === after[at]) continue;
    const first = at;
    while (at < WINDOW_BYTES && before[at] !== after[at]) at++;
    result[first] = after.subarray(first, at).toString('hex');
  }
  return result;
}

interface Piece {
  readonly file: string;
  readonly extensions: readonly RiscvExtension[];
  /** Extensions whose rows this file must cover. */
  readonly own: string;
}

const PIECES: readonly Piece[] = [
  { file: 'rv32imac.json', extensions: ['m', 'a'], own: 'imac' },
  { file: 'rv32fd.json', extensions: ['m', 'a', 'f', 'd'], own: 'fd' },
  { file: 'rv32f.json', extensions: ['m', 'a', 'f'], own: 'f' },
];

describe.each(PIECES)('$file', ({ file, extensions, own }) => {
  const truth = readTruth(file);
  const isa = riscvIsa({ extensions });

  test('has a case for every instruction', () => {
    const names = new Set(truth.cases.map(({ name }) => name));
    const rows = isa.rows.filter(({ extension }) => own.includes(extension));
    expect(rows.map(({ mnemonic }) => mnemonic).filter((name) => !names.has(name))).toEqual([]);
    expect(rows.length).toBeGreaterThan(20);
  });

  test.each(['interpreted', 'compiled'])('does what QEMU did, %s', (tier) => {
    const runner = new CaseRunner(truth, extensions, tier === 'compiled');
    for (const one of truth.cases) {
      const { out, memory, mepc, mcause, mtval } = one;
      const text = `${one.name} ${one.code} at ${one.pc}`;
      expect({ text, ...runner.run(one) }).toEqual({ text, out, memory, mepc, mcause, mtval });
    }
  });
});

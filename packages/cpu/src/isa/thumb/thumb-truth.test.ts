/**
 * Every row of the Thumb table against what QEMU's Cortex-M boards did with it, recorded by
 * tools/oracle/thumb-record.mjs in test/truth/thumb: interpreted and as generated code.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { StopReason, SystemPort } from '../../cpu.ts';
import type { CpuMemory } from '../../cpu-memory.ts';
import { JitCpu } from '../../jit/jit-cpu.ts';
import type { ThumbOptions } from './lifting.ts';
import { CCR, EXCLUSIVE_ADDRESS, FPSCR, FPU_ENABLED, S0 } from './register.ts';
import type { Row } from './row.ts';
import { type ThumbIsa, thumbIsa } from './thumb-isa.ts';
import { packXpsr, unpackXpsr } from './xpsr.ts';

type Core = 'm0' | 'm3' | 'm4';

interface Case {
  readonly text: string;
  readonly code: string;
  readonly input: {
    readonly registers: string;
    readonly xpsr: string;
    readonly pc: string;
    readonly ccr?: string;
    readonly pend?: number;
    readonly floats?: string;
    readonly memory?: readonly (readonly [number, string])[];
  };
  readonly output: {
    readonly registers: Readonly<Record<string, string>>;
    readonly xpsr: string;
    readonly pc: string;
    readonly exception: number;
    readonly cfsr?: string;
    readonly masks?: string;
    readonly memory?: readonly (readonly [number, string])[];
  };
}

const OPTIONS: Readonly<Record<Core, ThumbOptions>> = {
  m0: { version: 'v6m' },
  m3: { version: 'v7m' },
  m4: { version: 'v7em', fpu: true },
};
const XPSR_MASKS: Readonly<Record<Core, number>> = {
  m0: 0xf700fc00,
  m3: 0xff00fc00,
  m4: 0xff0ffc00,
};

// The places of tools/oracle/thumb-layout.mjs.
const GROUND = 0x20001000;
const GROUND_BYTES = 0x3000;
const FAR = [0x20042400, 0x20082400, 0x200c2400, 0x20402400, 0x21000400];
const FAR_BYTES = 0x800;
const POOL = 0x20002200;
const POOL_BYTES = 64;
const WINDOW = 0x20002f00;
const WINDOW_BYTES = 512;
const LANDING = 0xdf00;
const MAIN_STACK = 0x20001000;
const HOST = 0x100000;
const TLB_BASE = 0x10000;
const TLB_ENTRIES = 256;
/** As the MMU's TLB mixes upper bits into its index. */
const TLB_MIX_SHIFT = 10;
const PAGE_MASK = -4096;

/** RAM for one case at a time; what is not the landing ground is not present. */
class CaseMemory implements CpuMemory {
  readonly memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: 32 });
  readonly tlb = { base: TLB_BASE, entries: TLB_ENTRIES, entryBytes: 16 } as const;
  faulted = false;
  readonly fault: CpuMemory['fault'] = {
    kind: 'not-present',
    access: 'read',
    address: 0,
    size: 0,
    rawHigh: 0,
    rawLow: 0,
  };
  onCodeWrite: CpuMemory['onCodeWrite'] = null;
  onCodeChange: CpuMemory['onCodeChange'] = null;
  readonly bytes: Uint8Array = new Uint8Array(this.memory.buffer);
  private readonly view = new DataView(this.memory.buffer);

  reset(): void {
    for (let at = 0; at < GROUND_BYTES; at += 2) this.view.setUint16(HOST + at, LANDING, true);
    for (let n = 0; n < POOL_BYTES; n++) this.bytes[this.host(POOL) + n] = n * 29 + 101;
    for (let n = 0; n < WINDOW_BYTES; n++) {
      this.bytes[this.host(WINDOW) + n] = n * 73 + (n >> 3) + 19;
    }
    const words = new Int32Array(this.memory.buffer);
    for (let n = 0; n < TLB_ENTRIES; n++)
      words.fill(-1, (TLB_BASE >> 2) + n * 4, (TLB_BASE >> 2) + n * 4 + 2);
  }

  host(address: number): number {
    return HOST + address - GROUND;
  }

  poke(address: number, hex: string): void {
    this.bytes.set(Buffer.from(hex, 'hex'), this.host(address));
  }

  window(): Buffer {
    return Buffer.from(this.bytes.subarray(this.host(WINDOW), this.host(WINDOW) + WINDOW_BYTES));
  }

  loadSlow(address: number, size: number): number {
    if (!this.reach(address, size, 'read')) return 0;
    const host = this.host(address);
    if (size === 4) return this.view.getInt32(host, true);
    return size === 2 ? this.view.getUint16(host, true) : this.bytes[host]!;
  }

  storeSlow(address: number, size: number, value: number): void {
    if (!this.reach(address, size, 'write')) return;
    const host = this.host(address);
    if (size === 4) this.view.setInt32(host, value, true);
    else if (size === 2) this.view.setInt16(host, value, true);
    else this.bytes[host] = value;
    this.onCodeWrite?.(address, size);
  }

  fetchSlow(address: number, size: number): number {
    if (FAR.some((start) => address >= start && address < start + FAR_BYTES)) return LANDING;
    return this.reach(address, size, 'execute') ? this.view.getUint16(this.host(address), true) : 0;
  }

  watchCode(): void {}
  unwatchCode(): void {}
  trustPage(): void {}

  private reach(address: number, size: number, access: 'read' | 'write' | 'execute'): boolean {
    if (address >= GROUND && address + size <= GROUND + GROUND_BYTES) {
      this.fill(address);
      return true;
    }
    Object.assign(this.fault, { kind: 'not-present', access, address, size });
    this.faulted = true;
    return false;
  }

  /** Only the page without code gets a write tag. */
  private fill(address: number): void {
    const page = address & PAGE_MASK;
    const mixed = address ^ (address >>> TLB_MIX_SHIFT);
    const at = TLB_BASE + (((mixed >>> 12) & (TLB_ENTRIES - 1)) << 4);
    this.view.setInt32(at, page, true);
    this.view.setInt32(at + 4, page === 0x20003000 ? page : -1, true);
    this.view.setInt32(at + 12, HOST - GROUND, true);
  }
}

/** Special registers of thread mode on the process stack. */
class SpecialRegisters implements SystemPort {
  refused = false;
  private readonly isMain: boolean;
  private readonly values = new Map<number, number>();

  constructor(core: Core) {
    this.isMain = core !== 'm0';
  }

  reset(primask: number): void {
    this.values.clear();
    this.values.set(16, primask);
    this.values.set(20, 2);
    this.values.set(8, MAIN_STACK);
  }

  readSystem(id: number): number {
    const isUnprivileged = (this.value(20) & 1) !== 0;
    if (id === 0x100) return 9 | (isUnprivileged ? 0x100 : 0);
    if (isUnprivileged && id !== 20) return 0;
    return this.value(id === 18 ? 17 : id);
  }

  writeSystem(id: number, value: number): void {
    if (this.value(20) & 1 || (!this.isMain && id > 16 && id < 20)) return;
    const wide = id === 17 || id === 18 ? 0xff : id === 20 ? (this.isMain ? 3 : 2) : 1;
    const basepri = this.value(17);
    const isLower = (value & 0xff) < basepri || basepri === 0;
    if (id === 18 && !((value & 0xff) !== 0 && isLower)) return;
    this.values.set(id === 18 ? 17 : id, value & wide);
  }

  /** As the recording harness packs them. */
  get masks(): number {
    return this.value(16) | (this.value(17) << 8) | ((this.value(20) & 1) << 16);
  }

  private value(id: number): number {
    return this.values.get(id) ?? 0;
  }
}

/** Exception number and CFSR of each trap (Armv7-M ARM B3.2.15). */
const TRAPS: Readonly<Record<string, readonly [exception: number, cfsr: number]>> = {
  'supervisor-call': [11, 0],
  'breakpoint-instruction': [3, 0],
  'undefined-instruction': [6, 1 << 16],
  'invalid-state': [6, 1 << 17],
  'no-coprocessor': [6, 1 << 19],
  'divide-by-zero': [6, 1 << 25],
  misaligned: [6, 1 << 24],
  data: [5, 0x8200],
  fetch: [5, 0x100],
};

class Runner {
  readonly isa: ThumbIsa;
  private readonly core: Core;
  private readonly memory = new CaseMemory();
  private readonly special: SpecialRegisters;
  private readonly compiled: boolean;
  private readonly engines = new Map<boolean, JitCpu>();

  constructor(core: Core, compiled: boolean) {
    this.core = core;
    this.compiled = compiled;
    this.isa = thumbIsa(OPTIONS[core]);
    this.special = new SpecialRegisters(core);
  }

  private engine(one: Case): JitCpu {
    const unalignedTrap = (Number.parseInt(one.input.ccr ?? '0', 16) & 8) !== 0;
    let cpu = this.engines.get(unalignedTrap);
    if (cpu === undefined) {
      const isa = thumbIsa(OPTIONS[this.core]);
      isa.unalignedTrap ||= unalignedTrap;
      cpu = new JitCpu({
        isa,
        memory: this.memory,
        system: this.special,
        compileAfter: this.compiled ? 1 : 0,
      });
      this.engines.set(unalignedTrap, cpu);
    }
    return cpu;
  }

  private load(cpu: JitCpu, { code, input }: Case): void {
    const { memory } = this;
    const words = input.registers.split(' ').map((word) => Number.parseInt(word, 16) | 0);
    const pc = Number.parseInt(input.pc, 16);
    const xpsr = Number.parseInt(input.xpsr, 16);
    memory.reset();
    memory.poke(pc, code);
    for (const [at, bytes] of input.memory ?? []) memory.poke(WINDOW + at, bytes);
    const [r0, r1, r2, r3] = words as [number, number, number, number];
    const frame = Int32Array.of(r0, r1, r2, r3, words[12]!, words[14]!, pc, xpsr);
    const sp = words[13]!;
    memory.poke(sp - (sp & 4 ? 36 : 32), Buffer.from(frame.buffer).toString('hex'));
    words.forEach((word, register) => {
      cpu.write(register, word);
    });
    unpackXpsr(cpu, xpsr);
    cpu.write(CCR, Number.parseInt(input.ccr ?? '0', 16));
    cpu.write(EXCLUSIVE_ADDRESS, -1);
    if (this.core === 'm4') this.loadFloats(cpu, input.floats);
    cpu.pc = pc;
    this.special.reset(input.pend ?? 0);
  }

  private loadFloats(cpu: JitCpu, floats: string | undefined): void {
    cpu.write(FPU_ENABLED, 1);
    const words = floats?.split(' ').map((word) => Number.parseInt(word, 16) | 0) ?? [];
    for (let n = 0; n < 32; n++) cpu.write(S0 + n, words[n] ?? 0);
    cpu.write(FPSCR, words[32] ?? 0);
  }

  private runOn(cpu: JitCpu): StopReason {
    for (;;) {
      const stop = cpu.run(1000);
      if (stop.kind !== 'trap') return stop;
      if (stop.trap !== 'wait' && stop.trap !== 'instruction-barrier') return stop;
    }
  }

  /** What the case came to, in the terms of its recorded output. */
  run(one: Case): Record<string, unknown> {
    const cpu = this.engine(one);
    cpu.invalidateCode(GROUND, GROUND_BYTES);
    this.load(cpu, one);
    if (this.compiled) {
      this.runOn(cpu);
      this.load(cpu, one);
    }
    const before = this.memory.window();
    const stop = this.runOn(cpu);
    return this.outcome(cpu, one, stop, before);
  }

  private outcome(
    cpu: JitCpu,
    one: Case,
    stop: StopReason,
    before: Buffer,
  ): Record<string, unknown> {
    const names = cpu.registerNames.filter((name) => /^(r\d+|sp|lr|s\d+|fpscr)$/.test(name));
    const given = `${one.input.registers} ${one.input.floats ?? ''}`.trim().split(' ');
    const registers: Record<string, string> = {};
    names.forEach((name, n) => {
      const index = n < 15 ? n : name === 'fpscr' ? 47 : 15 + Number(name.slice(1));
      const value = (cpu.read(cpu.registerNumber(name)) >>> 0).toString(16);
      if (value !== (given[index] ?? '0')) registers[name] = value;
    });
    return { registers, ...this.ending(cpu, stop), memory: this.changes(cpu, before) };
  }

  private ending(cpu: JitCpu, stop: StopReason): Record<string, unknown> {
    let what: string = stop.kind;
    let { pc } = cpu;
    let lost = 0;
    if (stop.kind === 'trap') what = stop.trap;
    if (stop.kind === 'fault') {
      what =
        stop.fault.kind === 'misaligned'
          ? 'misaligned'
          : stop.fault.access === 'execute'
            ? 'fetch'
            : 'data';
    }
    if (stop.kind === 'trap' && stop.trap === 'invalid-state') {
      pc = (stop.value & -2) >>> 0;
      lost = (1 << 24) | 0x0600fc00;
    }
    const [number, cfsr] = TRAPS[what] ?? [0, 0];
    const { masks } = this.special;
    const escalates =
      (masks & 1) !== 0 || masks >> 8 === 1 || (this.core === 'm0' && number !== 11);
    const xpsr = packXpsr(cpu) & ~lost & XPSR_MASKS[this.core];
    return {
      xpsr: (xpsr >>> 0).toString(16),
      pc: pc.toString(16),
      exception: escalates && number !== 0 ? 3 : number,
      cfsr: this.core === 'm0' ? '0' : cfsr.toString(16),
      masks: masks.toString(16),
    };
  }

  /** Bytes that changed, but for those that the ending exception's frame covers. */
  private changes(cpu: JitCpu, before: Buffer): [number, string][] {
    const sp = cpu.read(13) - WINDOW;
    const frame = sp - (sp & 4 ? 36 : 32);
    const after = this.memory.window();
    const found: [number, string][] = [];
    for (let at = 0; at < WINDOW_BYTES; at++) {
      if (before[at] === after[at] || (at >= frame && at < sp)) continue;
      const last = found.at(-1);
      const byte = after[at]!.toString(16).padStart(2, '0');
      if (last !== undefined && last[0] + last[1].length / 2 === at) last[1] += byte;
      else found.push([at, byte]);
    }
    return found;
  }
}

function truth(core: Core): Case[] {
  const url = new URL(`../../../../../test/truth/thumb/${core}.json`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { cases: Case[] }).cases;
}

function expected({ output }: Case, core: Core): Record<string, unknown> {
  const xpsr = Number.parseInt(output.xpsr, 16) & XPSR_MASKS[core];
  return {
    registers: output.registers,
    xpsr: (xpsr >>> 0).toString(16),
    pc: output.pc,
    exception: output.exception,
    cfsr: output.cfsr ?? '0',
    masks: output.masks ?? '0',
    memory: output.memory ?? [],
  };
}

/** The row of a case's last instruction: an exclusive store has its load before it. */
function rowOf(isa: ThumbIsa, code: string): Row | null {
  const bytes = Buffer.from(code, 'hex');
  let row: Row | null = null;
  for (let at = 0; at < bytes.length; ) {
    const first = bytes.readUInt16LE(at);
    const isWide = first >= 0xe800;
    row = isa.rowOf(isWide ? (first << 16) | bytes.readUInt16LE(at + 2) : first, isWide);
    at += isWide ? 4 : 2;
  }
  return row;
}

describe.each(['m0', 'm3', 'm4'] as const)('recorded truth of %s', (core) => {
  const cases = truth(core);

  test.each([false, true])('compiled: %s', (compiled) => {
    const runner = new Runner(core, compiled);
    for (const one of cases) {
      expect(runner.run(one), `${one.text} (${one.code})`).toEqual(expected(one, core));
    }
  });
});

test('every row of the table has a recorded case', () => {
  const seen = new Set<Row['pattern']>();
  for (const core of ['m0', 'm3', 'm4'] as const) {
    const isa = thumbIsa(OPTIONS[core]);
    for (const { code } of truth(core)) {
      const row = rowOf(isa, code);
      if (row !== null) seen.add(row.pattern);
    }
  }
  const missing = thumbIsa(OPTIONS.m4).rows.filter(({ pattern }) => !seen.has(pattern));
  expect(missing.map(({ mnemonic, operands }) => `${mnemonic} ${operands}`)).toEqual([]);
});

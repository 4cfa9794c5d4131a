/**
 * The translator against what a real processor did, as tools/oracle/x86-record.mjs recorded it:
 * every lifted row of the table, interpreted and compiled, on the real MMU.
 */
import { readFileSync } from 'node:fs';
import { Mmu, PROT_EXECUTE, PROT_READ, PROT_WRITE, Supervisor } from '@bareheap/mmu';
import { describe, expect, test } from 'vitest';
import type { StopReason } from '../../cpu.ts';
import { JitCpu } from '../../jit/jit-cpu.ts';
import { Decoder } from './decoder.ts';
import { DecodedInstruction } from './instruction.ts';
import { readRflags, writeRflags } from './rflags.ts';
import type { Row } from './row.ts';
import { usesStackSegment } from './stack-segment.ts';
import { FS_BASE, GENERAL_COUNT, GS_BASE, MXCSR, X87_CONTROL, X87_STATUS, XMM0 } from './state.ts';
import { X86_ROWS } from './table.ts';
import { isLifted, x86Isa } from './x86-isa.ts';
import { readX87, writeX87 } from './x87-image.ts';

/** Rows of the general registers, of x87, of vectors and of mm registers. */
const FILES = ['integer', 'stack', 'vector', 'mmx'].map(
  (name) => new URL(`../../../../../tools/oracle/x86-truth/${name}.txt`, import.meta.url),
);

/** As tools/oracle/x86-layout.mjs has them. */
const PAGE = 4096;
const CODE = 0x20000000;
const CODE_BYTES = 2 * PAGE;
const DATA = 0x30000000;
const DATA_BYTES = 3 * PAGE;
const INT3 = 0xcc;
const BUDGET = 100_000;
/** CF PF AF ZF SF DF OF. */
const FLAGS = 0xcd5;
const ZF = 0x40;
/** Of MXCSR: where the masks of its flags are. */
const MASKS_SHIFT = 7;

/** Of FXSAVE's image, what x87 has. */
const FX_BYTES = 160;
const FX_STATUS_AT = 2;
const FX_STACK_AT = 32;
const FX_STACK_STEP = 16;
const FX_VALUE_BYTES = 10;

interface Case {
  /** The data pages that all cases of its file begin with. */
  readonly data: Uint8Array;
  readonly start: number;
  readonly code: Uint8Array;
  readonly registers: readonly bigint[];
  readonly flags: number;
  readonly fsBase: bigint;
  readonly gsBase: bigint;
  readonly patches: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  readonly undefinedFlags: number;
  /** A register that is undefined when ZF is set, or -1. */
  readonly undefinedWhenZero: number;
  readonly text: string;
  /** Signal, its code, address, number of the exception. */
  readonly stop: string;
  readonly ip: bigint;
  readonly changed: ReadonlyMap<number, bigint>;
  readonly flagsAfter: number;
  readonly memory: string;
  /** The x87 state: the record's text, or an empty one where the case does not look at it. */
  readonly x87: string;
  readonly undefinedConditions: number;
  readonly x87After: string;
  /** xmm0 … xmm15 before, empty where the case does not look at them, and those that changed. */
  readonly vectors: readonly string[];
  /** Before and after. */
  readonly mxcsr: readonly [number, number];
  readonly vectorsChanged: ReadonlyMap<number, string>;
}

const number = (hex: string): number => Number.parseInt(hex, 16);
const big = (hex: string): bigint => BigInt(`0x${hex}`);
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');
const pairs = (text: string): [string, string][] =>
  words(text).map((word) => word.split(':') as [string, string]);

/** Fields of the record that tell of x87; those of vectors are two and come after. */
const X87_FIELDS = 3;

/** Two bytes as they lie in memory; 0 where there are none. */
function half(text: string = '0000'): number {
  const [low, high] = bytesOf(text);
  return low! | (high! << 8);
}

function parse(line: string, data: Uint8Array): Case {
  const [start, code, registers, flags, fs, gs, patches, undefinedText, text, ...out] = line.split(
    '\t',
  ) as string[] & { length: 14 };
  const [stop, ip, changed, flagsAfter, memory] = out as [string, string, string, string, string];
  const more = out.slice(5);
  const hasX87 = more.length >= X87_FIELDS;
  const [x87 = '', undefinedConditions = '0', x87After = ''] = hasX87 ? more : [];
  const [before = [], after = []] = (hasX87 ? more.slice(X87_FIELDS) : more).map(words);
  const [undefinedFlags, destination] = undefinedText!.split(' ');
  return {
    data,
    start: number(start!),
    code: bytesOf(code!),
    registers: words(registers!).map(big),
    flags: number(flags!),
    fsBase: big(fs!),
    gsBase: big(gs!),
    patches: pairs(patches!).map(([at, bytes]) => ({ address: number(at), bytes: bytesOf(bytes) })),
    undefinedFlags: number(undefinedFlags!),
    undefinedWhenZero: destination === '-' ? -1 : number(destination!),
    text: text!,
    stop,
    ip: big(ip),
    changed: new Map(pairs(changed).map(([n, value]) => [number(n), big(value)])),
    flagsAfter: number(flagsAfter),
    memory,
    x87,
    undefinedConditions: number(undefinedConditions),
    x87After,
    mxcsr: [half(before[0]), half(after[0])],
    vectors: before.slice(1),
    vectorsChanged: new Map(
      pairs(after.slice(1).join(' ')).map(([n, value]) => [number(n), value]),
    ),
  };
}

function casesOf(file: URL): Case[] {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const data = Uint8Array.from(Buffer.from(lines[0]!, 'base64'));
  return lines.slice(1).map((line) => parse(line, data));
}

const cases = FILES.flatMap(casesOf);

/** Control, status, tags and ST0 … ST7 as an image of FXSAVE. */
function imageOf(text: string): Uint8Array {
  const image = new Uint8Array(FX_BYTES);
  const [control, ...stack] = words(text);
  image.set(bytesOf(control!));
  stack.forEach((value, n) => {
    image.set(bytesOf(value), FX_STACK_AT + n * FX_STACK_STEP);
  });
  return image;
}

/** An image as text, without condition bits that are undefined. */
function imageText(image: Uint8Array, undefinedConditions: number): string {
  const view = new DataView(image.buffer);
  const status = view.getUint16(FX_STATUS_AT, true) & ~undefinedConditions;
  const stack = Array.from({ length: 8 }, (_, n) => {
    const at = FX_STACK_AT + n * FX_STACK_STEP;
    return image.subarray(at, at + FX_VALUE_BYTES);
  });
  const values = [image.subarray(0, 2), image.subarray(4, 5), ...stack];
  return `${hex(status)} ${values.map((bytes) => Buffer.from(bytes).toString('hex')).join(' ')}`;
}

const low = (value: bigint): number => Number(BigInt.asIntN(32, value));
const high = (value: bigint): number => Number(BigInt.asIntN(32, value >> 32n));
const hex = (value: number | bigint): string => BigInt.asUintN(64, BigInt(value)).toString(16);

/** What Linux tells a program of a trap: signal, code, whether the address is the pc, exception. */
const SIGNALS: Readonly<Record<string, readonly [number, number, boolean, number]>> = {
  'divide-by-zero': [8, 1, true, 0],
  'breakpoint-instruction': [5, 128, false, 3],
  'general-protection': [11, 128, false, 13],
  'undefined-instruction': [4, 2, true, 6],
};

/** SIGFPE's codes by exceptions: invalid, division by zero, overflow, underflow, inexact. */
const FLOAT_CODES: readonly (readonly [bits: number, code: number])[] = [
  [0x01, 7],
  [0x04, 3],
  [0x08, 4],
  [0x12, 5],
  [0x20, 6],
];

/** A processor with the memory of the runner, in one tier. */
class CaseRunner {
  private readonly mmu = new Mmu({ addressBits: 48, memoryBytes: 1 << 24 });
  private readonly memory = new Supervisor(this.mmu);
  private readonly decoder = new Decoder(X86_ROWS);
  private readonly instruction = new DecodedInstruction();
  private readonly compiled: boolean;
  private readonly cpu: JitCpu;

  constructor(compiled: boolean) {
    this.compiled = compiled;
    this.mmu.map(CODE, CODE_BYTES, PROT_READ | PROT_EXECUTE);
    this.mmu.map(DATA, PAGE, PROT_READ);
    this.mmu.map(DATA + PAGE, DATA_BYTES - PAGE, PROT_READ | PROT_WRITE);
    this.memory.poke(CODE, new Uint8Array(CODE_BYTES).fill(INT3));
    this.cpu = new JitCpu({
      isa: x86Isa({ cpuid: () => [0, 0, 0, 0] }),
      memory: this.mmu,
      system: { readSystem: () => 0, writeSystem: () => undefined, refused: false },
      compileAfter: compiled ? 1 : 0,
    });
  }

  /** How the case differs from the record; empty when it does not. */
  differences(one: Case): string[] {
    const code = one.code.subarray(0, CODE + CODE_BYTES - one.start);
    this.memory.poke(one.start, code);
    this.cpu.invalidateCode(CODE, CODE_BYTES);
    if (this.compiled) this.run(one);
    const stop = this.run(one);
    const found = this.compare(one, stop);
    this.memory.poke(one.start, new Uint8Array(code.length).fill(INT3));
    return found;
  }

  private run(one: Case): StopReason {
    const { cpu } = this;
    this.memory.poke(DATA, one.data);
    if (one.x87 !== '') writeX87(cpu, new DataView(imageOf(one.x87).buffer));
    one.vectors.forEach((value, n) => {
      this.writeVector(n, bytesOf(value));
    });
    cpu.write(MXCSR, one.mxcsr[0]);
    for (const { address, bytes } of one.patches) this.memory.poke(address, bytes);
    one.registers.forEach((value, n) => {
      cpu.writeHalves(n, low(value), high(value));
    });
    cpu.writeHalves(FS_BASE, low(one.fsBase), high(one.fsBase));
    cpu.writeHalves(GS_BASE, low(one.gsBase), high(one.gsBase));
    writeRflags(cpu, one.flags);
    cpu.pc = one.start;
    return cpu.run(BUDGET);
  }

  private compare(one: Case, stop: StopReason): string[] {
    const found: string[] = [];
    const check = (what: string, ours: string, theirs: string): void => {
      if (ours !== theirs) found.push(`${what} ${ours}, processor ${theirs}`);
    };
    check('stop', this.stopText(one, stop), one.stop);
    check('ip', hex(this.cpu.pc), hex(one.ip));
    const isZero = (one.flagsAfter & ZF) !== 0;
    for (let n = 0; n < GENERAL_COUNT; n++) {
      if (n === one.undefinedWhenZero && isZero) continue;
      check(`r${n}`, hex(this.register(n)), hex(one.changed.get(n) ?? one.registers[n]!));
    }
    const mask = one.ip === BigInt(one.start) ? FLAGS : FLAGS & ~one.undefinedFlags;
    check('flags', hex(readRflags(this.cpu) & mask), hex(one.flagsAfter & mask));
    check('memory', this.changedWords(one), one.memory);
    if (one.x87 !== '') check('x87', this.x87Text(one), this.expectedX87(one));
    check('mxcsr', hex(this.cpu.read(MXCSR)), hex(one.mxcsr[1]));
    one.vectors.forEach((before, n) => {
      check(`xmm${n}`, this.vectorText(n), one.vectorsChanged.get(n) ?? before);
    });
    return found;
  }

  /** A fault in the first instruction leaves nothing undefined. */
  private conditionsLeftOut(one: Case): number {
    return one.ip === BigInt(one.start) ? 0 : one.undefinedConditions;
  }

  private x87Text(one: Case): string {
    const image = new Uint8Array(FX_BYTES);
    readX87(this.cpu, new DataView(image.buffer));
    return imageText(image, this.conditionsLeftOut(one));
  }

  private expectedX87(one: Case): string {
    return imageText(imageOf(one.x87After), this.conditionsLeftOut(one));
  }

  private writeVector(n: number, bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    for (let word = 0; word < 4; word++) {
      this.cpu.writeWord(XMM0 + n, word, view.getInt32(word * 4, true));
    }
  }

  private vectorText(n: number): string {
    const view = new DataView(new ArrayBuffer(16));
    for (let word = 0; word < 4; word++) {
      view.setInt32(word * 4, this.cpu.readWord(XMM0 + n, word), true);
    }
    return Buffer.from(view.buffer).toString('hex');
  }

  private stopText(one: Case, stop: StopReason): string {
    if (stop.kind === 'fault') return this.faultText(one, stop.fault);
    if (stop.kind !== 'trap') return stop.kind;
    if (stop.trap === 'float-exception') {
      return this.floatText(this.cpu.read(X87_STATUS) & ~this.cpu.read(X87_CONTROL), 16);
    }
    const mxcsr = this.cpu.read(MXCSR);
    if (stop.trap === 'simd-exception') return this.floatText(mxcsr & ~(mxcsr >> MASKS_SHIFT), 19);
    const [signal, code, hasAddress, trap] = SIGNALS[stop.trap] ?? [0, 0, false, 0];
    return `${hex(signal)} ${hex(code)} ${hasAddress ? hex(this.cpu.pc) : 0} ${hex(trap)}`;
  }

  /** SIGFPE with the code of the first exception that is not masked. */
  private floatText(pending: number, trap: number): string {
    const [, code] = FLOAT_CODES.find(([bits]) => (pending & bits) !== 0)!;
    return `8 ${code} ${hex(this.cpu.pc)} ${hex(trap)}`;
  }

  private faultText(one: Case, fault: (StopReason & { kind: 'fault' })['fault']): string {
    if (fault.kind === 'non-canonical') return this.usesStack(one, fault) ? '7 80 0 c' : 'b 80 0 d';
    const code = fault.kind === 'protection' ? 2 : 1;
    return `b ${code} ${hex(fault.address)} e`;
  }

  private usesStack(one: Case, { access }: { readonly access: string }): boolean {
    if (access === 'execute') return false;
    const at = this.cpu.pc - one.start;
    const status = this.decoder.decode(one.code, at, one.code.length, this.instruction);
    return status === 'decoded' && usesStackSegment(this.instruction, access === 'write');
  }

  private register(n: number): bigint {
    return (BigInt(this.cpu.readHigh(n)) << 32n) | BigInt(this.cpu.readLow(n) >>> 0);
  }

  private changedWords(one: Case): string {
    const before = Uint8Array.from(one.data);
    for (const { address, bytes } of one.patches) before.set(bytes, address - DATA);
    const after = this.memory.peek(DATA, DATA_BYTES)!;
    const [was, is] = [before, Uint8Array.from(after)].map((bytes) => new DataView(bytes.buffer));
    const changed: string[] = [];
    for (let at = 0; at < DATA_BYTES; at += 8) {
      const value = is!.getBigUint64(at, true);
      if (value !== was!.getBigUint64(at, true)) changed.push(`${hex(DATA + at)}:${hex(value)}`);
    }
    return changed.join(' ');
  }
}

test('the record has every row that is lifted', () => {
  const texts = new Set(cases.flatMap(({ text }) => text.split(/[ ;]+/)));
  // What these do depends on the machine or enters its kernel.
  const transcendental = /^(f2xm1|fyl2x|fyl2xp1|fptan|fpatan|fsin|fcos|fsincos)$/;
  const apart =
    /^(fxsave|fxsave64|xsave|xsave64|xrstor|xrstor64|cpuid|rsqrt[ps]s|rcp[ps]s|rdtscp?|rdpid|syscall|int|int1|xgetbv|rdsspq|rdsspd|wr[fg]sbase|ret)$/;
  const isHere = ({ mnemonic }: Row): boolean =>
    !apart.test(mnemonic) && !transcendental.test(mnemonic);
  const missing = X86_ROWS.filter(isLifted).filter(
    (row) => isHere(row) && !texts.has(row.mnemonic),
  );
  expect(missing.map(({ mnemonic }) => mnemonic)).toEqual([]);
});

describe.each([
  ['interpreted', false],
  ['compiled', true],
])('%s', (_, compiled) => {
  const runner = new CaseRunner(compiled);
  test('as the processor does it', () => {
    expect(cases.length).toBeGreaterThan(1000);
    const wrong = cases.flatMap((one, n) => {
      const found = runner.differences(one);
      const code = Buffer.from(one.code).toString('hex');
      return found.length === 0 ? [] : [`case ${n}, ${code} ${one.text}: ${found.join('; ')}`];
    });
    expect(wrong).toEqual([]);
  });
});

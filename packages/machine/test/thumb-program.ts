/** A program of a few hand-assembled Thumb instructions, run as firmware, its memory looked at. */
import { type Cpu, JitCpu } from '@bareheap/cpu';
import { type ImageSymbol, type LoadPlan, SymbolTable } from '@bareheap/image';
import type { Mmu } from '@bareheap/mmu';
import type { Firmware } from '../src/firmware.ts';
import type { CpuParts, FirmwareOptions } from '../src/firmware-options.ts';
import { openFirmware } from '../src/index.ts';
import { MemoryHost } from './memory-host.ts';

/** Where the tests' programs put what they observed. */
export const RESULTS = 0x20000000;
export const STACK_TOP = 0x20001000;
const CODE = 0x200;
const VECTORS = 0x80;

export const movs = (rd: number, value: number): number => 0x2000 | (rd << 8) | value;
export const adds = (rd: number, value: number): number => 0x3000 | (rd << 8) | value;
/** mov between any two registers. */
export const mov = (rd: number, rm: number): number =>
  0x4600 | ((rd & 8) << 4) | (rm << 3) | (rd & 7);
/** `word` counts words from the base. */
export const str = (rt: number, rn: number, word: number): number =>
  0x6000 | (word << 6) | (rn << 3) | rt;
export const ldr = (rt: number, rn: number, word: number): number => str(rt, rn, word) | 0x0800;
export const strb = (rt: number, rn: number): number => 0x7000 | (rn << 3) | rt;
export const svc = (number: number): number => 0xdf00 | number;
export const mrs = (rd: number, special: number): [number, number] => [
  0xf3ef,
  0x8000 | (rd << 8) | special,
];
export const msr = (special: number, rn: number): [number, number] => [
  0xf380 | rn,
  0x8800 | special,
];
export const BX_LR = 0x4770;
export const CPSID_I = 0xb672;
export const CPSIE_I = 0xb662;
export const WFI = 0xbf30;
export const UDF = 0xde00;
export const NOP = 0x46c0;
export const BRANCH_TO_SELF = 0xe7fe;
export const [SP, LR] = [13, 14] as const;
export const [IPSR, MSP, PSP, BASEPRI, CONTROL] = [5, 8, 9, 17, 20] as const;

export class ThumbProgram {
  private readonly bytes = new DataView(new ArrayBuffer(0x1000));
  private next = CODE;
  private readonly symbols: ImageSymbol[] = [];

  constructor() {
    this.bytes.setUint32(0, STACK_TOP, true);
    const spin = this.here();
    this.emit(BRANCH_TO_SELF);
    for (let exception = 1; exception * 4 < VECTORS; exception++) this.vector(exception, spin);
  }

  here(): number {
    return this.next;
  }

  emit(...halfwords: number[]): this {
    for (const halfword of halfwords) {
      this.bytes.setUint16(this.next, halfword, true);
      this.next += 2;
    }
    return this;
  }

  /** ldr rd, =value, with the word behind a branch around it. */
  load(rd: number, value: number): this {
    if (this.next % 4 !== 0) this.emit(NOP);
    return this.emit(0x4800 | (rd << 8), 0xe001, value & 0xffff, value >>> 16);
  }

  /** Stores a value at an address; r4 and r5 are used. */
  poke(address: number, value: number): this {
    return this.load(4, address)
      .load(5, value)
      .emit(str(5, 4, 0));
  }

  /** Ends the program through semihosting. */
  exit(): this {
    return this.emit(movs(0, 0x18)).load(1, 0x20026).emit(0xbeab);
  }

  /** What follows is an exception's handler; 1 is where the program starts. */
  handler(exception: number): this {
    this.vector(exception, this.next);
    return this;
  }

  /** Names what follows. */
  label(name: string): this {
    return this.symbol(name, this.next, 'function');
  }

  symbol(name: string, address: number, kind: ImageSymbol['kind']): this {
    const flags = { global: true, weak: false, thumb: kind === 'function', limit: null };
    this.symbols.push({ name, address, size: 0, kind, ...flags });
    return this;
  }

  run(
    board: string,
    options: Partial<FirmwareOptions> = {},
    maxInstructions: number = 100_000,
  ): ThumbRun {
    return new ThumbRun(this.plan(), board, options, maxInstructions);
  }

  private vector(exception: number, address: number): void {
    this.bytes.setUint32(exception * 4, address | 1, true);
  }

  private plan(): LoadPlan {
    const bytes = new Uint8Array(this.bytes.buffer);
    const flags = { readable: true, writable: false, executable: true, align: 4 };
    const memorySize = bytes.length;
    return {
      format: 'raw',
      machine: 'arm',
      pointerBits: 32,
      endianness: 'little',
      entry: null,
      segments: [{ virtualAddress: 0, physicalAddress: 0, bytes, memorySize, ...flags }],
      symbols: new SymbolTable(this.symbols),
      sections: [],
      arm: null,
      riscv: null,
      interpreter: null,
      type: 'executable',
      elf: null,
    };
  }
}

export class ThumbRun {
  readonly firmware: Firmware;
  readonly end: ReturnType<Firmware['run']>;
  readonly host: MemoryHost = new MemoryHost();
  private parts: { cpu: Cpu; mmu: Mmu } | null = null;

  constructor(
    plan: LoadPlan,
    board: string,
    options: Partial<FirmwareOptions>,
    maxInstructions: number,
  ) {
    const make = (parts: CpuParts): Cpu => {
      const made = new JitCpu({ ...parts, countAccesses: true });
      this.parts = { cpu: made, mmu: parts.memory as Mmu };
      return made;
    };
    const cpu = { engine: 'jit', make };
    const defaults = { heap: 'guest', memoryBytes: 2 ** 24, commandLine: 't', seed: 1 } as const;
    this.firmware = openFirmware(plan, { ...defaults, board, cpu, ...options }, this.host);
    this.end = this.firmware.run({ maxInstructions });
  }

  word(address: number): number {
    return this.parts!.mmu.loadSlow(address, 4) >>> 0;
  }

  /** Words that the program left at {@link RESULTS}. */
  results(count: number): number[] {
    return Array.from({ length: count }, (_, index) => this.word(RESULTS + index * 4));
  }

  /** Bytes at {@link RESULTS}. */
  log(count: number): number[] {
    return Array.from({ length: count }, (_, at) => this.parts!.mmu.loadSlow(RESULTS + at, 1));
  }

  register(name: string): number {
    const { cpu } = this.parts!;
    return cpu.read(cpu.registerNumber(name)) >>> 0;
  }
}

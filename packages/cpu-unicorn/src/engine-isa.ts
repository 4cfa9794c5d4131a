/** What the adapter needs to know of an instruction set, on both sides. */
import type { Cpu, Isa } from '@bareheap/cpu';

/** What an instruction is to the adapter; a sum of marks. */
export const PLAIN = 0;
/** Not Unicorn's: system registers, exceptions, waiting, exclusive accesses. */
export const STEPPED = 1;
/** Loads or stores. */
export const MEMORY = 2;
/** Divides; the machine may want a trap for a zero. */
export const DIVIDE = 4;
/** A call: ends its block, comes back behind itself. */
export const CALL = 8;
/** A jump to a computed address. */
export const INDIRECT = 16;
/** Opens an IT block, within which Unicorn neither stops nor counts. */
export const OPENS_IT = 32;

/** Accesses that fault when misaligned, whatever the core allows otherwise; Unicorn looks at none. */
export const ALIGNED = 64;
/** A branch to an address that it names. */
export const BRANCH = 128;
/** Whatever ends a block. */
export const LEAVES: number = CALL | INDIRECT | BRANCH;

export interface Instruction {
  /** Bytes. */
  readonly length: number;
  readonly marks: number;
  /** Of an IT instruction: how many follow under its conditions. */
  readonly covers: number;
}

/** A register of the Cpu port and its number in Unicorn. */
export interface RegisterPair {
  readonly ours: number;
  readonly theirs: number;
}

export interface EngineIsa {
  readonly architecture: number;
  readonly mode: number;
  readonly cpuModel: number;
  /** Registers that are the same on both sides. */
  readonly pairs: readonly RegisterPair[];
  readonly pc: number;
  /** Unicorn's stack pointer. */
  readonly stackPointer: number;
  /** Added to an address where emulation begins: Thumb's bit 0. */
  readonly startBit: number;
  /** Unicorn's register with flags that ours keep apart, or -1. */
  readonly flags: number;
  /** Bit of the flags that is set while the code is of this instruction set, or 0. */
  readonly stateBit: number;
  packFlags(cpu: Pick<Cpu, 'read'>): number;
  unpackFlags(cpu: Pick<Cpu, 'write'>, flags: number): void;
  /** How far behind its instruction the pc stands when an exception is told. */
  readonly exceptionBias: number;
  /** Whether words and halfwords must be aligned on this core. */
  readonly strict: boolean;
  /** Marks of which an instruction is stepped now. */
  steppedMarks(cpu: Pick<Cpu, 'read'>): number;
  /** Decodes the instruction at an address from its halfwords; the second may be absent (-1). */
  decode(first: number, second: number): Instruction;
}

export type EngineIsaOf = (isa: Isa) => EngineIsa;

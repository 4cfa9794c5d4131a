/** What the adapter needs to know of an instruction set, on both sides. */
import type { Cpu } from '@bareheap/cpu';

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

/** Computes with floating point: what Unicorn tells of its exceptions is not all. */
export const FLOAT = 256;
/** A repeated string instruction: comes back to itself after each element. */
export const REPEATS = 512;

/** The bytes at an address, as many as the instruction set fetches at once; -1 where none are. */
export type Fetch = (address: number) => number;

export interface Instruction {
  /** Bytes. */
  readonly length: number;
  readonly marks: number;
  /** Of an IT instruction: how many follow under its conditions. */
  readonly covers: number;
}

/** Words of 32 bits of a register of the Cpu port, from the lowest on. */
export interface RegisterWords {
  readonly register: number;
  readonly words: number;
}

/** A register of Unicorn whose bits are those of one or more of ours, from the lowest on. */
export interface SharedRegister {
  readonly theirs: number;
  readonly ours: readonly RegisterWords[];
}

/** A register of Unicorn, of one word, for what ours keep in another form. */
export interface ConvertedRegister {
  readonly theirs: number;
  pack(cpu: Cpu): number;
  unpack(cpu: Cpu, value: number): void;
}

export interface EngineIsa {
  readonly architecture: number;
  readonly mode: number;
  readonly cpuModel: number;
  /** In the order in which they are written. */
  readonly shared: readonly SharedRegister[];
  readonly converted: readonly ConvertedRegister[];
  readonly pc: number;
  /** Unicorn's stack pointer. */
  readonly stackPointer: number;
  /** Added to an address where emulation begins: Thumb's bit 0. */
  readonly startBit: number;
  /** Where emulation is told to end: an address that no instruction has. */
  readonly nowhere: number;
  /** Unicorn's register that has `stateBit`; -1 when there is none. */
  readonly flags: number;
  /** Bit of the flags that is set while the code is of this instruction set, or 0. */
  readonly stateBit: number;
  /** How far behind its instruction the pc stands when an exception is told. */
  readonly exceptionBias: number;
  /** Whether words and halfwords must be aligned on this core. */
  readonly strict: boolean;
  /** Whether a call puts where it comes back to on the stack. */
  readonly callsPush: boolean;
  /** Whether blocks may be told without the instruction that ends them. */
  readonly cutsBlocks: boolean;
  /** Unicorn's register that repeated instructions count down, or -1. */
  readonly repeatCount: number;
  /** Marks of which an instruction is stepped now. */
  steppedMarks(cpu: Pick<Cpu, 'read'>): number;
  decode(at: number, fetch: Fetch): Instruction;
  /**
   * After Unicorn jumped to where no address is: undoes what the instruction at `at` did to the
   * registers.
   */
  undoJump?(cpu: Cpu, at: number, fetch: Fetch): void;
}

/** One register, word by word. */
export function sharedRegister(theirs: number, register: number, words = 1): SharedRegister {
  return { theirs, ours: [{ register, words }] };
}

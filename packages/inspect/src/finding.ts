/** What was found wrong with a guest, as data. Texts are made by `explain.ts`. */
import type { StackFrame } from './stack-frame.ts';

/** One vocabulary for all platforms. */
export type FindingKind =
  | 'double-free'
  | 'invalid-free'
  | 'use-after-free'
  | 'heap-buffer-overflow'
  | 'heap-buffer-underflow'
  | 'mismatched-free'
  | 'size-mismatch'
  | 'alignment-mismatch'
  | 'leak'
  | 'uninitialised-read'
  | 'access-after-unmap'
  | 'protection-fault'
  | 'null-dereference'
  | 'wild-access'
  | 'bad-request'
  | 'overlap'
  | 'heap-stack-collision'
  | 'out-of-memory'
  | 'heap-corruption';

export type AccessKind = 'read' | 'write' | 'execute';

/** A point in the run: which calls led there, and how many instructions had retired. */
export interface Moment {
  readonly stack: readonly StackFrame[];
  readonly instruction: number;
}

/** The heap block a finding is about. */
export interface BlockInfo {
  /** Identity of the allocation: the how many-th of the run, from 1. Addresses come back, this never. */
  readonly ordinal: number;
  readonly address: number;
  /** Bytes the program asked for. */
  readonly size: number;
  /** From the block's start to the address in question; negative is before the block. */
  readonly offset: number;
  readonly allocatedAt: Moment;
  readonly freedAt?: Moment;
}

/** The call that made the address what it is: an unmap, a protection change, an earlier free. */
export interface Cause extends Moment {
  /** Half a sentence: `unmapped by munmap`. */
  readonly what: string;
}

/** Where an address lies in the machine's map. Of ranges, `end` is the first address past them. */
export interface Place {
  /** What is there, for people: `flash`, `RAM`, `the heap`, `the stack`, `nothing`. */
  readonly name: string;
  readonly start?: number;
  readonly end?: number;
  /** Where nothing is: the memory that is least far. */
  readonly nearest?: { readonly name: string; readonly start: number; readonly end: number };
}

/** How the processor took a fault. */
export interface Trap {
  /** `HardFault`, `store access fault`, … as the architecture's manual names it. */
  readonly name: string;
  /** Status registers, with what their bits mean: `CFSR` 0x8200 `precise data bus error`. */
  readonly registers: readonly {
    readonly name: string;
    readonly value: number;
    readonly meaning?: string;
  }[];
}

export interface Finding {
  readonly kind: FindingKind;
  readonly access?: AccessKind;
  /** The address in question: accessed, freed, or of the leaked block. */
  readonly address: number;
  /** Bytes of the access or request. */
  readonly size?: number;
  readonly pc: number;
  /** Instructions retired when it happened. */
  readonly instruction: number;
  readonly stack: readonly StackFrame[];
  readonly block?: BlockInfo;
  readonly cause?: Cause;
  /** One sentence without a stop that says it all to someone who reads nothing else. */
  readonly message: string;
  readonly place?: Place;
  readonly trap?: Trap;
  /** What to look at next, a sentence. */
  readonly advice?: string;
}

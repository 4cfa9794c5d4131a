/**
 * What the JIT needs to know of an instruction set: its registers and how one instruction is
 * lifted. Everything else about an ISA stays in its own folder.
 */

import type { CodeSource } from './ir/code-source.ts';
import type { ValueType } from './ir/operation.ts';
import type { BlockBuilder } from './ir/translation-block.ts';

export interface RegisterSpec {
  readonly name: string;
  readonly type: ValueType;
}

/**
 * Computes what is too rare or too large to be emitted inline. The operands lie at `at` one after
 * another, little-endian, 16 bytes for a v128 and 8 for any other; so do the results, which replace
 * them. It touches nothing else.
 */
export type Routine = (scratch: DataView, at: number) => void;

export interface Isa {
  readonly name: string;
  /** Type of addresses and pcs; it is that of the stack pointer, too. */
  readonly addressType: 'i32' | 'i64';
  /** Bytes of a {@link CodeSource}'s unit: what instructions are multiples of. */
  readonly fetchBytes: 1 | 2;
  /** By the numbers that `routine` statements use. */
  readonly routines?: readonly Routine[];
  /** Registers by number; the number is what lifted code uses. The pc is not among them. */
  readonly registers: readonly RegisterSpec[];
  /** Number of the stack pointer, for the shadow call stack. */
  readonly stackPointer: number;
  /** Whether a call pushes its return address, so that the frame's stack pointer is below it. */
  readonly callsPush: boolean;
  /**
   * Whether code that a store changed is seen by the next instruction; else the guest asks for it,
   * by an instruction barrier.
   */
  readonly seesStoresToCode: boolean;
  /** Number of the register that holds the context (Thumb: ITSTATE) between blocks, or -1. */
  readonly contextRegister: number;
  /** Computed jumps to this address or above are exception returns; 2^32 when there are none. */
  readonly exceptionReturnBase: number;
  /**
   * Lifts the instruction at `block.instructionPc`: `block.begin(length)`, statements, an exit if
   * it ends the block, `block.finish(context)`. An undefined instruction lifts to a trap.
   *
   * @returns false when its bytes cannot be fetched; the builder is then as before.
   */
  lift(block: BlockBuilder, code: CodeSource): boolean;
}

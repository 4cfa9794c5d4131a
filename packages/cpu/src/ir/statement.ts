/**
 * Statements and exits of a translation block. Statements run in order; those that touch memory
 * can fault, which ends the block with the state as it was before the instruction, but for the
 * registers and bytes that its earlier statements wrote. So a lifter loads first and sets after.
 */
import type { TrapKind } from '../cpu.ts';
import type { Expression } from './expression.ts';
import type { ValueType } from './operation.ts';

export type AccessSize = 1 | 2 | 4 | 8 | 16;

/**
 * `natural`: an address that is not a multiple of the size faults as misaligned.
 * `any`: every address is good.
 */
export type Alignment = 'natural' | 'any';

export type Statement =
  | { readonly kind: 'set'; readonly register: number; readonly value: Expression }
  | { readonly kind: 'let'; readonly temporary: number; readonly value: Expression }
  | {
      /**
       * Loads `temporaries.length` consecutive items, zero- or sign-extended to i32; items of 8
       * bytes are i64, of 16 v128. The address is of the ISA's type.
       */
      readonly kind: 'load';
      readonly temporaries: readonly number[];
      readonly address: Expression;
      readonly size: AccessSize;
      readonly signed: boolean;
      readonly alignment: Alignment;
      /** The same instruction stores there: a fault is one of a store. */
      readonly beforeStore: boolean;
    }
  | {
      /** Stores consecutive items, lowest address first. */
      readonly kind: 'store';
      readonly values: readonly Expression[];
      readonly address: Expression;
      readonly size: AccessSize;
      readonly alignment: Alignment;
    }
  | {
      readonly kind: 'if';
      readonly condition: Expression;
      readonly whenTrue: readonly Statement[];
      readonly whenFalse: readonly Statement[];
    }
  | { readonly kind: 'read-system'; readonly temporary: number; readonly id: number }
  | { readonly kind: 'write-system'; readonly id: number; readonly value: Expression }
  | {
      /** Calls a routine of the ISA with these operands; it cannot fault or stop. */
      readonly kind: 'routine';
      readonly routine: number;
      readonly operands: readonly Expression[];
      readonly results: readonly number[];
      readonly resultTypes: readonly ValueType[];
    }
  | {
      /**
       * Leaves to whoever runs the CPU. `retired`: the instruction counts and pc is the next one;
       * else pc is this instruction and it does not count.
       */
      readonly kind: 'trap';
      readonly trap: TrapKind;
      readonly value: Expression;
      readonly retired: boolean;
    };

/** How a translation block ends. `guard`: when it is zero, control falls through to `next`. */
export type Exit = { readonly guard: Expression | null; readonly next: number } & (
  | { readonly kind: 'jump'; readonly target: number }
  /** The link register is already set; the callee is expected to come back to `returnTo`. */
  | { readonly kind: 'call'; readonly target: number | Expression; readonly returnTo: number }
  /** A jump to a computed address; `isReturn` when the ISA's conventions say so. */
  | { readonly kind: 'indirect'; readonly target: Expression; readonly isReturn: boolean }
  /** Continues at `target` after the runner has looked at interrupts and changed code. */
  | { readonly kind: 'resync'; readonly target: number }
  /** Never reached: every path traps before it. */
  | { readonly kind: 'none' }
);

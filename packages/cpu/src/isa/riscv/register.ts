/**
 * Registers of a RISC-V core, by the numbers that lifted code uses: x0 to x31 have their own
 * numbers; x0 is listed, always holds 0 and is never written.
 */

import type { ValueType } from '../../ir/operation.ts';
import type { RegisterSpec } from '../../isa.ts';

export const RA = 1;
export const SP = 2;
export const A0 = 10;

/**
 * The address that LR reserved, or -1: none. Whoever takes a trap or returns from one sets it to
 * -1, so that an SC of one context does not succeed by an LR of another.
 */
export const RESERVATION = 32;
/** The word that LR loaded there; SC stores when memory still holds it, as QEMU does. */
export const RESERVED_VALUE = 33;
/** Floating-point state, when there is any: f0 to f31, then the two fields of fcsr. */
export const F0 = 34;
export const FFLAGS = 66;
export const FRM = 67;
/** Whether floating-point instructions are legal: the machine sets it to `mstatus.FS != 0`. */
export const FLOAT_ON = 68;

const INTEGER_NAMES =
  'zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6'.split(
    ' ',
  );
const FLOAT_NAMES =
  'ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7 fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 fs10 fs11 ft8 ft9 ft10 ft11'.split(
    ' ',
  );

/** ABI name of an integer register. */
export function integerName(register: number): string {
  return INTEGER_NAMES[register]!;
}

/** ABI name of a floating-point register. */
export function floatName(register: number): string {
  return FLOAT_NAMES[register]!;
}

/** Width in bits of the floating-point registers: 0 without F, 64 with D. */
export type FloatLength = 0 | 32 | 64;

/**
 * The register list. Floating-point registers hold bits, not numbers (a NaN keeps its payload):
 * i32 with F alone, i64 with D.
 */
export function riscvRegisters(floatLength: FloatLength): RegisterSpec[] {
  const words = [...INTEGER_NAMES, 'reservation', 'reserved'];
  const integers = words.map((name): RegisterSpec => ({ name, type: 'i32' }));
  if (floatLength === 0) return integers;
  const type: ValueType = floatLength === 64 ? 'i64' : 'i32';
  return [
    ...integers,
    ...FLOAT_NAMES.map((name): RegisterSpec => ({ name, type })),
    { name: 'fflags', type: 'i32' },
    { name: 'frm', type: 'i32' },
    { name: 'floaton', type: 'i32' },
  ];
}

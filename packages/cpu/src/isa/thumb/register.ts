/**
 * The registers of an Arm M-profile core as the engine keeps them. r15 is not among them: the pc is
 * the engine's. The flags are kept unpacked, in the form that costs lifted code least:
 * N is the sign of `nf`, Z is set iff `zf` is 0, C is `cf` (0 or 1), V is the sign of `vf`, Q is
 * `qf` (0 or 1), GE is `ge` (4 bits). `itstate` is EPSR.IT as one byte (Armv7-M ARM B1.4.2).
 */
import type { RegisterSpec } from '../../isa.ts';

export const SP = 13;
export const LR = 14;
export const PC = 15;
export const NF = 15;
export const ZF = 16;
export const CF = 17;
export const VF = 18;
export const QF = 19;
export const GE = 20;
export const ITSTATE = 21;
/** Address of the open exclusive monitor, or -1; an exception entry or return closes it. */
export const EXCLUSIVE_ADDRESS = 22;
/** What the exclusive load read; STREX fails when memory no longer holds it, as QEMU's does. */
export const EXCLUSIVE_VALUE = 23;
/** The Configuration and Control Register; lifted code looks at DIV_0_TRP (bit 4). */
export const CCR = 24;
/**
 * Bit 0: the FPU may be used (CPACR); else its instructions trap with no-coprocessor. Bit 1: using
 * it sets CONTROL.FPCA (FPCCR.ASPEN).
 */
export const FPU_ENABLED = 25;
/** CONTROL.FPCA: 1 once the FPU was used; the machine looks at exceptions and clears it. */
export const FPCA = 26;
/** The whole FPSCR, flags included. */
export const FPSCR = 27;
/** s0; s1 … s31 follow. Kept as bits in i32, so that moves keep every NaN. */
export const S0 = 28;
/** An intermediate result within one instruction. */
export const FPU_SCRATCH = 60;

const INTEGER_NAMES = [
  ...Array.from({ length: 13 }, (_, n) => `r${n}`),
  'sp',
  'lr',
  'nf',
  'zf',
  'cf',
  'vf',
  'qf',
  'ge',
  'itstate',
  'exaddress',
  'exvalue',
  'ccr',
];
const FLOAT_NAMES = [
  'fpenabled',
  'fpca',
  'fpscr',
  ...Array.from({ length: 32 }, (_, n) => `s${n}`),
  'fpscratch',
];

/** The registers by number, with those of the FPU when there is one. */
export function thumbRegisters(fpu: boolean): RegisterSpec[] {
  const names = fpu ? [...INTEGER_NAMES, ...FLOAT_NAMES] : INTEGER_NAMES;
  return names.map((name) => ({ name, type: 'i32' }) as const);
}

/** Name of a 4-bit register field, as assemblers write it. */
export function registerName(register: number): string {
  if (register === SP) return 'sp';
  if (register === LR) return 'lr';
  return register === PC ? 'pc' : `r${register}`;
}

/** The FPSCR's bits (Armv7-M ARM A2.5.3) and what lifted code does with them. */
import { and, constant, type Expression, eqz, or, shl, shrU, xor } from '../../ir/expression.ts';
import type { Lifting } from './lifting.ts';
import { CF, FPSCR, NF, VF, ZF } from './register.ts';

/** Cumulative exception flags. */
export const IOC = 1 << 0;
export const DZC = 1 << 1;
export const OFC = 1 << 2;
export const UFC = 1 << 3;
export const IXC = 1 << 4;
export const IDC = 1 << 7;
/** Modes: rounding in two bits (0 nearest, 1 up, 2 down, 3 to zero), flush, default NaN, half. */
export const RMODE_SHIFT = 22;
export const RMODE: number = 3 << RMODE_SHIFT;
export const FZ = 1 << 24;
export const DN = 1 << 25;
export const AHP = 1 << 26;
/** Bits that can be written; the others read as zero on M-profile cores. */
const WRITABLE = 0xf7c0009f;

/** VMSR FPSCR. */
export function writeFpscr(c: Lifting, value: Expression): void {
  c.block.set(FPSCR, and(value, constant(WRITABLE)));
}

/** VMRS APSR_nzcv: the FPSCR's condition flags become the APSR's. */
export function copyFlags(c: Lifting): void {
  const { block } = c;
  const status = block.get(FPSCR);
  const bit = (n: number): Expression => and(shrU(status, constant(n)), constant(1));
  block.set(NF, status);
  block.set(ZF, eqz(bit(30)));
  block.set(CF, bit(29));
  block.set(VF, shl(status, constant(3)));
  c.flagsWritten();
}

/** Sets N, Z, C and V of the FPSCR from a value that has them at the top. */
export function setCompareFlags(c: Lifting, flags: Expression): void {
  c.block.set(FPSCR, or(and(c.block.get(FPSCR), constant(0x0fffffff)), flags));
}

/** The bits of a single with its sign changed, NaNs included. */
export function negated(bits: Expression): Expression {
  return xor(bits, constant(0x80000000));
}

/**
 * fcsr and its two halves, fflags and frm (Unprivileged ISA 11.2). They are engine registers, so
 * that reading and writing them leaves generated code only where instructions depend on frm.
 *
 *   31 ... 8 7   5 4  3  2  1  0
 *       0     frm  NV DZ OF UF NX
 */
import { and, constant, type Expression, or, shl, shrU } from '../../ir/expression.ts';
import type { Lifting } from './lifting.ts';
import { FFLAGS, FRM } from './register.ts';

const CSR_FFLAGS = 1;
const CSR_FRM = 2;
const CSR_FCSR = 3;

const FLAG_BITS = constant(0x1f);
const MODE_BITS = constant(7);
const MODE_SHIFT = constant(5);

/** Whether a CSR is one of these; without F there are none, and the machine refuses them. */
export function isFloatControl(c: Lifting, csr: number): boolean {
  return c.floatLength !== 0 && csr >= CSR_FFLAGS && csr <= CSR_FCSR;
}

export function readFloatControl(c: Lifting, csr: number): Expression {
  c.requireFloat();
  const { block } = c;
  const flags = block.get(FFLAGS);
  const mode = block.get(FRM);
  if (csr === CSR_FFLAGS) return block.let(flags);
  if (csr === CSR_FRM) return block.let(mode);
  return block.let(or(shl(mode, MODE_SHIFT), flags));
}

export function writeFloatControl(c: Lifting, csr: number, value: Expression): void {
  c.requireFloat();
  const { block } = c;
  const bits = block.let(value);
  if (csr !== CSR_FRM) block.set(FFLAGS, and(bits, FLAG_BITS));
  if (csr === CSR_FRM) block.set(FRM, and(bits, MODE_BITS));
  if (csr === CSR_FCSR) block.set(FRM, and(shrU(bits, MODE_SHIFT), MODE_BITS));
}

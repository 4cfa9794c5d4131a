/**
 * The barrel shifter (A7.4): shifts by an immediate and by a register, with the carry that
 * flag-setting logical instructions take. Carries read the operand, so set them before it.
 */
import {
  and,
  constant,
  type Expression,
  eqz,
  leU,
  ltU,
  or,
  rotr,
  select,
  shl,
  shrS,
  shrU,
  sub,
} from '../../ir/expression.ts';
import type { Lifting } from './lifting.ts';
import { CF } from './register.ts';

export const LSL = 0;
export const LSR = 1;
export const ASR = 2;
export const ROR = 3;

export interface Shifted {
  readonly value: Expression;
  /** The carry out, 0 or 1; null when the carry is kept. */
  readonly carry: Expression | null;
}

const ONE = constant(1);

function bit(value: Expression, number: number): Expression {
  return and(shrU(value, constant(number)), ONE);
}

/** A shift by an immediate as encoded: 0 means 32 for LSR and ASR, and RRX for ROR. */
export function shiftImmediate(c: Lifting, kind: number, amount: number, v: Expression): Shifted {
  const n = constant(amount);
  switch (kind) {
    case LSL:
      return { value: shl(v, n), carry: amount === 0 ? null : bit(v, 32 - amount) };
    case LSR:
      return amount === 0
        ? { value: constant(0), carry: bit(v, 31) }
        : { value: shrU(v, n), carry: bit(v, amount - 1) };
    case ASR:
      return amount === 0
        ? { value: shrS(v, constant(31)), carry: bit(v, 31) }
        : { value: shrS(v, n), carry: bit(v, amount - 1) };
    default:
      return amount === 0
        ? { value: or(shl(c.block.get(CF), constant(31)), shrU(v, ONE)), carry: and(v, ONE) }
        : { value: rotr(v, n), carry: bit(v, amount - 1) };
  }
}

/** The value alone, where no flags are set. */
export function shiftedValue(c: Lifting, kind: number, amount: number, v: Expression): Expression {
  return shiftImmediate(c, kind, amount, v).value;
}

/** A shift by the low byte of a register. `v` and `amount` are used several times: name them. */
export function shiftRegister(
  c: Lifting,
  kind: number,
  v: Expression,
  amount: Expression,
): Shifted {
  const s = c.block.let(and(amount, constant(0xff)));
  const cf = c.block.get(CF);
  const below32 = ltU(s, constant(32));
  const upTo32 = leU(s, constant(32));
  const zero = constant(0);
  const unlessZero = (carry: Expression): Expression => select(s, carry, cf);
  switch (kind) {
    case LSL: {
      const out = and(shrU(v, sub(constant(32), s)), ONE);
      return {
        value: select(below32, shl(v, s), zero),
        carry: unlessZero(select(upTo32, out, zero)),
      };
    }
    case LSR: {
      const out = and(shrU(v, sub(s, ONE)), ONE);
      return {
        value: select(below32, shrU(v, s), zero),
        carry: unlessZero(select(upTo32, out, zero)),
      };
    }
    case ASR: {
      const far = eqz(below32);
      const capped = select(far, constant(31), s);
      const out = and(shrS(v, select(far, constant(31), sub(s, ONE))), ONE);
      return { value: shrS(v, capped), carry: unlessZero(out) };
    }
    default:
      return { value: rotr(v, s), carry: unlessZero(shrU(rotr(v, s), constant(31))) };
  }
}

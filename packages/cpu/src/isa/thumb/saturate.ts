/** Saturating arithmetic (A2.2.1): results clamped to a range, with Q telling that they were. */
import {
  add,
  add64,
  and,
  constant,
  type Expression,
  gtS,
  ltS,
  ne,
  operate,
  or,
  select,
  shrS,
  sub,
  widenS,
  wrap,
  xor,
} from '../../ir/expression.ts';
import type { Lifting } from './lifting.ts';
import { QF } from './register.ts';

/** Clamps a signed value to `low`…`high`. */
export function clamp(c: Lifting, value: Expression, low: number, high: number): Expression {
  const v = c.block.let(value);
  const lower = constant(low);
  const upper = constant(high);
  return select(gtS(v, upper), upper, select(ltS(v, lower), lower, v));
}

function stickyQ(c: Lifting, condition: Expression): void {
  c.block.set(QF, or(c.block.get(QF), condition));
}

/** Sets `d` to the value clamped, and Q when that changed it. */
function saturateTo(c: Lifting, d: number, value: Expression, low: number, high: number): void {
  const v = c.block.let(value);
  const result = c.block.let(clamp(c, v, low, high));
  stickyQ(c, ne(result, v));
  c.set(d, result);
}

/** SSAT to `bits` (1…32) bits. */
export function saturateSigned(c: Lifting, d: number, value: Expression, bits: number): void {
  const high = bits === 32 ? 0x7fffffff : (1 << (bits - 1)) - 1;
  saturateTo(c, d, value, ~high, high);
}

/** USAT to `bits` (0…31) bits; the value is signed. */
export function saturateUnsigned(c: Lifting, d: number, value: Expression, bits: number): void {
  saturateTo(c, d, value, 0, 2 ** bits - 1);
}

/** The signed limit on the side of `sign`. */
function limit(sign: Expression): Expression {
  return xor(shrS(sign, constant(31)), constant(0x7fffffff));
}

/** The saturated sum of two words; sets Q. */
export function addSaturating(c: Lifting, a: Expression, b: Expression): Expression {
  const x = c.block.let(a);
  const y = c.block.let(b);
  const sum = c.block.let(add(x, y));
  const overflow = c.block.let(ltS(and(xor(sum, x), xor(sum, y)), constant(0)));
  stickyQ(c, overflow);
  return select(overflow, limit(x), sum);
}

/** The saturated difference of two words; sets Q. */
export function subtractSaturating(c: Lifting, a: Expression, b: Expression): Expression {
  const x = c.block.let(a);
  const y = c.block.let(b);
  const difference = c.block.let(sub(x, y));
  const overflow = c.block.let(ltS(and(xor(x, y), xor(difference, x)), constant(0)));
  stickyQ(c, overflow);
  return select(overflow, limit(x), difference);
}

/** `a + b` modulo 2^32, with Q set on signed overflow (SMLA…, SMLAD …). */
export function addNotingOverflow(c: Lifting, a: Expression, b: Expression): Expression {
  const x = c.block.let(a);
  const y = c.block.let(b);
  const sum = c.block.let(add(x, y));
  stickyQ(c, ltS(and(xor(sum, x), xor(sum, y)), constant(0)));
  return sum;
}

/** Two halfwords clamped apart, for SSAT16 and USAT16. */
export function saturateHalfwords(
  c: Lifting,
  d: number,
  halves: readonly [Expression, Expression],
  low: number,
  high: number,
  pack: (lower: Expression, upper: Expression) => Expression,
): void {
  const [lower, upper] = halves.map((half) => c.block.let(half)) as [Expression, Expression];
  const a = c.block.let(clamp(c, lower, low, high));
  const b = c.block.let(clamp(c, upper, low, high));
  stickyQ(c, or(ne(a, lower), ne(b, upper)));
  c.set(d, pack(a, b));
}

/** The low word of a sum of i64 terms, with Q set when the sum does not fit in 32 bits (SMLAD). */
export function addOverflowing64(c: Lifting, terms: readonly Expression[]): Expression {
  const sum = c.block.let(terms.reduce(add64));
  const word = c.block.let(wrap(sum));
  stickyQ(c, operate('ne64', widenS(word), sum));
  return word;
}

/** Reversals of bytes and bits within a word. */
import { and, constant, type Expression, or, rotr, shl, shrU } from '../../ir/expression.ts';

/** Exchanges neighbours of `width` bits; `mask` selects the lower of each pair. */
function exchange(v: Expression, width: number, mask: number): Expression {
  const w = constant(width);
  const m = constant(mask);
  return or(and(shrU(v, w), m), shl(and(v, m), w));
}

/** REV16: exchanges the bytes of each halfword. */
export function reverseHalfwords(v: Expression): Expression {
  return exchange(v, 8, 0x00ff00ff);
}

/** REV: reverses the bytes of a word. */
export function reverseBytes(v: Expression): Expression {
  return rotr(reverseHalfwords(v), constant(16));
}

/** RBIT: reverses the bits of a word; `name` keeps each step from being computed twice. */
export function reverseBits(v: Expression, name: (e: Expression) => Expression): Expression {
  const ones = name(exchange(v, 1, 0x55555555));
  const pairs = name(exchange(ones, 2, 0x33333333));
  return reverseBytes(name(exchange(pairs, 4, 0x0f0f0f0f)));
}

/** Words as vectors of two halfwords or four bytes, for the DSP instructions. */
import {
  and,
  constant,
  type Expression,
  extend8,
  extend16,
  or,
  shl,
  shrS,
  shrU,
} from '../../ir/expression.ts';

/** Lane width in bits. */
export type LaneWidth = 8 | 16;

/** One lane, sign- or zero-extended; lane 0 holds the lowest bits. */
export function lane(v: Expression, width: LaneWidth, index: number, signed: boolean): Expression {
  const at = constant(index * width);
  const isTop = (index + 1) * width === 32;
  if (isTop) return signed ? shrS(v, at) : shrU(v, at);
  const low = shrU(v, at);
  if (signed) return width === 8 ? extend8(low) : extend16(low);
  return and(low, constant((1 << width) - 1));
}

/** Puts the low bits of each value into its lane. */
export function packLanes(values: readonly Expression[], width: LaneWidth): Expression {
  const mask = constant((1 << width) - 1);
  return values
    .map((value, index) => {
      const isTop = (index + 1) * width === 32;
      return shl(isTop ? value : and(value, mask), constant(index * width));
    })
    .reduce(or);
}

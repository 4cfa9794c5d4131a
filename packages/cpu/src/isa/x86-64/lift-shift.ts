/**
 * Shifts and rotates (SDM volume 2). The count is taken modulo 32, or 64 for 8-byte operands; a
 * count of 0 leaves all flags. OF is defined for a count of 1 only; what is left otherwise is
 * what the formula for 1 gives.
 */
import {
  and,
  and64,
  constant,
  constant64,
  type Expression,
  isConstant,
  ne64,
  operate,
  or,
  or64,
  select,
  shl,
  shl64,
  shrS64,
  shrU64,
  sub64,
  widenU,
  wrap,
  xor,
} from '../../ir/expression.ts';
import { CF, OF } from './flags.ts';
import type { Lift, LiftTable } from './lift-table.ts';
import { alignShift, type Lifting, signExtended, zeroExtended } from './lifting.ts';
import { zeroModified } from './read-modify-write.ts';

const number64 = (value: number): Expression => constant64(BigInt(value));
const lowBit = (e: Expression): Expression => and(wrap(e), constant(1));
const topBit = (e: Expression, size: number): Expression =>
  lowBit(shrU64(e, number64(size * 8 - 1)));

/** A shift's or rotate's outcome; values have zeros above the operand's size. */
interface Outcome {
  readonly value: Expression;
  readonly carry: Expression;
  readonly overflow: Expression;
}

type Compute = (c: Lifting, size: number, value: Expression, count: Expression) => Outcome;

/** The operand that is the count, masked; a constant where it is an immediate. */
function countOf(c: Lifting, n: number, size: number): Expression {
  return c.block.let(and64(c.raw(n), number64(size === 8 ? 63 : 31)));
}

/** Bits 64 and above of a shift are lost in WebAssembly's, which takes counts modulo 64. */
const left: Compute = (_c, size, value, count) => {
  const result = shl64(value, count);
  const carry = lowBit(shrU64(result, number64(size * 8)));
  // Of 8 bytes the bit shifted out last is gone: it was at 64 - count.
  const carry8 = lowBit(shrU64(value, sub64(number64(64), count)));
  const kept = zeroExtended(result, size);
  const out = size === 8 ? carry8 : carry;
  return { value: kept, carry: out, overflow: xor(topBit(kept, size), out) };
};

const right: Compute = (_c, size, value, count) => ({
  value: shrU64(value, count),
  carry: lowBit(shrU64(value, sub64(count, number64(1)))),
  overflow: topBit(value, size),
});

const rightSigned: Compute = (_c, size, value, count) => {
  const signed = signExtended(value, size);
  return {
    value: zeroExtended(shrS64(signed, count), size),
    carry: lowBit(shrS64(signed, sub64(count, number64(1)))),
    overflow: constant(0),
  };
};

/** Writes the result and leaves flags, unless the count is 0. */
function shift(compute: Compute): Lift {
  return (c) => {
    const { block } = c;
    const size = c.size(0);
    const count = countOf(c, 1, size);
    const before = block.let(zeroModified(c));
    const outcome = compute(c, size, before, count);
    const value = block.let(outcome.value);
    const image = or(shl(outcome.carry, constant(CF)), shl(outcome.overflow, constant(OF)));
    const finish = (): void => c.flags.mixed(alignShift(size), value, image);
    c.writeZero(0, value);
    unlessZero(c, count, finish);
  };
}

/** Runs `then` where the count is not 0; flags are then known at run time only. */
function unlessZero(c: Lifting, count: Expression, then: () => void): void {
  if (isConstant(count)) {
    if (count.value !== 0n) then();
    return;
  }
  c.block.if(ne64(count, constant64(0n)), then);
  c.flags.forget();
}

/** Rotates within the operand; ROL and ROR leave all flags but CF and OF. */
const rotateLeft: Compute = (_c, size, value, count) => {
  const rotated = rotate(value, count, size, true);
  const carry = lowBit(rotated);
  return { value: rotated, carry, overflow: xor(topBit(rotated, size), carry) };
};

const rotateRight: Compute = (_c, size, value, count) => {
  const rotated = rotate(value, count, size, false);
  const carry = topBit(rotated, size);
  const below = lowBit(shrU64(rotated, number64(size * 8 - 2)));
  return { value: rotated, carry, overflow: xor(carry, below) };
};

function rotate(value: Expression, count: Expression, size: number, isLeft: boolean): Expression {
  if (size === 8) return operate(isLeft ? 'rotl64' : 'rotr64', value, count);
  if (size === 4) {
    return widenU(operate(isLeft ? 'rotl' : 'rotr', wrap(value), wrap(count)));
  }
  const bits = size * 8;
  const within = and64(count, number64(bits - 1));
  const rest = and64(sub64(number64(bits), within), number64(bits - 1));
  const [up, down] = isLeft ? [within, rest] : [rest, within];
  return zeroExtended(or64(shl64(value, up), shrU64(value, down)), size);
}

/** RCL and RCR: through CF, so modulo one more than the operand's bits. */
function rotateThroughCarry(isLeft: boolean): Compute {
  return (c, size, value, count) => {
    const { block } = c;
    const bits = size * 8;
    const carryIn = block.let(widenU(c.flags.flag(CF)));
    const turns = block.let(size >= 4 ? count : operate('remU64', count, number64(bits + 1)));
    // What of value and carry lands where, for `turns` from 1 to the operand's bits.
    const others = sub64(number64(bits + 1), turns);
    const [up, down] = isLeft ? [turns, others] : [others, turns];
    const spread = or64(
      or64(shiftLeftOut(value, up), shiftRightOut(value, down)),
      shl64(carryIn, sub64(up, number64(1))),
    );
    const turned = ne64(turns, constant64(0n));
    const result = block.let(select(turned, zeroExtended(spread, size), value));
    const last = isLeft ? sub64(number64(bits), turns) : sub64(turns, number64(1));
    const carry = block.let(select(turned, lowBit(shrU64(value, last)), wrap(carryIn)));
    const overflow = isLeft
      ? xor(topBit(result, size), carry)
      : xor(topBit(result, size), lowBit(shrU64(result, number64(bits - 2))));
    return { value: result, carry, overflow };
  };
}

/** Shifts by 64 and more give 0 here. */
function shiftLeftOut(value: Expression, count: Expression): Expression {
  return select(operate('ltU64', count, number64(64)), shl64(value, count), constant64(0n));
}

function shiftRightOut(value: Expression, count: Expression): Expression {
  return select(operate('ltU64', count, number64(64)), shrU64(value, count), constant64(0n));
}

/** Leaves CF and OF, and the other four as they were. */
function turn(compute: Compute): Lift {
  return (c) => {
    const { block } = c;
    const size = c.size(0);
    const count = countOf(c, 1, size);
    const before = block.let(zeroModified(c));
    const { value, carry, overflow } = compute(c, size, before, count);
    const kept = and(c.flags.toImage(), constant(~((1 << CF) | (1 << OF))));
    const out = or(shl(carry, constant(CF)), shl(overflow, constant(OF)));
    const image = block.let(or(kept, out));
    c.writeZero(0, block.let(value));
    unlessZero(c, count, () => c.flags.image(image));
  };
}

/**
 * SHLD and SHRD of 2 bytes. Counts above 16 are undefined; processors then bring in the first
 * operand again, as if the three stood side by side.
 */
function doubleShiftWord(
  isLeft: boolean,
  before: Expression,
  other: Expression,
  count: Expression,
): Expression {
  const upper = or64(shl64(before, number64(32)), shl64(other, number64(16)));
  const joined = or64(upper, before);
  return isLeft ? shrU64(shl64(joined, count), number64(32)) : shrU64(joined, count);
}

/** SHLD and SHRD: bits of the second operand come in. */
function doubleShift(isLeft: boolean): Lift {
  return (c) => {
    const { block } = c;
    const size = c.size(0);
    const bits = number64(size * 8);
    const count = countOf(c, 2, size);
    const before = block.let(zeroModified(c));
    const other = block.let(c.zero(1));
    const rest = sub64(bits, count);
    const isMoved = ne64(count, constant64(0n));
    const whole = isLeft
      ? or64(shl64(before, count), shiftRightOut(other, rest))
      : or64(shrU64(before, count), shiftLeftOut(other, rest));
    const joined = size === 2 ? doubleShiftWord(isLeft, before, other, count) : whole;
    const value = block.let(select(isMoved, zeroExtended(joined, size), before));
    const last = isLeft ? rest : sub64(count, number64(1));
    const carry = lowBit(shrU64(before, last));
    const overflow = xor(topBit(value, size), topBit(before, size));
    const image = block.let(or(shl(carry, constant(CF)), shl(overflow, constant(OF))));
    c.writeZero(0, value);
    unlessZero(c, count, () => c.flags.mixed(alignShift(size), value, image));
  };
}

export const SHIFT_LIFTS: LiftTable = {
  shl: shift(left),
  shr: shift(right),
  sar: shift(rightSigned),
  rol: turn(rotateLeft),
  ror: turn(rotateRight),
  rcl: turn(rotateThroughCarry(true)),
  rcr: turn(rotateThroughCarry(false)),
  shld: doubleShift(true),
  shrd: doubleShift(false),
  shlx: (c) => c.write(0, shl64(c.raw(1), countOf(c, 2, c.size(0)))),
  shrx: (c) => c.write(0, shrU64(c.zero(1), countOf(c, 2, c.size(0)))),
  sarx: (c) => c.write(0, shrS64(c.signed(1), countOf(c, 2, c.size(0)))),
  rorx: (c) => {
    const size = c.size(0);
    c.write(0, rotate(c.zero(1), countOf(c, 2, size), size, false));
  },
};

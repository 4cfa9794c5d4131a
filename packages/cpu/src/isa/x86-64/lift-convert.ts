/**
 * Conversions and roundings of SSE to SSE4.1 (SDM volume 2), the fast way where it can be told that
 * MXCSR has every flag that they raise; see lift-float.ts.
 */
import {
  add64,
  and,
  constant64,
  type Expression,
  operate,
  or,
  widenU,
  wrap,
} from '../../ir/expression.ts';
import type { OperationName } from '../../ir/operation.ts';
import {
  ALL_DOUBLES,
  ALL_SINGLES,
  LANES_OF,
  type Lanes,
  ONE_DOUBLE,
  ONE_SINGLE,
} from './float-lane.ts';
import { inRoutine, isNotPlain, needsCare, type Source, source } from './lift-float.ts';
import type { Lift, LiftTable } from './lift-table.ts';
import { register, vector } from './lift-vector.ts';
import type { Lifting } from './lifting.ts';

const SMALLEST_SINGLE = 2 ** -126;
const INFINITE = Number.POSITIVE_INFINITY;

/** Sets the destination to `result`, or by the routine where that is not it. */
function setUnless(c: Lifting, isBad: Expression, from: Source, result: () => Expression): void {
  const { block } = c;
  const to = register(c, 0);
  block.if(
    isBad,
    () => block.set(to, inRoutine(c, from.vector)),
    () => block.set(to, result()),
  );
}

/** Of doubles: whether they are denormal as singles. */
function isDenormalSingle(lanes: Lanes, x: Expression): Expression {
  const isSmall = lanes.operation('lt', lanes.operation('abs', x), lanes.number(SMALLEST_SINGLE));
  return lanes.and(isSmall, lanes.operation('ne', x, lanes.number(0)));
}

/** CVTSS2SD and CVTPS2PD: exact, but for denormals and NaNs. */
const widen =
  (from: Lanes, to: Lanes): Lift =>
  (c) => {
    const { block } = c;
    const read = source(c, from);
    const name = to.isPacked ? 'f64x2.promote_low' : 'promote';
    const result = block.let(operate(name, read.value));
    const isBad = to.any(to.or(to.isNan(result), isDenormalSingle(to, result)));
    setUnless(c, isBad, read, () => to.into(c.get(register(c, 0)), result));
  };

/** CVTSD2SS and CVTPD2PS: good when exact, and when normal and MXCSR knows of inexact results. */
const narrow =
  (from: Lanes, to: Lanes): Lift =>
  (c) => {
    const { block } = c;
    const read = source(c, from);
    const [down, up] = from.isPacked
      ? (['f32x4.demote_zero', 'f64x2.promote_low'] as const)
      : (['demote', 'promote'] as const);
    const result = block.let(operate(down, read.value));
    const back = block.let(operate(up, result));
    const magnitude = from.operation('abs', back);
    const isExact = from.and(
      from.operation('eq', back, read.value),
      from.not(isDenormalSingle(from, back)),
    );
    const isNormal = from.and(
      from.operation('lt', from.number(SMALLEST_SINGLE), magnitude),
      from.operation('lt', magnitude, from.number(INFINITE)),
    );
    const isWrong = from.any(from.not(from.or(isExact, isNormal)));
    const isRounded = from.any(from.not(isExact));
    const isBad = or(isWrong, and(toFlag(isRounded), needsCare(c)));
    setUnless(c, isBad, read, () => to.into(c.get(register(c, 0)), result));
  };

/** 0 or 1. */
const toFlag = (e: Expression): Expression => operate('eqz', operate('eqz', e));

/** CVTSI2SS and CVTSI2SD: exact as far as the significand reaches. */
const fromInteger =
  (lanes: Lanes): Lift =>
  (c) => {
    const { block } = c;
    const isDouble = lanes.size === 8;
    const isWide = c.size(1) === 8;
    const value = block.let(c.signed(1));
    const to = register(c, 0);
    const set = (name: OperationName, e: Expression): void =>
      block.set(to, lanes.into(c.get(to), operate(name, e)));
    if (isDouble && !isWide) {
      set('i32ToF64', wrap(value));
      return;
    }
    const limit = isDouble ? 2n ** 53n : 2n ** 24n;
    const shifted = add64(value, constant64(limit));
    const isLong = operate('gtU64', shifted, constant64(2n * limit));
    block.if(
      and(isLong, needsCare(c)),
      () => block.set(to, inRoutine(c, value)),
      () => set(isDouble ? 'i64ToF64' : 'i64ToF32', value),
    );
  };

/** CVTDQ2PD: every 32-bit integer is a double. */
const integersToDoubles: Lift = (c) => {
  const from = c.block.let(vector(c, 1));
  c.block.set(register(c, 0), operate('f64x2.convert_low_i32x4', from));
};

/** CVTDQ2PS: exact where it comes back the same. */
const integersToSingles: Lift = (c) => {
  const { block } = c;
  const from = block.let(vector(c, 1));
  const result = block.let(operate('f32x4.convert_i32x4', from));
  const back = operate('i32x4.eq', operate('i32x4.trunc_sat_f32x4', result), from);
  // 2^31 comes back as 2^31 - 1, which it may have been.
  const isLess = ALL_SINGLES.operation('lt', result, ALL_SINGLES.number(2 ** 31));
  const isRounded = operate(
    'v128.any_true',
    operate('v128.not', operate('v128.and', back, isLess)),
  );
  const isBad = and(toFlag(isRounded), needsCare(c));
  setUnless(c, isBad, { vector: from, value: from }, () => result);
};

/** Whether whole numbers are outside ±2^(bits - 1), or NaN. */
function isOutside(lanes: Lanes, whole: Expression, bits: number): Expression {
  const limit = 2 ** (bits - 1);
  const isLeast = lanes.operation('le', lanes.number(-limit), whole);
  const isMost = lanes.operation('lt', whole, lanes.number(limit));
  return lanes.not(lanes.and(isLeast, isMost));
}

/** Whether a number cannot become the whole one at hand without a flag that may be missing. */
function isBadInteger(c: Lifting, lanes: Lanes, x: Expression, whole: Expression, bits: number) {
  const isInexact = toFlag(lanes.any(lanes.operation('ne', whole, x)));
  return or(lanes.any(isOutside(lanes, whole, bits)), and(isInexact, needsCare(c)));
}

/** CVTSS2SI and its kin. */
const toInteger =
  (lanes: Lanes, rounding: 'trunc' | 'nearest'): Lift =>
  (c) => {
    const { block } = c;
    const from = source(c, lanes);
    const bytes = c.size(0);
    const whole = block.let(lanes.operation(rounding, from.value));
    const value = (): Expression => {
      if (bytes === 4) return widenU(operate(lanes.size === 8 ? 'f64ToI32' : 'f32ToI32', whole));
      return operate('f64ToI64', lanes.size === 8 ? whole : operate('promote', whole));
    };
    block.if(
      isBadInteger(c, lanes, from.value, whole, bytes * 8),
      () => c.write(0, inRoutine(c, from.vector, 'i64')),
      () => c.write(0, value()),
    );
  };

/** CVTPS2DQ and its kin. */
const toIntegers =
  (lanes: Lanes, rounding: 'trunc' | 'nearest'): Lift =>
  (c) => {
    const { block } = c;
    const from = source(c, lanes);
    const whole = block.let(lanes.operation(rounding, from.value));
    const name = lanes.size === 8 ? 'i32x4.trunc_sat_f64x2_zero' : 'i32x4.trunc_sat_f32x4';
    const isBad = isBadInteger(c, lanes, from.value, whole, 32);
    setUnless(c, isBad, from, () => operate(name, whole));
  };

const ROUNDINGS = ['nearest', 'floor', 'ceil', 'trunc'] as const;
/** Bits of the immediate: the mode is MXCSR's, and no inexact result is told. */
const BY_MXCSR = 4;
const QUIET = 8;

/** ROUNDPS and its kin. */
const round =
  (lanes: Lanes): Lift =>
  (c) => {
    const { block } = c;
    const from = source(c, lanes);
    const immediate = c.operand(2).low;
    const name = immediate & BY_MXCSR ? 'nearest' : ROUNDINGS[(immediate & 3) as 0 | 1 | 2 | 3];
    const result = block.let(lanes.operation(name, from.value));
    const isInexact = toFlag(lanes.any(lanes.operation('ne', result, from.value)));
    const care = immediate & QUIET ? isNotPlain(c) : needsCare(c);
    const isOdd = lanes.or(lanes.isNan(from.value), lanes.isDenormal(from.value));
    const isBad = or(lanes.any(isOdd), and(isInexact, care));
    setUnless(c, isBad, from, () => lanes.into(c.get(register(c, 0)), result));
  };

const ROUND_LIFTS: LiftTable = Object.fromEntries(
  Object.entries(LANES_OF).map(([suffix, lanes]) => [`round${suffix}`, round(lanes)]),
);

export const CONVERT_LIFTS: LiftTable = {
  ...ROUND_LIFTS,
  cvtss2sd: widen(ONE_SINGLE, ONE_DOUBLE),
  cvtps2pd: widen(ALL_SINGLES, ALL_DOUBLES),
  cvtsd2ss: narrow(ONE_DOUBLE, ONE_SINGLE),
  cvtpd2ps: narrow(ALL_DOUBLES, ALL_SINGLES),
  cvtsi2ss: fromInteger(ONE_SINGLE),
  cvtsi2sd: fromInteger(ONE_DOUBLE),
  cvtdq2ps: integersToSingles,
  cvtdq2pd: integersToDoubles,
  cvtss2si: toInteger(ONE_SINGLE, 'nearest'),
  cvtsd2si: toInteger(ONE_DOUBLE, 'nearest'),
  cvttss2si: toInteger(ONE_SINGLE, 'trunc'),
  cvttsd2si: toInteger(ONE_DOUBLE, 'trunc'),
  cvtps2dq: toIntegers(ALL_SINGLES, 'nearest'),
  cvtpd2dq: toIntegers(ALL_DOUBLES, 'nearest'),
  cvttps2dq: toIntegers(ALL_SINGLES, 'trunc'),
  cvttpd2dq: toIntegers(ALL_DOUBLES, 'trunc'),
};

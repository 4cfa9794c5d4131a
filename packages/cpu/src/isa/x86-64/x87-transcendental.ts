/**
 * The transcendental instructions of x87: F2XM1, FYL2X, FYL2XP1, FPATAN, FSIN, FCOS, FPTAN. Results
 * are rounded once from more than 100 bits by the rounding mode, whatever the precision control;
 * processors err by up to one unit in the last place (SDM volume 1, 8.3.10), each its own way.
 * Their angle reduction uses a π of 66 bits, and so does this one.
 */
import { invalid, special } from './x87-arithmetic.ts';
import {
  BIAS,
  bitLength,
  classOf,
  DE,
  type Extended,
  finish,
  infinity,
  type NumberClass,
  scaleOf,
  type X87Environment,
  ZE,
  zero,
} from './x87-number.ts';
import {
  arcTangent,
  exponentialMinusOne,
  FRACTION,
  LN2,
  logarithmOfRatio,
  ONE,
  PI,
  quotient,
  sineAndCosine,
} from './x87-series.ts';

/** Below 2^-this, a function is its first term, and the second only decides rounding. */
const TINY = 100;
/** Room for that second term below the significand. */
const GUARD = 80;
/** Angles from 2^63 on are out of range. */
const ANGLE_LIMIT = BIAS + 63;
/** π as processors have it: 66 bits, two before the point. */
const REDUCTION_BITS = 64;
const REDUCTION_PI = PI >> BigInt(FRACTION - REDUCTION_BITS);

const signOf = (bit: number): 0 | 1 => (bit === 0 ? 0 : 1);

/** The exponent of the leading bit of a finite number. */
function magnitudeOf(a: Extended): number {
  return scaleOf(a) + bitLength(a.significand) - 1;
}

/** The magnitude of a finite number in fixed point, cut. */
function fixed(a: Extended): bigint {
  const shift = scaleOf(a) + FRACTION;
  return shift >= 0 ? a.significand << BigInt(shift) : a.significand >> BigInt(-shift);
}

function noteDenormals(env: X87Environment, ...kinds: NumberClass[]): void {
  if (kinds.includes('denormal')) env.raise(DE);
}

/** A result in fixed point, which is never exact: one more bit says so. */
function inexact(env: X87Environment, sign: 0 | 1, value: bigint, scale = -FRACTION): Extended {
  return finish(env, sign, (value << 1n) | 1n, scale - 1, 64);
}

/** A first term a little too large or too small. */
function nearly(env: X87Environment, a: Extended, isBelow: boolean): Extended {
  const value = (a.significand << BigInt(GUARD)) + (isBelow ? -1n : 1n);
  return finish(env, a.sign, value, scaleOf(a) - GUARD, 64);
}

/** F2XM1: `2^a - 1` for |a| ≤ 1; beyond, the manual leaves the result open and it is `a`. */
export function exponential(env: X87Environment, a: Extended): Extended {
  const kind = classOf(a);
  const nan = special(env, a, a, kind, kind);
  if (nan !== null) return nan;
  if (kind === 'infinity')
    return a.sign === 0 ? a : { sign: 1, exponent: BIAS, significand: 1n << 63n };
  if (kind === 'zero') return a;
  noteDenormals(env, kind);
  const magnitude = magnitudeOf(a);
  if (magnitude < -TINY) {
    return inexact(env, a.sign, a.significand * LN2, scaleOf(a) - FRACTION);
  }
  if (magnitude >= 0) {
    const isOne = magnitude === 0 && (a.significand & (a.significand - 1n)) === 0n;
    if (!isOne) return a;
    return { sign: a.sign, exponent: a.sign === 0 ? BIAS : BIAS - 1, significand: 1n << 63n };
  }
  const x = (fixed(a) * LN2) >> BigInt(FRACTION);
  const value = exponentialMinusOne(a.sign === 0 ? x : -x);
  return inexact(env, a.sign, value < 0n ? -value : value);
}

/** log2 of a positive finite number, in fixed point with its sign. */
function binaryLogarithm(a: Extended): bigint {
  const length = bitLength(a.significand);
  let power = scaleOf(a) + length - 1;
  let mantissa = a.significand << BigInt(FRACTION - length + 1);
  // Between 3/4 and 3/2, so that numbers near 1 keep their precision.
  if (mantissa > ONE + (ONE >> 1n)) {
    mantissa >>= 1n;
    power++;
  }
  const isBelow = mantissa < ONE;
  const distance = isBelow ? ONE - mantissa : mantissa - ONE;
  const logarithm = quotient(logarithmOfRatio(quotient(distance, mantissa + ONE)), LN2);
  return BigInt(power) * ONE + (isBelow ? -logarithm : logarithm);
}

const isOne = (a: Extended): boolean => a.exponent === BIAS && a.significand === 1n << 63n;

/** FYL2X: `y × log2(x)`. */
export function logarithm(env: X87Environment, x: Extended, y: Extended): Extended {
  const [kx, ky] = [classOf(x), classOf(y)];
  const nan = special(env, x, y, kx, ky);
  if (nan !== null) return nan;
  if (kx === 'zero') {
    if (ky === 'zero') return invalid(env);
    if (ky !== 'infinity') env.raise(ZE);
    return infinity(signOf(y.sign ^ 1));
  }
  if (x.sign === 1) return invalid(env);
  if (ky === 'infinity' && isOne(x)) return invalid(env);
  if (kx === 'infinity' && ky === 'zero') return invalid(env);
  noteDenormals(env, kx, ky);
  const isBelow = x.exponent < BIAS;
  const sign = signOf(y.sign ^ (isBelow ? 1 : 0));
  if (kx === 'infinity' || ky === 'infinity') return infinity(sign);
  if (ky === 'zero' || isOne(x)) return zero(sign);
  return scaled(env, y, binaryLogarithm(x));
}

/** `y` times a factor in fixed point; exact when the factor is an integer. */
function scaled(env: X87Environment, y: Extended, factor: bigint): Extended {
  const sign = signOf(y.sign ^ (factor < 0n ? 1 : 0));
  const value = y.significand * (factor < 0n ? -factor : factor);
  const scale = scaleOf(y) - FRACTION;
  if (factor % ONE === 0n) return finish(env, sign, value, scale, 64);
  return inexact(env, sign, value, scale);
}

/** FYL2XP1: `y × log2(x + 1)`, for x near 0. */
export function logarithmPlusOne(env: X87Environment, x: Extended, y: Extended): Extended {
  const [kx, ky] = [classOf(x), classOf(y)];
  const nan = special(env, x, y, kx, ky);
  if (nan !== null) return nan;
  const sign = signOf(x.sign ^ y.sign);
  if (kx === 'infinity') return x.sign === 1 || ky === 'zero' ? invalid(env) : infinity(sign);
  if (ky === 'infinity') return kx === 'zero' ? invalid(env) : infinity(sign);
  noteDenormals(env, kx, ky);
  if (kx === 'zero' || ky === 'zero') return zero(sign);
  const magnitude = magnitudeOf(x);
  if (x.sign === 1 && magnitude >= 0) return invalid(env);
  if (magnitude < -TINY) {
    const value = quotient((x.significand * y.significand) << BigInt(GUARD), LN2);
    return inexact(env, sign, value, scaleOf(x) + scaleOf(y) - GUARD);
  }
  const value = fixed(x);
  const distance = x.sign === 0 ? 2n * ONE + value : 2n * ONE - value;
  const ratio = logarithmOfRatio(quotient(value, distance));
  const factor = quotient(ratio, LN2);
  return scaled(env, y, x.sign === 0 ? factor : -factor);
}

/** A multiple of π/4 with a sign. */
function angle(env: X87Environment, sign: 0 | 1, quarters: bigint): Extended {
  return inexact(env, sign, PI * quarters, -FRACTION - 2);
}

/** FPATAN: the angle of the point (x, y). */
export function arcTangentOf(env: X87Environment, y: Extended, x: Extended): Extended {
  const [kx, ky] = [classOf(x), classOf(y)];
  const nan = special(env, x, y, kx, ky);
  if (nan !== null) return nan;
  noteDenormals(env, kx, ky);
  if (ky === 'infinity') {
    if (kx !== 'infinity') return angle(env, y.sign, 2n);
    return angle(env, y.sign, x.sign === 0 ? 1n : 3n);
  }
  if (kx === 'infinity' || ky === 'zero') {
    return x.sign === 0 ? zero(y.sign) : angle(env, y.sign, 4n);
  }
  if (kx === 'zero') return angle(env, y.sign, 2n);
  const distance = magnitudeOf(y) - magnitudeOf(x);
  if (distance < -TINY) return x.sign === 0 ? ratioOf(env, y, x) : angle(env, y.sign, 4n);
  if (distance > TINY) return angle(env, y.sign, 2n);
  return inexact(env, y.sign, angleOf(x, y));
}

/** y / x, a little less: what the arc tangent of a tiny ratio is. */
function ratioOf(env: X87Environment, y: Extended, x: Extended): Extended {
  const value = (y.significand << BigInt(2 * GUARD)) / x.significand;
  return finish(env, y.sign, value * 2n - 1n, scaleOf(y) - scaleOf(x) - 2 * GUARD - 1, 64);
}

function angleOf(x: Extended, y: Extended): bigint {
  const low = Math.min(scaleOf(x), scaleOf(y));
  const across = x.significand << BigInt(scaleOf(x) - low);
  const up = y.significand << BigInt(scaleOf(y) - low);
  const first =
    up <= across ? arcTangent(quotient(up, across)) : PI / 2n - arcTangent(quotient(across, up));
  return x.sign === 0 ? first : PI - first;
}

export type AngleFunction = 'sine' | 'cosine' | 'tangent';

/** Whether FSIN and its kin leave an angle as it is, with C2 set. */
export function isAngleTooLarge(a: Extended): boolean {
  const kind = classOf(a);
  return (kind === 'normal' || kind === 'denormal') && a.exponent >= ANGLE_LIMIT;
}

/** One function of an angle below 2^63. */
export function ofAngle(env: X87Environment, a: Extended, name: AngleFunction): Extended {
  const kind = classOf(a);
  const nan = special(env, a, a, kind, kind);
  if (nan !== null) return nan;
  if (kind === 'infinity') return invalid(env);
  const one: Extended = { sign: 0, exponent: BIAS, significand: 1n << 63n };
  if (kind === 'zero') return name === 'cosine' ? one : a;
  noteDenormals(env, kind);
  if (magnitudeOf(a) < -TINY) {
    return name === 'cosine' ? nearly(env, one, true) : nearly(env, a, name === 'sine');
  }
  return reduced(env, a, name);
}

/** Reduces by multiples of π/2 and evaluates. */
function reduced(env: X87Environment, a: Extended, name: AngleFunction): Extended {
  const value = fixed(a);
  const quarter = (REDUCTION_PI << BigInt(FRACTION - REDUCTION_BITS)) / 2n;
  const turns = value / quarter;
  const { sine, cosine } = sineAndCosine(value - turns * quarter);
  const isOdd = (turns & 1n) === 1n;
  const isSecondHalf = (turns & 2n) !== 0n;
  const sinSign = signOf((isSecondHalf ? 1 : 0) ^ a.sign);
  const cosSign = signOf((isOdd ? 1 : 0) ^ (isSecondHalf ? 1 : 0));
  const [sin, cos] = isOdd ? [cosine, sine] : [sine, cosine];
  if (name === 'sine') return inexact(env, sinSign, sin);
  if (name === 'cosine') return inexact(env, cosSign, cos);
  return inexact(env, signOf(sinSign ^ cosSign), quotient(sin, cos));
}

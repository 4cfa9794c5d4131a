/**
 * Arithmetic of x87 on extended numbers, exact before one rounding. Each function raises what the
 * operation raises in the environment and returns the masked result; the caller stores it unless
 * {@link X87Environment.isStopped}. Source: SDM volume 1, 4.8.3.5 and 8.5; volume 2, each
 * instruction's table.
 */
import {
  BIAS,
  bitLength,
  classOf,
  cut,
  DE,
  type Extended,
  finish,
  IE,
  INDEFINITE,
  INTEGER_BIT,
  infinity,
  type NumberClass,
  PE,
  quieted,
  ROUND_DOWN,
  ROUND_ZERO,
  scaleOf,
  type X87Environment,
  ZE,
  zero,
} from './x87-number.ts';
import { integerRoot } from './x87-series.ts';

const isNan = (kind: NumberClass): boolean => kind === 'quiet' || kind === 'signalling';

export function invalid(env: X87Environment): Extended {
  env.raise(IE);
  return INDEFINITE;
}

/** The NaN that an operation on two operands, one of them a NaN, gives (table 4-7). */
function propagated(a: Extended, b: Extended, ka: NumberClass, kb: NumberClass): Extended {
  if (!isNan(kb)) return quieted(a);
  if (!isNan(ka)) return quieted(b);
  if (ka !== kb) return ka === 'quiet' ? a : b;
  if (a.significand === b.significand) return quieted(a.sign === 0 ? a : b);
  return quieted(a.significand > b.significand ? a : b);
}

/** What unsupported operands and NaNs give, or null; denormal operands are noted by others. */
export function special(
  env: X87Environment,
  a: Extended,
  b: Extended,
  ka: NumberClass,
  kb: NumberClass,
): Extended | null {
  if (ka === 'unsupported' || kb === 'unsupported') return invalid(env);
  if (!isNan(ka) && !isNan(kb)) return null;
  if (ka === 'signalling' || kb === 'signalling') env.raise(IE);
  return propagated(a, b, ka, kb);
}

function noteDenormals(env: X87Environment, ...kinds: NumberClass[]): void {
  if (kinds.includes('denormal')) env.raise(DE);
}

const signOf = (bit: number): 0 | 1 => (bit === 0 ? 0 : 1);

/** `a + b`; the sign of b may be flipped first by the caller for a subtraction. */
function sum(env: X87Environment, a: Extended, b: Extended): Extended {
  const scale = Math.min(scaleOf(a), scaleOf(b));
  const magnitude = (x: Extended): bigint => {
    const value = x.significand << BigInt(scaleOf(x) - scale);
    return x.sign === 0 ? value : -value;
  };
  const total = magnitude(a) + magnitude(b);
  if (total !== 0n) return finish(env, total < 0n ? 1 : 0, total < 0n ? -total : total, scale);
  if (a.significand === 0n && a.sign === b.sign) return zero(a.sign);
  return zero(env.rounding === ROUND_DOWN ? 1 : 0);
}

export function add(env: X87Environment, a: Extended, b: Extended, negate = 0): Extended {
  const [ka, kb] = [classOf(a), classOf(b)];
  const nan = special(env, a, b, ka, kb);
  if (nan !== null) return nan;
  const signed = negate === 0 ? b : { ...b, sign: signOf(b.sign ^ 1) };
  if (ka === 'infinity' && kb === 'infinity' && a.sign !== signed.sign) return invalid(env);
  noteDenormals(env, ka, kb);
  if (ka === 'infinity') return a;
  if (kb === 'infinity') return signed;
  return sum(env, a, signed);
}

export function subtract(env: X87Environment, a: Extended, b: Extended): Extended {
  return add(env, a, b, 1);
}

export function multiply(env: X87Environment, a: Extended, b: Extended): Extended {
  const [ka, kb] = [classOf(a), classOf(b)];
  const nan = special(env, a, b, ka, kb);
  if (nan !== null) return nan;
  const sign = signOf(a.sign ^ b.sign);
  const hasInfinity = ka === 'infinity' || kb === 'infinity';
  if (hasInfinity && (ka === 'zero' || kb === 'zero')) return invalid(env);
  noteDenormals(env, ka, kb);
  if (hasInfinity) return infinity(sign);
  return finish(env, sign, a.significand * b.significand, scaleOf(a) + scaleOf(b));
}

/** Bits of a quotient or root that decide any rounding, the last of them sticky. */
const GUARD_BITS = 72;

export function divide(env: X87Environment, a: Extended, b: Extended): Extended {
  const [ka, kb] = [classOf(a), classOf(b)];
  const nan = special(env, a, b, ka, kb);
  if (nan !== null) return nan;
  const sign = signOf(a.sign ^ b.sign);
  if (ka === 'infinity') {
    if (kb === 'infinity') return invalid(env);
    noteDenormals(env, kb);
    return infinity(sign);
  }
  if (kb === 'zero') {
    if (ka === 'zero') return invalid(env);
    // A denormal dividend is not noted then.
    env.raise(ZE);
    return infinity(sign);
  }
  noteDenormals(env, ka, kb);
  if (ka === 'zero' || kb === 'infinity') return zero(sign);
  const shift = GUARD_BITS + bitLength(b.significand) - bitLength(a.significand);
  const numerator = a.significand << BigInt(shift);
  const quotient = numerator / b.significand;
  const sticky = quotient * b.significand === numerator ? 0n : 1n;
  return finish(env, sign, (quotient << 1n) | sticky, scaleOf(a) - scaleOf(b) - shift - 1);
}

export function squareRoot(env: X87Environment, a: Extended): Extended {
  const kind = classOf(a);
  const nan = special(env, a, a, kind, kind);
  if (nan !== null) return nan;
  if (kind === 'zero') return a;
  if (a.sign === 1) return invalid(env);
  noteDenormals(env, kind);
  if (kind === 'infinity') return a;
  const scale = scaleOf(a);
  let shift = 2 * GUARD_BITS;
  if (((scale - shift) & 1) !== 0) shift++;
  const value = a.significand << BigInt(shift);
  const root = integerRoot(value);
  const sticky = root * root === value ? 0n : 1n;
  return finish(env, 0, (root << 1n) | sticky, (scale - shift) / 2 - 1);
}

/** FRNDINT: to an integer by the rounding mode; the precision control does not matter. */
export function roundToInteger(env: X87Environment, a: Extended): Extended {
  const kind = classOf(a);
  const nan = special(env, a, a, kind, kind);
  if (nan !== null) return nan;
  if (kind === 'zero' || kind === 'infinity') return a;
  noteDenormals(env, kind);
  const scale = scaleOf(a);
  if (scale >= 0) return a;
  const whole = cut(a.significand, -scale, a.sign, env.rounding);
  if (whole.isExact) return a;
  env.raise(PE);
  env.roundedUp = whole.roundedUp;
  return finishExactly(a.sign, whole.value);
}

/** An integer below 2^65 as a number, without rounding. */
export function finishExactly(sign: 0 | 1, value: bigint): Extended {
  if (value === 0n) return zero(sign);
  const length = bitLength(value);
  const significand = length > 64 ? value >> 1n : value << BigInt(64 - length);
  return { sign, exponent: BIAS + length - 1, significand };
}

export type Order = 'less' | 'equal' | 'greater' | 'unordered';

/**
 * Compares a with b.
 *
 * @param isQuiet  whether quiet NaNs are no invalid operation: FUCOM and its kin
 */
export function compare(env: X87Environment, a: Extended, b: Extended, isQuiet: boolean): Order {
  const [ka, kb] = [classOf(a), classOf(b)];
  if (ka === 'unsupported' || kb === 'unsupported') {
    env.raise(IE);
    return 'unordered';
  }
  if (isNan(ka) || isNan(kb)) {
    if (!isQuiet || ka === 'signalling' || kb === 'signalling') env.raise(IE);
    return 'unordered';
  }
  noteDenormals(env, ka, kb);
  const [x, y] = [ordinal(a), ordinal(b)];
  if (x === y) return 'equal';
  return x < y ? 'less' : 'greater';
}

/** A number that orders as the numbers do; pseudo-denormals are what they are worth. */
function ordinal({ sign, exponent, significand }: Extended): bigint {
  const isOdd = exponent === 0 && (significand & INTEGER_BIT) !== 0n;
  const magnitude = (BigInt(isOdd ? 1 : exponent) << 64n) | significand;
  return sign === 0 ? magnitude : -magnitude;
}

/** FXTRACT: the exponent as a number, and the significand as one in [1, 2). */
export function extract(
  env: X87Environment,
  a: Extended,
): { readonly exponent: Extended; readonly significand: Extended } {
  const kind = classOf(a);
  const nan = special(env, a, a, kind, kind);
  if (nan !== null) return { exponent: nan, significand: nan };
  if (kind === 'infinity') return { exponent: infinity(0), significand: a };
  if (kind === 'zero') {
    env.raise(ZE);
    return { exponent: infinity(1), significand: a };
  }
  noteDenormals(env, kind);
  const length = bitLength(a.significand);
  const power = scaleOf(a) + length - 1;
  const significand = a.significand << BigInt(64 - length);
  return {
    exponent: finishExactly(power < 0 ? 1 : 0, BigInt(Math.abs(power))),
    significand: { sign: a.sign, exponent: BIAS, significand },
  };
}

/** Exponents beyond this overflow or underflow whatever the number. */
const FAR = 0x10000;

/** FSCALE: `a × 2^trunc(b)`. */
export function scale(env: X87Environment, a: Extended, b: Extended): Extended {
  const [ka, kb] = [classOf(a), classOf(b)];
  const nan = special(env, a, b, ka, kb);
  if (nan !== null) return nan;
  if (kb === 'infinity') {
    if (b.sign === 0 && ka === 'zero') return invalid(env);
    if (b.sign === 1 && ka === 'infinity') return invalid(env);
    noteDenormals(env, ka);
    return b.sign === 0 ? infinity(a.sign) : zero(a.sign);
  }
  noteDenormals(env, ka, kb);
  if (ka === 'infinity' || ka === 'zero') return a;
  const power = truncated(b);
  return finish(env, a.sign, a.significand, scaleOf(a) + power, 64);
}

/** The integer part of a finite number, at most {@link FAR} in magnitude. */
function truncated(b: Extended): number {
  if (b.exponent >= BIAS + 16) return b.sign === 0 ? FAR : -FAR;
  const whole = cut(b.significand, -scaleOf(b), b.sign, ROUND_ZERO).value;
  return b.sign === 0 ? Number(whole) : -Number(whole);
}

export interface Remainder {
  readonly value: Extended;
  /** The low bits of the quotient, when the reduction is complete. */
  readonly quotient: number;
  readonly isComplete: boolean;
}

/**
 * FPREM (`rounding` towards zero) and FPREM1 (to nearest): a remainder; complete when the exponents
 * are less than 64 apart, else one of 32 to 63 steps of the reduction.
 */
export function remainder(
  env: X87Environment,
  a: Extended,
  b: Extended,
  isNearest: boolean,
): Remainder {
  const [ka, kb] = [classOf(a), classOf(b)];
  const done = (value: Extended): Remainder => ({ value, quotient: 0, isComplete: true });
  const nan = special(env, a, b, ka, kb);
  if (nan !== null) return done(nan);
  if (ka === 'infinity' || kb === 'zero') return done(invalid(env));
  noteDenormals(env, ka, kb);
  if (ka === 'zero' || kb === 'infinity') return done(a);
  const distance = magnitudeOf(a) - magnitudeOf(b);
  if (distance < 64) return finalRemainder(env, a, b, distance, isNearest);
  // As many steps as make the rest of the distance a multiple of 32, at least 32 (FPREM's page).
  const steps = 32 + (distance % 32);
  const places = BigInt(distance - steps);
  const low = Math.min(scaleOf(a), scaleOf(b));
  const x = a.significand << BigInt(scaleOf(a) - low);
  const y = (b.significand << BigInt(scaleOf(b) - low)) << places;
  const value = finish(env, a.sign, x % y, low, 64);
  return { value, quotient: 0, isComplete: false };
}

/** Exponent of the leading bit. */
function magnitudeOf(a: Extended): number {
  return scaleOf(a) + bitLength(a.significand) - 1;
}

function finalRemainder(
  env: X87Environment,
  a: Extended,
  b: Extended,
  distance: number,
  isNearest: boolean,
): Remainder {
  if (distance < -1 || (distance < 0 && !isNearest)) {
    return {
      value: finish(env, a.sign, a.significand, scaleOf(a), 64),
      quotient: 0,
      isComplete: true,
    };
  }
  const low = Math.min(scaleOf(a), scaleOf(b));
  const x = a.significand << BigInt(scaleOf(a) - low);
  const y = b.significand << BigInt(scaleOf(b) - low);
  let quotient = x / y;
  let rest = x - quotient * y;
  let sign = a.sign;
  const twice = 2n * rest;
  if (isNearest && (twice > y || (twice === y && (quotient & 1n) === 1n))) {
    quotient++;
    rest = y - rest;
    sign = signOf(sign ^ 1);
  }
  const value = rest === 0n ? zero(a.sign) : finish(env, sign, rest, low, 64);
  return { value, quotient: Number(quotient & 7n), isComplete: true };
}

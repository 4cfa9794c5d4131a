/**
 * Single-precision arithmetic as the Armv7-M manual has it (A2.5), on bits: all rounding modes,
 * flush to zero, default NaNs, the cumulative flags. Double precision holds the exact result of
 * most operations, and of the others at least the side of the rounded result on which it lies.
 * Tininess is detected before rounding.
 */
import {
  bitsOf,
  DEFAULT_NAN,
  INFINITY_BITS,
  isDenormal,
  isInfinite,
  isNan,
  isSignalling,
  isZero,
  numberOf,
  QUIET_BIT,
  roundedToOdd,
  SIGN_BIT,
  sumError,
} from './float-bits.ts';
import { AHP, DN, DZC, FZ, IDC, IOC, IXC, OFC, RMODE_SHIFT, UFC } from './float-status.ts';

const NEAREST = 0;
const UP = 1;
const DOWN = 2;
const TO_ZERO = 3;

const LEAST_NORMAL = 2 ** -126;
const OVERFLOW = 2 ** 128;

export class SoftFloat {
  /** The FPSCR: its modes say how to compute, its flags collect what happened. */
  status = 0;

  private get mode(): number {
    return (this.status >>> RMODE_SHIFT) & 3;
  }

  private raise(flags: number): void {
    this.status |= flags;
  }

  /** An operand with a denormal made zero in flush-to-zero mode, which IDC notes. */
  private flushed(bits: number): number {
    if (!(this.status & FZ) || !isDenormal(bits)) return bits;
    this.raise(IDC);
    return bits & SIGN_BIT;
  }

  private invalid(): number {
    this.raise(IOC);
    return DEFAULT_NAN;
  }

  /** The NaN that goes on: the first signalling one made quiet, else the first quiet one. */
  private propagated(a: number, b: number, c: number): number {
    const signalling = isSignalling(a) ? a : isSignalling(b) ? b : isSignalling(c) ? c : 0;
    if (signalling !== 0) this.raise(IOC);
    if (this.status & DN) return DEFAULT_NAN;
    if (signalling !== 0) return signalling | QUIET_BIT;
    return isNan(a) ? a : isNan(b) ? b : c;
  }

  add(a: number, b: number): number {
    return this.sum(this.flushed(a), this.flushed(b));
  }

  /** The second operand changes its sign, but not if it is a NaN. */
  subtract(a: number, b: number): number {
    const right = this.flushed(b);
    return this.sum(this.flushed(a), isNan(right) ? right : right ^ SIGN_BIT);
  }

  private sum(a: number, b: number): number {
    if (isNan(a) || isNan(b)) return this.propagated(a, b, 0);
    const x = numberOf(a);
    const y = numberOf(b);
    const sum = x + y;
    if (Number.isNaN(sum)) return this.invalid();
    const nearest = bitsOf(sum);
    const beyond = sum - numberOf(nearest) + sumError(x, y, sum);
    return this.rounded(nearest, sum, beyond, (a ^ b) < 0);
  }

  multiply(left: number, right: number): number {
    const a = this.flushed(left);
    const b = this.flushed(right);
    if (isNan(a) || isNan(b)) return this.propagated(a, b, 0);
    const product = numberOf(a) * numberOf(b);
    if (Number.isNaN(product)) return this.invalid();
    const nearest = bitsOf(product);
    return this.rounded(nearest, product, product - numberOf(nearest), false);
  }

  divide(left: number, right: number): number {
    const a = this.flushed(left);
    const b = this.flushed(right);
    if (isNan(a) || isNan(b)) return this.propagated(a, b, 0);
    const x = numberOf(a);
    const y = numberOf(b);
    const quotient = x / y;
    if (Number.isNaN(quotient)) return this.invalid();
    if (isZero(b) && !isInfinite(a)) this.raise(DZC);
    const nearest = bitsOf(quotient);
    const remainder = x - numberOf(nearest) * y;
    return this.rounded(nearest, quotient, y < 0 ? -remainder : remainder, false);
  }

  squareRoot(operand: number): number {
    const a = this.flushed(operand);
    if (isNan(a)) return this.propagated(a, 0, 0);
    const x = numberOf(a);
    const root = Math.sqrt(x);
    if (Number.isNaN(root)) return this.invalid();
    const nearest = bitsOf(root);
    const rounded = numberOf(nearest);
    return this.rounded(nearest, root, x - rounded * rounded, false);
  }

  /** addend + a × b, rounded once. */
  fused(addend: number, left: number, right: number): number {
    const c = this.flushed(addend);
    const a = this.flushed(left);
    const b = this.flushed(right);
    if (isNan(a) || isNan(b) || isNan(c)) return this.fusedNan(c, a, b);
    const product = numberOf(a) * numberOf(b);
    const x = numberOf(c);
    const sum = product + x;
    if (Number.isNaN(sum)) return this.invalid();
    const wide = roundedToOdd(sum, sumError(product, x, sum));
    const nearest = bitsOf(wide);
    return this.rounded(nearest, wide, wide - numberOf(nearest), (a ^ b ^ c) < 0);
  }

  /** Infinity times zero is invalid even beside a quiet NaN. */
  private fusedNan(c: number, a: number, b: number): number {
    const isInvalid = (isInfinite(a) && isZero(b)) || (isZero(a) && isInfinite(b));
    if (isInvalid && !isSignalling(c)) return this.invalid();
    return this.propagated(c, a, b);
  }

  /**
   * The result in the rounding mode. `nearest` is the result rounded to nearest, `wide` the exact
   * one or close to it, `beyond` has the sign of exact minus nearest (NaN beside infinities);
   * `cancels`: an exact zero came of opposite signs.
   */
  private rounded(nearest: number, wide: number, beyond: number, cancels: boolean): number {
    const { mode } = this;
    const isNegative = nearest < 0;
    const size = Math.abs(wide);
    const isTiny = size < LEAST_NORMAL && size !== 0;
    if (isTiny && this.status & FZ) {
      this.raise(UFC);
      return nearest & SIGN_BIT;
    }
    if (!(beyond > 0 || beyond < 0)) {
      const isZeroDown = cancels && mode === DOWN && isZero(nearest);
      return isZeroDown ? SIGN_BIT : nearest;
    }
    const step = this.step(beyond > 0, isNegative);
    const result = (nearest + (isNegative ? -step : step)) | 0;
    const truncates = mode === TO_ZERO || mode === (isNegative ? UP : DOWN);
    const overflows = truncates ? size >= OVERFLOW : isInfinite(result);
    this.raise(IXC | (overflows ? OFC : 0) | (isTiny ? UFC : 0));
    return result;
  }

  /** Units in the last place to go up from the nearest result, by mode. */
  private step(isAbove: boolean, isNegative: boolean): number {
    const { mode } = this;
    if (isAbove) return mode === UP || (mode === TO_ZERO && isNegative) ? 1 : 0;
    return mode === DOWN || (mode === TO_ZERO && !isNegative) ? -1 : 0;
  }

  private integral(value: number): number {
    switch (this.mode) {
      case NEAREST:
        return nearestIntegral(value);
      case UP:
        return Math.ceil(value);
      case DOWN:
        return Math.floor(value);
      default:
        return Math.trunc(value);
    }
  }

  /**
   * A single times 2^`fraction` to an integer in [low, high]: saturated with IOC when it does not
   * fit. `byMode`: round by the mode, else to zero.
   */
  toInteger(bits: number, low: number, high: number, fraction: number, byMode: boolean): number {
    const operand = this.flushed(bits);
    if (isNan(operand)) {
      this.raise(IOC);
      return 0;
    }
    const scaled = numberOf(operand) * 2 ** fraction;
    const whole = byMode ? this.integral(scaled) : Math.trunc(scaled);
    if (whole < low || whole > high) {
      this.raise(IOC);
      return (whole < low ? low : high) | 0;
    }
    if (whole !== scaled) this.raise(IXC);
    return whole | 0;
  }

  /** An integer to a single by the mode. */
  fromInteger(value: number): number {
    const nearest = bitsOf(value);
    return this.rounded(nearest, value, value - numberOf(nearest), false);
  }

  /** A fixed-point number to a single: to nearest whatever the mode. */
  fromFixed(value: number, fraction: number): number {
    const wide = value * 2 ** -fraction;
    const result = bitsOf(wide);
    if (numberOf(result) !== wide) this.raise(IXC);
    return result;
  }

  /** N, Z, C and V of a comparison, at the top of a word; the status keeps its own. */
  compare(left: number, right: number, everyNan: boolean): number {
    const a = this.flushed(left);
    const b = this.flushed(right);
    if (isNan(a) || isNan(b)) {
      if (everyNan || isSignalling(a) || isSignalling(b)) this.raise(IOC);
      return 0x30000000;
    }
    const x = numberOf(a);
    const y = numberOf(b);
    if (x < y) return SIGN_BIT;
    return x === y ? 0x60000000 : 0x20000000;
  }

  /** A half to a single; exact. */
  fromHalf(half: number): number {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 31;
    const fraction = half & 0x3ff;
    if (exponent === 31 && !(this.status & AHP)) {
      if (fraction === 0) return sign | INFINITY_BITS;
      if (!(fraction & 0x200)) this.raise(IOC);
      return this.status & DN ? DEFAULT_NAN : sign | DEFAULT_NAN | (fraction << 13);
    }
    if (exponent === 0) return sign | bitsOf(fraction * 2 ** -24);
    return sign | ((exponent + 112) << 23) | (fraction << 13);
  }

  /** A single to a half. */
  toHalf(bits: number): number {
    const operand = this.flushed(bits);
    const sign = (operand >>> 16) & 0x8000;
    if (isNan(operand)) return this.nanToHalf(operand, sign);
    return sign | this.magnitudeToHalf(operand);
  }

  private nanToHalf(bits: number, sign: number): number {
    if (this.status & AHP) {
      this.raise(IOC);
      return sign;
    }
    if (isSignalling(bits)) this.raise(IOC);
    return this.status & DN ? 0x7e00 : sign | 0x7e00 | ((bits >>> 13) & 0x1ff);
  }

  /** Counts the number in units of its last place and rounds to a whole number of them. */
  private magnitudeToHalf(bits: number): number {
    const isAlternative = (this.status & AHP) !== 0;
    if (isInfinite(bits)) {
      if (!isAlternative) return 0x7c00;
      this.raise(IOC);
      return 0x7fff;
    }
    const exponent = ((bits >>> 23) & 0xff) - 127;
    const isTiny = exponent < -14;
    const unit = isTiny ? -24 : exponent - 10;
    const units = numberOf(bits) * 2 ** -unit;
    const whole = this.integral(units);
    // A carry out of the fraction runs into the exponent, which is then right.
    const encoded = (isTiny ? 0 : (exponent + 14) << 10) + Math.abs(whole);
    if (encoded > (isAlternative ? 0x7fff : 0x7bff)) return this.halfOverflow(bits, isAlternative);
    if (whole !== units) this.raise(IXC | (isTiny ? UFC : 0));
    return encoded;
  }

  private halfOverflow(bits: number, isAlternative: boolean): number {
    if (isAlternative) {
      this.raise(IOC);
      return 0x7fff;
    }
    this.raise(OFC | IXC);
    const isAway = this.mode === NEAREST || this.mode === (bits < 0 ? DOWN : UP);
    return isAway ? 0x7c00 : 0x7bff;
  }
}

/** The nearest integer, the even one of two. */
function nearestIntegral(value: number): number {
  const floor = Math.floor(value);
  const part = value - floor;
  if (part !== 0.5) return part < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * Single and double arithmetic as SSE does it (SDM volume 1, 10.2.3 and 11.5): exact, then rounded
 * once by MXCSR, with its six flags, denormals-are-zeros and flush-to-zero. Numbers are their bits.
 * This is the meaning of the instructions; what WebAssembly's own arithmetic does faster must
 * agree.
 */
import { DOUBLE, SINGLE } from './x87-convert.ts';
import {
  bitLength,
  cut,
  DE,
  IE,
  OE,
  overflowsToInfinity,
  PE,
  ROUND_DOWN,
  roundTo,
  UE,
  X87Environment,
  ZE,
} from './x87-number.ts';
import { integerRoot } from './x87-series.ts';

export type FloatFormat = typeof SINGLE;
export { DOUBLE, SINGLE };

const DENORMALS_ARE_ZEROS = 0x40;
const FLUSH_TO_ZERO = 0x8000;
const MASKS_SHIFT = 7;
const ROUNDING_SHIFT = 13;

/** MXCSR of an operation, and the flags that it raised: bits 0 to 5, as in MXCSR. */
export class FloatEnvironment extends X87Environment {
  denormalsAreZeros = false;
  flushToZero = false;

  beginFloat(mxcsr: number): void {
    const masks = (mxcsr >> MASKS_SHIFT) & 0x3f;
    this.begin((((mxcsr >> ROUNDING_SHIFT) & 3) << 10) | masks);
    this.denormalsAreZeros = (mxcsr & DENORMALS_ARE_ZEROS) !== 0;
    this.flushToZero = (mxcsr & FLUSH_TO_ZERO) !== 0;
  }

  /**
   * Ends a step of an instruction: an unmasked exception found before computing, in any lane, keeps
   * all lanes from being computed, so nothing found later counts.
   */
  conclude(): void {
    if (this.isStopped) this.raised &= IE | DE | ZE;
  }

  /** What was raised and traps: the destination stays as it was. */
  get unmasked(): number {
    return this.raised & ~this.control & 0x3f;
  }
}

type Kind = 'zero' | 'finite' | 'infinity' | 'quiet' | 'signalling';

interface Float {
  readonly kind: Kind;
  readonly sign: 0 | 1;
  /** The magnitude is `value × 2^scale`. */
  readonly value: bigint;
  readonly scale: number;
  readonly isDenormal: boolean;
  readonly bits: bigint;
}

const mask = (bits: number): bigint => (1n << BigInt(bits)) - 1n;
const signBit = (format: FloatFormat): bigint => 1n << BigInt(format.bits - 1);
const infinityBits = (format: FloatFormat): bigint =>
  mask(format.bits - 1 - format.fraction) << BigInt(format.fraction);
const quietBit = (format: FloatFormat): bigint => 1n << BigInt(format.fraction - 1);
const signed = (format: FloatFormat, sign: number, bits: bigint): bigint =>
  sign === 0 ? bits : bits | signBit(format);

/** What an invalid operation gives. */
export function defaultNan(format: FloatFormat): bigint {
  return signBit(format) | infinityBits(format) | quietBit(format);
}

function unpack(env: FloatEnvironment, format: FloatFormat, bits: bigint): Float {
  const sign = (bits & signBit(format)) === 0n ? 0 : 1;
  const magnitude = bits & ~signBit(format);
  const fraction = magnitude & mask(format.fraction);
  const exponent = Number(magnitude >> BigInt(format.fraction));
  const limit = infinityBits(format);
  const plain = { sign, value: 0n, scale: 0, isDenormal: false, bits } as const;
  if (magnitude > limit) {
    return { ...plain, kind: magnitude & quietBit(format) ? 'quiet' : 'signalling' };
  }
  if (magnitude === limit) return { ...plain, kind: 'infinity' };
  const isDenormal = exponent === 0 && fraction !== 0n;
  if (magnitude === 0n || (isDenormal && env.denormalsAreZeros)) {
    return { ...plain, kind: 'zero', bits: signed(format, sign, 0n) };
  }
  const value = isDenormal ? fraction : fraction | (1n << BigInt(format.fraction));
  const scale = Math.max(exponent, 1) - format.bias - format.fraction;
  return { kind: 'finite', sign, value, scale, isDenormal, bits };
}

const isNan = ({ kind }: Float): boolean => kind === 'quiet' || kind === 'signalling';

/** The NaN of an operation on `a` and `b`: the first that is one, made quiet; null: neither is. */
function propagated(env: FloatEnvironment, format: FloatFormat, a: Float, b: Float): bigint | null {
  if (a.kind === 'signalling' || b.kind === 'signalling') env.raise(IE);
  if (isNan(a)) return a.bits | quietBit(format);
  return isNan(b) ? b.bits | quietBit(format) : null;
}

function invalid(env: FloatEnvironment, format: FloatFormat): bigint {
  env.raise(IE);
  return defaultNan(format);
}

function noteDenormals(env: FloatEnvironment, a: Float, b: Float = a): void {
  if (a.isDenormal || b.isDenormal) env.raise(DE);
}

/** Rounds `value × 2^scale`, value > 0, to bits. */
function pack(
  env: FloatEnvironment,
  format: FloatFormat,
  sign: 0 | 1,
  value: bigint,
  scale: number,
): bigint {
  if (env.isStopped) return 0n;
  const before = env.raised;
  if (env.flushToZero && env.isMasked(UE)) {
    // Tiny results become zero before anything else is found of them.
    const probe = new X87Environment();
    probe.begin(env.control & ~UE);
    if (roundTo(probe, format, sign, value, scale).exponent < format.emin) {
      env.raise(UE | PE);
      return signed(format, sign, 0n);
    }
  }
  const { kind, exponent, significand } = roundTo(env, format, sign, value, scale);
  if (kind === 'overflow') {
    if (!env.isMasked(OE)) return 0n;
    const toInfinity = overflowsToInfinity(sign, env.rounding);
    return signed(format, sign, infinityBits(format) - (toInfinity ? 0n : 1n));
  }
  if (exponent < format.emin && before !== env.raised) return 0n;
  const isNormal = significand >> BigInt(format.fraction) !== 0n;
  const biased = isNormal ? BigInt(exponent + format.bias) << BigInt(format.fraction) : 0n;
  return signed(format, sign, biased | (significand & mask(format.fraction)));
}

export type FloatOperation = (
  env: FloatEnvironment,
  format: FloatFormat,
  a: bigint,
  b: bigint,
) => bigint;

function sum(
  env: FloatEnvironment,
  format: FloatFormat,
  left: bigint,
  right: bigint,
  isSubtraction: boolean,
): bigint {
  const [a, b] = [unpack(env, format, left), unpack(env, format, right)];
  const nan = propagated(env, format, a, b);
  if (nan !== null) return nan;
  const bSign = isSubtraction ? b.sign ^ 1 : b.sign;
  if (a.kind === 'infinity' && b.kind === 'infinity' && a.sign !== bSign) {
    return invalid(env, format);
  }
  noteDenormals(env, a, b);
  if (a.kind === 'infinity') return a.bits;
  if (b.kind === 'infinity') return signed(format, bSign, infinityBits(format));
  const scale = Math.min(a.scale, b.scale);
  const x = a.value << BigInt(a.scale - scale);
  const y = b.value << BigInt(b.scale - scale);
  const total = (a.sign === 0 ? x : -x) + (bSign === 0 ? y : -y);
  if (total !== 0n)
    return pack(env, format, total < 0n ? 1 : 0, total < 0n ? -total : total, scale);
  if (a.kind === 'zero' && b.kind === 'zero' && a.sign === bSign) return a.bits;
  return signed(format, env.rounding === ROUND_DOWN ? 1 : 0, 0n);
}

export const add: FloatOperation = (env, format, a, b) => sum(env, format, a, b, false);
export const subtract: FloatOperation = (env, format, a, b) => sum(env, format, a, b, true);

export const multiply: FloatOperation = (env, format, left, right) => {
  const [a, b] = [unpack(env, format, left), unpack(env, format, right)];
  const nan = propagated(env, format, a, b);
  if (nan !== null) return nan;
  const sign = a.sign === b.sign ? 0 : 1;
  const hasInfinity = a.kind === 'infinity' || b.kind === 'infinity';
  const hasZero = a.kind === 'zero' || b.kind === 'zero';
  if (hasInfinity && hasZero) return invalid(env, format);
  noteDenormals(env, a, b);
  if (hasInfinity) return signed(format, sign, infinityBits(format));
  if (hasZero) return signed(format, sign, 0n);
  return pack(env, format, sign, a.value * b.value, a.scale + b.scale);
};

/** Bits of a quotient or root that decide any rounding; one more is sticky. */
const GUARD_BITS = 64;

export const divide: FloatOperation = (env, format, left, right) => {
  const [a, b] = [unpack(env, format, left), unpack(env, format, right)];
  const nan = propagated(env, format, a, b);
  if (nan !== null) return nan;
  const sign = a.sign === b.sign ? 0 : 1;
  if (a.kind === b.kind && a.kind !== 'finite') return invalid(env, format);
  if (b.kind === 'zero' && a.kind === 'finite') env.raise(ZE);
  else noteDenormals(env, a, b);
  if (a.kind === 'infinity' || b.kind === 'zero') return signed(format, sign, infinityBits(format));
  if (a.kind === 'zero' || b.kind === 'infinity') return signed(format, sign, 0n);
  const shift = GUARD_BITS + bitLength(b.value) - bitLength(a.value);
  const numerator = shift >= 0 ? a.value << BigInt(shift) : a.value;
  const scale = a.scale - b.scale - Math.max(shift, 0) - 1;
  const quotient = numerator / b.value;
  const sticky = quotient * b.value === numerator ? 0n : 1n;
  return pack(env, format, sign, (quotient << 1n) | sticky, scale);
};

/** Of the second operand; the first does not matter. */
export const squareRoot: FloatOperation = (env, format, _, bits) => {
  const a = unpack(env, format, bits);
  const nan = propagated(env, format, a, a);
  if (nan !== null) return nan;
  if (a.kind === 'zero') return a.bits;
  if (a.sign === 1) return invalid(env, format);
  noteDenormals(env, a);
  if (a.kind === 'infinity') return a.bits;
  let shift = 2 * GUARD_BITS;
  if (((a.scale - shift) & 1) !== 0) shift++;
  const value = a.value << BigInt(shift);
  const root = integerRoot(value);
  const sticky = root * root === value ? 0n : 1n;
  return pack(env, format, 0, (root << 1n) | sticky, (a.scale - shift) / 2 - 1);
};

/** -1, 0 or 1; null when a NaN has no order. */
function order(a: Float, b: Float): number | null {
  if (isNan(a) || isNan(b)) return null;
  const magnitude = (x: Float): bigint =>
    x.kind === 'infinity' ? 1n << 5000n : x.value << BigInt(x.scale + 2000);
  const [x, y] = [a, b].map((f) =>
    f.kind === 'zero' ? 0n : f.sign ? -magnitude(f) : magnitude(f),
  );
  return x === y ? 0 : x! < y! ? -1 : 1;
}

/**
 * Compares two numbers.
 *
 * @param isQuiet  whether only signalling NaNs are an invalid operation
 */
export function compare(
  env: FloatEnvironment,
  format: FloatFormat,
  left: bigint,
  right: bigint,
  isQuiet: boolean,
): number | null {
  const [a, b] = [unpack(env, format, left), unpack(env, format, right)];
  const result = order(a, b);
  if (result === null) {
    if (!isQuiet || a.kind === 'signalling' || b.kind === 'signalling') env.raise(IE);
  } else {
    noteDenormals(env, a, b);
  }
  return result;
}

/** MIN and MAX: the second operand when there is no order, or both are zeros. */
function extreme(isLess: boolean): FloatOperation {
  return (env, format, a, b) => {
    const result = compare(env, format, a, b, false);
    const isFirst = result !== null && (isLess ? result < 0 : result > 0);
    // A denormal taken for zero is given as zero.
    const chosen = isFirst ? a : b;
    const { kind, bits } = unpack(env, format, chosen);
    return kind === 'zero' ? bits : chosen;
  };
}

export const minimum: FloatOperation = extreme(true);
export const maximum: FloatOperation = extreme(false);

/** A number of one format as one of the other. */
export function convert(
  env: FloatEnvironment,
  from: FloatFormat,
  to: FloatFormat,
  bits: bigint,
): bigint {
  const a = unpack(env, from, bits);
  if (isNan(a)) {
    if (a.kind === 'signalling') env.raise(IE);
    const payload = a.bits & mask(from.fraction);
    const shift = to.fraction - from.fraction;
    const moved = shift >= 0 ? payload << BigInt(shift) : payload >> BigInt(-shift);
    return signed(to, a.sign, infinityBits(to) | quietBit(to) | moved);
  }
  noteDenormals(env, a);
  if (a.kind === 'infinity') return signed(to, a.sign, infinityBits(to));
  if (a.kind === 'zero') return signed(to, a.sign, 0n);
  return pack(env, to, a.sign, a.value, a.scale);
}

/** A signed integer as a number. */
export function fromInteger(env: FloatEnvironment, format: FloatFormat, value: bigint): bigint {
  if (value === 0n) return 0n;
  return pack(env, format, value < 0n ? 1 : 0, value < 0n ? -value : value, 0);
}

/** A number as a signed integer of some bits; what does not fit gives the lowest one. */
export function toInteger(
  env: FloatEnvironment,
  format: FloatFormat,
  bits: bigint,
  width: number,
  rounding: number,
): bigint {
  const a = unpack(env, format, bits);
  const limit = 1n << BigInt(width - 1);
  if (a.kind === 'zero') return 0n;
  if (a.kind === 'finite') {
    const whole = cut(a.value, -a.scale, a.sign, rounding);
    const value = a.sign === 0 ? whole.value : -whole.value;
    if (value >= -limit && value < limit) {
      if (!whole.isExact) env.raise(PE);
      return value;
    }
  }
  env.raise(IE);
  return -limit;
}

/** ROUNDSS and its kin. */
export function roundToInteger(
  env: FloatEnvironment,
  format: FloatFormat,
  bits: bigint,
  rounding: number,
  isQuiet: boolean,
): bigint {
  const a = unpack(env, format, bits);
  const nan = propagated(env, format, a, a);
  if (nan !== null) return nan;
  if (a.kind !== 'finite' || a.scale >= 0) return a.bits;
  const whole = cut(a.value, -a.scale, a.sign, rounding);
  if (!whole.isExact && !isQuiet) env.raise(PE);
  if (whole.value === 0n) return signed(format, a.sign, 0n);
  const probe = new FloatEnvironment();
  return pack(probe, format, a.sign, whole.value, 0);
}

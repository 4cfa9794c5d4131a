/**
 * Exact IEEE 754 arithmetic on bits, with every rounding mode and flag of RISC-V: the reference for
 * what is not done inline, because it is rare (another rounding mode than to nearest even, a first
 * inexact result) or WebAssembly has no instruction for it (fused multiply-add). Significands are
 * bigints, so each operation is exact until it rounds once. Tininess is detected after rounding and
 * every NaN that comes out is the canonical one (Unprivileged ISA 11.3).
 */
import {
  type FloatFormat,
  infinity,
  largest,
  type Unpacked,
  unpack,
  zero,
} from './float-format.ts';

/** Rounding modes, as `frm` and the rm field encode them. */
export const RNE = 0;
export const RTZ = 1;
export const RDN = 2;
export const RUP = 3;
export const RMM = 4;
/** The rm field that stands for the mode in `frm`. */
export const DYNAMIC = 7;

/** Flags, as `fflags` holds them. */
export const NX = 1;
export const UF = 2;
export const OF = 4;
export const DZ = 8;
export const NV = 16;

/** A result and the flags it raises; for callers that use it at once, one record is reused. */
export interface FloatResult {
  bits: bigint;
  flags: number;
}

/** Bits of a value that is not negative. */
function bitLength(value: bigint): number {
  const magnitude = Number(value);
  if (magnitude === Number.POSITIVE_INFINITY) return value.toString(2).length;
  // A logarithm that is off by one at most, put right.
  let length = magnitude === 0 ? 0 : Math.floor(Math.log2(magnitude)) + 1;
  while (value >> BigInt(length) !== 0n) length++;
  while (length > 0 && value >> BigInt(length - 1) === 0n) length--;
  return length;
}

/** Whether a magnitude with this remainder rounds up; `half` compares it with half a unit. */
function roundsUp(mode: number, isNegative: boolean, isOdd: boolean, half: -1 | 0 | 1): boolean {
  switch (mode) {
    case RNE:
      return half > 0 || (half === 0 && isOdd);
    case RMM:
      return half >= 0;
    case RDN:
      return isNegative;
    case RUP:
      return !isNegative;
    default:
      return false;
  }
}

/** `significand * 2^-shift` as an integer, and whether it is exact. */
function roundShift(
  significand: bigint,
  shift: number,
  mode: number,
  isNegative: boolean,
): { value: bigint; exact: boolean } {
  if (shift <= 0) return { value: significand << BigInt(-shift), exact: true };
  const bits = BigInt(shift);
  const value = significand >> bits;
  const remainder = significand - (value << bits);
  if (remainder === 0n) return { value, exact: true };
  const half = 1n << (bits - 1n);
  const comparison = remainder < half ? -1 : remainder > half ? 1 : 0;
  const up = roundsUp(mode, isNegative, (value & 1n) !== 0n, comparison);
  return { value: up ? value + 1n : value, exact: false };
}

function overflow(format: FloatFormat, mode: number, isNegative: boolean): FloatResult {
  const toInfinity = roundsUp(mode, isNegative, true, 1);
  const bits = toInfinity ? infinity(isNegative, format) : largest(isNegative, format);
  return { bits, flags: OF | NX };
}

/** Rounds `significand * 2^exponent` (significand > 0) to the format. */
export function round(
  isNegative: boolean,
  significand: bigint,
  exponent: number,
  format: FloatFormat,
  mode: number,
): FloatResult {
  const { precision, minExponent, maxExponent, width } = format;
  const top = exponent + bitLength(significand) - 1;
  const leastUnit = minExponent - (precision - 1);
  const unit = Math.max(top - (precision - 1), leastUnit);
  const { value, exact } = roundShift(significand, unit - exponent, mode, isNegative);
  if (unit + bitLength(value) - 1 > maxExponent) return overflow(format, mode, isNegative);
  let flags = 0;
  if (!exact) {
    flags = NX;
    if (isTiny(isNegative, significand, exponent, format, mode)) flags |= UF;
  }
  // The hidden bit of a normal value adds one to the biased exponent.
  const magnitude = (BigInt(unit - leastUnit) << BigInt(precision - 1)) + value;
  return { bits: (isNegative ? 1n << BigInt(width - 1) : 0n) | magnitude, flags };
}

/** Whether the value, rounded as if exponents had no limit, lies below the normal numbers. */
function isTiny(
  isNegative: boolean,
  significand: bigint,
  exponent: number,
  { precision, minExponent }: FloatFormat,
  mode: number,
): boolean {
  const unit = exponent + bitLength(significand) - precision;
  const { value } = roundShift(significand, unit - exponent, mode, isNegative);
  return unit + bitLength(value) - 1 < minExponent;
}

function invalid(format: FloatFormat): FloatResult {
  return { bits: format.canonicalNan, flags: NV };
}

/** The result when an operand is a NaN. */
function nanResult(format: FloatFormat, ...operands: readonly Unpacked[]): FloatResult {
  return operands.some(({ isSignalling }) => isSignalling)
    ? invalid(format)
    : { bits: format.canonicalNan, flags: 0 };
}

function isNan({ kind }: Unpacked): boolean {
  return kind === 'nan';
}

/** The sum of two finite values or zeros, one of which may be exact beyond the format. */
function addFinite(a: Unpacked, b: Unpacked, format: FloatFormat, mode: number): FloatResult {
  const exponent = Math.min(
    a.kind === 'zero' ? b.exponent : a.exponent,
    b.kind === 'zero' ? a.exponent : b.exponent,
  );
  const signed = (v: Unpacked): bigint => {
    const magnitude = v.kind === 'zero' ? 0n : v.significand << BigInt(v.exponent - exponent);
    return v.isNegative ? -magnitude : magnitude;
  };
  const sum = signed(a) + signed(b);
  if (sum === 0n) {
    const isNegative = a.isNegative === b.isNegative ? a.isNegative : mode === RDN;
    return { bits: zero(isNegative, format), flags: 0 };
  }
  return round(sum < 0n, sum < 0n ? -sum : sum, exponent, format, mode);
}

function addUnpacked(a: Unpacked, b: Unpacked, format: FloatFormat, mode: number): FloatResult {
  if (isNan(a) || isNan(b)) return nanResult(format, a, b);
  if (a.kind === 'infinite' && b.kind === 'infinite' && a.isNegative !== b.isNegative) {
    return invalid(format);
  }
  if (a.kind === 'infinite') return { bits: infinity(a.isNegative, format), flags: 0 };
  if (b.kind === 'infinite') return { bits: infinity(b.isNegative, format), flags: 0 };
  return addFinite(a, b, format, mode);
}

function negated(value: Unpacked): Unpacked {
  return { ...value, isNegative: !value.isNegative };
}

export function softAdd(a: bigint, b: bigint, format: FloatFormat, mode: number): FloatResult {
  return addUnpacked(unpack(a, format), unpack(b, format), format, mode);
}

export function softSubtract(a: bigint, b: bigint, format: FloatFormat, mode: number): FloatResult {
  return addUnpacked(unpack(a, format), negated(unpack(b, format)), format, mode);
}

/** The exact product of values that are not NaNs, or null for infinity times zero. */
function product(a: Unpacked, b: Unpacked): Unpacked | null {
  const isNegative = a.isNegative !== b.isNegative;
  const plain = { isNegative, significand: 0n, exponent: 0, isSignalling: false };
  if (a.kind === 'infinite' || b.kind === 'infinite') {
    return a.kind === 'zero' || b.kind === 'zero' ? null : { ...plain, kind: 'infinite' };
  }
  if (a.kind === 'zero' || b.kind === 'zero') return { ...plain, kind: 'zero' };
  return {
    ...plain,
    kind: 'finite',
    significand: a.significand * b.significand,
    exponent: a.exponent + b.exponent,
  };
}

/** A value that need not fit the format, rounded to it. */
function pack(value: Unpacked, format: FloatFormat, mode: number): FloatResult {
  const { kind, isNegative, significand, exponent } = value;
  if (kind === 'zero') return { bits: zero(isNegative, format), flags: 0 };
  if (kind === 'infinite') return { bits: infinity(isNegative, format), flags: 0 };
  if (kind === 'nan') return nanResult(format, value);
  return round(isNegative, significand, exponent, format, mode);
}

export function softMultiply(a: bigint, b: bigint, format: FloatFormat, mode: number): FloatResult {
  const x = unpack(a, format);
  const y = unpack(b, format);
  if (isNan(x) || isNan(y)) return nanResult(format, x, y);
  const exact = product(x, y);
  return exact === null ? invalid(format) : pack(exact, format, mode);
}

export function softDivide(a: bigint, b: bigint, format: FloatFormat, mode: number): FloatResult {
  const x = unpack(a, format);
  const y = unpack(b, format);
  if (isNan(x) || isNan(y)) return nanResult(format, x, y);
  const isNegative = x.isNegative !== y.isNegative;
  if (x.kind === y.kind && x.kind !== 'finite') return invalid(format);
  if (x.kind === 'infinite') return { bits: infinity(isNegative, format), flags: 0 };
  if (x.kind === 'zero' || y.kind === 'infinite') {
    return { bits: zero(isNegative, format), flags: 0 };
  }
  if (y.kind === 'zero') return { bits: infinity(isNegative, format), flags: DZ };
  // Enough bits for the quotient whatever the lengths; the last one says whether there was a rest.
  const shift = BigInt(2 * format.precision + 3);
  const dividend = x.significand << shift;
  const quotient = dividend / y.significand;
  const rest = dividend - quotient * y.significand;
  const significand = (quotient << 1n) | (rest === 0n ? 0n : 1n);
  const exponent = x.exponent - y.exponent - Number(shift) - 1;
  return round(isNegative, significand, exponent, format, mode);
}

function integerSquareRoot(value: bigint): bigint {
  let root = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

export function softSquareRoot(a: bigint, format: FloatFormat, mode: number): FloatResult {
  const x = unpack(a, format);
  if (isNan(x)) return nanResult(format, x);
  if (x.kind === 'zero') return { bits: zero(x.isNegative, format), flags: 0 };
  if (x.isNegative) return invalid(format);
  if (x.kind === 'infinite') return { bits: infinity(false, format), flags: 0 };
  const extra = 2 * format.precision + 4 + (x.exponent & 1);
  const radicand = x.significand << BigInt(extra);
  const root = integerSquareRoot(radicand);
  const significand = (root << 1n) | (root * root === radicand ? 0n : 1n);
  return round(false, significand, (x.exponent - extra) / 2 - 1, format, mode);
}

/** `±(a * b) ± c`, rounded once. Infinity times zero is invalid even when c is a quiet NaN. */
export function softFused(
  a: bigint,
  b: bigint,
  c: bigint,
  signs: { readonly negateProduct: boolean; readonly negateAddend: boolean },
  format: FloatFormat,
  mode: number,
): FloatResult {
  const x = unpack(a, format);
  const y = unpack(b, format);
  const z = unpack(c, format);
  const exact = isNan(x) || isNan(y) ? undefined : product(x, y);
  if (exact === null) return invalid(format);
  if (exact === undefined || isNan(z)) return nanResult(format, x, y, z);
  return addUnpacked(
    signs.negateProduct ? negated(exact) : exact,
    signs.negateAddend ? negated(z) : z,
    format,
    mode,
  );
}

/** From one format to another. */
export function softConvert(
  a: bigint,
  from: FloatFormat,
  to: FloatFormat,
  mode: number,
): FloatResult {
  return pack(unpack(a, from), to, mode);
}

/** To a 32-bit integer; what does not fit gives the nearest that does, a NaN the largest. */
export function softToInteger(
  a: bigint,
  isSigned: boolean,
  format: FloatFormat,
  mode: number,
): { value: number; flags: number } {
  const [low, high] = isSigned ? [-(2n ** 31n), 2n ** 31n - 1n] : [0n, 2n ** 32n - 1n];
  const x = unpack(a, format);
  const saturated = (limit: bigint): { value: number; flags: number } => ({
    value: Number(limit) | 0,
    flags: NV,
  });
  if (isNan(x)) return saturated(high);
  if (x.kind === 'infinite') return saturated(x.isNegative ? low : high);
  if (x.kind === 'zero') return { value: 0, flags: 0 };
  const { value, exact } = roundShift(x.significand, -x.exponent, mode, x.isNegative);
  const integer = x.isNegative ? -value : value;
  if (integer < low) return saturated(low);
  if (integer > high) return saturated(high);
  return { value: Number(integer) | 0, flags: exact ? 0 : NX };
}

/** From an integer, sign and all. */
export function softFromInteger(value: number, format: FloatFormat, mode: number): FloatResult {
  if (value === 0) return { bits: 0n, flags: 0 };
  return round(value < 0, BigInt(Math.abs(value)), 0, format, mode);
}

/** Minimum or maximum: a NaN loses against a number, -0 is less than +0. */
export function softExtreme(
  a: bigint,
  b: bigint,
  wantsLess: boolean,
  format: FloatFormat,
): FloatResult {
  const x = unpack(a, format);
  const y = unpack(b, format);
  const flags = x.isSignalling || y.isSignalling ? NV : 0;
  if (isNan(x) && isNan(y)) return { bits: format.canonicalNan, flags };
  if (isNan(x)) return { bits: b, flags };
  if (isNan(y)) return { bits: a, flags };
  const aIsLess = orderKey(a, format) < orderKey(b, format);
  return { bits: aIsLess === wantsLess ? a : b, flags };
}

/** An integer that orders values as the numbers are ordered, -0 below +0. */
function orderKey(value: bigint, { width }: FloatFormat): bigint {
  const signed = BigInt.asIntN(width, value);
  return signed >= 0n ? signed : -BigInt.asUintN(width - 1, signed) - 1n;
}

/** The class mask of FCLASS (Unprivileged ISA, table 11.5). */
export function softClass(value: bigint, format: FloatFormat): number {
  const { kind, isNegative, significand, isSignalling } = unpack(value, format);
  if (kind === 'nan') return isSignalling ? 1 << 8 : 1 << 9;
  const isNormal = bitLength(significand) === format.precision;
  const rank = kind === 'infinite' ? 3 : kind === 'zero' ? 0 : isNormal ? 2 : 1;
  return 1 << (isNegative ? 3 - rank : 4 + rank);
}

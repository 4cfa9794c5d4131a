/** The binary formats of IEEE 754 that F and D compute in, and their values taken apart. */

export interface FloatFormat {
  readonly name: 's' | 'd';
  /** Bits of the whole value. */
  readonly width: 32 | 64;
  /** Bits of the significand, the hidden one included. */
  readonly precision: number;
  /** Exponents of the smallest and the largest normal number. */
  readonly minExponent: number;
  readonly maxExponent: number;
  readonly canonicalNan: bigint;
}

export const SINGLE: FloatFormat = {
  name: 's',
  width: 32,
  precision: 24,
  minExponent: -126,
  maxExponent: 127,
  canonicalNan: 0x7fc00000n,
};

export const DOUBLE: FloatFormat = {
  name: 'd',
  width: 64,
  precision: 53,
  minExponent: -1022,
  maxExponent: 1023,
  canonicalNan: 0x7ff8000000000000n,
};

/** A value taken apart: a finite one is `significand * 2^exponent`, without its sign. */
export interface Unpacked {
  readonly kind: 'zero' | 'finite' | 'infinite' | 'nan';
  readonly isNegative: boolean;
  readonly significand: bigint;
  readonly exponent: number;
  /** Of a NaN: whether it is a signalling one. */
  readonly isSignalling: boolean;
}

/** Takes apart the low `width` bits. */
export function unpack(value: bigint, format: FloatFormat): Unpacked {
  const { width, precision, minExponent } = format;
  const bits = BigInt.asUintN(width, value);
  const fractionBits = BigInt(precision - 1);
  const fraction = bits & ((1n << fractionBits) - 1n);
  const exponentBits = BigInt(width - precision);
  const biased = Number((bits >> fractionBits) & ((1n << exponentBits) - 1n));
  const isNegative = bits >> BigInt(width - 1) !== 0n;
  const plain = { isNegative, significand: 0n, exponent: 0, isSignalling: false };
  if (biased === 2 ** Number(exponentBits) - 1) {
    if (fraction === 0n) return { ...plain, kind: 'infinite' };
    const isSignalling = fraction >> (fractionBits - 1n) === 0n;
    return { ...plain, kind: 'nan', isSignalling };
  }
  if (biased === 0) {
    if (fraction === 0n) return { ...plain, kind: 'zero' };
    const exponent = minExponent - (precision - 1);
    return { ...plain, kind: 'finite', significand: fraction, exponent };
  }
  const exponent = biased - 1 + minExponent - (precision - 1);
  return { ...plain, kind: 'finite', significand: fraction | (1n << fractionBits), exponent };
}

export function zero(isNegative: boolean, { width }: FloatFormat): bigint {
  return isNegative ? 1n << BigInt(width - 1) : 0n;
}

export function infinity(isNegative: boolean, format: FloatFormat): bigint {
  const { width, precision } = format;
  const magnitude = ((1n << BigInt(width - precision)) - 1n) << BigInt(precision - 1);
  return zero(isNegative, format) | magnitude;
}

export function largest(isNegative: boolean, format: FloatFormat): bigint {
  return infinity(isNegative, format) - 1n;
}

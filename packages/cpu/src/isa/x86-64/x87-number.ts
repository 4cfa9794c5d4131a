/**
 * Extended-precision numbers as x87 registers hold them (SDM volume 1, 8.2): a sign, an exponent of
 * 15 bits biased by 16383, and a significand of 64 bits whose integer bit is explicit. Rounding
 * with its exceptions is here; operations are in x87-arithmetic.ts.
 *
 * Exact intermediate values are bigints: these are routines, called where hardware needs tens of
 * cycles, and never on the path of a memory access.
 */

export interface Extended {
  readonly sign: 0 | 1;
  readonly exponent: number;
  readonly significand: bigint;
}

export const INTEGER_BIT: bigint = 1n << 63n;
const QUIET_BIT = 1n << 62n;
const ALL_ONES = (1n << 64n) - 1n;
export const MAX_EXPONENT = 0x7fff;
export const BIAS = 16383;
/** What an unmasked overflow or underflow moves the exponent by (SDM volume 1, 8.5.4). */
const WRAP = 24576;

/** Exceptions: bits of the status word, and of the control word that masks them. */
export const IE = 0x01;
export const DE = 0x02;
export const ZE = 0x04;
export const OE = 0x08;
export const UE = 0x10;
export const PE = 0x20;

export const ROUND_NEAREST = 0;
export const ROUND_DOWN = 1;
export const ROUND_UP = 2;
export const ROUND_ZERO = 3;

/** Significant bits by the precision control; 1 is reserved and works as 64 bits. */
const PRECISIONS = [24, 64, 53, 64] as const;

/** The control word of an operation, and what the operation raised. */
export class X87Environment {
  control = 0x37f;
  raised = 0;
  /** Whether the last rounding went away from zero: C1. */
  roundedUp = false;

  begin(control: number): void {
    this.control = control;
    this.raised = 0;
    this.roundedUp = false;
  }

  get rounding(): number {
    return (this.control >> 10) & 3;
  }

  get precision(): number {
    return PRECISIONS[(this.control >> 8) & 3]!;
  }

  raise(exception: number): void {
    this.raised |= exception;
  }

  isMasked(exception: number): boolean {
    return (this.control & exception) !== 0;
  }

  /** Whether something was raised that keeps the result from being stored: #I, #Z, #D unmasked. */
  get isStopped(): boolean {
    return (this.raised & ~this.control & (IE | DE | ZE)) !== 0;
  }
}

export type NumberClass =
  | 'zero'
  | 'denormal'
  | 'normal'
  | 'infinity'
  | 'quiet'
  | 'signalling'
  | 'unsupported';

export function classOf({ exponent, significand }: Extended): NumberClass {
  const hasInteger = (significand & INTEGER_BIT) !== 0n;
  if (exponent === 0) return significand === 0n ? 'zero' : 'denormal';
  if (!hasInteger) return 'unsupported';
  if (exponent !== MAX_EXPONENT) return 'normal';
  if (significand === INTEGER_BIT) return 'infinity';
  return (significand & QUIET_BIT) !== 0n ? 'quiet' : 'signalling';
}

/** Real indefinite: what a masked invalid operation gives. */
export const INDEFINITE: Extended = {
  sign: 1,
  exponent: MAX_EXPONENT,
  significand: INTEGER_BIT | QUIET_BIT,
};

export const zero = (sign: 0 | 1): Extended => ({ sign, exponent: 0, significand: 0n });

export const infinity = (sign: 0 | 1): Extended => ({
  sign,
  exponent: MAX_EXPONENT,
  significand: INTEGER_BIT,
});

export function quieted(value: Extended): Extended {
  return { ...value, significand: value.significand | QUIET_BIT };
}

/** A finite number as `significand × 2^scale`. */
export function scaleOf({ exponent }: Extended): number {
  return Math.max(exponent, 1) - BIAS - 63;
}

export function bitLength(value: bigint): number {
  let length = 0;
  let rest = value;
  for (; rest >= 1n << 64n; rest >>= 64n) length += 64;
  const high = Number(rest >> 32n);
  if (high !== 0) return length + 64 - Math.clz32(high);
  return length + 32 - Math.clz32(Number(rest));
}

/** How an exact value is cut to bits. */
export interface Cut {
  readonly value: bigint;
  readonly isExact: boolean;
  readonly roundedUp: boolean;
}

/** `value / 2^shift` as an integer, by the rounding mode; a negative shift multiplies. */
export function cut(value: bigint, shift: number, sign: number, rounding: number): Cut {
  if (shift <= 0) return { value: value << BigInt(-shift), isExact: true, roundedUp: false };
  const quotient = value >> BigInt(shift);
  const rest = value & ((1n << BigInt(shift)) - 1n);
  if (rest === 0n) return { value: quotient, isExact: true, roundedUp: false };
  const half = 1n << BigInt(shift - 1);
  const roundedUp = goesUp(rest, half, quotient, sign, rounding);
  return { value: roundedUp ? quotient + 1n : quotient, isExact: false, roundedUp };
}

function goesUp(
  rest: bigint,
  half: bigint,
  quotient: bigint,
  sign: number,
  rounding: number,
): boolean {
  switch (rounding) {
    case ROUND_NEAREST:
      return rest > half || (rest === half && (quotient & 1n) === 1n);
    case ROUND_DOWN:
      return sign === 1;
    case ROUND_UP:
      return sign === 0;
    default:
      return false;
  }
}

/** Shape of a binary format: bits of the significand, largest exponent and bias. */
export interface Format {
  readonly precision: number;
  readonly emin: number;
  readonly emax: number;
}

/** A number rounded to a format: `significand × 2^(exponent - precision + 1)`, or its limits. */
export interface Rounded {
  readonly kind: 'finite' | 'overflow';
  /** Of the leading bit when the number is normal; `emin` when it is not. */
  readonly exponent: number;
  readonly significand: bigint;
}

/**
 * Rounds `value × 2^scale`, value > 0, with overflow, underflow and inexact raised. Unmasked
 * overflow and underflow give a result with unbounded exponent, for the caller to deal with.
 * x86 calls a number tiny when it is so after rounding to the precision.
 */
export function roundTo(
  env: X87Environment,
  format: Format,
  sign: number,
  value: bigint,
  scale: number,
): Rounded {
  const { precision, emin, emax } = format;
  const length = bitLength(value);
  const full = cut(value, length - precision, sign, env.rounding);
  const carried = bitLength(full.value) > precision;
  const exponent = scale + length - 1 + (carried ? 1 : 0);
  const significand = carried ? full.value >> 1n : full.value;
  if (exponent < emin) return roundTiny(env, format, sign, value, scale, full, exponent);
  noteCut(env, full);
  if (exponent <= emax) return { kind: 'finite', exponent, significand };
  env.raise(OE);
  if (!env.isMasked(OE)) return { kind: 'overflow', exponent, significand };
  env.raise(PE);
  return { kind: 'overflow', exponent, significand };
}

function noteCut(env: X87Environment, { isExact, roundedUp }: Cut): void {
  if (!isExact) env.raise(PE);
  env.roundedUp = roundedUp;
}

function roundTiny(
  env: X87Environment,
  { precision, emin }: Format,
  sign: number,
  value: bigint,
  scale: number,
  full: Cut,
  exponent: number,
): Rounded {
  if (!env.isMasked(UE)) {
    env.raise(UE);
    noteCut(env, full);
    const carried = bitLength(full.value) > precision;
    const significand = carried ? full.value >> 1n : full.value;
    return { kind: 'finite', exponent, significand };
  }
  const shift = emin - (precision - 1) - scale;
  const tiny = cut(value, shift, sign, env.rounding);
  noteCut(env, tiny);
  if (!tiny.isExact) env.raise(UE);
  return { kind: 'finite', exponent: emin, significand: tiny.value };
}

/** Whether an overflow becomes infinity, by sign and rounding mode. */
export function overflowsToInfinity(sign: number, rounding: number): boolean {
  return (
    rounding === ROUND_NEAREST ||
    (rounding === ROUND_UP && sign === 0) ||
    (rounding === ROUND_DOWN && sign === 1)
  );
}

const MIN_NORMAL = 1 - BIAS;
const MAX_NORMAL = MAX_EXPONENT - 1 - BIAS;

/**
 * The register's contents for the exact `value × 2^scale` (value ≥ 0), rounded as the control word
 * says; `precision` is that of the control word unless the instruction ignores it.
 */
export function finish(
  env: X87Environment,
  sign: 0 | 1,
  value: bigint,
  scale: number,
  precision: number = env.precision,
): Extended {
  if (value === 0n) return zero(sign);
  const format = { precision, emin: MIN_NORMAL, emax: MAX_NORMAL };
  const rounded = roundTo(env, format, sign, value, scale);
  const significand = rounded.significand << BigInt(64 - precision);
  if (rounded.kind === 'overflow') return overflowed(env, sign, precision, rounded, significand);
  if (rounded.exponent < MIN_NORMAL) {
    return wrapped(env, sign, rounded.exponent + BIAS + WRAP, significand);
  }
  const isDenormal = (significand & INTEGER_BIT) === 0n;
  return { sign, exponent: isDenormal ? 0 : rounded.exponent + BIAS, significand };
}

function overflowed(
  env: X87Environment,
  sign: 0 | 1,
  precision: number,
  { exponent }: Rounded,
  significand: bigint,
): Extended {
  if (!env.isMasked(OE)) return wrapped(env, sign, exponent + BIAS - WRAP, significand);
  const isInfinite = overflowsToInfinity(sign, env.rounding);
  env.roundedUp = isInfinite;
  if (isInfinite) return infinity(sign);
  const largest = ALL_ONES ^ ((1n << BigInt(64 - precision)) - 1n);
  return { sign, exponent: MAX_EXPONENT - 1, significand: largest };
}

/** A result whose exponent was moved; one that is still out of range becomes its limit. */
function wrapped(
  env: X87Environment,
  sign: 0 | 1,
  exponent: number,
  significand: bigint,
): Extended {
  if (exponent > 0 && exponent < MAX_EXPONENT) return { sign, exponent, significand };
  env.raise(PE);
  env.roundedUp = exponent > 0;
  return exponent > 0 ? infinity(sign) : zero(sign);
}

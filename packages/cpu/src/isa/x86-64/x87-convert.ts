/**
 * Other formats to extended numbers and back: single and double, two's complement, packed decimal,
 * and the constants that x87 has. A store that an unmasked exception prevents gives null.
 */
import { finishExactly } from './x87-arithmetic.ts';
import {
  BIAS,
  classOf,
  cut,
  DE,
  type Extended,
  type Format,
  IE,
  INTEGER_BIT,
  infinity,
  MAX_EXPONENT,
  OE,
  overflowsToInfinity,
  PE,
  quieted,
  roundTo,
  scaleOf,
  UE,
  type X87Environment,
  zero,
} from './x87-number.ts';

interface BinaryFormat extends Format {
  /** Bits of the whole number, of its stored fraction; bias of its exponent. */
  readonly bits: number;
  readonly fraction: number;
  readonly bias: number;
}

export const SINGLE: BinaryFormat = {
  precision: 24,
  emin: -126,
  emax: 127,
  bits: 32,
  fraction: 23,
  bias: 127,
};

export const DOUBLE: BinaryFormat = {
  precision: 53,
  emin: -1022,
  emax: 1023,
  bits: 64,
  fraction: 52,
  bias: 1023,
};

const MASKS: readonly bigint[] = Array.from({ length: 65 }, (_, n) => (1n << BigInt(n)) - 1n);
const mask = (bits: number): bigint => MASKS[bits]!;
const signOf = (bit: bigint): 0 | 1 => (bit === 0n ? 0 : 1);

/** Loads a single or double, given as its bits. */
export function fromBinary(env: X87Environment, format: BinaryFormat, bits: bigint): Extended {
  const sign = signOf(bits >> BigInt(format.bits - 1));
  const width = format.bits - 1 - format.fraction;
  const exponent = Number((bits >> BigInt(format.fraction)) & mask(width));
  const fraction = bits & mask(format.fraction);
  const significand = fraction << BigInt(63 - format.fraction);
  if (exponent === Number(mask(width))) {
    if (fraction === 0n) return infinity(sign);
    const nan = { sign, exponent: MAX_EXPONENT, significand: INTEGER_BIT | significand };
    if (classOf(nan) === 'signalling') env.raise(IE);
    return quieted(nan);
  }
  if (exponent !== 0) {
    const biased = exponent - format.bias + BIAS;
    return { sign, exponent: biased, significand: INTEGER_BIT | significand };
  }
  if (fraction === 0n) return zero(sign);
  env.raise(DE);
  const { exponent: leading, significand: normal } = finishExactly(sign, fraction);
  return { sign, exponent: leading - format.bias + 1 - format.fraction, significand: normal };
}

/** A number as the bits of a single or double. */
export function toBinary(
  env: X87Environment,
  format: BinaryFormat,
  value: Extended,
): bigint | null {
  const kind = classOf(value);
  const sign = BigInt(value.sign) << BigInt(format.bits - 1);
  const limit = mask(format.bits - 1 - format.fraction) << BigInt(format.fraction);
  const quiet = 1n << BigInt(format.fraction - 1);
  switch (kind) {
    case 'zero':
      return sign;
    case 'infinity':
      return sign | limit;
    case 'unsupported':
      env.raise(IE);
      return env.isMasked(IE) ? indefinite(format) : null;
    case 'quiet':
    case 'signalling': {
      if (kind === 'signalling') env.raise(IE);
      if (env.isStopped) return null;
      const payload = (value.significand & ~INTEGER_BIT) >> BigInt(63 - format.fraction);
      return sign | limit | quiet | payload;
    }
    default:
      return finiteToBinary(env, format, value, sign, limit);
  }
}

/** Real indefinite in a format. */
export function indefinite(format: BinaryFormat): bigint {
  const negative = 1n << BigInt(format.bits - 1);
  return negative | (mask(format.bits - format.fraction) << BigInt(format.fraction - 1));
}

function finiteToBinary(
  env: X87Environment,
  format: BinaryFormat,
  value: Extended,
  sign: bigint,
  limit: bigint,
): bigint | null {
  const { kind, exponent, significand } = roundTo(
    env,
    format,
    value.sign,
    value.significand,
    scaleOf(value),
  );
  if ((env.raised & ~env.control & (OE | UE)) !== 0) {
    // Memory has no room for a moved exponent: nothing is stored, so nothing is inexact.
    env.raised &= ~PE;
    return null;
  }
  if (kind === 'overflow') {
    const isInfinite = overflowsToInfinity(value.sign, env.rounding);
    env.roundedUp = isInfinite;
    return sign | (isInfinite ? limit : limit - 1n);
  }
  const isNormal = significand >> BigInt(format.fraction) !== 0n;
  const biased = isNormal ? BigInt(exponent + format.bias) : 0n;
  return sign | (biased << BigInt(format.fraction)) | (significand & mask(format.fraction));
}

/** A signed integer as a number; always exact. */
export function fromInteger(value: bigint): Extended {
  return finishExactly(value < 0n ? 1 : 0, value < 0n ? -value : value);
}

/** A number as an integer of some bits; null when it does not fit and that is unmasked. */
export function toInteger(
  env: X87Environment,
  value: Extended,
  bits: number,
  rounding: number,
): bigint | null {
  const whole = integerOf(env, value, rounding);
  const limit = 1n << BigInt(bits - 1);
  if (whole !== null && whole >= -limit && whole < limit) return whole;
  return notInteger(env, -limit);
}

function notInteger(env: X87Environment, masked: bigint): bigint | null {
  env.raised = IE;
  env.roundedUp = false;
  return env.isMasked(IE) ? masked : null;
}

/** The rounded integer, or null when there is none or it is far too large. */
function integerOf(env: X87Environment, value: Extended, rounding: number): bigint | null {
  const kind = classOf(value);
  if (kind === 'zero') return 0n;
  if (kind !== 'normal' && kind !== 'denormal') return null;
  if (value.exponent > BIAS + 64) return null;
  const whole = cut(value.significand, -scaleOf(value), value.sign, rounding);
  if (!whole.isExact) env.raise(PE);
  env.roundedUp = whole.roundedUp;
  return value.sign === 0 ? whole.value : -whole.value;
}

const DECIMAL_DIGITS = 18;
const DECIMAL_LIMIT = 10n ** 18n;
/** Packed decimal indefinite: FFFF C000… */
const DECIMAL_INDEFINITE = [0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff] as const;

/** Ten bytes of packed decimal. Digits above 9 are taken for what they are worth. */
export function fromDecimal(bytes: Uint8Array): Extended {
  let value = 0n;
  for (let n = DECIMAL_DIGITS / 2 - 1; n >= 0; n--) {
    value = value * 100n + BigInt((bytes[n]! >> 4) * 10 + (bytes[n]! & 15));
  }
  return finishExactly(bytes[9]! & 0x80 ? 1 : 0, value);
}

/** A number as packed decimal, rounded by the control word. */
export function toDecimal(env: X87Environment, value: Extended): Uint8Array | null {
  const whole = integerOf(env, value, env.rounding);
  if (whole === null || whole >= DECIMAL_LIMIT || whole <= -DECIMAL_LIMIT) {
    const stored = notInteger(env, 0n);
    return stored === null ? null : Uint8Array.from(DECIMAL_INDEFINITE);
  }
  const bytes = new Uint8Array(10);
  let rest = whole < 0n ? -whole : whole;
  for (let n = 0; n < DECIMAL_DIGITS / 2; n++) {
    const pair = Number(rest % 100n);
    bytes[n] = (Math.floor(pair / 10) << 4) | (pair % 10);
    rest /= 100n;
  }
  bytes[9] = value.sign << 7;
  return bytes;
}

/** The constants to 128 bits, and the exponent of their leading bit. */
const CONSTANTS: Readonly<Record<string, readonly [bigint, number]>> = {
  fld1: [1n << 127n, 0],
  fldl2t: [0xd49a784bcd1b8afe492bf6ff4dafdb4dn, 1],
  fldl2e: [0xb8aa3b295c17f0bbbe87fed0691d3e89n, 0],
  fldpi: [0xc90fdaa22168c234c4c6628b80dc1cd1n, 1],
  fldlg2: [0x9a209a84fbcff7988f8959ac0b7c9178n, -2],
  fldln2: [0xb17217f7d1cf79abc9e3b39803f2f6afn, -1],
};

/** What an FLD-constant instruction loads; rounded by the mode, and nothing is raised. */
export function constantOf(mnemonic: string, rounding: number): Extended {
  const constant = CONSTANTS[mnemonic];
  if (constant === undefined) return zero(0);
  const [digits, exponent] = constant;
  return { sign: 0, exponent: exponent + BIAS, significand: cut(digits, 64, 0, rounding).value };
}

// @table
/** Numbers of the C library: from and to text, arithmetic, mathematics, randomness, time. */
import type { Call } from '../call.ts';
import { STATUS_INTEGER_DIVIDE_BY_ZERO } from '../exception/exception-record.ts';
import { unixSeconds } from '../process/file-time.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';
import { writeBrokenTime } from './broken-time.ts';
import { brokenTime } from './civil-time.ts';
import { EINVAL, ERANGE, failWith, setErrno } from './crt-errno.ts';
import { copysign, scale } from './float-functions.ts';

const I64_MOST = 2n ** 63n - 1n;
const U64_MOST = 2n ** 64n - 1n;

/** Larger numbers keep their lowest 64 bits only: they fit nowhere, however long their text is. */
const MOST_EXACT = 2n ** 128n;

interface Parsed {
  /** Exact up to 128 bits; beyond, larger than 64 bits with the lowest 64 right. */
  readonly value: bigint;
  /** Characters that it took. */
  readonly length: number;
}

/** A whole number at the start of a text, as strtol reads it. */
export function parseInteger(text: string, base: number): Parsed {
  const lead = /^[ \t-\r]*([+-]?)/.exec(text)!;
  let rest = text.slice(lead[0].length);
  let taken = lead[0].length;
  const hasHex = /^0[xX][0-9a-fA-F]/.test(rest);
  const real = base !== 0 ? base : hasHex ? 16 : rest.startsWith('0') ? 8 : 10;
  if (real === 16 && hasHex) {
    rest = rest.slice(2);
    taken += 2;
  }
  let value = 0n;
  let count = 0;
  for (const letter of rest) {
    const digit = Number.parseInt(letter, 36);
    if (Number.isNaN(digit) || digit >= real) break;
    value = value * BigInt(real) + BigInt(digit);
    if (value > MOST_EXACT) value = U64_MOST + 1n + BigInt.asUintN(64, value);
    count++;
  }
  if (count === 0) return { value: 0n, length: 0 };
  return { value: lead[1] === '-' ? -value : value, length: taken + count };
}

/** A floating-point number at the start of a text, as strtod reads it. */
export function parseDouble(text: string): { readonly value: number; readonly length: number } {
  const match = /^[ \t-\r]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/.exec(text);
  if (match === null) return { value: 0, length: 0 };
  return { value: Number(match[0].trim()), length: match[0].length };
}

/** The universal library reads hexadecimal digits, infinities and numbers that are none, too. */
function readDouble(c: Call, text: string): { readonly value: number; readonly length: number } {
  return (c.process.crt.isUniversal ? parseSpecial(text) : null) ?? parseDouble(text);
}

function parseSpecial(text: string): { readonly value: number; readonly length: number } | null {
  const match =
    /^[ \t-\r]*([+-]?)(?:(inf(?:inity)?)|(nan(?:\(\w*\))?)|0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?)/i.exec(
      text,
    );
  if (match === null) return null;
  const [all, sign, infinity, none, whole = '', fraction = '', exponent = '0'] = match;
  if (infinity === undefined && none === undefined && whole + fraction === '') return null;
  const digits =
    Number(`0x${whole}${fraction}` || '0') * 2 ** (Number(exponent) - fraction.length * 4);
  const size = infinity !== undefined ? Infinity : none !== undefined ? Number.NaN : digits;
  return { value: sign === '-' ? -size : size, length: all.length };
}

/** strtol and its kin: a value within bounds, and where the number ended. */
function toInteger(
  c: Call,
  text: string,
  unit: number,
  range: { readonly least: bigint; readonly most: bigint; readonly isSigned: boolean },
): bigint {
  const { value, length } = parseInteger(text, c.i32(2));
  if (c.word(1) !== 0) c.memory.setU64(c.word(1), c.word(0) + length * unit);
  const magnitude = value < 0n ? -value : value;
  const isOver = range.isSigned
    ? value < range.least || value > range.most
    : magnitude > range.most;
  if (!isOver) return value;
  setErrno(c.process, ERANGE);
  return range.isSigned && value < 0n ? range.least : range.most;
}

const I32 = { least: -(2n ** 31n), most: 2n ** 31n - 1n, isSigned: true };
const U32 = { least: 0n, most: 2n ** 32n - 1n, isSigned: false };
const I64 = { least: -(2n ** 63n), most: I64_MOST, isSigned: true };
const U64 = { least: 0n, most: U64_MOST, isSigned: false };

function toDouble(c: Call, text: string, unit: number): number {
  const { value, length } = readDouble(c, text);
  if (c.word(1) !== 0) c.memory.setU64(c.word(1), c.word(0) + length * unit);
  if (!Number.isFinite(value)) setErrno(c.process, ERANGE);
  return value;
}

/** Digits, and all letters. */
const MOST_BASE = 36;

function fromInteger(c: Call, value: bigint): number {
  const base = c.i32(2);
  const isBase = base >= 2 && base <= MOST_BASE;
  if (!isBase) setErrno(c.process, EINVAL);
  c.memory.setText(c.word(1), isBase ? value.toString(base) : '');
  return c.word(1);
}

const low32 = (c: Call, isSigned: boolean): bigint => {
  const isDecimal = c.i32(2) === 10;
  return BigInt(isSigned && isDecimal ? c.i32(0) : c.u32(0));
};

const CONVERSIONS: FunctionRows = {
  'atoi(text: text): i32': (c) => Number(BigInt.asIntN(32, parseInteger(c.text(0), 10).value)),
  'atol(text: text): i32': (c) => Number(BigInt.asIntN(32, parseInteger(c.text(0), 10).value)),
  '_atoi64(text: text): i64': (c) => parseInteger(c.text(0), 10).value,
  'atoll(text: text): i64': (c) => parseInteger(c.text(0), 10).value,
  '_wtoi(text: wide): i32': (c) => Number(BigInt.asIntN(32, parseInteger(c.wide(0), 10).value)),
  '_wtol(text: wide): i32': (c) => Number(BigInt.asIntN(32, parseInteger(c.wide(0), 10).value)),
  'atof(text: text): f64': (c) => readDouble(c, c.text(0)).value,
  '_wtof(text: wide): f64': (c) => readDouble(c, c.wide(0)).value,
  '_wtoi64(text: wide): i64': (c) => parseInteger(c.wide(0), 10).value,
  'strtod(text: text, end: pointer): f64': (c) => toDouble(c, c.text(0), 1),
  'strtof(text: text, end: pointer): f32': (c) => toDouble(c, c.text(0), 1),
  'wcstof(text: wide, end: pointer): f32': (c) => toDouble(c, c.wide(0), 2),
  'strtold(text: text, end: pointer): f64': (c) => toDouble(c, c.text(0), 1),
  'wcstod(text: wide, end: pointer): f64': (c) => toDouble(c, c.wide(0), 2),
  'strtol(text: text, end: pointer, base: i32): i32': (c) => toInteger(c, c.text(0), 1, I32),
  'strtoul(text: text, end: pointer, base: i32): u32': (c) => toInteger(c, c.text(0), 1, U32),
  'wcstol(text: wide, end: pointer, base: i32): i32': (c) => toInteger(c, c.wide(0), 2, I32),
  'wcstoul(text: wide, end: pointer, base: i32): u32': (c) => toInteger(c, c.wide(0), 2, U32),
  '_strtoi64(text: text, end: pointer, base: i32): i64': (c) => toInteger(c, c.text(0), 1, I64),
  '_strtoui64(text: text, end: pointer, base: i32): u64': (c) => toInteger(c, c.text(0), 1, U64),
  'strtoll(text: text, end: pointer, base: i32): i64': (c) => toInteger(c, c.text(0), 1, I64),
  'strtoull(text: text, end: pointer, base: i32): u64': (c) => toInteger(c, c.text(0), 1, U64),
  '_wcstoi64(text: wide, end: pointer, base: i32): i64': (c) => toInteger(c, c.wide(0), 2, I64),
  '_wcstoui64(text: wide, end: pointer, base: i32): u64': (c) => toInteger(c, c.wide(0), 2, U64),
  '_itoa(value: i32, to: pointer, base: i32): pointer': (c) => fromInteger(c, low32(c, true)),
  '_ltoa(value: i32, to: pointer, base: i32): pointer': (c) => fromInteger(c, low32(c, true)),
  '_ultoa(value: u32, to: pointer, base: i32): pointer': (c) => fromInteger(c, low32(c, false)),
  '_i64toa(value: i64, to: pointer, base: i32): pointer': (c) =>
    fromInteger(c, c.i32(2) === 10 ? c.big(0) : BigInt.asUintN(64, c.big(0))),
  '_ui64toa(value: u64, to: pointer, base: i32): pointer': (c) =>
    fromInteger(c, BigInt.asUintN(64, c.big(0))),
};

/** Mathematics of one argument; the results are those of the host's library. */
const UNARY: Readonly<Record<string, (x: number) => number>> = {
  acos: Math.acos,
  asin: Math.asin,
  atan: Math.atan,
  ceil: Math.ceil,
  cos: Math.cos,
  cosh: Math.cosh,
  exp: Math.exp,
  fabs: Math.abs,
  floor: Math.floor,
  log: Math.log,
  log10: Math.log10,
  log2: Math.log2,
  cbrt: Math.cbrt,
  sin: Math.sin,
  sinh: Math.sinh,
  sqrt: Math.sqrt,
  tan: Math.tan,
  tanh: Math.tanh,
};
const BINARY: Readonly<Record<string, (x: number, y: number) => number>> = {
  atan2: Math.atan2,
  // C has 1 for 1 to any power, and for -1 to an infinite one; JavaScript has no number.
  pow: (x, y) => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y),
  fmod: (x, y) => x % y,
  _hypot: Math.hypot,
  hypot: Math.hypot,
};

function mathRows(): FunctionRows {
  const rows: Record<string, (c: Call) => number> = {};
  for (const [name, function_] of Object.entries(UNARY)) {
    rows[`${name}(x: f64): f64`] = (c) => function_(c.double(0));
    rows[`${name}f(x: f32): f32`] = (c) => function_(c.float(0));
  }
  for (const [name, function_] of Object.entries(BINARY)) {
    rows[`${name}(x: f64, y: f64): f64`] = (c) => function_(c.double(0), c.double(1));
    rows[`${name}f(x: f32, y: f32): f32`] = (c) => function_(c.float(0), c.float(1));
  }
  return rows;
}

function splitExponent(c: Call): number {
  const value = c.double(0);
  if (value === 0 || !Number.isFinite(value)) {
    c.memory.setU32(c.word(1), 0);
    return value;
  }
  let exponent = Math.max(-1023, Math.floor(Math.log2(Math.abs(value))) + 1);
  let fraction =
    value * 2 ** -Math.trunc(exponent / 2) * 2 ** -(exponent - Math.trunc(exponent / 2));
  while (Math.abs(fraction) < 0.5) {
    fraction *= 2;
    exponent--;
  }
  while (Math.abs(fraction) >= 1) {
    fraction /= 2;
    exponent++;
  }
  c.memory.setU32(c.word(1), exponent);
  return fraction;
}

/** The generator of msvcrt: 15 bits of a linear congruence. */
function nextRandom(c: Call): number {
  const { crt } = c.process;
  crt.randomState = (Math.imul(crt.randomState, 214_013) + 2_531_011) | 0;
  return (crt.randomState >>> 16) & 0x7fff;
}

function tellTime(c: Call, isWide: boolean): number {
  const now = unixSeconds(c.process.fileTime);
  if (c.word(0) !== 0) {
    if (isWide) c.memory.setU64(c.word(0), now);
    else c.memory.setU32(c.word(0), now);
  }
  return now;
}

/** 23:59:59 of December 31, 3000, in UTC: what comes later is no time of the library's. */
const LAST_SECOND = 0x7_9340_6fff;

/** Of the time that argument 0 points to. */
function breakTime(c: Call): number {
  const seconds = Number(c.memory.big(c.word(0)));
  if (seconds < 0 || seconds > LAST_SECOND) return failWith(c.process, EINVAL, 0);
  writeBrokenTime(c, c.process.crt.brokenTime, brokenTime(seconds));
  return c.process.crt.brokenTime;
}

export const NUMBER_FUNCTIONS: readonly SystemFunction[] = systemFunctions('crt', {
  ...CONVERSIONS,
  ...mathRows(),
  'abs(value: i32): i32': (c) => Math.abs(c.i32(0)) | 0,
  'labs(value: i32): i32': (c) => Math.abs(c.i32(0)) | 0,
  '_abs64(value: i64): i64': (c) => (c.big(0) < 0n ? -c.big(0) : c.big(0)),
  'frexp(x: f64, exponent: pointer): f64': splitExponent,
  'ldexp(x: f64, exponent: i32): f64': (c) => scale(c.double(0), c.i32(1)),
  '_scalb(x: f64, exponent: i32): f64': (c) => scale(c.double(0), c.i32(1)),
  'modf(x: f64, whole: pointer): f64': (c) => {
    const value = c.double(0);
    const whole = Math.trunc(value);
    c.memory.setF64(c.word(1), whole);
    return Number.isFinite(value) ? value - whole : 0;
  },
  '_copysign(x: f64, y: f64): f64': (c) => copysign(c.double(0), c.double(1)),
  '_finite(x: f64): i32': (c) => (Number.isFinite(c.double(0)) ? 1 : 0),
  '_isnan(x: f64): i32': (c) => (Number.isNaN(c.double(0)) ? 1 : 0),
  'div(a: i32, b: i32): u64': (c) => {
    if (c.i32(1) === 0) {
      c.process.raising = { code: STATUS_INTEGER_DIVIDE_BY_ZERO, flags: 0, information: [] };
      return 0;
    }
    const quotient = Math.trunc(c.i32(0) / c.i32(1));
    return (BigInt(c.i32(0) % c.i32(1)) << 32n) | BigInt.asUintN(32, BigInt(quotient));
  },
  'rand(): i32': nextRandom,
  'srand(seed: u32)': (c) => {
    c.process.crt.randomState = c.i32(0);
    return 0;
  },
  'rand_s(to: pointer): i32': (c) => {
    c.memory.setU32(c.word(0), c.process.random());
    return 0;
  },
  'time(to: pointer): i64': (c) => tellTime(c, true),
  '_time64(to: pointer): i64': (c) => tellTime(c, true),
  '_time32(to: pointer): i32': (c) => tellTime(c, false),
  'clock(): i32': (c) => Math.floor(c.process.now / 1_000_000),
  'difftime(a: i64, b: i64): f64': (c) => Number(c.big(0) - c.big(1)),
  '_difftime64(a: i64, b: i64): f64': (c) => Number(c.big(0) - c.big(1)),
  'gmtime(time: pointer): pointer': breakTime,
  '_gmtime64(time: pointer): pointer': breakTime,
  'localtime(time: pointer): pointer': breakTime,
  '_localtime64(time: pointer): pointer': breakTime,
  '_tzset()': () => 0,
});

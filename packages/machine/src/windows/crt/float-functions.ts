// @table
/** Floating point of the C library: C99's functions, classes of numbers, control and status words. */
import type { Call } from '../call.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';

const isNegative = (x: number): boolean => x < 0 || Object.is(x, -0);

/** The size of one number with the sign of another. */
export function copysign(x: number, y: number): number {
  return isNegative(y) ? -Math.abs(x) : Math.abs(x);
}

/** To the nearest whole number, halves away from zero. */
function round(x: number): number {
  const whole = Math.trunc(x);
  return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole;
}

/** To the nearest whole number, halves to the even one. */
function roundToEven(x: number): number {
  if (!Number.isFinite(x) || Math.abs(x) >= 2 ** 52) return x;
  const whole = Math.floor(x);
  const rest = x - whole;
  const up = rest > 0.5 || (rest === 0.5 && whole % 2 !== 0);
  const result = up ? whole + 1 : whole;
  return result === 0 && isNegative(x) ? -0 : result;
}

/** x minus the nearest multiple of y. */
export function remainder(x: number, y: number): number {
  if (!Number.isFinite(x) || y === 0 || Number.isNaN(y)) return Number.NaN;
  if (!Number.isFinite(y)) return x;
  const step = Math.abs(y);
  // Halves of the smallest numbers are none: what is left is compared, not halved.
  let result = Math.abs(x % (2 * y));
  if (result > step - result) {
    result -= step;
    if (result >= step - result) result -= step;
  }
  const signed = isNegative(x) ? -result : result;
  return signed === 0 && isNegative(x) ? -0 : signed;
}

const scratch = new DataView(new ArrayBuffer(8));

/** The next number that a double can be, towards another. */
function nextAfter(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (x === y) return y;
  if (x === 0) return y > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE;
  scratch.setFloat64(0, x);
  const bits = scratch.getBigInt64(0);
  const isAway = y > x === x > 0;
  scratch.setBigInt64(0, bits + (isAway ? 1n : -1n));
  return scratch.getFloat64(0);
}

/** Of a float. */
function nextAfterFloat(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (x === y) return y;
  const smallest = 2 ** -149;
  if (x === 0) return y > 0 ? smallest : -smallest;
  scratch.setFloat32(0, x);
  const isAway = y > x === x > 0;
  scratch.setInt32(0, scratch.getInt32(0) + (isAway ? 1 : -1));
  return scratch.getFloat32(0);
}

/** The exponent of the leading bit of a finite number that is not zero. */
function exponentOf(x: number): number {
  scratch.setFloat64(0, x);
  const field = (scratch.getUint16(0) >>> 4) & 0x7ff;
  if (field !== 0) return field - 1023;
  return exponentOf(x * 2 ** 54) - 54;
}

function logb(x: number): number {
  if (x === 0) return Number.NEGATIVE_INFINITY;
  return Number.isFinite(x) ? exponentOf(x) : Math.abs(x);
}

const ILOGB_ZERO = -2_147_483_648;
const ILOGB_NONE = 2_147_483_647;

function integerLogb(x: number): number {
  if (x === 0) return ILOGB_ZERO;
  return Number.isFinite(x) ? exponentOf(x) : ILOGB_NONE;
}

/** x times a power of two, in two steps: each of them is exact but the last. */
export function scale(x: number, exponent: number): number {
  const bounded = Math.max(-2200, Math.min(2200, exponent));
  const half = Math.trunc(bounded / 2);
  return x * 2 ** half * 2 ** (bounded - half);
}

/** Bits of a number, and the exponent of its smallest one. */
interface Precision {
  readonly bits: number;
  readonly least: number;
}

export const DOUBLE: Precision = { bits: 53, least: -1074 };
export const FLOAT: Precision = { bits: 24, least: -149 };

/** The exact product and sum as whole numbers times a power of two, rounded once. */
export function multiplyAdd(x: number, y: number, z: number, to: Precision): number {
  if (!Number.isFinite(x) || !Number.isFinite(y) || !Number.isFinite(z)) return x * y + z;
  const [a, b, c] = [wholeOf(x), wholeOf(y), wholeOf(z)];
  const low = Math.min(a.exponent + b.exponent, c.exponent);
  const product = (a.whole * b.whole) << BigInt(a.exponent + b.exponent - low);
  const sum = product + (c.whole << BigInt(c.exponent - low));
  return sum === 0n ? x * y + z : nearest(sum, low, to);
}

function wholeOf(x: number): { readonly whole: bigint; readonly exponent: number } {
  if (x === 0) return { whole: 0n, exponent: 0 };
  const exponent = Math.max(exponentOf(x), -1022) - 52;
  return { whole: BigInt(scale(x, -exponent)), exponent };
}

/** The number nearest to whole · 2^exponent; ties go to the even one. */
function nearest(whole: bigint, exponent: number, to: Precision): number {
  const size = whole < 0n ? -whole : whole;
  const bits = size.toString(2).length;
  const kept = Math.min(to.bits, bits + exponent - to.least);
  if (kept < 0) return whole < 0n ? -0 : 0;
  const drop = bits - kept;
  if (drop <= 0) return scale(Number(whole), exponent);
  const unit = 1n << BigInt(drop);
  const rest = size & (unit - 1n);
  let top = size >> BigInt(drop);
  const half = unit >> 1n;
  if (rest > half || (rest === half && (top & 1n) === 1n)) top += 1n;
  const result = scale(Number(top), exponent + drop);
  return whole < 0n ? -result : result;
}

const UNARY: Readonly<Record<string, (x: number) => number>> = {
  acosh: Math.acosh,
  asinh: Math.asinh,
  atanh: Math.atanh,
  exp2: (x) => 2 ** x,
  expm1: Math.expm1,
  log1p: Math.log1p,
  trunc: Math.trunc,
  round,
  rint: roundToEven,
  nearbyint: roundToEven,
  logb,
};
const BINARY: Readonly<Record<string, (x: number, y: number) => number>> = {
  copysign,
  fdim: (x, y) => (x > y ? x - y : Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : 0),
  fmax: (x, y) => (Number.isNaN(x) ? y : Number.isNaN(y) ? x : Math.max(x, y)),
  fmin: (x, y) => (Number.isNaN(x) ? y : Number.isNaN(y) ? x : Math.min(x, y)),
  remainder,
};
/** To a whole number of 32 or 64 bits; what does not fit is the smallest. */
const WHOLE: Readonly<Record<string, (x: number) => number>> = { round, rint: roundToEven };

function wholeRows(): FunctionRows {
  const rows: Record<string, (c: Call) => number | bigint> = {};
  for (const [name, function_] of Object.entries(WHOLE)) {
    for (const [suffix, read] of READERS) {
      rows[`l${name}${suffix}(x: ${read.type}): i32`] = (c) => {
        const whole = function_(read.value(c, 0));
        return Math.abs(whole) < 2 ** 31 ? whole : -(2 ** 31);
      };
      rows[`ll${name}${suffix}(x: ${read.type}): i64`] = (c) => {
        const whole = function_(read.value(c, 0));
        return Math.abs(whole) < 2 ** 63 ? BigInt(whole) : -(2n ** 63n);
      };
    }
  }
  return rows;
}

interface Reader {
  readonly type: 'f64' | 'f32';
  value(c: Call, index: number): number;
}

/** `sin` is of doubles, `sinf` of floats, and `sinl` of doubles again. */
const READERS: readonly (readonly [suffix: string, reader: Reader])[] = [
  ['', { type: 'f64', value: (c, index) => c.double(index) }],
  ['f', { type: 'f32', value: (c, index) => c.float(index) }],
  ['l', { type: 'f64', value: (c, index) => c.double(index) }],
];

function mathRows(): FunctionRows {
  const rows: Record<string, (c: Call) => number> = {};
  for (const [suffix, { type, value }] of READERS) {
    for (const [name, function_] of Object.entries(UNARY)) {
      rows[`${name}${suffix}(x: ${type}): ${type}`] = (c) => function_(value(c, 0));
    }
    for (const [name, function_] of Object.entries(BINARY)) {
      rows[`${name}${suffix}(x: ${type}, y: ${type}): ${type}`] = (c) =>
        function_(value(c, 0), value(c, 1));
    }
    const next = type === 'f64' ? nextAfter : nextAfterFloat;
    rows[`nextafter${suffix}(x: ${type}, y: ${type}): ${type}`] = (c) =>
      next(value(c, 0), value(c, 1));
    rows[`scalbn${suffix}(x: ${type}, exponent: i32): ${type}`] = (c) =>
      scale(value(c, 0), c.i32(1));
    rows[`scalbln${suffix}(x: ${type}, exponent: i32): ${type}`] = (c) =>
      scale(value(c, 0), c.i32(1));
    rows[`ilogb${suffix}(x: ${type}): i32`] = (c) => integerLogb(value(c, 0));
    rows[`fma${suffix}(x: ${type}, y: ${type}, z: ${type}): ${type}`] = (c) =>
      multiplyAdd(value(c, 0), value(c, 1), value(c, 2), type === 'f64' ? DOUBLE : FLOAT);
  }
  return rows;
}

/** Bits of the control word of the C library, and of MXCSR. */
const MASKS: readonly (readonly [word: number, mxcsr: number])[] = [
  [0x10, 0x80],
  [0x8_0000, 0x100],
  [0x8, 0x200],
  [0x4, 0x400],
  [0x2, 0x800],
  [0x1, 0x1000],
  [0x100, 0x2000],
  [0x200, 0x4000],
  [0x100_0000, 0x8000],
];
/** Six flags lie seven bits below their masks. */
const FLAG_SHIFT = 7;
const FLAG_COUNT = 6;
const FLAGS = 0x3f;

function controlWord(mxcsr: number): number {
  return MASKS.reduce((word, [bit, own]) => word | ((mxcsr & own) === 0 ? 0 : bit), 0);
}

function statusWord(mxcsr: number): number {
  return MASKS.slice(0, FLAG_COUNT).reduce(
    (word, [bit, own]) => word | ((mxcsr & (own >> FLAG_SHIFT)) === 0 ? 0 : bit),
    0,
  );
}

/** Changes those bits of the control word that a mask has: the word after it. */
function control(c: Call, wanted: number, mask: number): number {
  const before = c.process.registers.mxcsrValue;
  const word = (controlWord(before) & ~mask) | (wanted & mask);
  const after = MASKS.reduce(
    (value, [bit, own]) => ((word & bit) === 0 ? value & ~own : value | own),
    before,
  );
  if (after !== before) c.process.registers.mxcsrValue = after;
  return word;
}

/** The exception for denormals is not _controlfp's to change. */
const WITHOUT_DENORMALS = ~0x8_0000;

function clearStatus(c: Call): number {
  const before = c.process.registers.mxcsrValue;
  c.process.registers.mxcsrValue = before & ~FLAGS;
  return statusWord(before);
}

/** Bits of _fpclass: signalling, quiet, -inf, -normal, -denormal, -0, 0, and the other way. */
function classBits(x: number): number {
  if (Number.isNaN(x)) return 2;
  const size = Math.abs(x);
  const kind = size === Number.POSITIVE_INFINITY ? 0 : size === 0 ? 3 : size < 2 ** -1022 ? 2 : 1;
  return isNegative(x) ? 4 << kind : 0x200 >> kind;
}

/** FP_INFINITE, FP_NAN, FP_NORMAL, FP_SUBNORMAL and FP_ZERO of the universal C library. */
function kindOf(x: number, least: number): number {
  if (Number.isNaN(x)) return 2;
  const size = Math.abs(x);
  if (size === Number.POSITIVE_INFINITY) return 1;
  return size === 0 ? 0 : size < least ? -2 : -1;
}

const CLASSES: FunctionRows = {
  '_fpclass(x: f64): i32': (c) => classBits(c.double(0)),
  '_chgsign(x: f64): f64': (c) => -c.double(0),
  '_nextafter(x: f64, y: f64): f64': (c) => nextAfter(c.double(0), c.double(1)),
  '_logb(x: f64): f64': (c) => logb(c.double(0)),
  '_isnanf(x: f32): i32': (c) => Number(Number.isNaN(c.float(0))),
  '_finitef(x: f32): i32': (c) => Number(Number.isFinite(c.float(0))),
  '_dclass(x: f64): i32': (c) => kindOf(c.double(0), 2 ** -1022),
  '_fdclass(x: f32): i32': (c) => kindOf(c.float(0), 2 ** -126),
  '_ldclass(x: f64): i32': (c) => kindOf(c.double(0), 2 ** -1022),
  '_dsign(x: f64): i32': (c) => (isNegative(c.double(0)) ? 0x8000 : 0),
  '_fdsign(x: f32): i32': (c) => (isNegative(c.float(0)) ? 0x8000 : 0),
  '_dtest(x: pointer): i32': (c) => kindOf(c.memory.f64(c.word(0)), 2 ** -1022),
};

export const FLOAT_FUNCTIONS: readonly SystemFunction[] = systemFunctions('crt', {
  ...mathRows(),
  ...wholeRows(),
  ...CLASSES,
  '_controlfp(wanted: u32, mask: u32): u32': (c) =>
    control(c, c.u32(0), c.u32(1) & WITHOUT_DENORMALS),
  '_control87(wanted: u32, mask: u32): u32': (c) => control(c, c.u32(0), c.u32(1)),
  '_controlfp_s(before: pointer, wanted: u32, mask: u32): i32': (c) => {
    const word = control(c, c.u32(1), c.u32(2) & WITHOUT_DENORMALS);
    if (c.word(0) !== 0) c.memory.setU32(c.word(0), word);
    return 0;
  },
  '_set_controlfp(wanted: u32, mask: u32)': (c) => {
    control(c, c.u32(0), c.u32(1) & WITHOUT_DENORMALS);
    return 0;
  },
  '_clearfp(): u32': clearStatus,
  '_statusfp(): u32': (c) => statusWord(c.process.registers.mxcsrValue),
});

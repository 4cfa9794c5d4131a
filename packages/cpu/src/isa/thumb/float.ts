// @table
/**
 * The FPv4-SP extension (Armv7-M ARM A6.5–A6.8): single-precision arithmetic, and moves of double
 * registers, which are pairs of singles. Double-precision arithmetic is an undefined instruction.
 */
import {
  add,
  and,
  constant,
  type Expression,
  extend16,
  or,
  shl,
  shrU,
  sub,
} from '../../ir/expression.ts';
import {
  ADD,
  arithmetic,
  compare,
  DIVIDE,
  type FloatOperation,
  FUSED,
  fromInteger,
  MULTIPLY_SINGLE,
  SQUARE_ROOT,
  SUBTRACT,
  toInteger,
} from './float-quick.ts';
import { callFloat, type FloatRoutine } from './float-routine.ts';
import { copyFlags, negated, writeFpscr } from './float-status.ts';
import type { Lifting } from './lifting.ts';
import type { Fields } from './pattern.ts';
import { FPSCR, FPU_SCRATCH, PC, S0, SP } from './register.ts';
import { type Lift, type Row, type RowOptions, row } from './row.ts';

/** Engine register of a single, from a field of its low bit and the four others: D:Vd. */
function single(field: number): number {
  return S0 + (((field & 15) << 1) | (field >> 4));
}

/** Engine register of the first operand, whose low bit comes last: Vn:N. */
function firstOperand(f: Fields): number {
  return S0 + f['n']!;
}

/** Engine register of the low half of a double; the core has sixteen. */
function double(field: number): number {
  return S0 + (field & 15) * 2;
}

/** Any FPU instruction: traps while the FPU is off. */
function floating(lift: Lift): Lift {
  return (c, f) => {
    c.useFpu();
    lift(c, f);
  };
}

function float(
  pattern: string,
  mnemonic: string,
  operands: string,
  lift: Lift,
  options: RowOptions = {},
): Row {
  return row('fpu', pattern, mnemonic, operands, floating(lift), options);
}

function get(c: Lifting, field: number): Expression {
  return c.block.get(single(field));
}

/** Sd = Sn op Sm. */
function binary(operation: FloatOperation): Lift {
  return (c, f) =>
    arithmetic(c, single(f['d']!), operation, [c.block.get(firstOperand(f)), get(c, f['m']!)]);
}

/** Sd = ±Sd ± Sn × Sm with two roundings. */
function chained(negateAddend: boolean, negateProduct: boolean): Lift {
  return (c, f) => {
    const d = single(f['d']!);
    arithmetic(c, FPU_SCRATCH, MULTIPLY_SINGLE, [c.block.get(firstOperand(f)), get(c, f['m']!)]);
    const product = c.block.get(FPU_SCRATCH);
    const addend = c.block.get(d);
    arithmetic(c, d, ADD, [
      negateAddend ? negated(addend) : addend,
      negateProduct ? negated(product) : product,
    ]);
  };
}

/** Sd = ±Sd ± Sn × Sm with one rounding. */
function fused(negateAddend: boolean, negateProduct: boolean): Lift {
  return (c, f) => {
    const d = single(f['d']!);
    const addend = c.block.get(d);
    const n = c.block.get(firstOperand(f));
    arithmetic(c, d, FUSED, [
      negateAddend ? negated(addend) : addend,
      negateProduct ? negated(n) : n,
      get(c, f['m']!),
    ]);
  };
}

const multiplyNegated: Lift = (c, f) => {
  arithmetic(c, FPU_SCRATCH, MULTIPLY_SINGLE, [c.block.get(firstOperand(f)), get(c, f['m']!)]);
  c.block.set(single(f['d']!), negated(c.block.get(FPU_SCRATCH)));
};

/** VFPExpandImm (A6.4.1): sign, three bits of exponent, four of fraction. */
function expandImmediate(i: number): number {
  const sign = (i & 0x80) << 24;
  const exponent = i & 0x40 ? 0x3e000000 : 0x40000000;
  return sign | exponent | ((i & 0x3f) << 19);
}

const ARITHMETIC: readonly Row[] = [
  float('11101110 0d00 nnnn dddd 1010 n0m0 mmmm', 'vmla.f32', 'Sd, Sn, Sm', chained(false, false)),
  float('11101110 0d00 nnnn dddd 1010 n1m0 mmmm', 'vmls.f32', 'Sd, Sn, Sm', chained(false, true)),
  float('11101110 0d01 nnnn dddd 1010 n0m0 mmmm', 'vnmls.f32', 'Sd, Sn, Sm', chained(true, false)),
  float('11101110 0d01 nnnn dddd 1010 n1m0 mmmm', 'vnmla.f32', 'Sd, Sn, Sm', chained(true, true)),
  float(
    '11101110 0d10 nnnn dddd 1010 n0m0 mmmm',
    'vmul.f32',
    'Sd, Sn, Sm',
    binary(MULTIPLY_SINGLE),
  ),
  float('11101110 0d10 nnnn dddd 1010 n1m0 mmmm', 'vnmul.f32', 'Sd, Sn, Sm', multiplyNegated),
  float('11101110 0d11 nnnn dddd 1010 n0m0 mmmm', 'vadd.f32', 'Sd, Sn, Sm', binary(ADD)),
  float('11101110 0d11 nnnn dddd 1010 n1m0 mmmm', 'vsub.f32', 'Sd, Sn, Sm', binary(SUBTRACT)),
  float('11101110 1d00 nnnn dddd 1010 n0m0 mmmm', 'vdiv.f32', 'Sd, Sn, Sm', binary(DIVIDE)),
  float('11101110 1d01 nnnn dddd 1010 n0m0 mmmm', 'vfnms.f32', 'Sd, Sn, Sm', fused(true, false)),
  float('11101110 1d01 nnnn dddd 1010 n1m0 mmmm', 'vfnma.f32', 'Sd, Sn, Sm', fused(true, true)),
  float('11101110 1d10 nnnn dddd 1010 n0m0 mmmm', 'vfma.f32', 'Sd, Sn, Sm', fused(false, false)),
  float('11101110 1d10 nnnn dddd 1010 n1m0 mmmm', 'vfms.f32', 'Sd, Sn, Sm', fused(false, true)),
  float('11101110 1d11 0001 dddd 1010 11m0 mmmm', 'vsqrt.f32', 'Sd, Sm', (c, f) =>
    arithmetic(c, single(f.d!), SQUARE_ROOT, [get(c, f.m!)]),
  ),
  float('11101110 1d11 0000 dddd 1010 11m0 mmmm', 'vabs.f32', 'Sd, Sm', (c, f) =>
    c.block.set(single(f.d!), and(get(c, f.m!), constant(0x7fffffff))),
  ),
  float('11101110 1d11 0001 dddd 1010 01m0 mmmm', 'vneg.f32', 'Sd, Sm', (c, f) =>
    c.block.set(single(f.d!), negated(get(c, f.m!))),
  ),
  float('11101110 1d11 0100 dddd 1010 e1m0 mmmm', 'vcmp{e}.f32', 'Sd, Sm', (c, f) =>
    compare(c, get(c, f.d!), get(c, f.m!), f.e === 1),
  ),
  float('11101110 1d11 0101 dddd 1010 e100 0000', 'vcmp{e}.f32', 'Sd, #0.0', (c, f) =>
    compare(c, get(c, f.d!), constant(0), f.e === 1),
  ),
];

/** VCVTB and VCVTT: the half is the bottom or the top one of its register. */
const fromHalf: Lift = (c, f) => {
  const m = get(c, f['m']!);
  c.block.set(single(f['d']!), callFloat(c, 'fromHalf', [f['t'] ? shrU(m, constant(16)) : m]));
};

const toHalf: Lift = (c, f) => {
  const d = single(f['d']!);
  const half = callFloat(c, 'toHalf', [get(c, f['m']!)]);
  const old = c.block.get(d);
  c.block.set(
    d,
    f['t']
      ? or(and(old, constant(0xffff)), shl(half, constant(16)))
      : or(and(old, constant(0xffff0000)), half),
  );
};

/** Bits after the point: the immediate counts down from the size. */
function fractionBits(f: Fields): number {
  return (f['x'] ? 32 : 16) - ((f['i']! & 15) * 2 + (f['i']! >> 4));
}

const fractionFits: RowOptions = { valid: (f) => fractionBits(f) >= 0 };

/** By `x` (32 bits instead of 16) and `u` (unsigned). */
const TO_FIXED: readonly (readonly FloatRoutine[])[] = [
  ['toInt16', 'toUint16'],
  ['toInt32', 'toUint32'],
];

const toFixed: Lift = (c, f) => {
  const d = single(f['d']!);
  const routine = TO_FIXED[f['x']!]![f['u']!]!;
  c.block.set(d, callFloat(c, routine, [c.block.get(d), 0, fractionBits(f)]));
};

const fromFixed: Lift = (c, f) => {
  const d = single(f['d']!);
  const value = c.block.get(d);
  const half = f['u'] ? and(value, constant(0xffff)) : extend16(value);
  const routine = f['u'] ? 'fromFixedUnsigned' : 'fromFixedSigned';
  c.block.set(d, callFloat(c, routine, [f['x'] ? value : half, fractionBits(f)]));
};

const CONVERSIONS: readonly Row[] = [
  float('11101110 1d11 0010 dddd 1010 t1m0 mmmm', 'vcvt{half}.f32.f16', 'Sd, Sm', fromHalf),
  float('11101110 1d11 0011 dddd 1010 t1m0 mmmm', 'vcvt{half}.f16.f32', 'Sd, Sm', toHalf),
  float('11101110 1d11 1000 dddd 1010 s1m0 mmmm', 'vcvt.f32.{sign}32', 'Sd, Sm', (c, f) =>
    fromInteger(c, single(f.d!), get(c, f.m!), f.s === 1),
  ),
  float('11101110 1d11 1100 dddd 1010 z1m0 mmmm', 'vcvt{mode}.u32.f32', 'Sd, Sm', (c, f) =>
    toInteger(c, single(f.d!), get(c, f.m!), false, f.z === 0),
  ),
  float('11101110 1d11 1101 dddd 1010 z1m0 mmmm', 'vcvt{mode}.s32.f32', 'Sd, Sm', (c, f) =>
    toInteger(c, single(f.d!), get(c, f.m!), true, f.z === 0),
  ),
  float(
    '11101110 1d11 101u dddd 1010 x1i0 iiii',
    'vcvt.f32.fixed',
    'Sd, Sd',
    fromFixed,
    fractionFits,
  ),
  float(
    '11101110 1d11 111u dddd 1010 x1i0 iiii',
    'vcvt.fixed.f32',
    'Sd, Sd',
    toFixed,
    fractionFits,
  ),
];

const MOVES: readonly Row[] = [
  float('11101110 1d11 iiii dddd 1010 0000 iiii', 'vmov.f32', 'Sd, #i', (c, f) =>
    c.block.set(single(f.d!), constant(expandImmediate(f.i!))),
  ),
  float('11101110 1d11 0000 dddd 1010 01m0 mmmm', 'vmov.f32', 'Sd, Sm', (c, f) =>
    c.block.set(single(f.d!), get(c, f.m!)),
  ),
  float('11101110 0000 nnnn tttt 1010 n001 0000', 'vmov', 'Sn, Rt', (c, f) =>
    c.block.set(firstOperand(f), c.get(f.t!)),
  ),
  float('11101110 0001 nnnn tttt 1010 n001 0000', 'vmov', 'Rt, Sn', (c, f) =>
    c.set(f.t!, c.block.get(firstOperand(f))),
  ),
  float(
    '11101110 00h0 nnnn tttt 1011 0001 0000',
    'vmov.32',
    'Dn[h], Rt',
    (c, f) => c.block.set(double(f.n!) + f.h!, c.get(f.t!)),
    { pc: 'n' },
  ),
  float(
    '11101110 00h1 nnnn tttt 1011 0001 0000',
    'vmov.32',
    'Rt, Dn[h]',
    (c, f) => c.set(f.t!, c.block.get(double(f.n!) + f.h!)),
    { pc: 'n' },
  ),
  float(
    '11101100 0100 uuuu tttt 1010 00m1 mmmm',
    'vmov',
    'Sm, Rt, Ru',
    (c, f) => {
      c.block.set(single(f.m!), c.get(f.t!));
      c.block.set(single(f.m!) + 1, c.get(f.u!));
    },
    { valid: pairFits },
  ),
  float(
    '11101100 0101 uuuu tttt 1010 00m1 mmmm',
    'vmov',
    'Rt, Ru, Sm',
    (c, f) => {
      c.set(f.t!, get(c, f.m!));
      c.set(f.u!, c.block.get(single(f.m!) + 1));
    },
    { valid: (f) => pairFits(f) && f['t'] !== f['u'] },
  ),
  float(
    '11101100 0100 uuuu tttt 1011 0001 mmmm',
    'vmov',
    'Dm, Rt, Ru',
    (c, f) => {
      c.block.set(double(f.m!), c.get(f.t!));
      c.block.set(double(f.m!) + 1, c.get(f.u!));
    },
    { pc: 'm', valid: (f) => f['u'] !== PC },
  ),
  float(
    '11101100 0101 uuuu tttt 1011 0001 mmmm',
    'vmov',
    'Rt, Ru, Dm',
    (c, f) => {
      c.set(f.t!, c.block.get(double(f.m!)));
      c.set(f.u!, c.block.get(double(f.m!) + 1));
    },
    { pc: 'm', valid: (f) => f['u'] !== PC && f['t'] !== f['u'] },
  ),
  float('11101110 1111 0001 tttt 1010 0001 0000', 'vmrs', 'Rt, fpscr', (c, f) =>
    c.set(f.t!, c.block.get(FPSCR)),
  ),
  float('11101110 1111 0001 1111 1010 0001 0000', 'vmrs', 'apsr_nzcv, fpscr', (c) => copyFlags(c)),
  float('11101110 1110 0001 tttt 1010 0001 0000', 'vmsr', 'fpscr, Rt', (c, f) =>
    writeFpscr(c, c.get(f.t!)),
  ),
];

/** Sm and the next one: there is no s32. */
function pairFits(f: Fields): boolean {
  return f['u'] !== PC && single(f['m']!) !== S0 + 31;
}

function wordOffset(f: Fields): number {
  return (f['u'] ? f['i']! : -f['i']!) * 4;
}

function base(c: Lifting, n: number): Expression {
  return n === PC ? constant(c.alignedPc) : c.get(n);
}

/** VLDR and VSTR move `count` consecutive words. */
function loadSingle(first: (f: Fields) => number, count: number): Lift {
  return (c, f) => {
    const address = add(base(c, f['n']!), constant(wordOffset(f)));
    c.block.loadMany(address, count, 4, false, 'natural').forEach((value, n) => {
      c.block.set(first(f) + n, value);
    });
  };
}

function storeSingle(first: (f: Fields) => number, count: number): Lift {
  return (c, f) => {
    const address = add(base(c, f['n']!), constant(wordOffset(f)));
    const values = Array.from({ length: count }, (_, n) => c.block.get(first(f) + n));
    c.block.storeMany(address, 4, values, 'natural');
  };
}

/** VLDM, VSTM, VPUSH, VPOP: `p` decrements before, `w` writes the base back. */
function multiple(
  first: (f: Fields) => number,
  wordsOf: (f: Fields) => number,
  isLoad: boolean,
): Lift {
  return (c, f) => {
    const n = base(c, f['n']!);
    const bytes = constant(f['i']! * 4);
    const address = f['p'] ? sub(n, bytes) : n;
    const words = wordsOf(f);
    const from = first(f);
    const moved = f['w'] ? (f['p'] ? sub(n, bytes) : add(n, bytes)) : null;
    if (isLoad) {
      const values = c.block.loadMany(address, words, 4, false, 'natural');
      if (moved !== null) writeBack(c, f['n']!, moved);
      values.forEach((value, index) => {
        c.block.set(from + index, value);
      });
      return;
    }
    const values = Array.from({ length: words }, (_, index) => c.block.get(from + index));
    c.block.storeMany(address, 4, values, 'natural');
    if (moved !== null) writeBack(c, f['n']!, moved);
  };
}

function writeBack(c: Lifting, n: number, value: Expression): void {
  if (n === SP) c.setAlignedSp(value);
  else c.set(n, value);
}

const singleOf = (f: Fields): number => single(f['d']!);
const doubleOf = (f: Fields): number => double(f['d']!);
const wordsOfSingles = (f: Fields): number => f['i']!;
/** An odd count is FLDMX or FSTMX: the last word is skipped over. */
const wordsOfDoubles = (f: Fields): number => f['i']! & ~1;

/** Increment after, with or without write-back, or decrement before with it; registers that are. */
function blockOptions(isDouble: boolean): RowOptions {
  return {
    pc: 'dn',
    valid: (f) => {
      const { p, u, w, i, n } = f;
      const isForm = (p === 0 && u === 1) || (p === 1 && u === 0 && w === 1);
      const from = isDouble ? doubleOf(f) : singleOf(f);
      const words = isDouble ? wordsOfDoubles(f) : i!;
      const fits = words > 0 && from + words <= S0 + 32 && (!isDouble || i! <= 33);
      return isForm && fits && !(n === PC && w === 1);
    },
  };
}

const literalBase: RowOptions = { pc: 'dn' };

const MEMORY: readonly Row[] = [
  float(
    '11101101 ud01 nnnn dddd 1010 iiiiiiii',
    'vldr',
    'Sd, [Rn, #±i*4]',
    loadSingle(singleOf, 1),
    literalBase,
  ),
  float(
    '11101101 ud00 nnnn dddd 1010 iiiiiiii',
    'vstr',
    'Sd, [Rn, #±i*4]',
    storeSingle(singleOf, 1),
    { pc: 'd' },
  ),
  float(
    '11101101 u001 nnnn dddd 1011 iiiiiiii',
    'vldr',
    'Dd, [Rn, #±i*4]',
    loadSingle(doubleOf, 2),
    literalBase,
  ),
  float(
    '11101101 u000 nnnn dddd 1011 iiiiiiii',
    'vstr',
    'Dd, [Rn, #±i*4]',
    storeSingle(doubleOf, 2),
    { pc: 'd' },
  ),
  float(
    '1110110 p ud w 1 nnnn dddd 1010 iiiiiiii',
    'vldm',
    'Rn!w, Sd…, #i',
    multiple(singleOf, wordsOfSingles, true),
    blockOptions(false),
  ),
  float(
    '1110110 p ud w 0 nnnn dddd 1010 iiiiiiii',
    'vstm',
    'Rn!w, Sd…, #i',
    multiple(singleOf, wordsOfSingles, false),
    blockOptions(false),
  ),
  float(
    '1110110 p u 0 w 1 nnnn dddd 1011 iiiiiiii',
    'vldm',
    'Rn!w, Dd…, #i',
    multiple(doubleOf, wordsOfDoubles, true),
    blockOptions(true),
  ),
  float(
    '1110110 p u 0 w 0 nnnn dddd 1011 iiiiiiii',
    'vstm',
    'Rn!w, Dd…, #i',
    multiple(doubleOf, wordsOfDoubles, false),
    blockOptions(true),
  ),
];

/** What else belongs to the FPU's coprocessors has no meaning on this one. */
const undefinedFloat: Lift = (c) => c.undefined(c.bits);

export const FLOAT: readonly Row[] = [
  ...ARITHMETIC,
  ...CONVERSIONS,
  ...MOVES,
  ...MEMORY,
  float('111.1110 .... .... .... 101. .... ....', 'undefined', '', undefinedFloat),
  float('111.110. .... .... .... 101. .... ....', 'undefined', '', undefinedFloat),
];

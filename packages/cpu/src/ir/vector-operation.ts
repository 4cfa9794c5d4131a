// @table
/**
 * The operations on 128 bits, one row each as in operation.ts, under WebAssembly's own names. In
 * the evaluator a v128 value is an unsigned bigint, byte 0 lowest; only cold code runs there.
 */
import type { Operation, Value, ValueType } from './value.ts';

type VectorRow = readonly [
  opcode: number,
  operands: readonly ValueType[],
  result: ValueType,
  evaluate: Operation['evaluate'],
  immediate?: number,
];

const V: readonly ValueType[] = ['v128'];
const VV: readonly ValueType[] = ['v128', 'v128'];
const VI: readonly ValueType[] = ['v128', 'i32'];
const VL: readonly ValueType[] = ['v128', 'i64'];
const L: readonly ValueType[] = ['i64'];
const I: readonly ValueType[] = ['i32'];
const VF: readonly ValueType[] = ['v128', 'f32'];
const VD: readonly ValueType[] = ['v128', 'f64'];

const MASK = (1n << 128n) - 1n;
const LOW = (1n << 64n) - 1n;

const as = (f: (a: bigint, b: bigint) => Value): Operation['evaluate'] =>
  f as unknown as Operation['evaluate'];
const withCount = (f: (a: bigint, count: number) => Value): Operation['evaluate'] =>
  f as unknown as Operation['evaluate'];

/** The lanes of a value, lowest first, as unsigned numbers or with their signs. */
function lanesOf(value: bigint, bits: number, isSigned: boolean): bigint[] {
  const width = BigInt(bits);
  const lanes: bigint[] = [];
  for (let at = 0n; at < 128n; at += width) {
    const lane = BigInt.asUintN(bits, value >> at);
    lanes.push(isSigned ? BigInt.asIntN(bits, lane) : lane);
  }
  return lanes;
}

function joined(lanes: readonly bigint[], bits: number): bigint {
  return lanes.reduceRight((all, lane) => (all << BigInt(bits)) | BigInt.asUintN(bits, lane), 0n);
}

/** Lane by lane. */
function lanewise(
  bits: number,
  isSigned: boolean,
  f: (a: bigint, b: bigint) => bigint,
): Operation['evaluate'] {
  return as((a, b) => {
    const second = lanesOf(b, bits, isSigned);
    return joined(
      lanesOf(a, bits, isSigned).map((lane, n) => f(lane, second[n]!)),
      bits,
    );
  });
}

function mapped(bits: number, isSigned: boolean, f: (a: bigint) => bigint): Operation['evaluate'] {
  return as((a) => joined(lanesOf(a, bits, isSigned).map(f), bits));
}

const compared = (
  bits: number,
  isSigned: boolean,
  f: (a: bigint, b: bigint) => boolean,
): Operation['evaluate'] => lanewise(bits, isSigned, (a, b) => (f(a, b) ? -1n : 0n));

function saturated(value: bigint, bits: number, isSigned: boolean): bigint {
  const most = isSigned ? (1n << BigInt(bits - 1)) - 1n : (1n << BigInt(bits)) - 1n;
  const least = isSigned ? -most - 1n : 0n;
  return value > most ? most : value < least ? least : value;
}

/** Shifts take their count modulo the lane's bits. */
function shifted(
  bits: number,
  isSigned: boolean,
  f: (a: bigint, count: bigint) => bigint,
): Operation['evaluate'] {
  return withCount((a, count) => {
    const by = BigInt(count & (bits - 1));
    return joined(
      lanesOf(a, bits, isSigned).map((lane) => f(lane, by)),
      bits,
    );
  });
}

const bitmask = (bits: number): Operation['evaluate'] =>
  as((a) =>
    lanesOf(a, bits, true).reduce((mask, lane, n) => (lane < 0n ? mask | (1 << n) : mask), 0),
  );

/** Halves the lanes of both, a's first; they are signed. */
const narrowed = (from: number, toSigned: boolean): Operation['evaluate'] =>
  as((a, b) => {
    const lanes = [...lanesOf(a, from, true), ...lanesOf(b, from, true)];
    return joined(
      lanes.map((lane) => saturated(lane, from / 2, toSigned)),
      from / 2,
    );
  });

/** Doubles the lanes of the lower or the upper half. */
function widened(from: number, isSigned: boolean, isHigh: boolean): Operation['evaluate'] {
  return as((a) => {
    const lanes = lanesOf(a, from, isSigned);
    const half = lanes.length / 2;
    return joined(isHigh ? lanes.slice(half) : lanes.slice(0, half), from * 2);
  });
}

/** Products of the lower or the upper half's lanes, twice as wide. */
function multiplied(from: number, isSigned: boolean, isHigh: boolean): Operation['evaluate'] {
  return as((a, b) => {
    const [first, second] = [lanesOf(a, from, isSigned), lanesOf(b, from, isSigned)];
    const offset = isHigh ? first.length / 2 : 0;
    const products = Array.from(
      { length: first.length / 2 },
      (_, n) => first[offset + n]! * second[offset + n]!,
    );
    return joined(products, from * 2);
  });
}

const splat = (bits: number): Operation['evaluate'] =>
  ((a: number | bigint) =>
    joined(
      new Array<bigint>(128 / bits).fill(BigInt(a)),
      bits,
    )) as unknown as Operation['evaluate'];

/** Bytes of a by the numbers in b; 0 where there is no such byte. */
const swizzle = as((a, b) => {
  const bytes = lanesOf(a, 8, false);
  return joined(
    lanesOf(b, 8, false).map((index) => bytes[Number(index)] ?? 0n),
    8,
  );
});

/** Sums of pairs of products of signed 16-bit lanes. */
const dot = as((a, b) => {
  const [first, second] = [lanesOf(a, 16, true), lanesOf(b, 16, true)];
  const sums = Array.from(
    { length: 4 },
    (_, n) => first[2 * n]! * second[2 * n]! + first[2 * n + 1]! * second[2 * n + 1]!,
  );
  return joined(sums, 32);
});

const bits = new DataView(new ArrayBuffer(8));

/** A lane's bits as a number; of a NaN only that it is one counts. */
function numberOf(lane: bigint, size: number): number {
  if (size === 32) bits.setUint32(0, Number(lane));
  else bits.setBigUint64(0, lane);
  return size === 32 ? bits.getFloat32(0) : bits.getFloat64(0);
}

function bitsOf(value: number, size: number): bigint {
  if (size === 32) bits.setFloat32(0, value);
  else bits.setFloat64(0, value);
  return size === 32 ? BigInt(bits.getUint32(0)) : bits.getBigUint64(0);
}

const numbersOf = (value: bigint, size: number): number[] =>
  lanesOf(value, size, false).map((lane) => numberOf(lane, size));

/** Lane by lane on numbers. */
const floats = (size: number, f: (a: number, b: number) => number): Operation['evaluate'] =>
  as((a, b) => {
    const second = b === undefined ? [] : numbersOf(BigInt(b), size);
    const lanes = numbersOf(a, size).map((lane, n) => bitsOf(f(lane, second[n]!), size));
    return joined(lanes, size);
  });

const ordered = (size: number, f: (a: number, b: number) => boolean): Operation['evaluate'] =>
  as((a, b) => {
    const second = numbersOf(b, size);
    const lanes = numbersOf(a, size).map((lane, n) => (f(lane, second[n]!) ? -1n : 0n));
    return joined(lanes, size);
  });

/** From lanes of one kind to as many of another; lanes without a source are 0. */
const converted = (from: number, to: number, f: (lane: bigint) => bigint): Operation['evaluate'] =>
  as((a) => {
    const count = 128 / Math.max(from, to);
    return joined(lanesOf(a, from, false).slice(0, count).map(f), to);
  });

/** A number's whole part as 32 bits, or the nearest there is. */
const truncated = (value: number): bigint =>
  Number.isNaN(value) ? 0n : BigInt(Math.trunc(Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1)));

const replaced = (size: number): Operation['evaluate'] =>
  withCount((a, value) => {
    const kept = (a >> BigInt(size)) << BigInt(size);
    return kept | bitsOf(value, size);
  });

function nearest(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (!(rest > 0)) return value;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
  return rounded === 0 && value < 0 ? -0 : rounded;
}

/** Unlike Math.min and Math.max, the first where there is no order or both are zeros. */
function secondIfLess(a: number, b: number): number {
  const isLess = b < a;
  return isLess ? b : a;
}
function secondIfMore(a: number, b: number): number {
  const isMore = b > a;
  return isMore ? b : a;
}

/** The rows on numbers. */
const FLOAT_ROWS = {
  'f32x4.extract0': [0xfd1f, V, 'f32', as((a) => numberOf(a & 0xffffffffn, 32)), 0],
  'f32x4.replace0': [0xfd20, VF, 'v128', replaced(32), 0],
  'f64x2.extract0': [0xfd21, V, 'f64', as((a) => numberOf(a & LOW, 64)), 0],
  'f64x2.replace0': [0xfd22, VD, 'v128', replaced(64), 0],

  'f32x4.eq': [0xfd41, VV, 'v128', ordered(32, (a, b) => a === b)],
  'f32x4.ne': [0xfd42, VV, 'v128', ordered(32, (a, b) => a !== b)],
  'f32x4.lt': [0xfd43, VV, 'v128', ordered(32, (a, b) => a < b)],
  'f32x4.gt': [0xfd44, VV, 'v128', ordered(32, (a, b) => a > b)],
  'f32x4.le': [0xfd45, VV, 'v128', ordered(32, (a, b) => a <= b)],
  'f64x2.eq': [0xfd47, VV, 'v128', ordered(64, (a, b) => a === b)],
  'f64x2.ne': [0xfd48, VV, 'v128', ordered(64, (a, b) => a !== b)],
  'f64x2.lt': [0xfd49, VV, 'v128', ordered(64, (a, b) => a < b)],
  'f64x2.gt': [0xfd4a, VV, 'v128', ordered(64, (a, b) => a > b)],
  'f64x2.le': [0xfd4b, VV, 'v128', ordered(64, (a, b) => a <= b)],

  'f32x4.abs': [0xfde0, V, 'v128', floats(32, Math.abs)],
  'f32x4.sqrt': [0xfde3, V, 'v128', floats(32, Math.sqrt)],
  'f32x4.add': [0xfde4, VV, 'v128', floats(32, (a, b) => a + b)],
  'f32x4.sub': [0xfde5, VV, 'v128', floats(32, (a, b) => a - b)],
  'f32x4.mul': [0xfde6, VV, 'v128', floats(32, (a, b) => a * b)],
  'f32x4.div': [0xfde7, VV, 'v128', floats(32, (a, b) => a / b)],
  'f32x4.pmin': [0xfdea, VV, 'v128', floats(32, secondIfLess)],
  'f32x4.pmax': [0xfdeb, VV, 'v128', floats(32, secondIfMore)],
  'f32x4.ceil': [0xfd67, V, 'v128', floats(32, Math.ceil)],
  'f32x4.floor': [0xfd68, V, 'v128', floats(32, Math.floor)],
  'f32x4.trunc': [0xfd69, V, 'v128', floats(32, Math.trunc)],
  'f32x4.nearest': [0xfd6a, V, 'v128', floats(32, nearest)],

  'f64x2.abs': [0xfdec, V, 'v128', floats(64, Math.abs)],
  'f64x2.sqrt': [0xfdef, V, 'v128', floats(64, Math.sqrt)],
  'f64x2.add': [0xfdf0, VV, 'v128', floats(64, (a, b) => a + b)],
  'f64x2.sub': [0xfdf1, VV, 'v128', floats(64, (a, b) => a - b)],
  'f64x2.mul': [0xfdf2, VV, 'v128', floats(64, (a, b) => a * b)],
  'f64x2.div': [0xfdf3, VV, 'v128', floats(64, (a, b) => a / b)],
  'f64x2.pmin': [0xfdf6, VV, 'v128', floats(64, secondIfLess)],
  'f64x2.pmax': [0xfdf7, VV, 'v128', floats(64, secondIfMore)],
  'f64x2.ceil': [0xfd74, V, 'v128', floats(64, Math.ceil)],
  'f64x2.floor': [0xfd75, V, 'v128', floats(64, Math.floor)],
  'f64x2.trunc': [0xfd7a, V, 'v128', floats(64, Math.trunc)],
  'f64x2.nearest': [0xfd94, V, 'v128', floats(64, nearest)],

  'f32x4.demote_zero': [
    0xfd5e,
    V,
    'v128',
    converted(64, 32, (lane) => bitsOf(numberOf(lane, 64), 32)),
  ],
  'f64x2.promote_low': [
    0xfd5f,
    V,
    'v128',
    converted(32, 64, (lane) => bitsOf(numberOf(lane, 32), 64)),
  ],
  'i32x4.trunc_sat_f32x4': [
    0xfdf8,
    V,
    'v128',
    converted(32, 32, (lane) => truncated(numberOf(lane, 32))),
  ],
  'f32x4.convert_i32x4': [
    0xfdfa,
    V,
    'v128',
    converted(32, 32, (lane) => bitsOf(Number(BigInt.asIntN(32, lane)), 32)),
  ],
  'i32x4.trunc_sat_f64x2_zero': [
    0xfdfc,
    V,
    'v128',
    converted(64, 32, (lane) => truncated(numberOf(lane, 64))),
  ],
  'f64x2.convert_low_i32x4': [
    0xfdfe,
    V,
    'v128',
    converted(32, 64, (lane) => bitsOf(Number(BigInt.asIntN(32, lane)), 64)),
  ],
} as const satisfies Record<string, VectorRow>;

const low = (a: bigint): bigint => BigInt.asIntN(64, a);
const high = (a: bigint): bigint => BigInt.asIntN(64, a >> 64n);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const plus = (a: bigint, b: bigint): bigint => a + b;
const minus = (a: bigint, b: bigint): bigint => a - b;
const times = (a: bigint, b: bigint): bigint => a * b;

type SatName = (bits: number, isSigned: boolean) => Operation['evaluate'];
const addSat: SatName = (bits, isSigned) =>
  lanewise(bits, isSigned, (a, b) => saturated(a + b, bits, isSigned));
const subSat: SatName = (bits, isSigned) =>
  lanewise(bits, isSigned, (a, b) => saturated(a - b, bits, isSigned));

export const VECTOR_ROWS = {
  ...FLOAT_ROWS,
  'v128.not': [0xfd4d, V, 'v128', as((a) => a ^ MASK)],
  'v128.and': [0xfd4e, VV, 'v128', as((a, b) => a & b)],
  'v128.andnot': [0xfd4f, VV, 'v128', as((a, b) => a & (b ^ MASK))],
  'v128.or': [0xfd50, VV, 'v128', as((a, b) => a | b)],
  'v128.xor': [0xfd51, VV, 'v128', as((a, b) => a ^ b)],
  'v128.any_true': [0xfd53, V, 'i32', as((a) => (a === 0n ? 0 : 1))],

  'i8x16.swizzle': [0xfd0e, VV, 'v128', swizzle],
  'i8x16.splat': [0xfd0f, I, 'v128', splat(8)],
  'i16x8.splat': [0xfd10, I, 'v128', splat(16)],
  'i32x4.splat': [0xfd11, I, 'v128', splat(32)],
  'i64x2.splat': [0xfd12, L, 'v128', splat(64)],
  'i64x2.extract0': [0xfd1d, V, 'i64', as(low), 0],
  'i64x2.extract1': [0xfd1d, V, 'i64', as(high), 1],
  'i64x2.replace0': [0xfd1e, VL, 'v128', as((a, b) => (a & ~LOW) | (b & LOW)), 0],
  'i64x2.replace1': [0xfd1e, VL, 'v128', as((a, b) => (a & LOW) | ((b & LOW) << 64n)), 1],

  'i8x16.eq': [0xfd23, VV, 'v128', compared(8, false, (a, b) => a === b)],
  'i8x16.gt_s': [0xfd27, VV, 'v128', compared(8, true, (a, b) => a > b)],
  'i16x8.eq': [0xfd2d, VV, 'v128', compared(16, false, (a, b) => a === b)],
  'i16x8.gt_s': [0xfd31, VV, 'v128', compared(16, true, (a, b) => a > b)],
  'i32x4.eq': [0xfd37, VV, 'v128', compared(32, false, (a, b) => a === b)],
  'i32x4.gt_s': [0xfd3b, VV, 'v128', compared(32, true, (a, b) => a > b)],
  'i64x2.eq': [0xfdd6, VV, 'v128', compared(64, false, (a, b) => a === b)],
  'i64x2.gt_s': [0xfdd9, VV, 'v128', compared(64, true, (a, b) => a > b)],

  'i8x16.abs': [0xfd60, V, 'v128', mapped(8, true, (a) => (a < 0n ? -a : a))],
  'i8x16.bitmask': [0xfd64, V, 'i32', bitmask(8)],
  'i8x16.narrow_s': [0xfd65, VV, 'v128', narrowed(16, true)],
  'i8x16.narrow_u': [0xfd66, VV, 'v128', narrowed(16, false)],
  'i8x16.shr_s': [0xfd6c, VI, 'v128', shifted(8, true, (a, n) => a >> n)],
  'i8x16.add': [0xfd6e, VV, 'v128', lanewise(8, false, plus)],
  'i8x16.add_sat_s': [0xfd6f, VV, 'v128', addSat(8, true)],
  'i8x16.add_sat_u': [0xfd70, VV, 'v128', addSat(8, false)],
  'i8x16.sub': [0xfd71, VV, 'v128', lanewise(8, false, minus)],
  'i8x16.sub_sat_s': [0xfd72, VV, 'v128', subSat(8, true)],
  'i8x16.sub_sat_u': [0xfd73, VV, 'v128', subSat(8, false)],
  'i8x16.min_s': [0xfd76, VV, 'v128', lanewise(8, true, min)],
  'i8x16.min_u': [0xfd77, VV, 'v128', lanewise(8, false, min)],
  'i8x16.max_s': [0xfd78, VV, 'v128', lanewise(8, true, max)],
  'i8x16.max_u': [0xfd79, VV, 'v128', lanewise(8, false, max)],
  'i8x16.avgr_u': [0xfd7b, VV, 'v128', lanewise(8, false, (a, b) => (a + b + 1n) >> 1n)],

  'i16x8.abs': [0xfd80, V, 'v128', mapped(16, true, (a) => (a < 0n ? -a : a))],
  'i16x8.q15mulr_sat_s': [
    0xfd82,
    VV,
    'v128',
    lanewise(16, true, (a, b) => saturated((a * b + 0x4000n) >> 15n, 16, true)),
  ],
  'i16x8.narrow_s': [0xfd85, VV, 'v128', narrowed(32, true)],
  'i16x8.narrow_u': [0xfd86, VV, 'v128', narrowed(32, false)],
  'i16x8.extend_low_s': [0xfd87, V, 'v128', widened(8, true, false)],
  'i16x8.extend_low_u': [0xfd89, V, 'v128', widened(8, false, false)],
  'i16x8.shl': [0xfd8b, VI, 'v128', shifted(16, false, (a, n) => a << n)],
  'i16x8.shr_s': [0xfd8c, VI, 'v128', shifted(16, true, (a, n) => a >> n)],
  'i16x8.shr_u': [0xfd8d, VI, 'v128', shifted(16, false, (a, n) => a >> n)],
  'i16x8.add': [0xfd8e, VV, 'v128', lanewise(16, false, plus)],
  'i16x8.add_sat_s': [0xfd8f, VV, 'v128', addSat(16, true)],
  'i16x8.add_sat_u': [0xfd90, VV, 'v128', addSat(16, false)],
  'i16x8.sub': [0xfd91, VV, 'v128', lanewise(16, false, minus)],
  'i16x8.sub_sat_s': [0xfd92, VV, 'v128', subSat(16, true)],
  'i16x8.sub_sat_u': [0xfd93, VV, 'v128', subSat(16, false)],
  'i16x8.mul': [0xfd95, VV, 'v128', lanewise(16, false, times)],
  'i16x8.min_s': [0xfd96, VV, 'v128', lanewise(16, true, min)],
  'i16x8.min_u': [0xfd97, VV, 'v128', lanewise(16, false, min)],
  'i16x8.max_s': [0xfd98, VV, 'v128', lanewise(16, true, max)],
  'i16x8.max_u': [0xfd99, VV, 'v128', lanewise(16, false, max)],
  'i16x8.avgr_u': [0xfd9b, VV, 'v128', lanewise(16, false, (a, b) => (a + b + 1n) >> 1n)],

  'i32x4.abs': [0xfda0, V, 'v128', mapped(32, true, (a) => (a < 0n ? -a : a))],
  'i32x4.bitmask': [0xfda4, V, 'i32', bitmask(32)],
  'i32x4.extend_low_s': [0xfda7, V, 'v128', widened(16, true, false)],
  'i32x4.extend_low_u': [0xfda9, V, 'v128', widened(16, false, false)],
  'i32x4.shl': [0xfdab, VI, 'v128', shifted(32, false, (a, n) => a << n)],
  'i32x4.shr_s': [0xfdac, VI, 'v128', shifted(32, true, (a, n) => a >> n)],
  'i32x4.shr_u': [0xfdad, VI, 'v128', shifted(32, false, (a, n) => a >> n)],
  'i32x4.add': [0xfdae, VV, 'v128', lanewise(32, false, plus)],
  'i32x4.sub': [0xfdb1, VV, 'v128', lanewise(32, false, minus)],
  'i32x4.mul': [0xfdb5, VV, 'v128', lanewise(32, false, times)],
  'i32x4.min_s': [0xfdb6, VV, 'v128', lanewise(32, true, min)],
  'i32x4.min_u': [0xfdb7, VV, 'v128', lanewise(32, false, min)],
  'i32x4.max_s': [0xfdb8, VV, 'v128', lanewise(32, true, max)],
  'i32x4.max_u': [0xfdb9, VV, 'v128', lanewise(32, false, max)],
  'i32x4.dot_s': [0xfdba, VV, 'v128', dot],
  'i32x4.extmul_low_s': [0xfdbc, VV, 'v128', multiplied(16, true, false)],
  'i32x4.extmul_high_s': [0xfdbd, VV, 'v128', multiplied(16, true, true)],
  'i32x4.extmul_low_u': [0xfdbe, VV, 'v128', multiplied(16, false, false)],
  'i32x4.extmul_high_u': [0xfdbf, VV, 'v128', multiplied(16, false, true)],

  'i64x2.bitmask': [0xfdc4, V, 'i32', bitmask(64)],
  'i64x2.extend_low_s': [0xfdc7, V, 'v128', widened(32, true, false)],
  'i64x2.extend_low_u': [0xfdc9, V, 'v128', widened(32, false, false)],
  'i64x2.shl': [0xfdcb, VI, 'v128', shifted(64, false, (a, n) => a << n)],
  'i64x2.shr_u': [0xfdcd, VI, 'v128', shifted(64, false, (a, n) => a >> n)],
  'i64x2.add': [0xfdce, VV, 'v128', lanewise(64, false, plus)],
  'i64x2.sub': [0xfdd1, VV, 'v128', lanewise(64, false, minus)],
  'i64x2.extmul_low_s': [0xfddc, VV, 'v128', multiplied(32, true, false)],
  'i64x2.extmul_low_u': [0xfdde, VV, 'v128', multiplied(32, false, false)],
} as const satisfies Record<string, VectorRow>;

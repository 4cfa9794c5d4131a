// @table
/**
 * The operations of the intermediate representation, one row each: operand and result types, the
 * WebAssembly opcode that computes it, and its meaning in TypeScript for the evaluator and for
 * constant folding. Types follow WebAssembly; an i32 value in the evaluator is a signed number, an
 * i64 value a signed bigint (cold code only), f32 and f64 are numbers, a v128 value is an unsigned
 * bigint; its operations are in vector-operation.ts.
 */

import type { Operation, Value, ValueType } from './value.ts';
import { VECTOR_ROWS } from './vector-operation.ts';

export type { Operation, Value, ValueType } from './value.ts';

const i64 = (value: bigint): bigint => BigInt.asIntN(64, value);
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const bits = new DataView(new ArrayBuffer(8));

function f32Bits(value: number): number {
  bits.setFloat32(0, value);
  return bits.getInt32(0);
}
function bitsF32(value: number): number {
  bits.setInt32(0, value);
  return bits.getFloat32(0);
}
function f64Bits(value: number): bigint {
  bits.setFloat64(0, value);
  return bits.getBigInt64(0);
}
function bitsF64(value: bigint): number {
  bits.setBigInt64(0, value);
  return bits.getFloat64(0);
}
function countLeadingZeros64(value: bigint): bigint {
  return value === 0n ? 64n : BigInt(64 - u64(value).toString(2).length);
}
function countTrailingZeros64(value: bigint): bigint {
  return value === 0n ? 64n : BigInt(u64(value & -value).toString(2).length - 1);
}
function populationCount64(value: bigint): bigint {
  return (
    BigInt(populationCount(Number(BigInt.asIntN(32, value)))) +
    BigInt(populationCount(Number(BigInt.asIntN(32, value >> 32n))))
  );
}
function countTrailingZeros(value: number): number {
  return value === 0 ? 32 : 31 - Math.clz32(value & -value);
}
function populationCount(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) count++;
  return count;
}
/** Rounds to the nearest integer, ties to even, as WebAssembly's `nearest` does. */
function nearest(value: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  const floor = Math.floor(value);
  const difference = value - floor;
  const up = difference > 0.5 || (difference === 0.5 && floor % 2 !== 0);
  const rounded = up ? floor + 1 : floor;
  return rounded === 0 && value < 0 ? -0 : rounded;
}
/** A 64-bit integer rounded once to single, not by way of a double. */
function singleOf(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  const extra = magnitude.toString(2).length - 26;
  // Bits far below the last one only say that there is something: one sticky bit says it, too.
  const sticky = extra > 0 && (magnitude & ((1n << BigInt(extra)) - 1n)) !== 0n ? 1n : 0n;
  const cut = extra > 0 ? ((magnitude >> BigInt(extra)) | sticky) << BigInt(extra) : magnitude;
  return Math.fround(value < 0n ? -Number(cut) : Number(cut));
}
function saturate(value: number, low: number, high: number): number {
  if (Number.isNaN(value)) return 0;
  return Math.trunc(Math.min(Math.max(value, low), high));
}
function saturate64(value: number, low: bigint, high: bigint): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value <= Number(low)) return low;
  if (value >= Number(high)) return high;
  return BigInt(Math.trunc(value));
}

const I: readonly ValueType[] = ['i32'];
const II: readonly ValueType[] = ['i32', 'i32'];
const L: readonly ValueType[] = ['i64'];
const LL: readonly ValueType[] = ['i64', 'i64'];
const F: readonly ValueType[] = ['f32'];
const FF: readonly ValueType[] = ['f32', 'f32'];
const D: readonly ValueType[] = ['f64'];
const DD: readonly ValueType[] = ['f64', 'f64'];

type Row = readonly [
  opcode: number,
  operands: readonly ValueType[],
  result: ValueType,
  evaluate: (a: never, b: never) => Value,
  immediate?: number,
];

const n1 = (f: (a: number) => Value) => f as (a: never, b: never) => Value;
const n2 = (f: (a: number, b: number) => Value) => f as (a: never, b: never) => Value;
const l1 = (f: (a: bigint) => Value) => f as (a: never, b: never) => Value;
const l2 = (f: (a: bigint, b: bigint) => Value) => f as (a: never, b: never) => Value;

/** Opcodes above 0xff have a prefix byte: 0xfc00 + n, 0xfd00 + n. */
const ROWS = {
  ...VECTOR_ROWS,
  add: [0x6a, II, 'i32', n2((a, b) => (a + b) | 0)],
  sub: [0x6b, II, 'i32', n2((a, b) => (a - b) | 0)],
  mul: [0x6c, II, 'i32', n2((a, b) => Math.imul(a, b))],
  /** Traps in WebAssembly when b is 0 or the quotient overflows: guard it. */
  divS: [0x6d, II, 'i32', n2((a, b) => (a / b) | 0)],
  divU: [0x6e, II, 'i32', n2((a, b) => ((a >>> 0) / (b >>> 0)) | 0)],
  remS: [0x6f, II, 'i32', n2((a, b) => (a % b) | 0)],
  remU: [0x70, II, 'i32', n2((a, b) => ((a >>> 0) % (b >>> 0)) | 0)],
  and: [0x71, II, 'i32', n2((a, b) => a & b)],
  or: [0x72, II, 'i32', n2((a, b) => a | b)],
  xor: [0x73, II, 'i32', n2((a, b) => a ^ b)],
  shl: [0x74, II, 'i32', n2((a, b) => a << b)],
  shrS: [0x75, II, 'i32', n2((a, b) => a >> b)],
  shrU: [0x76, II, 'i32', n2((a, b) => (a >>> b) | 0)],
  rotl: [0x77, II, 'i32', n2((a, b) => (a << b) | (a >>> (-b & 31)))],
  rotr: [0x78, II, 'i32', n2((a, b) => (a >>> b) | (a << (-b & 31)))],
  clz: [0x67, I, 'i32', n1((a) => Math.clz32(a))],
  ctz: [0x68, I, 'i32', n1(countTrailingZeros)],
  popcnt: [0x69, I, 'i32', n1(populationCount)],
  extend8: [0xc0, I, 'i32', n1((a) => (a << 24) >> 24)],
  extend16: [0xc1, I, 'i32', n1((a) => (a << 16) >> 16)],
  eqz: [0x45, I, 'i32', n1((a) => (a === 0 ? 1 : 0))],
  eq: [0x46, II, 'i32', n2((a, b) => (a === b ? 1 : 0))],
  ne: [0x47, II, 'i32', n2((a, b) => (a !== b ? 1 : 0))],
  ltS: [0x48, II, 'i32', n2((a, b) => (a < b ? 1 : 0))],
  ltU: [0x49, II, 'i32', n2((a, b) => (a >>> 0 < b >>> 0 ? 1 : 0))],
  gtS: [0x4a, II, 'i32', n2((a, b) => (a > b ? 1 : 0))],
  gtU: [0x4b, II, 'i32', n2((a, b) => (a >>> 0 > b >>> 0 ? 1 : 0))],
  leS: [0x4c, II, 'i32', n2((a, b) => (a <= b ? 1 : 0))],
  leU: [0x4d, II, 'i32', n2((a, b) => (a >>> 0 <= b >>> 0 ? 1 : 0))],
  geS: [0x4e, II, 'i32', n2((a, b) => (a >= b ? 1 : 0))],
  geU: [0x4f, II, 'i32', n2((a, b) => (a >>> 0 >= b >>> 0 ? 1 : 0))],

  add64: [0x7c, LL, 'i64', l2((a, b) => i64(a + b))],
  sub64: [0x7d, LL, 'i64', l2((a, b) => i64(a - b))],
  mul64: [0x7e, LL, 'i64', l2((a, b) => i64(a * b))],
  divS64: [0x7f, LL, 'i64', l2((a, b) => i64(a / b))],
  divU64: [0x80, LL, 'i64', l2((a, b) => i64(u64(a) / u64(b)))],
  remS64: [0x81, LL, 'i64', l2((a, b) => i64(a % b))],
  remU64: [0x82, LL, 'i64', l2((a, b) => i64(u64(a) % u64(b)))],
  and64: [0x83, LL, 'i64', l2((a, b) => a & b)],
  or64: [0x84, LL, 'i64', l2((a, b) => a | b)],
  xor64: [0x85, LL, 'i64', l2((a, b) => a ^ b)],
  shl64: [0x86, LL, 'i64', l2((a, b) => i64(a << (b & 63n)))],
  shrS64: [0x87, LL, 'i64', l2((a, b) => a >> (b & 63n))],
  shrU64: [0x88, LL, 'i64', l2((a, b) => i64(u64(a) >> (b & 63n)))],
  rotl64: [0x89, LL, 'i64', l2((a, b) => i64((a << (b & 63n)) | (u64(a) >> (-b & 63n))))],
  rotr64: [0x8a, LL, 'i64', l2((a, b) => i64((u64(a) >> (b & 63n)) | (a << (-b & 63n))))],
  clz64: [0x79, L, 'i64', l1(countLeadingZeros64)],
  ctz64: [0x7a, L, 'i64', l1(countTrailingZeros64)],
  popcnt64: [0x7b, L, 'i64', l1(populationCount64)],
  extend8To64: [0xc2, L, 'i64', l1((a) => BigInt.asIntN(8, a))],
  extend16To64: [0xc3, L, 'i64', l1((a) => BigInt.asIntN(16, a))],
  extend32To64: [0xc4, L, 'i64', l1((a) => BigInt.asIntN(32, a))],
  eqz64: [0x50, L, 'i32', l1((a) => (a === 0n ? 1 : 0))],
  eq64: [0x51, LL, 'i32', l2((a, b) => (a === b ? 1 : 0))],
  ne64: [0x52, LL, 'i32', l2((a, b) => (a !== b ? 1 : 0))],
  ltS64: [0x53, LL, 'i32', l2((a, b) => (a < b ? 1 : 0))],
  ltU64: [0x54, LL, 'i32', l2((a, b) => (u64(a) < u64(b) ? 1 : 0))],
  gtS64: [0x55, LL, 'i32', l2((a, b) => (a > b ? 1 : 0))],
  gtU64: [0x56, LL, 'i32', l2((a, b) => (u64(a) > u64(b) ? 1 : 0))],
  leS64: [0x57, LL, 'i32', l2((a, b) => (a <= b ? 1 : 0))],
  leU64: [0x58, LL, 'i32', l2((a, b) => (u64(a) <= u64(b) ? 1 : 0))],
  geS64: [0x59, LL, 'i32', l2((a, b) => (a >= b ? 1 : 0))],
  geU64: [0x5a, LL, 'i32', l2((a, b) => (u64(a) >= u64(b) ? 1 : 0))],
  wrap: [0xa7, L, 'i32', l1((a) => Number(BigInt.asIntN(32, a)))],
  widenS: [0xac, I, 'i64', n1((a) => BigInt(a))],
  widenU: [0xad, I, 'i64', n1((a) => BigInt(a >>> 0))],

  addF32: [0x92, FF, 'f32', n2((a, b) => Math.fround(a + b))],
  subF32: [0x93, FF, 'f32', n2((a, b) => Math.fround(a - b))],
  mulF32: [0x94, FF, 'f32', n2((a, b) => Math.fround(a * b))],
  divF32: [0x95, FF, 'f32', n2((a, b) => Math.fround(a / b))],
  absF32: [0x8b, F, 'f32', n1((a) => Math.abs(a))],
  negF32: [0x8c, F, 'f32', n1((a) => -a)],
  sqrtF32: [0x91, F, 'f32', n1((a) => Math.fround(Math.sqrt(a)))],
  ceilF32: [0x8d, F, 'f32', n1((a) => Math.ceil(a))],
  floorF32: [0x8e, F, 'f32', n1((a) => Math.floor(a))],
  truncF32: [0x8f, F, 'f32', n1((a) => Math.trunc(a))],
  nearestF32: [0x90, F, 'f32', n1(nearest)],
  eqF32: [0x5b, FF, 'i32', n2((a, b) => (a === b ? 1 : 0))],
  neF32: [0x5c, FF, 'i32', n2((a, b) => (a !== b ? 1 : 0))],
  ltF32: [0x5d, FF, 'i32', n2((a, b) => (a < b ? 1 : 0))],
  leF32: [0x5f, FF, 'i32', n2((a, b) => (a <= b ? 1 : 0))],
  addF64: [0xa0, DD, 'f64', n2((a, b) => a + b)],
  subF64: [0xa1, DD, 'f64', n2((a, b) => a - b)],
  mulF64: [0xa2, DD, 'f64', n2((a, b) => a * b)],
  divF64: [0xa3, DD, 'f64', n2((a, b) => a / b)],
  absF64: [0x99, D, 'f64', n1((a) => Math.abs(a))],
  negF64: [0x9a, D, 'f64', n1((a) => -a)],
  sqrtF64: [0x9f, D, 'f64', n1((a) => Math.sqrt(a))],
  ceilF64: [0x9b, D, 'f64', n1((a) => Math.ceil(a))],
  floorF64: [0x9c, D, 'f64', n1((a) => Math.floor(a))],
  truncF64: [0x9d, D, 'f64', n1((a) => Math.trunc(a))],
  nearestF64: [0x9e, D, 'f64', n1(nearest)],
  eqF64: [0x61, DD, 'i32', n2((a, b) => (a === b ? 1 : 0))],
  neF64: [0x62, DD, 'i32', n2((a, b) => (a !== b ? 1 : 0))],
  ltF64: [0x63, DD, 'i32', n2((a, b) => (a < b ? 1 : 0))],
  leF64: [0x65, DD, 'i32', n2((a, b) => (a <= b ? 1 : 0))],
  demote: [0xb6, D, 'f32', n1((a) => Math.fround(a))],
  promote: [0xbb, F, 'f64', n1((a) => a)],
  i32ToF32: [0xb2, I, 'f32', n1((a) => Math.fround(a))],
  u32ToF32: [0xb3, I, 'f32', n1((a) => Math.fround(a >>> 0))],
  i32ToF64: [0xb7, I, 'f64', n1((a) => a)],
  u32ToF64: [0xb8, I, 'f64', n1((a) => a >>> 0)],
  i64ToF64: [0xb9, L, 'f64', l1((a) => Number(a))],
  i64ToF32: [0xb4, L, 'f32', l1((a) => singleOf(a))],
  u64ToF64: [0xba, L, 'f64', l1((a) => Number(u64(a)))],
  f32Bits: [0xbc, F, 'i32', n1(f32Bits)],
  bitsF32: [0xbe, I, 'f32', n1(bitsF32)],
  f64Bits: [0xbd, D, 'i64', n1(f64Bits)],
  bitsF64: [0xbf, L, 'f64', l1(bitsF64)],
  f32ToI32: [0xfc00, F, 'i32', n1((a) => saturate(a, -(2 ** 31), 2 ** 31 - 1) | 0)],
  f32ToU32: [0xfc01, F, 'i32', n1((a) => saturate(a, 0, 2 ** 32 - 1) | 0)],
  f64ToI32: [0xfc02, D, 'i32', n1((a) => saturate(a, -(2 ** 31), 2 ** 31 - 1) | 0)],
  f64ToU32: [0xfc03, D, 'i32', n1((a) => saturate(a, 0, 2 ** 32 - 1) | 0)],
  f64ToI64: [0xfc06, D, 'i64', n1((a) => saturate64(a, -(2n ** 63n), 2n ** 63n - 1n))],
  f64ToU64: [0xfc07, D, 'i64', n1((a) => i64(saturate64(a, 0n, 2n ** 64n - 1n)))],
} as const satisfies Record<string, Row>;

export type OperationName = keyof typeof ROWS;

/** Every operation, indexed by its number; numbers are positions in this table. */
export const OPERATIONS: readonly Operation[] = Object.entries<Row>(ROWS).map(
  ([name, [opcode, operands, result, evaluate, immediate]]) => ({
    name,
    opcode,
    operands,
    result,
    evaluate,
    ...(immediate === undefined ? {} : { immediate }),
  }),
);

const NUMBERS = new Map(OPERATIONS.map((operation, index) => [operation.name, index]));

/** The operation's number in {@link OPERATIONS}. */
export function operationNumber(name: OperationName): number {
  return NUMBERS.get(name) as number;
}

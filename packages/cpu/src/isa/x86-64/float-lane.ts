/**
 * Numbers of SSE in the two shapes that instructions have them: one in the low lane, as an f32 or
 * f64, or all lanes of a register as a v128. What is asked of a number is an i32 for one and a mask
 * of lanes for all, so that instructions are written once for both.
 */
import {
  constant,
  constant64,
  constant128,
  constantFloat,
  type Expression,
  operate,
} from '../../ir/expression.ts';
import type { OperationName } from '../../ir/operation.ts';

type Unary = (x: Expression) => Expression;
type Binary = (x: Expression, y: Expression) => Expression;

export interface Lanes {
  /** Of a number, in bytes. */
  readonly size: 4 | 8;
  readonly isPacked: boolean;
  /** WebAssembly's operation by its name there: add, sub, sqrt, trunc, lt. */
  operation(name: string, x: Expression, y?: Expression): Expression;
  number(value: number): Expression;
  /** The number or numbers of a register. */
  of(register: Expression): Expression;
  /** The register with numbers in place of its own. */
  into(register: Expression, x: Expression): Expression;
  readonly isDenormal: Unary;
  readonly isNan: Unary;
  readonly isZero: Unary;
  /** Infinite or NaN. */
  readonly isNotFinite: Unary;
  /** Not larger in magnitude than the smallest normal number, or not finite. */
  readonly isNotNormal: Unary;
  readonly and: Binary;
  readonly or: Binary;
  readonly not: Unary;
  /** Whether any lane of a mask is set: an i32, 0 or not. */
  readonly any: Unary;
}

const name = (text: string): OperationName => text as OperationName;

/** Names that WebAssembly's scalars have in the tables of operations. */
function scalarName(operation: string, size: 4 | 8): OperationName {
  return name(`${operation}F${size * 8}`);
}

const doubled = {
  4: (x: Expression) => operate('shl', operate('f32Bits', x), constant(1)),
  8: (x: Expression) => operate('shl64', operate('f64Bits', x), constant64(1n)),
};

/** Magnitudes, doubled, of the smallest normal number and of infinity. */
const SMALLEST = { 4: 1n << 24n, 8: 1n << 53n };
const INFINITE = { 4: 0xffn << 24n, 8: 0x7ffn << 53n };

function scalar(size: 4 | 8): Lanes {
  const wide = size === 8 ? '64' : '';
  const value = (n: bigint): Expression => (size === 8 ? constant64(n) : constant(Number(n)));
  const magnitude = doubled[size];
  const compare = (operation: string, x: Expression, n: bigint): Expression =>
    operate(name(`${operation}${wide}`), x, value(n));
  const minus = (x: Expression, n: bigint): Expression => operate(name(`sub${wide}`), x, value(n));
  const [smallest, infinite] = [SMALLEST[size], INFINITE[size]];
  const shape = size === 8 ? 'f64x2' : 'f32x4';
  return {
    size,
    isPacked: false,
    operation: (operation, x, y) => operate(scalarName(operation, size), x, y ?? null),
    number: (n) => constantFloat(size === 8 ? 'f64' : 'f32', n),
    of: (register) => operate(`${shape}.extract0`, register),
    into: (register, x) => operate(`${shape}.replace0`, register, x),
    isDenormal: (x) => compare('ltU', minus(magnitude(x), 1n), smallest - 1n),
    isNan: (x) => compare('gtU', magnitude(x), infinite),
    isZero: (x) => compare('eq', magnitude(x), 0n),
    isNotFinite: (x) => compare('geU', magnitude(x), infinite),
    isNotNormal: (x) =>
      compare('geU', minus(magnitude(x), smallest + 1n), infinite - smallest - 1n),
    and: (x, y) => operate('and', x, y),
    or: (x, y) => operate('or', x, y),
    not: (x) => operate('eqz', x),
    any: (x) => x,
  };
}

const bits = new DataView(new ArrayBuffer(8));

/** A number in all lanes. */
function splat(value: number, size: 4 | 8): Expression {
  if (size === 4) bits.setFloat32(0, value);
  else bits.setFloat64(0, value);
  let lane = size === 4 ? BigInt(bits.getUint32(0)) : bits.getBigUint64(0);
  for (let width = size * 8; width < 128; width *= 2) lane |= lane << BigInt(width);
  return constant128(lane);
}

function packed(size: 4 | 8): Lanes {
  const shape = size === 8 ? 'f64x2' : 'f32x4';
  const number = (n: number): Expression => splat(n, size);
  const operation = (operation: string, x: Expression, y: Expression | null = null): Expression =>
    operate(name(`${shape}.${operation}`), x, y);
  const smallest = number(size === 8 ? 2 ** -1022 : 2 ** -126);
  const infinite = number(Number.POSITIVE_INFINITY);
  const zero = number(0);
  const and: Binary = (x, y) => operate('v128.and', x, y);
  const not: Unary = (x) => operate('v128.not', x);
  const magnitude: Unary = (x) => operation('abs', x);
  return {
    size,
    isPacked: true,
    operation,
    number,
    of: (register) => register,
    into: (_, x) => x,
    isDenormal: (x) => and(operation('lt', magnitude(x), smallest), operation('ne', x, zero)),
    isNan: (x) => operation('ne', x, x),
    isZero: (x) => operation('eq', x, zero),
    isNotFinite: (x) => not(operation('lt', magnitude(x), infinite)),
    isNotNormal: (x) =>
      not(and(operation('gt', magnitude(x), smallest), operation('lt', magnitude(x), infinite))),
    and,
    or: (x, y) => operate('v128.or', x, y),
    not,
    any: (x) => operate('v128.any_true', x),
  };
}

export const ONE_SINGLE: Lanes = scalar(4);
export const ONE_DOUBLE: Lanes = scalar(8);
export const ALL_SINGLES: Lanes = packed(4);
export const ALL_DOUBLES: Lanes = packed(8);

/** By the suffixes of mnemonics. */
export const LANES_OF: Readonly<Record<string, Lanes>> = {
  ss: ONE_SINGLE,
  sd: ONE_DOUBLE,
  ps: ALL_SINGLES,
  pd: ALL_DOUBLES,
};

/**
 * Pure expression trees of the intermediate representation. An expression reads guest registers
 * and temporaries at the moment the statement that holds it runs, and has no other effect; loads,
 * which can fault, are statements. Constructors fold constants, so lifters need not.
 */
import {
  OPERATIONS,
  type OperationName,
  operationNumber,
  type Value,
  type ValueType,
} from './operation.ts';

export type Expression =
  | { readonly kind: 'constant'; readonly type: ValueType; readonly value: Value }
  | { readonly kind: 'register'; readonly type: ValueType; readonly register: number }
  | { readonly kind: 'temporary'; readonly type: ValueType; readonly temporary: number }
  | {
      readonly kind: 'operation';
      readonly type: ValueType;
      readonly operation: number;
      readonly a: Expression;
      readonly b: Expression | null;
    }
  | {
      /** Bytes of a (0 … 15) and b (16 … 31) by their numbers, lowest first. */
      readonly kind: 'shuffle';
      readonly type: 'v128';
      readonly lanes: readonly number[];
      readonly a: Expression;
      readonly b: Expression;
    }
  | {
      readonly kind: 'select';
      readonly type: ValueType;
      readonly condition: Expression;
      readonly a: Expression;
      readonly b: Expression;
    };

/** An i32 constant; any number is taken modulo 2^32. */
export function constant(value: number): Expression {
  return { kind: 'constant', type: 'i32', value: value | 0 };
}

/** An i64 constant; any bigint is taken modulo 2^64. */
export function constant64(value: bigint): Expression {
  return { kind: 'constant', type: 'i64', value: BigInt.asIntN(64, value) };
}

/** A v128 constant; any bigint is taken modulo 2^128. */
export function constant128(value: bigint): Expression {
  return { kind: 'constant', type: 'v128', value: BigInt.asUintN(128, value) };
}

/** Picks 16 bytes of two values: 0 … 15 are a's, 16 … 31 b's. */
export function shuffle(lanes: readonly number[], a: Expression, b: Expression): Expression {
  return { kind: 'shuffle', type: 'v128', lanes, a, b };
}

/** A floating-point constant. */
export function constantFloat(type: 'f32' | 'f64', value: number): Expression {
  return { kind: 'constant', type, value: type === 'f32' ? Math.fround(value) : value };
}

export function isConstant(e: Expression): e is Extract<Expression, { kind: 'constant' }> {
  return e.kind === 'constant';
}

/** Operations for which a right operand of 0 leaves the left one as it is. */
const RIGHT_ZERO_IDENTITY: ReadonlySet<OperationName> = new Set<OperationName>([
  'add',
  'sub',
  'or',
  'xor',
  'shl',
  'shrS',
  'shrU',
  'rotl',
  'rotr',
  'add64',
  'sub64',
  'or64',
  'xor64',
  'shl64',
  'shrS64',
  'shrU64',
]);

/** What folding asks of an operation, by its number. */
const IS_RIGHT_ZERO_IDENTITY: readonly boolean[] = OPERATIONS.map(({ name }) =>
  RIGHT_ZERO_IDENTITY.has(name as OperationName),
);
const IS_DIVISION: readonly boolean[] = OPERATIONS.map(({ name }) => /^(div|rem)/.test(name));
/** Arithmetic of floating-point numbers depends on state that is known at run time only. */
const IS_FOLDED: readonly boolean[] = OPERATIONS.map(
  ({ result, operands: [first] }) =>
    ![result, first].some((type) => type === 'f32' || type === 'f64'),
);

/**
 * Builds `name(a, b)`; folds it when the operands are constants or the right one is neutral.
 * A division by a constant zero is not folded: it would trap at run time, so guard it.
 */
export function operate(
  name: OperationName,
  a: Expression,
  b: Expression | null = null,
): Expression {
  return build(operationNumber(name), a, b);
}

function build(number: number, a: Expression, b: Expression | null): Expression {
  const row = OPERATIONS[number]!;
  if (a.type !== row.operands[0] || (b !== null && b.type !== row.operands[1])) {
    throw new Error(`operand types of ${row.name}: ${a.type}, ${b?.type}`);
  }
  if (b === null || isConstant(b)) {
    const right = b === null ? null : b.value;
    const isZero = right === 0 || right === 0n;
    if (isZero && IS_RIGHT_ZERO_IDENTITY[number]) return a;
    if (isConstant(a) && IS_FOLDED[number] && !(isZero && IS_DIVISION[number])) {
      const value = row.evaluate(a.value as never, (right ?? 0) as never);
      return { kind: 'constant', type: row.result, value };
    }
  }
  return { kind: 'operation', type: row.result, operation: number, a, b };
}

/** `condition != 0 ? a : b`; both sides are computed. */
export function select(condition: Expression, a: Expression, b: Expression): Expression {
  if (isConstant(condition)) return condition.value !== 0 ? a : b;
  return { kind: 'select', type: a.type, condition, a, b };
}

type Unary = (a: Expression) => Expression;
type Binary = (a: Expression, b: Expression) => Expression;
const unary = (name: OperationName): Unary => {
  const number = operationNumber(name);
  return (a) => build(number, a, null);
};
const binary = (name: OperationName): Binary => {
  const number = operationNumber(name);
  return (a, b) => build(number, a, b);
};

export const add: Binary = binary('add');
export const sub: Binary = binary('sub');
export const mul: Binary = binary('mul');
export const and: Binary = binary('and');
export const or: Binary = binary('or');
export const xor: Binary = binary('xor');
/** Shifts and rotates use the low five bits of their right operand, as WebAssembly does. */
export const shl: Binary = binary('shl');
export const shrS: Binary = binary('shrS');
export const shrU: Binary = binary('shrU');
export const rotr: Binary = binary('rotr');
export const clz: Unary = unary('clz');
export const ctz: Unary = unary('ctz');
export const extend8: Unary = unary('extend8');
export const extend16: Unary = unary('extend16');
export const eqz: Unary = unary('eqz');
export const eq: Binary = binary('eq');
export const ne: Binary = binary('ne');
export const ltS: Binary = binary('ltS');
export const ltU: Binary = binary('ltU');
export const gtS: Binary = binary('gtS');
export const gtU: Binary = binary('gtU');
export const leS: Binary = binary('leS');
export const leU: Binary = binary('leU');
export const geS: Binary = binary('geS');
export const geU: Binary = binary('geU');
export const widenS: Unary = unary('widenS');
export const widenU: Unary = unary('widenU');
export const wrap: Unary = unary('wrap');
export const add64: Binary = binary('add64');
export const sub64: Binary = binary('sub64');
export const mul64: Binary = binary('mul64');
export const shrU64: Binary = binary('shrU64');
export const shrS64: Binary = binary('shrS64');
export const shl64: Binary = binary('shl64');
export const or64: Binary = binary('or64');
export const and64: Binary = binary('and64');
export const xor64: Binary = binary('xor64');
export const eqz64: Unary = unary('eqz64');
export const eq64: Binary = binary('eq64');
export const ne64: Binary = binary('ne64');
export const ltU64: Binary = binary('ltU64');
export const ltS64: Binary = binary('ltS64');
/** Bitwise complement. */
export const not: Unary = (a) => xor(a, constant(-1));
/** Arithmetic negation. */
export const neg: Unary = (a) => sub(constant(0), a);

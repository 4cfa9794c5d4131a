/**
 * The routines that lifted FPU code calls for what it does not do inline. Operand 0 is the FPSCR,
 * the others are bits or integers, all i32; result 0 is the result, result 1 the new FPSCR.
 */
import type { Expression } from '../../ir/expression.ts';
import { constant } from '../../ir/expression.ts';
import type { Routine } from '../../isa.ts';
import type { Lifting } from './lifting.ts';
import { FPSCR } from './register.ts';
import { SoftFloat } from './soft-float.ts';

type Compute = (unit: SoftFloat, a: number, b: number, c: number) => number;

/** Bytes from one operand or result to the next. */
const STRIDE = 8;

const COMPUTE = {
  add: (unit, a, b) => unit.add(a, b),
  subtract: (unit, a, b) => unit.subtract(a, b),
  multiply: (unit, a, b) => unit.multiply(a, b),
  divide: (unit, a, b) => unit.divide(a, b),
  squareRoot: (unit, a) => unit.squareRoot(a),
  fused: (unit, a, b, c) => unit.fused(a, b, c),
  toInt32: (unit, a, byMode, fraction) =>
    unit.toInteger(a, -(2 ** 31), 2 ** 31 - 1, fraction, byMode !== 0),
  toUint32: (unit, a, byMode, fraction) =>
    unit.toInteger(a, 0, 2 ** 32 - 1, fraction, byMode !== 0),
  toInt16: (unit, a, _byMode, fraction) =>
    unit.toInteger(a, -(2 ** 15), 2 ** 15 - 1, fraction, false),
  toUint16: (unit, a, _byMode, fraction) => unit.toInteger(a, 0, 2 ** 16 - 1, fraction, false),
  fromInt32: (unit, a) => unit.fromInteger(a),
  fromUint32: (unit, a) => unit.fromInteger(a >>> 0),
  fromFixedSigned: (unit, a, fraction) => unit.fromFixed(a, fraction),
  fromFixedUnsigned: (unit, a, fraction) => unit.fromFixed(a >>> 0, fraction),
  compare: (unit, a, b, everyNan) => unit.compare(a, b, everyNan !== 0),
  fromHalf: (unit, a) => unit.fromHalf(a),
  toHalf: (unit, a) => unit.toHalf(a),
} as const satisfies Record<string, Compute>;

export type FloatRoutine = keyof typeof COMPUTE;

const NUMBERS = new Map(Object.keys(COMPUTE).map((name, number) => [name, number]));

/** The routines by number, all on one unit. */
export function floatRoutines(): Routine[] {
  const unit = new SoftFloat();
  return Object.values<Compute>(COMPUTE).map((compute) => (scratch, at) => {
    unit.status = scratch.getInt32(at, true);
    const a = scratch.getInt32(at + STRIDE, true);
    const b = scratch.getInt32(at + 2 * STRIDE, true);
    const c = scratch.getInt32(at + 3 * STRIDE, true);
    scratch.setInt32(at, compute(unit, a, b, c), true);
    scratch.setInt32(at + STRIDE, unit.status, true);
  });
}

/** Calls a routine; the FPSCR takes what it says. */
export function callFloat(
  c: Lifting,
  name: FloatRoutine,
  operands: readonly (Expression | number)[],
): Expression {
  const values = operands.map((value) => (typeof value === 'number' ? constant(value) : value));
  const [result, status] = c.block.routine(
    NUMBERS.get(name)!,
    [c.block.get(FPSCR), ...values],
    ['i32', 'i32'],
  );
  c.block.set(FPSCR, status!);
  return result!;
}

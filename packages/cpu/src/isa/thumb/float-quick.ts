/**
 * Single-precision operations inline where WebAssembly's own say everything: they round to nearest
 * and tell no flags, so the FPSCR must ask for that, inexactness must be noted already (it is for
 * good after the first inexact operation), and the result must be an ordinary number. Anything
 * else is a routine's.
 */
import {
  and,
  constant,
  type Expression,
  eq,
  eqz,
  gtU,
  ltU,
  ne,
  operate,
  or,
  select,
  shrU,
  sub,
  wrap,
} from '../../ir/expression.ts';
import { callFloat, type FloatRoutine } from './float-routine.ts';
import { FZ, IXC, RMODE, setCompareFlags } from './float-status.ts';
import type { Lifting } from './lifting.ts';
import { FPSCR } from './register.ts';

export function asF32(bits: Expression): Expression {
  return operate('bitsF32', bits);
}

function asF64(bits: Expression): Expression {
  return operate('promote', asF32(bits));
}

/** Not zero when the FPSCR has just the wanted ones of these bits. */
function statusIs(c: Lifting, mask: number, wanted: number): Expression {
  return eq(and(c.block.get(FPSCR), constant(mask)), constant(wanted));
}

/** Exponent 2…252: no overflow, underflow, infinity or NaN is near. */
function isOrdinary(bits: Expression): Expression {
  const exponent = and(shrU(bits, constant(23)), constant(0xff));
  return ltU(sub(exponent, constant(2)), constant(0xfb));
}

export interface FloatOperation {
  readonly routine: FloatRoutine;
  /** The result's bits rounded to nearest, and what else must hold for it to be right. */
  readonly quick: (
    c: Lifting,
    operands: readonly Expression[],
  ) => {
    readonly bits: Expression;
    readonly provided: Expression | null;
  };
}

function binary(
  routine: FloatRoutine,
  name: 'addF32' | 'subF32' | 'mulF32' | 'divF32',
): FloatOperation {
  return {
    routine,
    quick: (_c, [a, b]) => ({
      bits: operate('f32Bits', operate(name, asF32(a!), asF32(b!))),
      provided: null,
    }),
  };
}

export const ADD: FloatOperation = binary('add', 'addF32');
export const SUBTRACT: FloatOperation = binary('subtract', 'subF32');
export const MULTIPLY_SINGLE: FloatOperation = binary('multiply', 'mulF32');
export const DIVIDE: FloatOperation = binary('divide', 'divF32');

export const SQUARE_ROOT: FloatOperation = {
  routine: 'squareRoot',
  quick: (_c, [a]) => ({ bits: operate('f32Bits', operate('sqrtF32', asF32(a!))), provided: null }),
};

/** The bits of a double that a single has no room for, and half a unit of a single in them. */
const LOST_BITS = constant(0x1fffffff);
const HALF_UNIT = constant(0x10000000);

/**
 * addend + a × b. In double precision the product is exact; the rounded sum gives the right single
 * unless it lies just between two, when it matters what the first rounding lost.
 */
export const FUSED: FloatOperation = {
  routine: 'fused',
  quick: (c, [addend, a, b]) => {
    const product = operate('mulF64', asF64(a!), asF64(b!));
    const sum = c.block.let(operate('addF64', product, asF64(addend!)));
    const tail = and(wrap(operate('f64Bits', sum)), LOST_BITS);
    return { bits: operate('f32Bits', operate('demote', sum)), provided: ne(tail, HALF_UNIT) };
  },
};

/** `register = operation(operands)`, flags and all. */
export function arithmetic(
  c: Lifting,
  register: number,
  { routine, quick }: FloatOperation,
  operands: readonly Expression[],
): void {
  const { block } = c;
  const named = operands.map((bits) => block.let(bits));
  const result = quick(c, named);
  const bits = block.let(result.bits);
  const isPlain = and(isOrdinary(bits), statusIs(c, FZ | RMODE | IXC, IXC));
  block.if(
    result.provided === null ? isPlain : and(isPlain, result.provided),
    () => block.set(register, bits),
    () => block.set(register, callFloat(c, routine, named)),
  );
}

/** A single to an integer; `byMode` rounds as the FPSCR says, else to zero. */
export function toInteger(
  c: Lifting,
  register: number,
  bits: Expression,
  signed: boolean,
  byMode: boolean,
): void {
  const { block } = c;
  const operand = block.let(bits);
  const slow = (): void => {
    const name = signed ? 'toInt32' : 'toUint32';
    block.set(register, callFloat(c, name, [operand, byMode ? 1 : 0, 0]));
  };
  if (byMode) {
    slow();
    return;
  }
  // Below 2^31 in magnitude, or from 0 to below 2^32: as bits, both are one comparison.
  const fits = signed
    ? ltU(and(operand, constant(0x7fffffff)), constant(0x4f000000))
    : ltU(operand, constant(0x4f800000));
  block.if(
    and(fits, statusIs(c, FZ | IXC, IXC)),
    () => block.set(register, operate(signed ? 'f32ToI32' : 'f32ToU32', asF32(operand))),
    slow,
  );
}

/** An integer to a single; most are exact, and need no more. */
export function fromInteger(
  c: Lifting,
  register: number,
  value: Expression,
  signed: boolean,
): void {
  const { block } = c;
  const operand = block.let(value);
  const wide = operate(signed ? 'i32ToF64' : 'u32ToF64', operand);
  const single = block.let(operate(signed ? 'i32ToF32' : 'u32ToF32', operand));
  block.if(
    operate('eqF64', operate('promote', single), wide),
    () => block.set(register, operate('f32Bits', single)),
    () => block.set(register, callFloat(c, signed ? 'fromInt32' : 'fromUint32', [operand])),
  );
}

function isNan(bits: Expression): Expression {
  return gtU(and(bits, constant(0x7fffffff)), constant(0x7f800000));
}

/** VCMP and VCMPE: NZCV of the FPSCR. `everyNan`: a quiet NaN is invalid too. */
export function compare(c: Lifting, left: Expression, right: Expression, everyNan: boolean): void {
  const { block } = c;
  const a = block.let(left);
  const b = block.let(right);
  const isSpecial = or(or(isNan(a), isNan(b)), eqz(statusIs(c, FZ, 0)));
  block.if(
    isSpecial,
    () => setCompareFlags(c, callFloat(c, 'compare', [a, b, everyNan ? 1 : 0])),
    () => {
      const isLess = operate('ltF32', asF32(a), asF32(b));
      const isEqual = operate('eqF32', asF32(a), asF32(b));
      const notLess = select(isEqual, constant(0x60000000), constant(0x20000000));
      setCompareFlags(c, select(isLess, constant(0x80000000), notLess));
    },
  );
}

/**
 * Single-precision arithmetic as the manual has it (A2.5): rounding in all four modes, flush to
 * zero, default NaNs, and the cumulative flags. WebAssembly only rounds to nearest and tells no
 * flags. So each operation first computes that result and asks whether it says everything: it
 * rounds to nearest, inexactness is already noted in the FPSCR (which it is for good after the
 * first inexact operation), and the result is an ordinary number. Else the rest is worked out from
 * the same operation in double precision, where the exact result, or the side of the rounded one
 * on which it lies, is at hand.
 */
import {
  add,
  and,
  constant,
  constantFloat,
  type Expression,
  eq,
  eqz,
  gtU,
  ltS,
  ltU,
  ne,
  operate,
  or,
  select,
  shrU,
  sub,
  xor,
} from '../../ir/expression.ts';
import {
  DN,
  DZC,
  FZ,
  flagIf,
  IDC,
  IOC,
  IXC,
  modeBit,
  OFC,
  RMODE,
  raise,
  roundingMode,
  UFC,
} from './float-status.ts';
import type { Lifting } from './lifting.ts';
import { FPSCR } from './register.ts';

export const SIGN: Expression = constant(0x80000000);
const INFINITY_BITS = constant(0x7f800000);
const MAGNITUDE = constant(0x7fffffff);
const QUIET = constant(0x00400000);
export const DEFAULT_NAN: Expression = constant(0x7fc00000);
const ZERO = constant(0);
const ONE = constant(1);
const ZERO_F64 = constantFloat('f64', 0);

export function asF32(bits: Expression): Expression {
  return operate('bitsF32', bits);
}

export function asF64(bits: Expression): Expression {
  return operate('promote', asF32(bits));
}

/** An operation's outcome, rounded to nearest, and what the finer points need. */
export interface Outcome {
  /** Bits of the result rounded to nearest. */
  readonly nearest: Expression;
  /** The result in double precision: exact, or close enough to compare with powers of two. */
  readonly wide: Expression;
  /** A double with the sign of exact result minus `nearest`; zero or NaN when there is none. */
  readonly beyond: Expression;
}

export interface Operation {
  /** Computes from operand bits; all that is named here happens before any flag is set. */
  readonly compute: (c: Lifting, operands: readonly Expression[]) => Outcome;
  /** Just the result, for the quick way. */
  readonly quick: (c: Lifting, operands: readonly Expression[]) => Expression;
  /** An exact zero sum of these signs is -0 when rounding down; null where sums do not occur. */
  readonly zeroSigns:
    | ((operands: readonly Expression[]) => readonly [Expression, Expression])
    | null;
  /** A finite dividend over zero, not zero itself: DZC. */
  readonly dividesByZero: ((operands: readonly Expression[]) => Expression) | null;
  /** Operands in the order in which the NaN to propagate is sought. */
  readonly nanOrder: readonly number[];
  /** A quiet NaN in the first of that order with infinity times zero in the others is invalid. */
  readonly isFused: boolean;
}

export function isNan(bits: Expression): Expression {
  return gtU(and(bits, MAGNITUDE), INFINITY_BITS);
}

export function isSignalling(bits: Expression): Expression {
  return and(isNan(bits), eqz(and(bits, QUIET)));
}

export function isInfinite(bits: Expression): Expression {
  return eq(and(bits, MAGNITUDE), INFINITY_BITS);
}

export function isZero(bits: Expression): Expression {
  return eqz(and(bits, MAGNITUDE));
}

/** Operands with denormals made zero in flush-to-zero mode, which IDC notes. */
export function flushInputs(c: Lifting, operands: readonly Expression[]): Expression[] {
  const { block } = c;
  const flushes = block.let(ne(modeBit(c, FZ), ZERO));
  const denormal = operands.map((bits) =>
    block.let(and(flushes, and(eqz(and(bits, INFINITY_BITS)), eqz(isZero(bits))))),
  );
  const flushed = operands.map((bits, n) => block.let(select(denormal[n]!, and(bits, SIGN), bits)));
  raise(c, flagIf(denormal.reduce(or), IDC));
  return flushed;
}

/** Not zero when any operand is a NaN. */
export function anyNan(operands: readonly Expression[]): Expression {
  return operands.map(isNan).reduce(or);
}

/** The NaN that goes on: the first signalling one made quiet, else the first; IOC for signalling. */
export function propagateNan(c: Lifting, ordered: readonly Expression[]): Expression {
  const quiet = [...ordered].reverse().reduce((rest, bits) => select(isNan(bits), bits, rest));
  const chosen = [...ordered]
    .reverse()
    .reduce((rest, bits) => select(isSignalling(bits), or(bits, QUIET), rest), quiet);
  raise(c, flagIf(ordered.map(isSignalling).reduce(or), IOC));
  return select(modeBit(c, DN), DEFAULT_NAN, chosen);
}

/** Infinity times zero beside a quiet NaN, where a fused operation is invalid after all. */
function fusedInvalid(ordered: readonly Expression[]): Expression {
  const [addend, a, b] = ordered as [Expression, Expression, Expression];
  const product = or(and(isInfinite(a), isZero(b)), and(isZero(a), isInfinite(b)));
  return and(and(isNan(addend), ne(and(addend, QUIET), ZERO)), product);
}

/** `register = operation(operands)`, flags and all. */
export function arithmetic(
  c: Lifting,
  register: number,
  operation: Operation,
  operands: readonly Expression[],
): void {
  const { block } = c;
  const named = operands.map((bits) => block.let(bits));
  const quick = block.let(operation.quick(c, named));
  // Exponent 2…252: no overflow, underflow, infinity or NaN is near.
  const exponent = and(shrU(quick, constant(23)), constant(0xff));
  const isOrdinary = ltU(sub(exponent, constant(2)), constant(0xfb));
  const isPlain = eq(and(block.get(FPSCR), constant(FZ | RMODE | IXC)), constant(IXC));
  block.if(
    and(isOrdinary, isPlain),
    () => block.set(register, quick),
    () => thorough(c, register, operation, named),
  );
}

function thorough(
  c: Lifting,
  register: number,
  operation: Operation,
  operands: readonly Expression[],
): void {
  const { block } = c;
  const flushed = flushInputs(c, operands);
  const ordered = operation.nanOrder.map((n) => flushed[n]!);
  block.if(
    anyNan(ordered),
    () => {
      const nan = block.let(propagateNan(c, ordered));
      if (!operation.isFused) {
        block.set(register, nan);
        return;
      }
      const invalid = block.let(fusedInvalid(ordered));
      raise(c, flagIf(invalid, IOC));
      block.set(register, select(invalid, DEFAULT_NAN, nan));
    },
    () => numeric(c, register, operation, flushed),
  );
}

/** The case without NaN operands. */
function numeric(
  c: Lifting,
  register: number,
  operation: Operation,
  operands: readonly Expression[],
): void {
  const { block } = c;
  const outcome = operation.compute(c, operands);
  const nearest = block.let(outcome.nearest);
  block.if(
    isNan(nearest),
    () => {
      raise(c, constant(IOC));
      block.set(register, DEFAULT_NAN);
    },
    () => {
      if (operation.dividesByZero !== null) {
        raise(c, flagIf(operation.dividesByZero(operands), DZC));
      }
      const signs = operation.zeroSigns?.(operands) ?? null;
      block.set(register, roundOutcome(c, { ...outcome, nearest }, signs));
    },
  );
}

/**
 * The result in the rounding mode, with overflow, underflow and inexactness noted. Tininess is
 * detected before rounding.
 */
export function roundOutcome(
  c: Lifting,
  { nearest, wide, beyond }: Outcome,
  zeroSigns: readonly [Expression, Expression] | null,
): Expression {
  const { block } = c;
  const mode = block.let(roundingMode(c));
  const isAbove = block.let(operate('ltF64', ZERO_F64, beyond));
  const isBelow = block.let(operate('ltF64', beyond, ZERO_F64));
  const isInexact = block.let(or(isAbove, isBelow));
  const isNegative = block.let(ltS(nearest, ZERO));
  const towardsZero = eq(mode, constant(3));
  const stepUp = and(isAbove, or(eq(mode, ONE), and(towardsZero, isNegative)));
  const stepDown = and(isBelow, or(eq(mode, constant(2)), and(towardsZero, eqz(isNegative))));
  // A step up is one more in magnitude for a positive number, one less for a negative one.
  const step = block.let(sub(stepUp, stepDown));
  const stepped = block.let(add(nearest, select(isNegative, sub(ZERO, step), step)));
  const rounded = zeroSigns === null ? stepped : exactZero(c, stepped, isInexact, mode, zeroSigns);
  const size = block.let(operate('absF64', wide));
  const truncates = or(towardsZero, eq(mode, select(isNegative, ONE, constant(2))));
  const isHuge = operate('leF64', constantFloat('f64', 2 ** 128), size);
  const overflows = and(isInexact, select(truncates, isHuge, isInfinite(stepped)));
  const isTiny = and(
    operate('ltF64', size, constantFloat('f64', 2 ** -126)),
    operate('neF64', size, ZERO_F64),
  );
  const flushes = block.let(and(isTiny, ne(modeBit(c, FZ), ZERO)));
  const flags = or(
    select(flushes, constant(UFC), flagIf(isInexact, IXC)),
    or(flagIf(overflows, OFC), flagIf(and(isTiny, isInexact), UFC)),
  );
  raise(c, flags);
  return select(flushes, and(nearest, SIGN), rounded);
}

/** x - x is +0, but -0 when rounding down. */
function exactZero(
  c: Lifting,
  bits: Expression,
  isInexact: Expression,
  mode: Expression,
  [a, b]: readonly [Expression, Expression],
): Expression {
  const isCancelled = and(and(isZero(bits), eqz(isInexact)), ltS(xor(a, b), ZERO));
  return c.block.let(select(and(isCancelled, eq(mode, constant(2))), SIGN, bits));
}

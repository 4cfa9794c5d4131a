/**
 * The arithmetic instructions of F and D: for each, what WebAssembly computes and how to see that it
 * was exact. Singles are checked in doubles, where products and most sums of singles are exact;
 * doubles with at most 26 significant bits have exact products.
 */
import {
  and,
  constant,
  constant64,
  type Expression,
  eqz,
  operate,
  or,
  or64,
  wrap,
} from '../../ir/expression.ts';
import type { OperationName } from '../../ir/operation.ts';
import { DOUBLE, type FloatFormat, SINGLE } from './float-format.ts';
import {
  bitsOf,
  both,
  callRoutine,
  floatBits,
  inexactIsUp,
  isEveryday,
  numberOf,
  type Rounding,
  resultBits,
  roundingOf,
  setFloatBits,
} from './float-lifting.ts';
import type { Lifting } from './lifting.ts';
import type { Fields } from './pattern.ts';
import type { Lift } from './row.ts';

/** A value as bits and as a number, named. */
export interface FloatValue {
  readonly bits: Expression;
  readonly number: Expression;
}

type Name = <E extends Expression>(e: E) => Expression;

const eqF64 = (a: Expression, b: Expression): Expression => operate('eqF64', a, b);
const subF64 = (a: Expression, b: Expression): Expression => operate('subF64', a, b);
const mulF64 = (a: Expression, b: Expression): Expression => operate('mulF64', a, b);
const promote = (a: Expression): Expression => operate('promote', a);

/** The low 27 bits of a double's significand, without which products of two are exact. */
const SHORT_MASK = constant(0x07ffffff);

function areShort(...values: readonly FloatValue[]): Expression {
  const bits = values.map((value) => value.bits).reduce((a, b) => or64(a, b));
  return eqz(and(wrap(bits), SHORT_MASK));
}

/** Whether `sum` is a + b exactly; false for infinities and NaNs. */
function isExactSum(sum: Expression, a: Expression, b: Expression): Expression {
  return and(eqF64(subF64(sum, a), b), eqF64(subF64(sum, b), a));
}

/** Whether `r` is the exact result, given doubles that are the operands and the result. */
type Exactness = (r: FloatValue, a: FloatValue, b: FloatValue, name: Name) => Expression;

const promoted = ({ number }: FloatValue): Expression => promote(number);

const SINGLE_EXACTNESS: Readonly<Record<string, Exactness>> = {
  add: (r, a, b, name) => isExactSum(name(promoted(r)), name(promoted(a)), name(promoted(b))),
  sub: (r, a, b, name) => {
    const negated = name(operate('negF64', promoted(b)));
    return isExactSum(name(promoted(r)), name(promoted(a)), negated);
  },
  mul: (r, a, b) => eqF64(promoted(r), mulF64(promoted(a), promoted(b))),
  div: (r, a, b) => eqF64(mulF64(promoted(r), promoted(b)), promoted(a)),
  sqrt: (r, a, _b, name) => {
    const root = name(promoted(r));
    return eqF64(mulF64(root, root), promoted(a));
  },
};

const DOUBLE_EXACTNESS: Readonly<Record<string, Exactness>> = {
  add: (r, a, b) => isExactSum(r.number, a.number, b.number),
  sub: (r, a, b, name) => isExactSum(r.number, a.number, name(operate('negF64', b.number))),
  mul: (r, a, b, name) => {
    const zero = name(operate('bitsF64', constant64(0n)));
    const isZero = ({ number }: FloatValue): Expression => eqF64(number, zero);
    const byZero = and(isZero(r), or(isZero(a), isZero(b)));
    return or(byZero, and(isEveryday(r.bits, DOUBLE), areShort(a, b)));
  },
  div: (r, a, b) =>
    and(
      and(isEveryday(r.bits, DOUBLE), isEveryday(a.bits, DOUBLE)),
      and(areShort(r, b), eqF64(mulF64(r.number, b.number), a.number)),
    ),
  sqrt: (r, a) =>
    and(
      and(isEveryday(r.bits, DOUBLE), isEveryday(a.bits, DOUBLE)),
      and(areShort(r), eqF64(mulF64(r.number, r.number), a.number)),
    ),
};

const NATIVE: Readonly<Record<string, readonly [single: OperationName, double: OperationName]>> = {
  add: ['addF32', 'addF64'],
  sub: ['subF32', 'subF64'],
  mul: ['mulF32', 'mulF64'],
  div: ['divF32', 'divF64'],
  sqrt: ['sqrtF32', 'sqrtF64'],
};

/** A register's value, named. */
export function floatValue(c: Lifting, register: number, format: FloatFormat): FloatValue {
  const bits = c.block.let(floatBits(c, register, format));
  return { bits, number: c.block.let(numberOf(bits, format)) };
}

export function namedValue(c: Lifting, number: Expression, format: FloatFormat): FloatValue {
  const named = c.block.let(number);
  return { bits: c.block.let(bitsOf(named, format)), number: named };
}

/** Lifts an instruction that rounds; one whose rounding mode does not exist is illegal. */
export function rounding(lift: (c: Lifting, f: Fields, mode: Rounding) => void): Lift {
  return (c, f) => {
    const mode = roundingOf(c, f);
    if (mode === null) return c.illegal();
    c.requireFloat();
    lift(c, f, mode);
  };
}

/**
 * Takes the native result when it is right and changes no flag, else the routine's.
 *
 * @param isExact  called where its value is needed, so that it is not computed otherwise
 */
export function chooseResult(
  c: Lifting,
  mode: Rounding,
  r: FloatValue,
  format: FloatFormat,
  isExact: () => Expression,
  paths: { readonly native: () => void; readonly routine: () => void },
): void {
  const { block } = c;
  const upAlready = both(inexactIsUp(c), isEveryday(r.bits, format));
  block.if(both(mode.isNative, upAlready), paths.native, () => {
    if (mode.isNative.kind === 'constant' && mode.isNative.value === 0) paths.routine();
    else block.if(both(mode.isNative, isExact()), paths.native, paths.routine);
  });
}

/** FADD, FSUB, FMUL, FDIV and FSQRT. */
export function arithmetic(name: string, format: FloatFormat): Lift {
  const isUnary = name === 'sqrt';
  const native = NATIVE[name]![format === SINGLE ? 0 : 1];
  const exactness = (format === SINGLE ? SINGLE_EXACTNESS : DOUBLE_EXACTNESS)[name]!;
  return rounding((c, f, mode) => {
    const { block } = c;
    const a = floatValue(c, f.rs1, format);
    const b = isUnary ? a : floatValue(c, f.rs2, format);
    const r = namedValue(c, operate(native, a.number, isUnary ? null : b.number), format);
    chooseResult(c, mode, r, format, () => exactness(r, a, b, (e) => block.let(e) as never), {
      native: () => setFloatBits(c, f.rd, r.bits, format),
      routine: () => {
        const operands = isUnary ? [a.bits] : [a.bits, b.bits];
        const value = callRoutine(c, name, format, operands, mode);
        setFloatBits(c, f.rd, resultBits(value, format), format);
      },
    });
  });
}

/** Of a double's bits: those below a single's last one, and where exactly half of that is. */
const BELOW_SINGLE = constant64(0x1fffffffn);
const HALF_OF_SINGLE = constant64(0x10000000n);

/**
 * The fused instructions on singles. The product is exact in a double; the sum rounds once there
 * and once more to a single, which is right unless the first rounding made a tie.
 */
function fusedSingle(name: string): Lift {
  const negatesProduct = name.startsWith('n');
  const negatesAddend = name === 'msub' || name === 'nmadd';
  const signed = (value: Expression, negate: boolean): Expression =>
    negate ? operate('negF64', value) : value;
  return rounding((c, f, mode) => {
    const { block } = c;
    const [a, b, d] = [f.rs1, f.rs2, f.rs3].map((n) => floatValue(c, n, SINGLE)) as [
      FloatValue,
      FloatValue,
      FloatValue,
    ];
    const product = block.let(mulF64(signed(promoted(a), negatesProduct), promoted(b)));
    const addend = block.let(signed(promoted(d), negatesAddend));
    const sum = block.let(operate('addF64', product, addend));
    const r = namedValue(c, operate('demote', sum), SINGLE);
    const isExact = (): Expression =>
      and(isExactSum(sum, product, addend), eqF64(promoted(r), sum));
    const isTie = operate(
      'eq64',
      operate('and64', operate('f64Bits', sum), BELOW_SINGLE),
      HALF_OF_SINGLE,
    );
    const untied = { ...mode, isNative: both(mode.isNative, eqz(isTie)) };
    chooseResult(c, untied, r, SINGLE, isExact, {
      native: () => setFloatBits(c, f.rd, r.bits, SINGLE),
      routine: () => {
        const value = callRoutine(c, name, SINGLE, [a.bits, b.bits, d.bits], mode);
        setFloatBits(c, f.rd, resultBits(value, SINGLE), SINGLE);
      },
    });
  });
}

/** The fused instructions on doubles, for which WebAssembly has nothing. */
function fusedDouble(name: string): Lift {
  return rounding((c, f, mode) => {
    const operands = [f.rs1, f.rs2, f.rs3].map((n) => c.block.let(floatBits(c, n, DOUBLE)));
    setFloatBits(c, f.rd, callRoutine(c, name, DOUBLE, operands, mode), DOUBLE);
  });
}

/** FMADD, FMSUB, FNMSUB and FNMADD. */
export function fusedArithmetic(name: string, format: FloatFormat): Lift {
  return format === SINGLE ? fusedSingle(name) : fusedDouble(name);
}

/** The single-precision operations in terms of WebAssembly's, with exact remainders. */
import {
  and,
  constant,
  constant64,
  constantFloat,
  type Expression,
  eq,
  eqz,
  ltS,
  operate,
  or,
  select,
  xor,
} from '../../ir/expression.ts';
import { asF32, asF64, isInfinite, isZero, type Operation } from './float-round.ts';
import { negated } from './float-status.ts';
import type { Lifting } from './lifting.ts';

type Binary = 'addF32' | 'mulF32' | 'divF32';

const ZERO_F64 = constantFloat('f64', 0);

const quickly =
  (name: Binary): Operation['quick'] =>
  (_c, [a, b]) =>
    operate('f32Bits', operate(name, asF32(a!), asF32(b!)));

/** What a double-precision sum lost to rounding (Knuth's TwoSum). */
function sumError(c: Lifting, a: Expression, b: Expression, sum: Expression): Expression {
  const name = (e: Expression): Expression => c.block.let(e);
  const bRounded = name(operate('subF64', sum, a));
  const aRounded = name(operate('subF64', sum, bRounded));
  return name(operate('addF64', operate('subF64', a, aRounded), operate('subF64', b, bRounded)));
}

const plain = { dividesByZero: null, nanOrder: [0, 1], isFused: false } as const;

export const ADD: Operation = {
  ...plain,
  quick: quickly('addF32'),
  compute: (c, [a, b]) => {
    const x = c.block.let(asF64(a!));
    const y = c.block.let(asF64(b!));
    const sum = c.block.let(operate('addF64', x, y));
    const lost = sumError(c, x, y, sum);
    const nearest = c.block.let(operate('f32Bits', operate('addF32', asF32(a!), asF32(b!))));
    const beyond = operate('addF64', operate('subF64', sum, asF64(nearest)), lost);
    return { nearest, wide: sum, beyond: c.block.let(beyond) };
  },
  zeroSigns: ([a, b]) => [a!, b!],
};

export const MULTIPLY_SINGLE: Operation = {
  ...plain,
  quick: quickly('mulF32'),
  compute: (c, [a, b]) => {
    const product = c.block.let(operate('mulF64', asF64(a!), asF64(b!)));
    const nearest = c.block.let(operate('f32Bits', operate('demote', product)));
    const beyond = c.block.let(operate('subF64', product, asF64(nearest)));
    return { nearest, wide: product, beyond };
  },
  zeroSigns: null,
};

export const DIVIDE: Operation = {
  quick: quickly('divF32'),
  compute: (c, [a, b]) => {
    const x = c.block.let(asF64(a!));
    const y = c.block.let(asF64(b!));
    const nearest = c.block.let(operate('f32Bits', operate('divF32', asF32(a!), asF32(b!))));
    const remainder = c.block.let(operate('subF64', x, operate('mulF64', asF64(nearest), y)));
    const beyond = select(ltS(b!, constant(0)), operate('negF64', remainder), remainder);
    return { nearest, wide: c.block.let(operate('divF64', x, y)), beyond: c.block.let(beyond) };
  },
  zeroSigns: null,
  dividesByZero: ([a, b]) => and(isZero(b!), eqz(and(isZeroOrInfinite(a!), constant(1)))),
  nanOrder: [0, 1],
  isFused: false,
};

function isZeroOrInfinite(bits: Expression): Expression {
  return select(isZero(bits), constant(1), isInfinite(bits));
}

export const SQUARE_ROOT: Operation = {
  quick: (_c, [a]) => operate('f32Bits', operate('sqrtF32', asF32(a!))),
  compute: (c, [a]) => {
    const x = c.block.let(asF64(a!));
    const nearest = c.block.let(operate('f32Bits', operate('sqrtF32', asF32(a!))));
    const root = c.block.let(asF64(nearest));
    const remainder = operate('subF64', x, operate('mulF64', root, root));
    return { nearest, wide: root, beyond: c.block.let(remainder) };
  },
  zeroSigns: null,
  dividesByZero: null,
  nanOrder: [0],
  isFused: false,
};

/**
 * addend + a × b with one rounding. The product is exact in double precision; their sum is rounded
 * to odd, which a second rounding to single precision does not disturb (Boldo and Melquiond).
 */
function fusedWide(c: Lifting, [addend, a, b]: readonly Expression[]): Expression {
  const { block } = c;
  const product = block.let(operate('mulF64', asF64(a!), asF64(b!)));
  const x = block.let(asF64(addend!));
  const sum = block.let(operate('addF64', product, x));
  const lost = sumError(c, product, x, sum);
  const bits = block.let(operate('f64Bits', sum));
  const isEven = operate('eqz64', operate('and64', bits, constant64(1n)));
  // NaN, where an operand is infinite, is neither below nor above zero.
  const isLost = or(operate('ltF64', lost, ZERO_F64), operate('ltF64', ZERO_F64, lost));
  const isOutward = eq(operate('ltF64', lost, ZERO_F64), operate('ltF64', sum, ZERO_F64));
  const one = constant64(1n);
  const odd = select(isOutward, operate('add64', bits, one), operate('sub64', bits, one));
  return block.let(operate('bitsF64', select(and(isEven, isLost), odd, bits)));
}

export const FUSED: Operation = {
  quick: (c, operands) => operate('f32Bits', operate('demote', fusedWide(c, operands))),
  compute: (c, operands) => {
    const wide = fusedWide(c, operands);
    const nearest = c.block.let(operate('f32Bits', operate('demote', wide)));
    const beyond = c.block.let(operate('subF64', wide, asF64(nearest)));
    return { nearest, wide, beyond };
  },
  zeroSigns: ([addend, a, b]) => [addend!, xor(a!, b!)],
  dividesByZero: null,
  nanOrder: [0, 1, 2],
  isFused: true,
};

/** Subtraction adds the negated operand, which must not change the sign of a NaN. */
export const SUBTRACT: Operation = {
  ...ADD,
  quick: (_c, [a, b]) => operate('f32Bits', operate('subF32', asF32(a!), asF32(b!))),
  compute: (c, [a, b]) => ADD.compute(c, [a!, c.block.let(negated(b!))]),
  zeroSigns: ([a, b]) => [a!, negated(b!)],
};

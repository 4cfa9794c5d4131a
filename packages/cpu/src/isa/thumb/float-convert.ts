/** VCVT and VCMP: between single precision and integers, fixed point, half precision, and flags. */
import {
  add,
  and,
  constant,
  constant64,
  constantFloat,
  type Expression,
  eq,
  eqz,
  extend16,
  gtS,
  ltS,
  ne,
  operate,
  or,
  select,
  shl,
  shrU,
  sub,
} from '../../ir/expression.ts';
import {
  anyNan,
  asF32,
  asF64,
  flushInputs,
  isNan,
  isSignalling,
  roundOutcome,
} from './float-round.ts';
import {
  AHP,
  DN,
  flagIf,
  IOC,
  IXC,
  modeBit,
  OFC,
  RMODE,
  raise,
  roundingMode,
  setCompareFlags,
  UFC,
} from './float-status.ts';
import type { Lifting } from './lifting.ts';
import { FPSCR } from './register.ts';

const ZERO = constant(0);
const ONE = constant(1);

function f64(value: number): Expression {
  return constantFloat('f64', value);
}

/** Rounds a double to an integral one by the FPSCR's mode. */
function roundIntegral(c: Lifting, value: Expression): Expression {
  const mode = c.block.let(roundingMode(c));
  return select(
    eqz(mode),
    operate('nearestF64', value),
    select(
      eq(mode, ONE),
      operate('ceilF64', value),
      select(eq(mode, constant(2)), operate('floorF64', value), operate('truncF64', value)),
    ),
  );
}

export interface IntegerTarget {
  /** Least and greatest value. */
  readonly low: number;
  readonly high: number;
}

export const INT32: IntegerTarget = { low: -(2 ** 31), high: 2 ** 31 - 1 };
export const UINT32: IntegerTarget = { low: 0, high: 2 ** 32 - 1 };
export const INT16: IntegerTarget = { low: -(2 ** 15), high: 2 ** 15 - 1 };
export const UINT16: IntegerTarget = { low: 0, high: 2 ** 16 - 1 };

/**
 * A single, times 2^`fraction`, to an integer: saturated, with IOC when it did not fit and IXC when
 * it was not whole. `byMode`: round as the FPSCR says instead of to zero.
 */
export function toInteger(
  c: Lifting,
  register: number,
  bits: Expression,
  { low, high }: IntegerTarget,
  fraction: number,
  byMode: boolean,
): void {
  const { block } = c;
  const [operand] = flushInputs(c, [block.let(bits)]) as [Expression];
  const scaled = block.let(operate('mulF64', asF64(operand), f64(2 ** fraction)));
  const whole = block.let(byMode ? roundIntegral(c, scaled) : operate('truncF64', scaled));
  const tooLow = operate('ltF64', whole, f64(low));
  const tooHigh = operate('ltF64', f64(high), whole);
  const isInvalid = block.let(or(or(tooLow, tooHigh), isNan(operand)));
  const capped = select(tooLow, f64(low), select(tooHigh, f64(high), whole));
  const isInexact = operate('neF64', whole, scaled);
  raise(c, select(isInvalid, constant(IOC), flagIf(isInexact, IXC)));
  block.set(register, operate(low < 0 ? 'f64ToI32' : 'f64ToU32', capped));
}

/** An integer, given as an exact double, to a single. Whole numbers that fit need no more. */
function fromDouble(c: Lifting, register: number, wide: Expression, byMode: boolean): void {
  const { block } = c;
  const exact = block.let(wide);
  const nearest = block.let(operate('f32Bits', operate('demote', exact)));
  const beyond = block.let(operate('subF64', exact, asF64(nearest)));
  block.if(
    operate('eqF64', beyond, f64(0)),
    () => block.set(register, nearest),
    () => {
      const mode = block.let(modeBit(c, RMODE));
      const outcome = { nearest, wide: exact, beyond };
      // Fixed point rounds to nearest whatever the mode.
      if (!byMode) block.set(FPSCR, and(block.get(FPSCR), constant(~RMODE)));
      block.set(register, roundOutcome(c, outcome, null));
      if (!byMode) block.set(FPSCR, or(block.get(FPSCR), mode));
    },
  );
}

export function fromInteger(
  c: Lifting,
  register: number,
  value: Expression,
  signed: boolean,
): void {
  fromDouble(c, register, operate(signed ? 'i32ToF64' : 'u32ToF64', value), true);
}

/** A fixed-point number of 16 or 32 bits with `fraction` bits after the point. */
export function fromFixed(
  c: Lifting,
  register: number,
  value: Expression,
  signed: boolean,
  bits: 16 | 32,
  fraction: number,
): void {
  const low = bits === 32 ? value : signed ? extend16(value) : and(value, constant(0xffff));
  const wide = operate(signed ? 'i32ToF64' : 'u32ToF64', low);
  fromDouble(c, register, operate('mulF64', wide, f64(2 ** -fraction)), false);
}

/** VCMP and VCMPE: NZCV of the FPSCR. `everyNan`: a quiet NaN is invalid too. */
export function compare(c: Lifting, a: Expression, b: Expression, everyNan: boolean): void {
  const { block } = c;
  const [x, y] = flushInputs(c, [block.let(a), block.let(b)]) as [Expression, Expression];
  const isUnordered = block.let(anyNan([x, y]));
  const isInvalid = everyNan ? isUnordered : or(isSignalling(x), isSignalling(y));
  raise(c, flagIf(isInvalid, IOC));
  const isLess = operate('ltF32', asF32(x), asF32(y));
  const isEqual = operate('eqF32', asF32(x), asF32(y));
  const ordered = select(
    isLess,
    constant(0x80000000),
    select(isEqual, constant(0x60000000), constant(0x20000000)),
  );
  setCompareFlags(c, select(isUnordered, constant(0x30000000), ordered));
}

/** A half (low 16 bits) to the bits of a single; exact. */
export function halfToSingle(c: Lifting, register: number, half: Expression): void {
  const { block } = c;
  const h = block.let(and(half, constant(0xffff)));
  const sign = block.let(shl(and(h, constant(0x8000)), constant(16)));
  const exponent = block.let(and(shrU(h, constant(10)), constant(31)));
  const fraction = block.let(and(h, constant(0x3ff)));
  const isAlternative = block.let(ne(modeBit(c, AHP), ZERO));
  const isSpecial = block.let(and(eq(exponent, constant(31)), eqz(isAlternative)));
  const normal = or(shl(add(exponent, constant(112)), constant(23)), shl(fraction, constant(13)));
  // 2^-24 is the unit of half precision's denormals.
  const tiny = operate(
    'f32Bits',
    operate('mulF32', operate('i32ToF32', fraction), constantFloat('f32', 2 ** -24)),
  );
  const isSignal = and(isSpecial, and(ne(fraction, ZERO), eqz(and(fraction, constant(0x200)))));
  raise(c, flagIf(isSignal, IOC));
  const isNumberless = and(isSpecial, ne(fraction, ZERO));
  const nan = or(constant(0x7fc00000), shl(fraction, constant(13)));
  const special = select(
    isNumberless,
    select(modeBit(c, DN), constant(0x7fc00000), or(sign, nan)),
    or(sign, constant(0x7f800000)),
  );
  const number = or(sign, select(exponent, normal, tiny));
  block.set(register, select(isSpecial, special, number));
}

/** A single to a half, as an i32 of 16 bits. */
export function singleToHalf(c: Lifting, bits: Expression): Expression {
  const { block } = c;
  const [x] = flushInputs(c, [block.let(bits)]) as [Expression];
  const sign = block.let(and(shrU(x, constant(16)), constant(0x8000)));
  const isAlternative = block.let(ne(modeBit(c, AHP), ZERO));
  const isNumberless = block.let(isNan(x));
  const number = halfNumber(c, x, sign, isAlternative);
  const payload = or(constant(0x7e00), and(shrU(x, constant(13)), constant(0x1ff)));
  const nan = select(modeBit(c, DN), constant(0x7e00), or(sign, payload));
  raise(c, flagIf(and(isNumberless, or(isAlternative, isSignalling(x))), IOC));
  return block.let(select(isNumberless, select(isAlternative, sign, nan), number));
}

/**
 * A number to half precision: counted in units of its last place, rounded to a whole number of
 * them. Infinity and what overflows are the largest number in the alternative format (with IOC).
 */
function halfNumber(
  c: Lifting,
  x: Expression,
  sign: Expression,
  isAlternative: Expression,
): Expression {
  const { block } = c;
  const exponent = block.let(sub(and(shrU(x, constant(23)), constant(0xff)), constant(127)));
  const isTiny = block.let(ltS(exponent, constant(-14)));
  const unit = block.let(select(isTiny, constant(-24), sub(exponent, constant(10))));
  const isInfinite = block.let(eq(exponent, constant(128)));
  // 2^-unit, built from its exponent; infinity and NaN are put right below.
  const biased = operate('widenS', sub(constant(1023), unit));
  const scale = operate('bitsF64', operate('shl64', biased, constant64(52n)));
  const units = block.let(operate('mulF64', asF64(x), scale));
  const whole = block.let(roundIntegral(c, units));
  const count = operate('f64ToI32', operate('absF64', whole));
  const base = select(isTiny, ZERO, shl(add(exponent, constant(14)), constant(10)));
  const encoded = block.let(add(base, count));
  const limit = block.let(select(isAlternative, constant(0x7fff), constant(0x7bff)));
  const overflows = block.let(or(isInfinite, gtS(encoded, limit)));
  const isInexact = block.let(operate('neF64', whole, units));
  const isOverflow = block.let(and(overflows, eqz(isInfinite)));
  const mode = block.let(roundingMode(c));
  const away = select(sign, constant(2), ONE);
  const toInfinity = or(or(eqz(mode), eq(mode, away)), isInfinite);
  const capped = select(or(isAlternative, eqz(toInfinity)), limit, constant(0x7c00));
  const flags = select(
    isAlternative,
    select(overflows, constant(IOC), flagIf(isInexact, IXC)),
    select(isOverflow, constant(OFC | IXC), flagIf(isInexact, IXC)),
  );
  const underflow = and(and(isTiny, isInexact), eqz(isInfinite));
  const finite = select(isNan(x), ZERO, or(flags, flagIf(underflow, UFC)));
  raise(c, select(and(isInfinite, eqz(isAlternative)), ZERO, finite));
  return or(sign, select(overflows, capped, encoded));
}

/**
 * MUL, IMUL, MULX, DIV and IDIV (SDM volume 2). CF and OF tell whether the upper half matters; the
 * other flags are undefined and left by the result. A division that does not fit raises #DE.
 */
import {
  add64,
  and64,
  constant,
  constant64,
  type Expression,
  eqz64,
  ne64,
  operate,
  or,
  or64,
  shl,
  shl64,
  shrS64,
  shrU64,
  sub64,
} from '../../ir/expression.ts';
import { CF, OF } from './flags.ts';
import type { Lift, LiftTable } from './lift-table.ts';
import { alignShift, type Lifting, signExtended, zeroExtended } from './lifting.ts';
import { RAX, RDX } from './register.ts';
import { ROUTINE } from './routine.ts';

const number64 = (value: number): Expression => constant64(BigInt(value));
const LOW = constant64(0xffff_ffffn);
const mul64 = (a: Expression, b: Expression): Expression => operate('mul64', a, b);
const highPart = (e: Expression): Expression => shrU64(e, number64(32));
const lowPart = (e: Expression): Expression => and64(e, LOW);

/** Upper 64 bits of an unsigned product, of 32-bit parts. */
function unsignedHigh(c: Lifting, a: Expression, b: Expression): Expression {
  const { block } = c;
  const [a0, a1] = [block.let(lowPart(a)), block.let(highPart(a))];
  const [b0, b1] = [block.let(lowPart(b)), block.let(highPart(b))];
  const middle = block.let(add64(mul64(a1, b0), highPart(mul64(a0, b0))));
  const cross = block.let(add64(mul64(a0, b1), lowPart(middle)));
  return add64(mul64(a1, b1), add64(highPart(middle), highPart(cross)));
}

/** Upper 64 bits of a signed product: the unsigned one, less what the signs added. */
function signedHigh(c: Lifting, a: Expression, b: Expression): Expression {
  const sign = (e: Expression): Expression => shrS64(e, number64(63));
  const added = add64(and64(sign(a), b), and64(sign(b), a));
  return sub64(unsignedHigh(c, a, b), added);
}

function leaveProduct(c: Lifting, size: number, low: Expression, overflows: Expression): void {
  const image = or(shl(overflows, constant(CF)), shl(overflows, constant(OF)));
  c.flags.mixed(alignShift(size), c.block.let(low), image);
}

/** Writes a double-length product: AX, or DX:AX of the operand size. */
function writePair(c: Lifting, size: number, low: Expression, high: Expression): void {
  if (size === 1) {
    c.writeRegister(RAX, 2, false, or64(zeroExtended(low, 1), shl64(high, number64(8))));
    return;
  }
  c.writeRegister(RAX, size, false, low);
  c.writeRegister(RDX, size, false, high);
}

/** The one-operand forms. */
function multiplyAccumulator(isSigned: boolean): Lift {
  return (c) => {
    const { block } = c;
    const size = c.size(0);
    const extend = isSigned ? signExtended : zeroExtended;
    const a = block.let(extend(c.get(RAX), size));
    const b = block.let(extend(c.raw(0), size));
    const low = block.let(mul64(a, b));
    const wide = isSigned ? signedHigh : unsignedHigh;
    const high = block.let(size === 8 ? wide(c, a, b) : shrU64(low, number64(size * 8)));
    writePair(c, size, low, high);
    const fits = isSigned
      ? size === 8
        ? ne64(high, shrS64(low, number64(63)))
        : ne64(low, signExtended(low, size))
      : ne64(zeroExtended(high, size), constant64(0n));
    leaveProduct(c, size, low, block.let(fits));
  };
}

/** IMUL with two or three operands: the product is cut to the operand size. */
function multiplyTo(c: Lifting): void {
  const { block } = c;
  const size = c.size(0);
  const last = c.instruction.operandCount - 1;
  const a = block.let(c.signed(last - 1));
  const b = block.let(c.signed(last));
  const low = block.let(mul64(a, b));
  const overflows =
    size === 8
      ? ne64(signedHigh(c, a, b), shrS64(low, number64(63)))
      : ne64(low, signExtended(low, size));
  const image = block.let(overflows);
  c.write(0, low);
  leaveProduct(c, size, low, image);
}

/** MULX: the upper half last, so that it stays when both name one register. */
function multiplyWithoutFlags(c: Lifting): void {
  const { block } = c;
  const size = c.size(0);
  const a = block.let(zeroExtended(c.get(RDX), size));
  const b = block.let(c.zero(2));
  const low = block.let(mul64(a, b));
  const high = block.let(size === 8 ? unsignedHigh(c, a, b) : shrU64(low, number64(32)));
  c.write(1, low);
  c.write(0, high);
}

function divideError(c: Lifting, condition: Expression): void {
  c.block.if(condition, () => c.block.trap('divide-by-zero', constant(0), false));
}

/** Divides AX, DX:AX or EDX:EAX, which fit in 64 bits. */
function divideNarrow(c: Lifting, size: number, isSigned: boolean): void {
  const { block } = c;
  const bits = number64(size * 8);
  const low = size === 1 ? zeroExtended(c.get(RAX), 2) : zeroExtended(c.get(RAX), size);
  const joined = size === 1 ? low : or64(low, shl64(zeroExtended(c.get(RDX), size), bits));
  const extend = isSigned ? signExtended : zeroExtended;
  const dividend = block.let(isSigned ? signExtended(joined, size * 2) : joined);
  const divisor = block.let(extend(c.raw(0), size));
  divideError(c, eqz64(divisor));
  if (isSigned && size === 4) {
    // The one quotient that WebAssembly traps on; it does not fit in any case.
    const least = operate('eq64', dividend, constant64(-(1n << 63n)));
    const minusOne = operate('eq64', divisor, constant64(-1n));
    divideError(c, operate('and', least, minusOne));
  }
  const quotient = block.let(operate(isSigned ? 'divS64' : 'divU64', dividend, divisor));
  const remainder = block.let(operate(isSigned ? 'remS64' : 'remU64', dividend, divisor));
  divideError(c, ne64(quotient, extend(quotient, size)));
  writePair(c, size, quotient, remainder);
}

/** Divides RDX:RAX: by WebAssembly where RDX only extends RAX, else by a routine. */
function divideWide(c: Lifting, isSigned: boolean): void {
  const { block } = c;
  const number = isSigned ? ROUTINE.divideSigned : ROUTINE.divideUnsigned;
  const operands = [c.get(RAX), c.get(RDX), c.raw(0)];
  const [quotient, remainder, isGood] = block.routine(number, operands, ['i64', 'i64', 'i64']);
  divideError(c, eqz64(isGood!));
  block.set(RAX, quotient!);
  block.set(RDX, remainder!);
}

/** RDX:RAX by 8 bytes where RDX is 0, as it nearly always is, without leaving generated code. */
function divideUnsigned(c: Lifting): void {
  const { block } = c;
  const divisor = block.let(c.raw(0));
  const isPlain = operate('ltU64', c.get(RDX), divisor);
  divideError(c, operate('eqz', isPlain));
  block.if(
    eqz64(c.get(RDX)),
    () => {
      const dividend = block.let(c.get(RAX));
      block.set(RAX, operate('divU64', dividend, divisor));
      block.set(RDX, operate('remU64', dividend, divisor));
    },
    () => {
      const operands = [c.get(RAX), c.get(RDX), divisor];
      const results = block.routine(ROUTINE.divideUnsigned, operands, ['i64', 'i64', 'i64']);
      block.set(RAX, results[0]!);
      block.set(RDX, results[1]!);
    },
  );
}

const divide =
  (isSigned: boolean): Lift =>
  (c) => {
    const size = c.size(0);
    if (size < 8) divideNarrow(c, size, isSigned);
    else if (isSigned) divideWide(c, true);
    else divideUnsigned(c);
  };

export const MULTIPLY_LIFTS: LiftTable = {
  mul: multiplyAccumulator(false),
  imul: (c) => (c.instruction.operandCount === 1 ? multiplyAccumulator(true)(c) : multiplyTo(c)),
  mulx: multiplyWithoutFlags,
  div: divide(false),
  idiv: divide(true),
};

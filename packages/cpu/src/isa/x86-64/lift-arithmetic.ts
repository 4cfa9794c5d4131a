/** ADD … CMP, INC, DEC, NEG, NOT, TEST, XADD and CMPXCHG (SDM volume 2). */
import {
  add64,
  and,
  and64,
  constant,
  constant64,
  type Expression,
  eq64,
  eqz,
  ltU64,
  or,
  or64,
  select,
  shl,
  shl64,
  shrU64,
  sub64,
  widenU,
  wrap,
  xor64,
} from '../../ir/expression.ts';
import { AF, CF, OF } from './flags.ts';
import type { LiftTable } from './lift-table.ts';
import { alignShift, type Lifting, unaligned, zeroExtended } from './lifting.ts';
import { RAX, RBX, RCX, RDX } from './register.ts';

const SIGN = 1n << 63n;

function addition(c: Lifting): void {
  const size = c.size(0);
  const a = c.aligned(0, size);
  const b = c.aligned(1, size);
  const result = c.block.let(add64(a, b));
  c.writeZero(0, unaligned(result, size));
  c.flags.addition(alignShift(size), a, b, result);
}

function subtraction(c: Lifting): void {
  const size = c.size(0);
  const a = c.aligned(0, size);
  const b = c.aligned(1, size);
  const result = c.block.let(sub64(a, b));
  c.writeZero(0, unaligned(result, size));
  c.flags.subtraction(alignShift(size), a, b, result);
}

function comparison(c: Lifting): void {
  const size = c.size(0);
  const a = c.aligned(0, size);
  const b = c.aligned(1, size);
  c.flags.subtraction(alignShift(size), a, b, c.block.let(sub64(a, b)));
}

/** Left-aligned result of a bitwise operation, without computing on aligned operands. */
function logical(operation: (a: Expression, b: Expression) => Expression, writes: boolean) {
  return (c: Lifting): void => {
    const size = c.size(0);
    const value = c.block.let(operation(c.raw(0), c.raw(1)));
    if (writes) c.write(0, value);
    const aligned = c.block.let(shl64(value, constant64(BigInt(alignShift(size)))));
    c.flags.logic(alignShift(size), aligned);
  };
}

const signOf = (e: Expression): Expression => wrap(shrU64(e, constant64(63n)));

/** AF of a, b and their left-aligned result: whether bit 4 was carried into. */
function adjustOf(a: Expression, b: Expression, result: Expression, shift: number): Expression {
  const bits = xor64(xor64(a, b), result);
  return and(wrap(shrU64(bits, constant64(BigInt(shift + 4)))), constant(1));
}

const imageOf = (carry: Expression, adjust: Expression, overflow: Expression): Expression =>
  or(or(shl(carry, constant(CF)), shl(adjust, constant(AF))), shl(overflow, constant(OF)));

/** ADC and SBB. */
function withCarry(isSubtraction: boolean) {
  return (c: Lifting): void => {
    const { block } = c;
    const size = c.size(0);
    const shift = alignShift(size);
    const combine = isSubtraction ? sub64 : add64;
    const a = c.aligned(0, size);
    const b = c.aligned(1, size);
    const carryIn = block.let(shl64(widenU(c.flags.flag(CF)), constant64(BigInt(shift))));
    const first = block.let(combine(a, b));
    const result = block.let(combine(first, carryIn));
    const carry = isSubtraction
      ? or(ltU64(a, b), ltU64(first, carryIn))
      : or(ltU64(first, a), ltU64(result, first));
    const overflow = isSubtraction
      ? signOf(and64(xor64(a, b), xor64(a, result)))
      : signOf(and64(xor64(result, a), xor64(result, b)));
    const image = block.let(imageOf(carry, adjustOf(a, b, result, shift), overflow));
    c.writeZero(0, unaligned(result, size));
    c.flags.mixed(shift, result, image);
  };
}

/** INC and DEC, which leave CF. */
function step(isDecrement: boolean) {
  return (c: Lifting): void => {
    const { block } = c;
    const size = c.size(0);
    const shift = alignShift(size);
    const unit = constant64(1n << BigInt(shift));
    const a = c.aligned(0, size);
    const result = block.let(isDecrement ? sub64(a, unit) : add64(a, unit));
    const overflow = eq64(isDecrement ? a : result, constant64(SIGN));
    const carry = c.flags.flag(CF);
    const image = block.let(imageOf(carry, adjustOf(a, unit, result, shift), overflow));
    c.writeZero(0, unaligned(result, size));
    c.flags.mixed(shift, result, image);
  };
}

function negate(c: Lifting): void {
  const size = c.size(0);
  const zero = constant64(0n);
  const b = c.aligned(0, size);
  const result = c.block.let(sub64(zero, b));
  c.writeZero(0, unaligned(result, size));
  c.flags.subtraction(alignShift(size), zero, b, result);
}

function exchangeAndAdd(c: Lifting): void {
  const { block } = c;
  const size = c.size(0);
  const a = c.aligned(0, size);
  const b = c.aligned(1, size);
  const result = block.let(add64(a, b));
  const toMemory = c.operand(0).kind === 'memory';
  if (toMemory) c.writeZero(0, unaligned(result, size));
  c.writeZero(1, unaligned(a, size));
  if (!toMemory) c.writeZero(0, unaligned(result, size));
  c.flags.addition(alignShift(size), a, b, result);
}

/** Memory is written in any case, as the processor does; a register only with the source. */
function compareAndExchange(c: Lifting): void {
  const { block } = c;
  const size = c.size(0);
  const shift = constant64(BigInt(alignShift(size)));
  const accumulator = block.let(shl64(c.get(RAX), shift));
  const old = c.aligned(0, size);
  const isEqual = block.let(eq64(accumulator, old));
  const source = zeroExtended(c.raw(1), size);
  if (c.operand(0).kind === 'memory') {
    c.writeZero(0, block.let(select(isEqual, source, unaligned(old, size))));
  } else {
    block.if(isEqual, () => c.writeZero(0, source));
  }
  block.if(eqz(isEqual), () => c.writeRegister(RAX, size, false, unaligned(old, size)));
  const result = block.let(sub64(accumulator, old));
  c.flags.subtraction(alignShift(size), accumulator, old, result);
}

/** Sixteen bytes that have to be aligned raise #GP where they are not. */
function requireAligned(c: Lifting, address: Expression): void {
  c.block.if(and(wrap(address), constant(15)), () => {
    c.block.trap('general-protection', constant(0), false);
  });
}

/** CMPXCHG8B, one access, and CMPXCHG16B, two in one page as it is aligned: only ZF changes. */
function compareAndExchangePair(size: 4 | 8) {
  return (c: Lifting): void => {
    const { block } = c;
    const address = c.address();
    if (size === 8) requireAligned(c, address);
    const upper = block.let(add64(address, constant64(BigInt(size))));
    const part = (register: number): Expression => zeroExtended(c.get(register), size);
    const pair = size === 4 ? block.let(c.load(address, 8)) : null;
    const low = block.let(pair === null ? c.load(address, 8) : zeroExtended(pair, 4));
    const high = block.let(pair === null ? c.load(upper, 8) : shrU64(pair, constant64(32n)));
    const isEqual = block.let(and(eq64(part(RAX), low), eq64(part(RDX), high)));
    const keptFlags = and(c.flags.toImage(), constant(~(1 << 6)));
    const image = block.let(or(keptFlags, shl(isEqual, constant(6))));
    const newLow = block.let(select(isEqual, part(RBX), low));
    const newHigh = block.let(select(isEqual, part(RCX), high));
    if (pair === null) {
      c.store(address, 8, newLow);
      c.store(upper, 8, newHigh);
    } else {
      c.store(address, 8, or64(newLow, shl64(newHigh, constant64(32n))));
    }
    block.if(eqz(isEqual), () => {
      c.writeRegister(RAX, size, false, low);
      c.writeRegister(RDX, size, false, high);
    });
    c.flags.image(image);
  };
}

export const ARITHMETIC_LIFTS: LiftTable = {
  add: addition,
  sub: subtraction,
  cmp: comparison,
  adc: withCarry(false),
  sbb: withCarry(true),
  and: logical(and64, true),
  or: logical(or64, true),
  xor: logical(xor64, true),
  test: logical(and64, false),
  inc: step(false),
  dec: step(true),
  neg: negate,
  not: (c) => c.write(0, xor64(c.raw(0), constant64(-1n))),
  xadd: exchangeAndAdd,
  cmpxchg: compareAndExchange,
  cmpxchg8b: compareAndExchangePair(4),
  cmpxchg16b: compareAndExchangePair(8),
};

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
import { alignShift, type Lifting, zeroExtended } from './lifting.ts';
import { rawModified, zeroModified } from './read-modify-write.ts';
import { RAX, RBX, RCX, RDX } from './register.ts';

/** An operand with anything above its size; a temporary. */
const operand = (c: Lifting, n: number): Expression => c.block.let(c.raw(n));
/** The same of the first one, which is written. */
const modified = (c: Lifting): Expression => c.block.let(rawModified(c));

function addition(c: Lifting): void {
  const a = modified(c);
  const b = operand(c, 1);
  const result = c.block.let(add64(a, b));
  c.write(0, result);
  c.flags.addition(alignShift(c.size(0)), a, b, result);
}

function subtraction(c: Lifting): void {
  const a = modified(c);
  const b = operand(c, 1);
  const result = c.block.let(sub64(a, b));
  c.write(0, result);
  c.flags.subtraction(alignShift(c.size(0)), a, b, result);
}

function comparison(c: Lifting): void {
  const a = operand(c, 0);
  const b = operand(c, 1);
  c.flags.subtraction(alignShift(c.size(0)), a, b, c.block.let(sub64(a, b)));
}

/** Bitwise operations. */
function logical(operation: (a: Expression, b: Expression) => Expression, writes: boolean) {
  return (c: Lifting): void => {
    const first = writes ? rawModified(c) : c.raw(0);
    const value = c.block.let(operation(first, c.raw(1)));
    if (writes) c.write(0, value);
    c.flags.logic(alignShift(c.size(0)), value);
  };
}

/** A bit of a word: 0 or 1. */
const bitOf = (e: Expression, bit: number): Expression =>
  and(wrap(shrU64(e, constant64(BigInt(bit)))), constant(1));

const imageOf = (carry: Expression, adjust: Expression, overflow: Expression): Expression =>
  or(or(shl(carry, constant(CF)), shl(adjust, constant(AF))), shl(overflow, constant(OF)));

/** Whether adding or subtracting a, b and a carry went beyond 64 bits, or beyond `size` bytes. */
function carryOut(
  isSubtraction: boolean,
  size: number,
  [a, b, carryIn]: readonly [Expression, Expression, Expression],
  [first, result]: readonly [Expression, Expression],
): Expression {
  // Of operands with zeros above, the bit above the result is the carry.
  if (size < 8) return bitOf(result, size * 8);
  return isSubtraction
    ? or(ltU64(a, b), ltU64(first, carryIn))
    : or(ltU64(first, a), ltU64(result, first));
}

/** ADC and SBB. */
function withCarry(isSubtraction: boolean) {
  return (c: Lifting): void => {
    const { block } = c;
    const size = c.size(0);
    const combine = isSubtraction ? sub64 : add64;
    const a = block.let(zeroModified(c));
    const b = block.let(zeroExtended(c.raw(1), size));
    const carryIn = block.let(widenU(c.flags.flag(CF)));
    const first = block.let(combine(a, b));
    const result = block.let(combine(first, carryIn));
    const carry = carryOut(isSubtraction, size, [a, b, carryIn], [first, result]);
    const signs = isSubtraction
      ? and64(xor64(a, b), xor64(a, result))
      : and64(xor64(result, a), xor64(result, b));
    const adjust = bitOf(xor64(xor64(a, b), result), 4);
    const image = block.let(imageOf(carry, adjust, bitOf(signs, size * 8 - 1)));
    c.write(0, result);
    c.flags.mixed(alignShift(size), result, image);
  };
}

/** INC and DEC, which leave CF. */
function step(isDecrement: boolean) {
  return (c: Lifting): void => {
    const { block } = c;
    const one = constant64(isDecrement ? -1n : 1n);
    const result = block.let(add64(rawModified(c), one));
    const carry = block.let(c.flags.flag(CF));
    c.write(0, result);
    c.flags.step(alignShift(c.size(0)), isDecrement, result, carry);
  };
}

function negate(c: Lifting): void {
  const zero = constant64(0n);
  const b = modified(c);
  const result = c.block.let(sub64(zero, b));
  c.write(0, result);
  c.flags.subtraction(alignShift(c.size(0)), zero, b, result);
}

function exchangeAndAdd(c: Lifting): void {
  const a = modified(c);
  const b = operand(c, 1);
  const result = c.block.let(add64(a, b));
  const toMemory = c.operand(0).kind === 'memory';
  if (toMemory) c.write(0, result);
  c.write(1, a);
  if (!toMemory) c.write(0, result);
  c.flags.addition(alignShift(c.size(0)), a, b, result);
}

/** Memory is written in any case, as the processor does; a register only with the source. */
function compareAndExchange(c: Lifting): void {
  const { block } = c;
  const size = c.size(0);
  const accumulator = block.let(zeroExtended(c.get(RAX), size));
  const old = block.let(zeroModified(c));
  const isEqual = block.let(eq64(accumulator, old));
  const source = zeroExtended(c.raw(1), size);
  if (c.operand(0).kind === 'memory') {
    c.writeZero(0, block.let(select(isEqual, source, old)));
  } else {
    block.if(isEqual, () => c.writeZero(0, source));
  }
  block.if(eqz(isEqual), () => c.writeRegister(RAX, size, false, old));
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
    const pair = size === 4 ? block.let(c.loadBeforeStore(address, 8)) : null;
    const low = block.let(pair === null ? c.loadBeforeStore(address, 8) : zeroExtended(pair, 4));
    const high = block.let(
      pair === null ? c.loadBeforeStore(upper, 8) : shrU64(pair, constant64(32n)),
    );
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
  not: (c) => c.write(0, xor64(rawModified(c), constant64(-1n))),
  xadd: exchangeAndAdd,
  cmpxchg: compareAndExchange,
  cmpxchg8b: compareAndExchangePair(4),
  cmpxchg16b: compareAndExchangePair(8),
};

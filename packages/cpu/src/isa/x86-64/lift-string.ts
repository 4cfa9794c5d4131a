/**
 * String instructions (SDM volume 2). With REP, one iteration is one instruction that jumps back to
 * itself: it can fault, stop or be interrupted between any two, with RCX, RSI and RDI at the next.
 */
import {
  add64,
  and,
  constant,
  constant64,
  type Expression,
  eqz,
  mul,
  ne64,
  operate,
  sub64,
  widenS,
} from '../../ir/expression.ts';
import { ZF } from './flags.ts';
import type { Lift, LiftTable } from './lift-table.ts';
import { alignShift, type Lifting, zeroExtended } from './lifting.ts';
import { RAX, RCX, RDI, RSI } from './register.ts';
import { DIRECTION } from './state.ts';

const REPE = 0xf3;

/** An element, and what to move on when nothing can fault any more. */
interface StringStep {
  readonly element: (c: Lifting, size: 1 | 2 | 4 | 8) => void;
  readonly pointers: readonly number[];
  /** Whether REPE and REPNE also look at ZF. */
  readonly compares: boolean;
}

function sizeOf(c: Lifting): 1 | 2 | 4 | 8 {
  return c.size(0) as 1 | 2 | 4 | 8;
}

function sourceAddress(c: Lifting): Expression {
  return c.withSegment(zeroExtended(c.get(RSI), c.instruction.addressSize));
}

/** ES has base 0, and no prefix changes that. */
function destinationAddress(c: Lifting): Expression {
  return zeroExtended(c.get(RDI), c.instruction.addressSize);
}

function advance(c: Lifting, pointers: readonly number[], size: number): void {
  const { block, instruction } = c;
  const step = block.let(widenS(mul(c.get(DIRECTION), constant(size))));
  for (const register of pointers) {
    block.set(register, zeroExtended(add64(c.get(register), step), instruction.addressSize));
  }
}

/** Leaves the comparison of two elements. */
function compare(c: Lifting, a: Expression, b: Expression, size: number): void {
  const { block } = c;
  const [left, right] = [block.let(a), block.let(b)];
  c.flags.subtraction(alignShift(size), left, right, block.let(sub64(left, right)));
}

const MOVS: StringStep = {
  element: (c, size) => {
    const value = c.block.let(c.load(c.block.let(sourceAddress(c)), size));
    c.store(c.block.let(destinationAddress(c)), size, value);
  },
  pointers: [RSI, RDI],
  compares: false,
};

const STOS: StringStep = {
  element: (c, size) => c.store(c.block.let(destinationAddress(c)), size, c.get(RAX)),
  pointers: [RDI],
  compares: false,
};

const LODS: StringStep = {
  element: (c, size) => {
    const value = c.block.let(c.load(c.block.let(sourceAddress(c)), size));
    c.writeRegister(RAX, size, false, value);
  },
  pointers: [RSI],
  compares: false,
};

const CMPS: StringStep = {
  element: (c, size) => {
    const first = c.block.let(c.load(c.block.let(sourceAddress(c)), size));
    const second = c.block.let(c.load(c.block.let(destinationAddress(c)), size));
    compare(c, first, second, size);
  },
  pointers: [RSI, RDI],
  compares: true,
};

const SCAS: StringStep = {
  element: (c, size) => {
    const value = c.block.let(c.load(c.block.let(destinationAddress(c)), size));
    compare(c, c.get(RAX), value, size);
  },
  pointers: [RDI],
  compares: true,
};

function lift(step: StringStep): Lift {
  return (c) => {
    const size = sizeOf(c);
    if (c.instruction.repeat === 0) {
      step.element(c, size);
      advance(c, step.pointers, size);
      return;
    }
    repeat(c, step, size);
  };
}

function repeat(c: Lifting, step: StringStep, size: 1 | 2 | 4 | 8): void {
  const { block, instruction } = c;
  const { addressSize, repeat: prefix } = instruction;
  const count = block.let(zeroExtended(c.get(RCX), addressSize));
  block.if(ne64(count, constant64(0n)), () => {
    step.element(c, size);
    advance(c, step.pointers, size);
    block.set(RCX, add64(count, constant64(-1n)));
  });
  // The flags are those of the last element, or what they were when there was none.
  c.flags.forget();
  const isMore = operate('gtU64', count, constant64(1n));
  const zero = step.compares ? c.flags.flag(ZF) : null;
  const goes = zero === null ? isMore : and(isMore, prefix === REPE ? zero : eqz(zero));
  block.branch(block.let(goes), block.instructionPc);
}

export const STRING_LIFTS: LiftTable = {
  movs: lift(MOVS),
  stos: lift(STOS),
  lods: lift(LODS),
  cmps: lift(CMPS),
  scas: lift(SCAS),
  xlat: (c) => {
    const sum = add64(c.get(3), zeroExtended(c.get(RAX), 1));
    const address = c.withSegment(zeroExtended(sum, c.instruction.addressSize));
    c.writeRegister(RAX, 1, false, c.load(c.block.let(address), 1));
  },
};

/** Moves, the stack, conditional moves and what moves flags (SDM volume 2). */
import {
  add64,
  and,
  constant,
  constant64,
  type Expression,
  eq,
  operate,
  or,
  select,
  shl,
  shrU,
  shrU64,
  widenU,
  wrap,
  xor,
} from '../../ir/expression.ts';
import { CONDITIONS } from './flag-effect.ts';
import { ARITHMETIC_FLAGS, CF } from './flags.ts';
import type { Lift, LiftTable } from './lift-table.ts';
import { type Lifting, signExtended, zeroExtended } from './lifting.ts';
import { zeroModified } from './read-modify-write.ts';
import { RAX, RBP, RDX, RSP } from './register.ts';
import { DIRECTION, OTHER_FLAGS } from './state.ts';

/** Bit 1 of RFLAGS is always set; IF always is for programs. */
const FIXED_FLAGS = 0x202;
const DIRECTION_BIT = 10;
/** TF, NT, AC and ID: what POPF changes beside the arithmetic flags and DF. */
const SETTABLE = 0x244100;

function move(c: Lifting): void {
  c.write(0, c.raw(1));
}

function exchange(c: Lifting): void {
  const first = c.block.let(zeroModified(c));
  const second = c.block.let(c.zero(1));
  c.writeZero(0, second);
  c.writeZero(1, first);
}

/** CBW, CWDE, CDQE: the accumulator's lower half, extended. */
const extendAccumulator =
  (size: number): Lift =>
  (c) =>
    c.writeRegister(RAX, size, false, signExtended(c.get(RAX), size / 2));

/** CWD, CDQ, CQO: the accumulator's sign into all of RDX. */
const signOfAccumulator =
  (size: number): Lift =>
  (c) => {
    const sign = operate('shrS64', signExtended(c.get(RAX), size), constant64(63n));
    c.writeRegister(RDX, size, false, sign);
  };

function push(c: Lifting): void {
  const size = c.instruction.operandSize === 2 ? 2 : 8;
  const operand = c.operand(0);
  const value = operand.kind === 'immediate' ? c.raw(0) : c.zero(0);
  c.push(c.block.let(value), size);
}

/** POP to memory computes its address after RSP has moved. */
function pop(c: Lifting): void {
  const size = c.instruction.operandSize === 2 ? 2 : 8;
  const value = c.block.let(c.top(size));
  const { kind, register } = c.operand(0);
  if (kind === 'register') {
    c.dropStack(size);
    c.writeRegister(register, size, false, value);
    return;
  }
  const offset = c.effectiveAddress();
  const moved = c.instruction.base === RSP ? add64(offset, constant64(BigInt(size))) : offset;
  c.store(c.block.let(c.withSegment(moved)), size, value);
  c.dropStack(size);
}

/** LEAVE: RSP = RBP, then pop RBP. */
function leaveFrame(c: Lifting): void {
  const size = c.instruction.operandSize === 2 ? 2 : 8;
  const frame = c.block.let(c.get(RBP));
  const value = c.block.let(c.load(frame, size));
  c.block.set(RSP, add64(frame, constant64(BigInt(size))));
  c.writeRegister(RBP, size, false, value);
}

const MOST_LEVELS = 31;

/** ENTER: pushes RBP and the frames of the levels outside, and makes room, which must be there. */
function enterFrame(c: Lifting): void {
  const { block } = c;
  const size = c.instruction.operandSize === 2 ? 2 : 8;
  const room = c.operand(0).low & 0xffff;
  const level = c.operand(1).low & MOST_LEVELS;
  const below = (register: number, count: number): Expression =>
    add64(c.get(register), constant64(BigInt(-count * size)));
  c.store(below(RSP, 1), size, c.get(RBP));
  const frame = block.let(below(RSP, 1));
  for (let n = 1; n < level; n++) {
    c.store(below(RSP, n + 1), size, c.load(below(RBP, n), size));
  }
  if (level > 0) c.store(below(RSP, level + 1), size, frame);
  const pushed = size * (1 + level);
  const top = block.let(add64(c.get(RSP), constant64(BigInt(-pushed - room))));
  c.proveStore(top, size);
  block.set(RSP, top);
  c.writeRegister(RBP, size, false, frame);
}

/** RFLAGS as PUSHF shows it, an i32. */
export function flagsWord(c: Lifting): Expression {
  const direction = shl(eq(c.get(DIRECTION), constant(-1)), constant(DIRECTION_BIT));
  const fixed = or(direction, or(c.get(OTHER_FLAGS), constant(FIXED_FLAGS)));
  return or(c.flags.toImage(), fixed);
}

function pushFlags(c: Lifting): void {
  const size = c.instruction.operandSize === 2 ? 2 : 8;
  // RF and VM read as zero.
  c.push(c.block.let(widenU(flagsWord(c))), size);
}

function popFlags(c: Lifting): void {
  const { block } = c;
  const size = c.instruction.operandSize === 2 ? 2 : 8;
  const value = block.let(wrap(c.top(size)));
  c.dropStack(size);
  const settable = size === 2 ? SETTABLE & 0xffff : SETTABLE;
  const kept = and(c.get(OTHER_FLAGS), constant(~settable));
  block.set(OTHER_FLAGS, or(kept, and(value, constant(settable))));
  const isDown = and(shrU(value, constant(DIRECTION_BIT)), constant(1));
  block.set(DIRECTION, select(isDown, constant(-1), constant(1)));
  c.flags.image(block.let(and(value, constant(ARITHMETIC_FLAGS))));
}

/** LAHF and SAHF move all but OF through AH. */
const AH_FLAGS = 0xd5;

function flagsToAh(c: Lifting): void {
  const low = or(and(c.flags.toImage(), constant(AH_FLAGS)), constant(2));
  c.writeRegister(RAX, 1, true, widenU(low));
}

function ahToFlags(c: Lifting): void {
  const low = and(wrap(shrU64(c.get(RAX), constant64(8n))), constant(AH_FLAGS));
  const overflow = and(c.flags.toImage(), constant(1 << 11));
  c.flags.image(c.block.let(or(low, overflow)));
}

/** CLC, STC, CMC. */
const setCarry =
  (change: (carry: Expression) => Expression): Lift =>
  (c) => {
    const others = and(c.flags.toImage(), constant(~1));
    c.flags.image(c.block.let(or(others, change(c.flags.flag(CF)))));
  };

const setDirection =
  (step: number): Lift =>
  (c) =>
    c.block.set(DIRECTION, constant(step));

/** CMOVcc loads its source in any case, and clears the upper half of a 4-byte destination too. */
const conditionalMove =
  (condition: number): Lift =>
  (c) => {
    const source = c.block.let(c.zero(1));
    const chosen = select(c.flags.condition(condition), source, c.zero(0));
    c.writeZero(0, chosen);
  };

const setOnCondition =
  (condition: number): Lift =>
  (c) => {
    const isSet = operate('ne', c.flags.condition(condition), constant(0));
    c.write(0, widenU(isSet));
  };

const CONDITIONAL: LiftTable = Object.fromEntries(
  CONDITIONS.flatMap(([suffix], number) => [
    [`cmov${suffix}`, conditionalMove(number)],
    [`set${suffix}`, setOnCondition(number)],
  ]),
);

export const MOVE_LIFTS: LiftTable = {
  ...CONDITIONAL,
  mov: move,
  movabs: move,
  movnti: move,
  movzx: (c) => c.writeZero(0, c.zero(1)),
  movsx: (c) => c.write(0, c.signed(1)),
  movsxd: (c) => c.write(0, c.signed(1)),
  lea: (c) => c.write(0, zeroExtended(c.effectiveAddress(), c.size(0))),
  xchg: exchange,
  cbw: extendAccumulator(2),
  cwde: extendAccumulator(4),
  cdqe: extendAccumulator(8),
  cwd: signOfAccumulator(2),
  cdq: signOfAccumulator(4),
  cqo: signOfAccumulator(8),
  push,
  pop,
  leave: leaveFrame,
  enter: enterFrame,
  pushf: pushFlags,
  popf: popFlags,
  lahf: flagsToAh,
  sahf: ahToFlags,
  clc: setCarry(() => constant(0)),
  stc: setCarry(() => constant(1)),
  cmc: setCarry((carry) => xor(carry, constant(1))),
  cld: setDirection(1),
  std: setDirection(-1),
};

/** Bit tests, scans, counts, byte swaps, BMI and CRC32 (SDM volume 2). */
import {
  add64,
  and,
  and64,
  constant,
  constant64,
  type Expression,
  eqz,
  eqz64,
  ltU64,
  ne64,
  operate,
  or,
  or64,
  select,
  shl,
  shl64,
  shrS64,
  shrU64,
  sub64,
  widenU,
  wrap,
  xor64,
} from '../../ir/expression.ts';
import { CF, OF, ZF } from './flags.ts';
import type { Lift, LiftTable } from './lift-table.ts';
import { alignShift, type Lifting, zeroExtended } from './lifting.ts';
import { zeroModified } from './read-modify-write.ts';
import { ROUTINE } from './routine.ts';

const number64 = (value: number): Expression => constant64(BigInt(value));
const ONES = constant64(-1n);

/** Replaces some flags of the image and keeps the others. */
function setFlags(c: Lifting, set: readonly (readonly [bit: number, value: Expression])[]): void {
  const cleared = set.reduce((mask, [bit]) => mask & ~(1 << bit), -1);
  const kept = and(c.flags.toImage(), constant(cleared));
  c.flags.image(
    c.block.let(set.reduce((all, [bit, value]) => or(all, shl(value, constant(bit))), kept)),
  );
}

/** BT and its kin. A bit offset in a register reaches beyond a memory operand, both ways. */
function bitTest(change: ((word: Expression, bit: Expression) => Expression) | null): Lift {
  return (c) => {
    const { block } = c;
    const size = c.size(0);
    const offset = block.let(c.signed(1));
    const within = and64(offset, number64(size * 8 - 1));
    const isFar = c.operand(0).kind === 'memory' && c.operand(1).kind === 'register';
    const address = isFar ? block.let(farAddress(c, offset, size)) : null;
    const read = (at: Expression): Expression =>
      change === null ? c.load(at, size) : c.loadBeforeStore(at, size);
    const near = (): Expression => (change === null ? c.zero(0) : zeroModified(c));
    const word = block.let(address === null ? near() : read(address));
    const carry = block.let(and(wrap(shrU64(word, within)), constant(1)));
    if (change !== null) {
      const changed = block.let(change(word, shl64(constant64(1n), within)));
      if (address === null) c.write(0, changed);
      else c.store(address, size, changed);
    }
    setFlags(c, [[CF, carry]]);
  };
}

function farAddress(c: Lifting, offset: Expression, size: number): Expression {
  const words = shrS64(offset, number64(Math.log2(size * 8)));
  const sum = add64(c.effectiveAddress(), shl64(words, number64(Math.log2(size))));
  return c.withSegment(zeroExtended(sum, c.instruction.addressSize));
}

/** Leaves ZF and CF; the others are undefined. */
function leaveCount(c: Lifting, isZero: Expression, carry: Expression): void {
  c.flags.image(c.block.let(or(shl(isZero, constant(ZF)), shl(carry, constant(CF)))));
}

/** BSF and BSR: of zero, the destination stays, as every processor has it. */
function scan(find: (value: Expression) => Expression): Lift {
  return (c) => {
    const { block } = c;
    const source = block.let(c.zero(1));
    const isZero = block.let(eqz64(source));
    const found = block.let(find(source));
    // Also the upper half of a 4-byte destination stays.
    block.if(eqz(isZero), () => c.write(0, found));
    leaveCount(c, isZero, constant(0));
  };
}

const trailing = (value: Expression): Expression => operate('ctz64', value);
const highest = (value: Expression): Expression => sub64(number64(63), operate('clz64', value));

/** TZCNT and LZCNT: of zero, the operand's bits, and CF. */
function count(find: (source: Expression, size: number) => Expression): Lift {
  return (c) => {
    const { block } = c;
    const source = block.let(c.zero(1));
    const result = block.let(find(source, c.size(0)));
    const isNone = block.let(eqz64(source));
    c.write(0, result);
    leaveCount(c, block.let(eqz64(result)), isNone);
  };
}

const countTrailing = (source: Expression, size: number): Expression =>
  size === 8 ? trailing(source) : trailing(or64(source, number64(2 ** (size * 8))));
const countLeading = (source: Expression, size: number): Expression =>
  sub64(operate('clz64', source), number64(alignShift(size)));

function population(c: Lifting): void {
  const result = c.block.let(operate('popcnt64', c.zero(1)));
  c.write(0, result);
  leaveCount(c, c.block.let(eqz64(result)), constant(0));
}

/** The bytes of a value of `size` bytes in reverse. */
function swapped(c: Lifting, value: Expression, size: number): Expression {
  const { block } = c;
  const stages: readonly (readonly [shift: number, mask: bigint])[] = [
    [8, 0x00ff_00ff_00ff_00ffn],
    [16, 0x0000_ffff_0000_ffffn],
  ];
  let result = value;
  for (const [by, mask] of stages) {
    const down = and64(shrU64(result, number64(by)), constant64(mask));
    result = block.let(or64(down, shl64(and64(result, constant64(mask)), number64(by))));
  }
  return shrU64(operate('rotl64', result, number64(32)), number64(alignShift(size)));
}

/** BSWAP of 2 bytes gives zero on processors, though the manual leaves it undefined. */
function swapBytes(c: Lifting): void {
  const size = c.size(0);
  c.write(0, size === 2 ? constant64(0n) : swapped(c, c.block.let(c.raw(0)), size));
}

/** Leaves SF and ZF by a result, OF clear and CF as given. */
function leaveBits(c: Lifting, size: number, result: Expression, carry: Expression): void {
  c.flags.mixed(alignShift(size), c.block.let(result), shl(carry, constant(CF)));
}

/** BLSR, BLSMSK and BLSI. */
function lowestBit(
  compute: (value: Expression, lower: Expression) => Expression,
  carryOf: (source: Expression) => Expression,
): Lift {
  return (c) => {
    const { block } = c;
    const size = c.size(0);
    const source = block.let(c.zero(1));
    const result = block.let(zeroExtended(compute(source, add64(source, ONES)), size));
    const carry = block.let(carryOf(source));
    c.writeZero(0, result);
    leaveBits(c, size, result, carry);
  };
}

function andNot(c: Lifting): void {
  const size = c.size(0);
  const result = c.block.let(zeroExtended(and64(xor64(c.raw(1), ONES), c.raw(2)), size));
  c.writeZero(0, result);
  leaveBits(c, size, result, constant(0));
}

/** The low `count` bits; all from 64 on. */
function lowBits(count: Expression): Expression {
  const mask = sub64(shl64(constant64(1n), count), constant64(1n));
  return select(ltU64(count, number64(64)), mask, ONES);
}

/** BEXTR: start in bits 0 … 7 of the control, length in bits 8 … 15. */
function extractField(c: Lifting): void {
  const { block } = c;
  const size = c.size(0);
  const control = block.let(c.raw(2));
  const start = block.let(and64(control, number64(255)));
  const length = block.let(and64(shrU64(control, number64(8)), number64(255)));
  const shifted = select(ltU64(start, number64(64)), shrU64(c.zero(1), start), constant64(0n));
  const result = block.let(zeroExtended(and64(shifted, lowBits(length)), size));
  c.writeZero(0, result);
  leaveBits(c, size, result, constant(0));
}

function zeroHighBits(c: Lifting): void {
  const { block } = c;
  const size = c.size(0);
  const index = block.let(and64(c.raw(2), number64(255)));
  const result = block.let(and64(c.zero(1), lowBits(index)));
  const isBeyond = block.let(operate('geU64', index, number64(size * 8)));
  c.writeZero(0, result);
  leaveBits(c, size, result, isBeyond);
}

const byRoutine =
  (routine: number): Lift =>
  (c) => {
    const [result] = c.block.routine(routine, [c.zero(1), c.zero(2)], ['i64']);
    c.write(0, result!);
  };

function crc32(c: Lifting): void {
  const operands = [c.zero(0), c.zero(1), number64(c.size(1))];
  const [result] = c.block.routine(ROUTINE.checksum, operands, ['i64']);
  c.write(0, result!);
}

/** ADCX and ADOX: an addition with one flag as carry, in and out. */
const addThrough =
  (flag: number): Lift =>
  (c) => {
    const { block } = c;
    const size = c.size(0);
    const shift = number64(alignShift(size));
    const a = c.aligned(0, size);
    const b = c.aligned(1, size);
    const carryIn = block.let(shl64(widenU(c.flags.flag(flag)), shift));
    const first = block.let(add64(a, b));
    const result = block.let(add64(first, carryIn));
    const carry = block.let(or(ltU64(first, a), ltU64(result, first)));
    c.writeZero(0, shrU64(result, shift));
    setFlags(c, [[flag, carry]]);
  };

export const BIT_LIFTS: LiftTable = {
  bt: bitTest(null),
  bts: bitTest(or64),
  btr: bitTest((word, bit) => and64(word, xor64(bit, ONES))),
  btc: bitTest(xor64),
  bsf: scan(trailing),
  bsr: scan(highest),
  tzcnt: count(countTrailing),
  lzcnt: count(countLeading),
  popcnt: population,
  bswap: swapBytes,
  movbe: (c) => c.write(0, swapped(c, c.block.let(c.raw(1)), c.size(0))),
  andn: andNot,
  blsr: lowestBit((value, lower) => and64(value, lower), eqz64),
  blsmsk: lowestBit((value, lower) => xor64(value, lower), eqz64),
  blsi: lowestBit(
    (value) => and64(value, sub64(constant64(0n), value)),
    (source) => ne64(source, constant64(0n)),
  ),
  bextr: extractField,
  bzhi: zeroHighBits,
  pdep: byRoutine(ROUTINE.deposit),
  pext: byRoutine(ROUTINE.extract),
  crc32,
  adcx: addThrough(CF),
  adox: addThrough(OF),
};

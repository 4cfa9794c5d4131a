/**
 * MMX (SDM volume 1, chapter 9): registers are the significands of x87's, by their physical places.
 * Every instruction but EMMS makes TOP 0 and all registers in use; what it writes has an exponent
 * of ones. Rows on mm registers share their names with those on xmm registers. What computes goes
 * through the routine for packed operations: programs that use MMX today are few.
 */
import {
  and,
  and64,
  constant,
  constant64,
  type Expression,
  operate,
  or64,
  shl64,
  shrU,
  shrU64,
  widenU,
} from '../../ir/expression.ts';
import type { ValueType } from '../../ir/operation.ts';
import type { AccessSize } from '../../ir/statement.ts';
import { inRoutine } from './lift-float.ts';
import type { Lift, LiftTable } from './lift-table.ts';
import { fromLow, immediate, register, vector } from './lift-vector.ts';
import { checkPending, stackRegisters } from './lift-x87.ts';
import { type Lifting, zeroExtended } from './lifting.ts';
import { PACKED_INTEGER } from './packed-integer.ts';
import { packedRequest } from './packed-routine.ts';
import { RDI } from './register.ts';
import { ROUTINE } from './routine.ts';
import { X87_COUNT, X87_EXPONENT, X87_SIGNIFICAND, X87_STATUS, X87_TAGS } from './state.ts';

const TOP_SHIFT = 11;
const TOP_MASK = 7 << TOP_SHIFT;
const ALL_IN_USE = 0xff;
const EXPONENT = 0xffff;
const MM_BYTES = 8;

const TURNED: readonly ValueType[] = Array.from({ length: 2 * X87_COUNT }, (_, n) =>
  n % 2 === 0 ? 'i64' : 'i32',
);

/** Turns x87's registers into MMX's; after the operands of memory, which may fault, are loaded. */
function enter(c: Lifting): void {
  const { block } = c;
  const top = and(shrU(c.get(X87_STATUS), constant(TOP_SHIFT)), constant(7));
  block.if(top, () => {
    const turned = block.routine(ROUTINE.turn, [...stackRegisters(c), top], TURNED);
    for (let n = 0; n < X87_COUNT; n++) {
      block.set(X87_SIGNIFICAND + n, turned[2 * n]!);
      block.set(X87_EXPONENT + n, turned[2 * n + 1]!);
    }
    block.set(X87_STATUS, and(c.get(X87_STATUS), constant(~TOP_MASK)));
  });
  block.set(X87_TAGS, constant(ALL_IN_USE));
}

const isMm = (c: Lifting, n: number): boolean =>
  c.operand(n).kind === 'register' && c.operand(n).file === 'mm';

/** An mm register; only after {@link enter}. */
const mm = (c: Lifting, n: number): Expression => c.get(X87_SIGNIFICAND + c.operand(n).register);

function setMm(c: Lifting, n: number, value: Expression): void {
  const { register: number } = c.operand(n);
  c.block.set(X87_SIGNIFICAND + number, value);
  c.block.set(X87_EXPONENT + number, constant(EXPONENT));
}

/** Loads operand `n` when it is memory, then makes the registers MMX's; gives its 64 bits. */
function entered(c: Lifting, n: number): Expression {
  checkPending(c);
  const { kind, size } = c.operand(n);
  const loaded = kind === 'memory' ? c.load(c.address(), size as AccessSize) : null;
  enter(c);
  return loaded ?? (isMm(c, n) ? mm(c, n) : constant64(0n));
}

const packed: Lift = (c) => {
  const { row, operandCount } = c.instruction;
  const last = c.operand(operandCount - 1);
  const byte = last.kind === 'immediate' ? last.low & 0xff : -1;
  const from = entered(c, 1);
  const request = constant(packedRequest(row!.mnemonic, byte, MM_BYTES));
  const operands = [request, fromLow(mm(c, 0)), fromLow(from)];
  const [, result] = c.block.routine(ROUTINE.packed, operands, ['i64', 'i64']);
  setMm(c, 0, result!);
};

/** MOVD, MOVQ and MOVNTQ between files and memory. */
const move: Lift = (c) => {
  checkPending(c);
  if (isMm(c, 0)) {
    const value = c.operand(1).file === 'general' ? c.block.let(c.zero(1)) : null;
    const loaded = value ?? (isMm(c, 1) ? null : c.load(c.address(), 8));
    enter(c);
    setMm(c, 0, loaded ?? mm(c, 1));
    return;
  }
  const { kind, size } = c.operand(0);
  if (kind === 'memory') {
    // What may fault comes before the registers turn: what is there is stored again.
    c.proveStore(c.address(), size as AccessSize);
  }
  enter(c);
  c.write(0, mm(c, 1));
};

/** MOVQ2DQ and MOVDQ2Q. */
const toVector: Lift = (c) => {
  entered(c, 1);
  c.block.set(register(c, 0), fromLow(mm(c, 1)));
};
const fromVector: Lift = (c) => {
  checkPending(c);
  enter(c);
  setMm(c, 0, operate('i64x2.extract0', c.get(register(c, 1))));
};

const mask: Lift = (c) => {
  entered(c, 1);
  const bits = operate('i8x16.bitmask', fromLow(mm(c, 1)));
  c.write(0, widenU(bits));
};

const place = (c: Lifting): Expression => constant64(BigInt((immediate(c, 2) & 3) * 16));

const insertWord: Lift = (c) => {
  checkPending(c);
  const value = c.block.let(and64(c.raw(1), constant64(0xffffn)));
  enter(c);
  const kept = and64(
    mm(c, 0),
    operate('xor64', shl64(constant64(0xffffn), place(c)), constant64(-1n)),
  );
  setMm(c, 0, or64(kept, shl64(value, place(c))));
};

const extractWord: Lift = (c) => {
  entered(c, 1);
  c.write(0, and64(shrU64(mm(c, 1), place(c)), constant64(0xffffn)));
};

/**
 * MASKMOVQ faults as a store of eight bytes does; the registers are MMX's even then (observed on
 * an AMD EPYC).
 */
const storeMasked: Lift = (c) => {
  const { block } = c;
  checkPending(c);
  enter(c);
  const base = zeroExtended(c.get(RDI), c.instruction.addressSize);
  const address = block.let(c.withSegment(base));
  const before = c.loadBeforeStore(address, 8);
  const signs = operate('i8x16.shr_s', fromLow(mm(c, 1)), constant(7));
  const chosen = block.let(operate('i64x2.extract0', signs));
  const unchosen = operate('xor64', chosen, constant64(-1n));
  c.store(address, 8, or64(and64(before, unchosen), and64(mm(c, 0), chosen)));
};

/** CVTPI2PS and CVTPI2PD leave x87 alone when they read memory (observed on an AMD EPYC). */
const fromIntegers: Lift = (c) => {
  const isMemory = c.operand(1).kind === 'memory';
  const from = c.block.let(isMemory ? c.load(c.address(), 8) : entered(c, 1));
  c.block.set(register(c, 0), inRoutine(c, fromLow(from)));
};

/** CVTPS2PI and its kin. */
const toIntegers: Lift = (c) => {
  checkPending(c);
  const from = c.block.let(vector(c, 1));
  enter(c);
  setMm(c, 0, inRoutine(c, from, 'i64'));
};

const empty: Lift = (c) => {
  checkPending(c);
  enter(c);
  c.block.set(X87_TAGS, constant(0));
};

/** Of rows that have an mm register, by their names. */
export const MMX_LIFTS: LiftTable = {
  ...Object.fromEntries(Object.keys(PACKED_INTEGER).map((mnemonic) => [mnemonic, packed])),
  movd: move,
  movq: move,
  movntq: move,
  movq2dq: toVector,
  movdq2q: fromVector,
  pmovmskb: mask,
  pinsrw: insertWord,
  pextrw: extractWord,
  maskmovq: storeMasked,
  cvtpi2ps: fromIntegers,
  cvtpi2pd: fromIntegers,
  cvtps2pi: toIntegers,
  cvtpd2pi: toIntegers,
  cvttps2pi: toIntegers,
  cvttpd2pi: toIntegers,
};

export const MMX_STATE_LIFTS: LiftTable = { emms: empty };

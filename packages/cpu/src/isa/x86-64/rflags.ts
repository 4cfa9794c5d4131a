/** RFLAGS as one word, out of the state that lifted code keeps, and back. */
import type { Cpu } from '../../cpu.ts';
import {
  AF,
  ARITHMETIC_FLAGS,
  CF,
  KIND_ADD,
  KIND_DEC,
  KIND_IMAGE,
  KIND_INC,
  KIND_LOGIC,
  KIND_MIXED,
  OF,
  PF,
  SF,
  ZF,
} from './flags.ts';
import { DIRECTION, FLAG_KIND, FLAG_OPERAND, FLAG_RESULT, OTHER_FLAGS } from './state.ts';

/** Bit 1 is always set; IF always is for programs. */
const FIXED_FLAGS = 0x202;
const DIRECTION_FLAG = 0x400;
const IMAGED = (1 << CF) | (1 << AF) | (1 << OF);

const signed = (value: bigint): bigint => BigInt.asIntN(64, value);
const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);

function wide(cpu: Cpu, register: number): bigint {
  return (BigInt(cpu.readHigh(register)) << 32n) | BigInt(cpu.readLow(register) >>> 0);
}

function parityOf(byte: number): number {
  let ones = 0;
  for (let rest = byte; rest !== 0; rest &= rest - 1) ones++;
  return (ones & 1) ^ 1;
}

/** CF, AF and OF of left-aligned `a` and the result of adding or subtracting a second operand. */
function carriesOf(isAddition: boolean, a: bigint, result: bigint, shift: bigint): number {
  const b = signed(isAddition ? result - a : a - result);
  const carry = isAddition ? unsigned(result) < unsigned(a) : unsigned(a) < unsigned(b);
  const signs = isAddition ? (result ^ a) & (result ^ b) : (a ^ b) & (a ^ result);
  const adjust = (unsigned(a ^ b ^ result) >> (shift + 4n)) & 1n;
  return (carry ? 1 : 0) | (Number(adjust) << AF) | (signs < 0n ? 1 << OF : 0);
}

/** CF, AF and OF after INC or DEC gave a left-aligned result. */
function carriesOfStep(isDecrement: boolean, carry: bigint, result: bigint, shift: bigint): number {
  const before = signed(isDecrement ? result + (1n << shift) : result - (1n << shift));
  const overflows = isDecrement ? before < 0n && result >= 0n : before >= 0n && result < 0n;
  const low = (unsigned(result) >> shift) & 0xfn;
  const adjusts = low === (isDecrement ? 0xfn : 0n);
  return Number(carry & 1n) | (adjusts ? 1 << AF : 0) | (overflows ? 1 << OF : 0);
}

function arithmeticFlags(cpu: Cpu): number {
  const word = cpu.read(FLAG_KIND);
  const kind = word & 0xff;
  const shift = BigInt(word >> 8);
  const operand = wide(cpu, FLAG_OPERAND);
  if (kind === KIND_IMAGE) return Number(operand & BigInt(ARITHMETIC_FLAGS));
  const result = signed(wide(cpu, FLAG_RESULT) << shift);
  const low = Number((unsigned(result) >> shift) & 0xffn);
  const common =
    (parityOf(low) << PF) | (result === 0n ? 1 << ZF : 0) | (result < 0n ? 1 << SF : 0);
  if (kind === KIND_LOGIC) return common;
  if (kind === KIND_MIXED) return common | (Number(operand & 0xffffffffn) & IMAGED);
  if (kind === KIND_INC || kind === KIND_DEC) {
    return common | carriesOfStep(kind === KIND_DEC, operand, result, shift);
  }
  const aligned = signed(operand << shift);
  return common | carriesOf(kind === KIND_ADD, aligned, result, shift);
}

/** RFLAGS as PUSHFQ would push it. */
export function readRflags(cpu: Cpu): number {
  const direction = cpu.read(DIRECTION) === -1 ? DIRECTION_FLAG : 0;
  return arithmeticFlags(cpu) | direction | cpu.read(OTHER_FLAGS) | FIXED_FLAGS;
}

/** Sets the arithmetic flags, DF and those of `others` that are set in the word. */
export function writeRflags(cpu: Cpu, value: number, others = 0): void {
  cpu.write(FLAG_KIND, KIND_IMAGE);
  cpu.write(FLAG_OPERAND, value & ARITHMETIC_FLAGS);
  cpu.write(FLAG_RESULT, 0);
  cpu.write(DIRECTION, (value & DIRECTION_FLAG) === 0 ? 1 : -1);
  cpu.write(OTHER_FLAGS, value & others);
}

/** What is too rare or too large to be emitted inline, by the numbers that lifted code uses. */
import type { Routine } from '../../isa.ts';
import { floatRoutine } from './float-routine.ts';
import { turnRoutine } from './mmx-routine.ts';
import { packedRoutine, stringRoutine } from './packed-routine.ts';
import { x87Routine } from './x87-routine.ts';

export const ROUTINE = {
  divideUnsigned: 0,
  divideSigned: 1,
  cpuid: 2,
  checksum: 3,
  deposit: 4,
  extract: 5,
  x87: 6,
  float: 7,
  packed: 8,
  string: 9,
  turn: 10,
} as const;

const WORD = 8;

/** Divides `high:low` by a divisor; replaces them by quotient, remainder and whether it fits. */
function divide(isSigned: boolean): Routine {
  const cut = (value: bigint): bigint =>
    isSigned ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
  return (scratch, at) => {
    const low = scratch.getBigUint64(at, true);
    const high = cut(scratch.getBigUint64(at + WORD, true));
    const divisor = cut(scratch.getBigUint64(at + 2 * WORD, true));
    const dividend = (high << 64n) | low;
    const quotient = divisor === 0n ? 0n : dividend / divisor;
    const isGood = divisor !== 0n && cut(quotient) === quotient;
    scratch.setBigInt64(at, BigInt.asIntN(64, quotient), true);
    const remainder = divisor === 0n ? 0n : dividend % divisor;
    scratch.setBigInt64(at + WORD, BigInt.asIntN(64, remainder), true);
    scratch.setBigInt64(at + 2 * WORD, isGood ? 1n : 0n, true);
  };
}

/** CRC-32C's polynomial, bits reversed (SDM volume 2, CRC32). */
const POLYNOMIAL = 0x82f63b78;

/** Operands: the checksum so far, the data, its size in bytes. */
const checksum: Routine = (scratch, at) => {
  let crc = scratch.getUint32(at, true);
  const size = scratch.getUint32(at + 2 * WORD, true);
  for (let byte = 0; byte < size; byte++) {
    crc ^= scratch.getUint8(at + WORD + byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  scratch.setBigUint64(at, BigInt(crc >>> 0), true);
};

/** PDEP: the low bits of the first operand go where the mask has ones. */
const deposit: Routine = (scratch, at) => {
  let source = scratch.getBigUint64(at, true);
  let mask = scratch.getBigUint64(at + WORD, true);
  let result = 0n;
  for (; mask !== 0n; mask &= mask - 1n) {
    if (source & 1n) result |= mask & -mask;
    source >>= 1n;
  }
  scratch.setBigUint64(at, result, true);
};

/** PEXT: the bits of the first operand where the mask has ones, together at the bottom. */
const extract: Routine = (scratch, at) => {
  const source = scratch.getBigUint64(at, true);
  let mask = scratch.getBigUint64(at + WORD, true);
  let result = 0n;
  for (let bit = 1n; mask !== 0n; mask &= mask - 1n, bit <<= 1n) {
    if (source & mask & -mask) result |= bit;
  }
  scratch.setBigUint64(at, result, true);
};

/** What CPUID answers: EAX, EBX, ECX, EDX for a leaf and a subleaf. */
export type CpuidTable = (
  leaf: number,
  subleaf: number,
) => readonly [number, number, number, number];

/** The routines by their numbers. */
export function x86Routines(cpuid: CpuidTable): readonly Routine[] {
  return [
    divide(false),
    divide(true),
    (scratch, at) => {
      const answer = cpuid(scratch.getUint32(at, true), scratch.getUint32(at + WORD, true));
      answer.forEach((value, index) => {
        scratch.setBigUint64(at + index * WORD, BigInt(value >>> 0), true);
      });
    },
    checksum,
    deposit,
    extract,
    x87Routine(),
    floatRoutine(),
    packedRoutine(),
    stringRoutine(),
    turnRoutine(),
  ];
}

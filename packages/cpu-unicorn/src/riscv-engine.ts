/**
 * RISC-V with 32 bits behind Unicorn: registers, and the marks of its instructions.
 *
 * @see RISC-V Unprivileged ISA, chapter 24 and 16.8 (instruction listings)
 */
import type { RiscvIsa } from '@bareheap/cpu';
import {
  BRANCH,
  CALL,
  type EngineIsa,
  type Fetch,
  INDIRECT,
  type Instruction,
  MEMORY,
  PLAIN,
  STEPPED,
  sharedRegister,
} from './engine-isa.ts';
import { ARCH, CPU_MODEL, MODE, NOWHERE, RISCV_REGISTER } from './unicorn-constants.ts';

/** Marks by bits 6 to 2 of a wide instruction. */
const OPCODE_MARKS: Readonly<Record<number, number>> = {
  0: MEMORY,
  8: MEMORY,
  // FENCE.I is among the fences: whoever has written code wants its translations dropped.
  3: STEPPED,
  // Atomics: reservations are ours.
  11: STEPPED,
  // Floating point.
  1: STEPPED,
  9: STEPPED,
  16: STEPPED,
  17: STEPPED,
  18: STEPPED,
  19: STEPPED,
  20: STEPPED,
  // CSRs, ECALL, EBREAK, MRET, WFI.
  28: STEPPED,
};

/** Calls link in ra; what is entered by t0 (millicode) is part of its caller. */
const RA = 1;

function wideMarks(bits: number): number {
  const rd = (bits >>> 7) & 31;
  switch (bits & 0x7f) {
    case 0x6f:
      return rd === RA ? CALL : BRANCH;
    case 0x63:
      return BRANCH;
    case 0x67:
      return rd === RA ? CALL : INDIRECT;
    default:
      return OPCODE_MARKS[(bits >>> 2) & 31] ?? PLAIN;
  }
}

function narrowMarks(bits: number): number {
  const quadrant = bits & 3;
  const kind = bits >>> 13;
  // C.FLD, C.FLW, C.FSD, C.FSW and their forms with sp have odd kinds but 2 and 6.
  if (quadrant !== 1 && (kind & 3) !== 0) return (kind & 3) === 2 ? MEMORY : STEPPED;
  if (quadrant === 1) return kind === 1 ? CALL : kind >= 5 ? BRANCH : PLAIN;
  if (quadrant !== 2 || kind !== 4 || ((bits >>> 2) & 31) !== 0) return PLAIN;
  if ((bits & 0x1000) === 0) return INDIRECT;
  return ((bits >>> 7) & 31) === 0 ? STEPPED : CALL;
}

function decode(isa: RiscvIsa, at: number, fetch: Fetch): Instruction {
  const first = fetch(at);
  if (first < 0) return { length: 2, marks: STEPPED, covers: 0 };
  const isWide = (first & 3) === 3;
  const second = isWide ? fetch((at + 2) >>> 0) : 0;
  if (isWide && second < 0) return { length: 4, marks: STEPPED, covers: 0 };
  const bits = isWide ? first | (second << 16) : first;
  const length = isWide ? 4 : 2;
  if (isa.rowOf(bits) === null) return { length, marks: STEPPED, covers: 0 };
  return { length, marks: isWide ? wideMarks(bits) : narrowMarks(bits), covers: 0 };
}

export function riscvEngine(isa: RiscvIsa): EngineIsa {
  return {
    architecture: ARCH.riscv,
    mode: MODE.riscv32,
    cpuModel: CPU_MODEL.riscv32Any,
    shared: Array.from({ length: 31 }, (_, n) => sharedRegister(RISCV_REGISTER.x0 + n + 1, n + 1)),
    converted: [],
    pc: RISCV_REGISTER.pc,
    stackPointer: RISCV_REGISTER.x0 + 2,
    startBit: 0,
    nowhere: NOWHERE,
    flags: -1,
    stateBit: 0,
    // Unicorn 2.0.1 has gone on by 4 then, also from a compressed instruction.
    exceptionBias: 4,
    strict: false,
    callsPush: false,
    cutsBlocks: true,
    repeatCount: -1,
    steppedMarks: () => STEPPED,
    decode: (at, fetch) => decode(isa, at, fetch),
  };
}

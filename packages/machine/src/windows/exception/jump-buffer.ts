/**
 * _JUMP_BUFFER, what setjmp keeps: the frame, the registers that callees keep, where it returns to,
 * the control words of floating point, xmm6 to xmm15.
 *
 * @see Microsoft, setjmp.h
 */
import type { ProcessMemory } from '../process/process-memory.ts';
import { RBP, RBX, RDI, RSI, RSP } from '../process/registers.ts';
import {
  CONTEXT_FLOAT_CONTROL,
  CONTEXT_MXCSR,
  CONTEXT_MXCSR_COPY,
  CONTEXT_RIP,
  contextRegister,
  contextXmm,
  copyWord,
} from './context-record.ts';

/** Registers by where they lie in the buffer. */
export const JUMP_REGISTERS: readonly (readonly [offset: number, register: number])[] = [
  [0x08, RBX],
  [0x10, RSP],
  [0x18, RBP],
  [0x20, RSI],
  [0x28, RDI],
  [0x30, 12],
  [0x38, 13],
  [0x40, 14],
  [0x48, 15],
];
/** Where the other fields lie in it. */
export const JUMP = {
  frame: 0,
  stack: 0x10,
  address: 0x50,
  mxcsr: 0x58,
  floatControl: 0x5c,
} as const;
const XMM = 0x60;
const XMM_BYTES = 16;
const FIRST_XMM = 6;
const LAST_XMM = 15;
/** Registers of vectors by where they lie in it. */
export const JUMP_VECTORS: readonly (readonly [offset: number, register: number])[] = Array.from(
  { length: LAST_XMM - FIRST_XMM + 1 },
  (_, n) => [XMM + n * XMM_BYTES, FIRST_XMM + n],
);

/** Makes a context that of a buffer: the registers that setjmp does not keep stay as they are. */
export function readJumpBuffer(memory: ProcessMemory, buffer: number, context: number): void {
  for (const [offset, register] of JUMP_REGISTERS) {
    copyWord(memory, contextRegister(context, register), buffer + offset);
  }
  copyWord(memory, context + CONTEXT_RIP, buffer + JUMP.address);
  const mxcsr = memory.u32(buffer + JUMP.mxcsr);
  memory.setU32(context + CONTEXT_MXCSR, mxcsr);
  memory.setU32(context + CONTEXT_MXCSR_COPY, mxcsr);
  memory.setU16(context + CONTEXT_FLOAT_CONTROL, memory.u16(buffer + JUMP.floatControl));
  for (const [offset, register] of JUMP_VECTORS) {
    copyWord(memory, contextXmm(context, register), buffer + offset);
    copyWord(memory, contextXmm(context, register) + 8, buffer + offset + 8);
  }
}

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
const SAVED: readonly (readonly [offset: number, register: number])[] = [
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
const ADDRESS = 0x50;
const MXCSR = 0x58;
const FLOAT_CONTROL = 0x5c;
const XMM = 0x60;
const FIRST_XMM = 6;
const LAST_XMM = 15;

/** Makes a context that of a buffer: the registers that setjmp does not keep stay as they are. */
export function readJumpBuffer(memory: ProcessMemory, buffer: number, context: number): void {
  for (const [offset, register] of SAVED) {
    copyWord(memory, contextRegister(context, register), buffer + offset);
  }
  copyWord(memory, context + CONTEXT_RIP, buffer + ADDRESS);
  const mxcsr = memory.u32(buffer + MXCSR);
  memory.setU32(context + CONTEXT_MXCSR, mxcsr);
  memory.setU32(context + CONTEXT_MXCSR_COPY, mxcsr);
  memory.setU16(context + CONTEXT_FLOAT_CONTROL, memory.u16(buffer + FLOAT_CONTROL));
  for (let n = FIRST_XMM; n <= LAST_XMM; n++) {
    const from = buffer + XMM + (n - FIRST_XMM) * 16;
    copyWord(memory, contextXmm(context, n), from);
    copyWord(memory, contextXmm(context, n) + 8, from + 8);
  }
}

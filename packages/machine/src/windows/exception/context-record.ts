/**
 * CONTEXT: the registers of a thread in guest memory. General registers lie there in the order in
 * which instructions encode them.
 *
 * @see Microsoft, winnt.h
 */
import { readX87, writeX87 } from '@bareheap/cpu';
import type { ProcessMemory } from '../process/process-memory.ts';
import { type Registers, RSP } from '../process/registers.ts';

export const CONTEXT_BYTES = 1232;
export const CONTEXT_FLAGS = 0x30;
export const CONTEXT_MXCSR = 0x34;
const SEGMENTS = 0x38;
const FLAGS = 0x44;
const GENERAL = 0x78;
export const CONTEXT_RIP = 0xf8;
const FLOAT_SAVE = 0x100;
/** In the image of FXSAVE: the x87's control word, and MXCSR again. */
export const CONTEXT_FLOAT_CONTROL: number = FLOAT_SAVE;
export const CONTEXT_MXCSR_COPY: number = FLOAT_SAVE + 24;
const XMM = 0x1a0;
const GENERAL_COUNT = 16;
const XMM_COUNT = 16;
/** CONTEXT_AMD64 with control, integer, segment, floating-point and debug registers. */
const CONTEXT_ALL = 0x10_001f;
/** The bit that says that floating-point registers are in it. */
const HAS_FLOAT = 8;
/** CS, DS, ES, FS, GS, SS of 64-bit programs. */
const SELECTORS = [0x33, 0x2b, 0x2b, 0x53, 0x2b, 0x2b];
/** The part of FXSAVE's image that x87 has, in bytes. */
const X87_BYTES = 160;
/** In KNONVOLATILE_CONTEXT_POINTERS: behind the addresses of 16 XMM registers. */
const GENERAL_POINTERS = 128;

/** Address of a general register's place. */
export function contextRegister(context: number, register: number): number {
  return context + GENERAL + register * 8;
}

export const contextStack = (context: number): number => contextRegister(context, RSP);

export function contextXmm(context: number, register: number): number {
  return context + XMM + register * 16;
}

/** Writes the engine's registers; `pc` is where the thread stands. */
export function saveContext(
  memory: ProcessMemory,
  registers: Registers,
  context: number,
  pc: number,
): void {
  memory.fill(context, 0, CONTEXT_BYTES);
  memory.setU32(context + CONTEXT_FLAGS, CONTEXT_ALL);
  memory.setU32(context + CONTEXT_MXCSR, registers.mxcsrValue);
  SELECTORS.forEach((selector, number) => {
    memory.setU16(context + SEGMENTS + number * 2, selector);
  });
  memory.setU32(context + FLAGS, registers.flags);
  for (let n = 0; n < GENERAL_COUNT; n++) {
    memory.setHalves(contextRegister(context, n), registers.low(n), registers.high(n));
  }
  memory.setU64(context + CONTEXT_RIP, pc);
  const x87 = new Uint8Array(X87_BYTES);
  readX87(registers.cpu, new DataView(x87.buffer));
  memory.write(context + FLOAT_SAVE, x87);
  memory.setU32(context + CONTEXT_MXCSR_COPY, registers.mxcsrValue);
  for (let n = 0; n < XMM_COUNT; n++) {
    for (let word = 0; word < 4; word++) {
      memory.setU32(contextXmm(context, n) + word * 4, registers.xmmWord(n, word));
    }
  }
}

/** Puts a CONTEXT into the engine: the thread goes on there. */
export function loadContext(memory: ProcessMemory, registers: Registers, context: number): void {
  for (let n = 0; n < GENERAL_COUNT; n++) {
    const at = contextRegister(context, n);
    registers.setHalves(n, memory.i32(at), memory.i32(at + 4));
  }
  registers.flags = memory.u32(context + FLAGS);
  if ((memory.u32(context + CONTEXT_FLAGS) & HAS_FLOAT) !== 0)
    loadFloat(memory, registers, context);
  registers.cpu.pc = memory.u64(context + CONTEXT_RIP);
}

function loadFloat(memory: ProcessMemory, registers: Registers, context: number): void {
  registers.mxcsrValue = memory.u32(context + CONTEXT_MXCSR);
  const x87 = new Uint8Array(X87_BYTES);
  x87.set(memory.read(context + FLOAT_SAVE, X87_BYTES));
  writeX87(registers.cpu, new DataView(x87.buffer));
  for (let n = 0; n < XMM_COUNT; n++) {
    for (let word = 0; word < 4; word++) {
      registers.setXmmWord(n, word, memory.i32(contextXmm(context, n) + word * 4));
    }
  }
}

/** Takes a general register from the stack, and tells from where. */
export function restoreRegister(
  memory: ProcessMemory,
  to: { readonly context: number; readonly pointers: number },
  register: number,
  from: number,
): void {
  copyWord(memory, contextRegister(to.context, register), from);
  if (to.pointers !== 0) memory.setU64(to.pointers + GENERAL_POINTERS + register * 8, from);
}

export function copyWord(memory: ProcessMemory, to: number, from: number): void {
  memory.setHalves(to, memory.i32(from), memory.i32(from + 4));
}

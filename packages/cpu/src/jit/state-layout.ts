/**
 * Where an engine keeps its state in the linear memory it shares with guest frames, so that
 * generated code reaches it with constant addresses. All words are little-endian.
 *
 *   CPU_AREA_BASE  +0x00 PC           address of the next instruction, when not in a result
 *                  +0x08 BUDGET       instructions left of the slice (may go below zero)
 *                  +0x0c DEPTH        shadow call stack entries in use, at an exit
 *                  +0x10 DEPTH_LIMIT  host frames end here: at this depth a call leaves instead
 *                  +0x14 STOP         index of the site that stopped
 *                  +0x18 STOP_VALUE   the trap's value
 *                  +0x20 ACCESSES     64 bits: loads and stores of blocks run, when counted
 *                  +0x40 SCRATCH      64 words through which slow accesses pass data
 *                  +0x200 REGISTERS   16 bytes each
 *   CPU_TABLES     +0x00000 SHADOW    an entry: return address, callee, stack pointer
 *                  +0x80000 JUMPS     an entry: pc, table slot
 *
 * Addresses take 4 or 8 bytes, see address-shape.ts.
 */
import { CPU_AREA_BASE, CPU_TABLES_BASE } from '@bareheap/mmu';
import type { ValueType } from '../ir/value.ts';

export const PC: number = CPU_AREA_BASE;
export const BUDGET: number = CPU_AREA_BASE + 0x08;
export const DEPTH: number = CPU_AREA_BASE + 0x0c;
export const DEPTH_LIMIT: number = CPU_AREA_BASE + 0x10;
export const STOP: number = CPU_AREA_BASE + 0x14;
export const STOP_VALUE: number = CPU_AREA_BASE + 0x18;
export const ACCESSES: number = CPU_AREA_BASE + 0x20;
export const SCRATCH: number = CPU_AREA_BASE + 0x40;
/** Bytes of SCRATCH that an operand or a result of a routine takes. */
export const ROUTINE_BYTES: Readonly<Record<ValueType, number>> = {
  i32: 8,
  i64: 8,
  f32: 8,
  f64: 8,
  v128: 16,
};
/** Most items of one load or store statement: what SCRATCH holds. */
export const SCRATCH_WORDS = 64;
export const REGISTERS: number = CPU_AREA_BASE + 0x200;
export const REGISTER_BYTES = 16;

export const SHADOW: number = CPU_TABLES_BASE;
export const SHADOW_BYTES = 0x80000;

export const JUMPS: number = CPU_TABLES_BASE + SHADOW_BYTES;
/** Entries of the direct-mapped cache from a computed jump's target to its compiled region. */
export const JUMP_ENTRIES = 4096;

/** Of a 32-bit address the TLB's index takes `address ^ (address >>> this)`; see the MMU's TLB. */
export const TLB_MIX_SHIFT = 10;

/** Byte offset in linear memory of a guest register. */
export function registerOffset(register: number): number {
  return REGISTERS + register * REGISTER_BYTES;
}

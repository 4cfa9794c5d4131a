/**
 * From what an engine reports to what a RISC-V hart says of it: `mcause` and `mtval` (Privileged
 * ISA 3.1.15 and 3.1.16).
 */
import type { AccessKind, Fault } from '@bareheap/mmu';

export const CAUSE_ILLEGAL_INSTRUCTION = 2;
export const CAUSE_BREAKPOINT = 3;
export const CAUSE_ECALL_FROM_MACHINE = 11;

const MISALIGNED_CAUSES: Readonly<Record<AccessKind, number>> = { execute: 0, read: 4, write: 6 };
const ACCESS_CAUSES: Readonly<Record<AccessKind, number>> = { execute: 1, read: 5, write: 7 };

const ATOMIC_OPCODE = 0x2f;
const LOAD_RESERVED = 2;

/**
 * The `mcause` of a fault. AMO and SC report as stores even when their load is what failed, so
 * the instruction at the pc is needed.
 *
 * @param instruction  the 32 bits at the pc; any number when the fault is one of fetching
 */
export function faultCause(fault: Pick<Fault, 'kind' | 'access'>, instruction: number): number {
  const causes = fault.kind === 'misaligned' ? MISALIGNED_CAUSES : ACCESS_CAUSES;
  const isAtomicStore =
    (instruction & 0x7f) === ATOMIC_OPCODE && instruction >>> 27 !== LOAD_RESERVED;
  return causes[fault.access === 'read' && isAtomicStore ? 'write' : fault.access];
}

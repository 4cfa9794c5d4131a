/**
 * What the system makes of a fault: writes that a watch or a copy waits for are noted and tried
 * again, everything else is an exception for the program, as a value.
 */
import { type Fault, PAGE_BYTES } from '@bareheap/mmu';
import { NT_STATUS } from './nt-status.ts';
import { accessOf, copiedProtection, isWriteCopy } from './page-protection.ts';
import { PAGE_STATE_COMMITTED, PAGE_STATE_COPIED, PAGE_STATE_WRITTEN } from './page-states.ts';
import type { Reservation } from './reservation.ts';
import { PAGE_GUARD } from './win-constants.ts';
import type { WinSpace } from './win-space.ts';

/** EXCEPTION_RECORD, without the address of the instruction, which the processor knows. */
export interface ExceptionRecord {
  readonly code: number;
  /** ExceptionInformation: of an access 0 read, 1 write or 8 execute, and the address. */
  readonly parameters: readonly number[];
}

const ACCESS_CODE = { read: 0, write: 1, execute: 8 } as const;
/** The address of an access whose address is none; as a word. */
const NO_ADDRESS = -1;

/** Makes the space answer the MMU's faults. */
export function answerFaults(space: WinSpace): void {
  space.mmu.onFault = (fault) => handleFault(space, fault);
}

function handleFault(space: WinSpace, fault: Readonly<Fault>): 'retry' | 'raise' {
  const reservation = space.find(fault.address);
  if (reservation === null) return 'raise';
  const page = Math.floor((fault.address - reservation.base) / PAGE_BYTES);
  if (fault.kind === 'guard') {
    // One shot: the MMU's is gone, and so is the page's.
    reservation.pages.update(page, page + 1, (state) => state & ~PAGE_GUARD);
    return 'raise';
  }
  if (fault.kind !== 'protection' || fault.access !== 'write') return 'raise';
  return mendWrite(space, reservation, page) ? 'retry' : 'raise';
}

/** Notes the first write to a page; false when it is not allowed at all. */
function mendWrite(space: WinSpace, reservation: Reservation, page: number): boolean {
  const state = reservation.pages.get(page);
  const isWritable = (accessOf(state) & 2) !== 0 && (state & PAGE_STATE_COMMITTED) !== 0;
  if (!isWritable) return false;
  const isCopied = isWriteCopy(state);
  reservation.pages.update(page, page + 1, (old) => {
    const copied = isCopied
      ? (old & ~0xff) | copiedProtection(old & 0xff) | PAGE_STATE_COPIED
      : old;
    return reservation.isWatched ? copied | PAGE_STATE_WRITTEN : copied;
  });
  space.derive(reservation, page, page + 1);
  return true;
}

/**
 * The exception of the access that faulted last: a guard page, a page that cannot be had, or an
 * access violation.
 *
 * @see Microsoft, EXCEPTION_RECORD
 */
export function exceptionOfFault(fault: Readonly<Fault>): ExceptionRecord {
  const access = ACCESS_CODE[fault.access];
  if (fault.kind === 'non-canonical') {
    return { code: NT_STATUS.ACCESS_VIOLATION, parameters: [0, NO_ADDRESS] };
  }
  if (fault.kind === 'guard') {
    return { code: NT_STATUS.GUARD_PAGE_VIOLATION, parameters: [access, fault.address] };
  }
  if (fault.kind === 'bus') {
    const parameters = [access, fault.address, NT_STATUS.INSUFFICIENT_RESOURCES];
    return { code: NT_STATUS.IN_PAGE_ERROR, parameters };
  }
  return { code: NT_STATUS.ACCESS_VIOLATION, parameters: [access, fault.address] };
}

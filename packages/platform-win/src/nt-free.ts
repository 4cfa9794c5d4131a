/** NtFreeVirtualMemory: decommit and release. */
import { PAGE_BYTES } from '@bareheap/mmu';
import { pageCeil, pageFloor } from './address-word.ts';
import type { RangeResult } from './nt-allocate.ts';
import { NT_STATUS } from './nt-status.ts';
import { MEM_DECOMMIT, MEM_PRIVATE, MEM_RELEASE } from './win-constants.ts';
import type { WinSpace } from './win-space.ts';

/**
 * Decommits pages of one reservation, or releases all of it.
 *
 * @param size  bytes; 0 with MEM_RELEASE, and with MEM_DECOMMIT for all from the base
 * @returns the range in whole pages; of a failure the arguments
 * @see Microsoft, VirtualFree; ZwFreeVirtualMemory
 */
export function freeVirtualMemory(
  space: WinSpace,
  address: number,
  size: number,
  type: number,
): RangeResult {
  const fail = (status: number): RangeResult => ({ status, base: address, size });
  if (type !== MEM_DECOMMIT && type !== MEM_RELEASE) return fail(NT_STATUS.INVALID_PARAMETER);
  const base = pageFloor(address);
  const bytes = size === 0 ? 0 : pageCeil(address + size) - base;
  const reservation = space.findRange(base, bytes);
  if (reservation === null || reservation.type !== MEM_PRIVATE) {
    return fail(NT_STATUS.INVALID_PARAMETER);
  }
  if (bytes === 0 && base !== reservation.base) return fail(NT_STATUS.FREE_VM_NOT_AT_BASE);
  if (type === MEM_RELEASE) {
    if (bytes !== 0) return fail(NT_STATUS.INVALID_PARAMETER);
    space.release(reservation);
    return { status: NT_STATUS.SUCCESS, base, size: reservation.size };
  }
  const first = (base - reservation.base) / PAGE_BYTES;
  const count = (bytes === 0 ? reservation.size : bytes) / PAGE_BYTES;
  space.decommit(reservation, first, first + count);
  return { status: NT_STATUS.SUCCESS, base, size: bytes };
}

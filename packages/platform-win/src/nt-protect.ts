/** NtProtectVirtualMemory, NtLockVirtualMemory and NtUnlockVirtualMemory. */
import { PAGE_BYTES } from '@bareheap/mmu';
import { pageCeil, pageFloor } from './address-word.ts';
import { isAllowedIn, type RangeResult } from './nt-allocate.ts';
import { shownProtection } from './nt-query.ts';
import { NT_STATUS } from './nt-status.ts';
import { accessOf } from './page-protection.ts';
import { PAGE_STATE_COMMITTED, PAGE_STATE_LOCKED, type PageRun } from './page-states.ts';
import { PAGE_GUARD } from './win-constants.ts';
import type { WinSpace } from './win-space.ts';

export interface ProtectResult extends RangeResult {
  /** The protection that the first page had. */
  readonly old: number;
}

/**
 * Changes the protection of committed pages of one reservation.
 *
 * @param size  bytes; none is a success that changes nothing
 * @see Microsoft, VirtualProtect
 */
export function protectVirtualMemory(
  space: WinSpace,
  address: number,
  size: number,
  protection: number,
): ProtectResult {
  const fail = (status: number): ProtectResult => ({ status, base: address, size, old: 0 });
  const base = pageFloor(address);
  const bytes = pageCeil(address + size) - base;
  const reservation = space.findRange(base, bytes);
  if (reservation === null) return fail(NT_STATUS.INVALID_PARAMETER);
  const first = (base - reservation.base) / PAGE_BYTES;
  const end = first + bytes / PAGE_BYTES;
  if (!reservation.pages.every(first, Math.max(end, first + 1), PAGE_STATE_COMMITTED)) {
    return fail(NT_STATUS.NOT_COMMITTED);
  }
  if (!isAllowedIn(reservation, protection)) return fail(NT_STATUS.INVALID_PAGE_PROTECTION);
  const old = shownProtection(reservation, reservation.pages.get(first));
  if (first < end) space.protect(reservation, first, end, protection);
  return { status: NT_STATUS.SUCCESS, base, size: bytes, old };
}

/**
 * Locks committed pages into memory. A guard page fails once, and is then none; a page without
 * access fails.
 *
 * @see Microsoft, VirtualLock
 */
export function lockVirtualMemory(space: WinSpace, address: number, size: number): RangeResult {
  const base = pageFloor(address);
  const bytes = pageCeil(address + size) - base;
  const fail = (status: number): RangeResult => ({ status, base: address, size });
  const reservation = space.findRange(base, bytes);
  if (reservation === null) return fail(NT_STATUS.ACCESS_DENIED);
  const first = (base - reservation.base) / PAGE_BYTES;
  const end = first + bytes / PAGE_BYTES;
  const runs = reservation.pages.runs(first, end);
  for (const run of runs) {
    const status = refusalOfLock(run);
    if (status === NT_STATUS.GUARD_PAGE_VIOLATION) {
      reservation.pages.update(run.first, run.first + 1, (state) => state & ~PAGE_GUARD);
      space.derive(reservation, run.first, run.first + 1);
    }
    if (status !== NT_STATUS.SUCCESS) return fail(status);
  }
  reservation.pages.update(first, end, (state) => state | PAGE_STATE_LOCKED);
  return { status: NT_STATUS.SUCCESS, base, size: bytes };
}

function refusalOfLock(run: PageRun): number {
  if ((run.state & PAGE_STATE_COMMITTED) === 0) return NT_STATUS.ACCESS_DENIED;
  if ((run.state & PAGE_GUARD) !== 0) return NT_STATUS.GUARD_PAGE_VIOLATION;
  return accessOf(run.state) === 0 ? NT_STATUS.ACCESS_DENIED : NT_STATUS.SUCCESS;
}

/**
 * Unlocks pages; locks do not count.
 *
 * @returns NOT_LOCKED, with nothing changed, where a page is not locked
 * @see Microsoft, VirtualUnlock
 */
export function unlockVirtualMemory(space: WinSpace, address: number, size: number): RangeResult {
  const base = pageFloor(address);
  const bytes = pageCeil(address + size) - base;
  const fail = (status: number): RangeResult => ({ status, base: address, size });
  const reservation = space.findRange(base, bytes);
  if (reservation === null) return fail(NT_STATUS.ACCESS_DENIED);
  const first = (base - reservation.base) / PAGE_BYTES;
  const end = first + bytes / PAGE_BYTES;
  if (!reservation.pages.every(first, end, PAGE_STATE_LOCKED)) return fail(NT_STATUS.NOT_LOCKED);
  reservation.pages.update(first, end, (state) => state & ~PAGE_STATE_LOCKED);
  return { status: NT_STATUS.SUCCESS, base, size: bytes };
}

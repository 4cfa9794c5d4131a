/** Segments of a heap: where its blocks come from, page by page, and reservations by doubling. */
import { PAGE_BYTES } from '@bareheap/mmu';
import { pageCeil, USER_END } from '../address-word.ts';
import type { Reservation } from '../reservation.ts';
import {
  HEAP_CREATE_ENABLE_EXECUTE,
  MEM_PRIVATE,
  PAGE_EXECUTE_READWRITE,
  PAGE_READWRITE,
} from '../win-constants.ts';
import type { WinSpace } from '../win-space.ts';

/** Reserves memory for a heap and commits its first bytes; null when there is no room. */
export function reserveHeapMemory(
  space: WinSpace,
  reserveBytes: number,
  commitBytes: number,
  flags: number,
): Reservation | null {
  const size = pageCeil(reserveBytes);
  const base = size > USER_END ? -1 : space.place(size, USER_END, false);
  if (base < 0 || !space.admits(commitBytes)) return null;
  const protection =
    (flags & HEAP_CREATE_ENABLE_EXECUTE) === 0 ? PAGE_READWRITE : PAGE_EXECUTE_READWRITE;
  const asked = { base, size, type: MEM_PRIVATE, protection, state: protection };
  const reservation = space.reserve(asked);
  space.commit(reservation, 0, Math.ceil(commitBytes / PAGE_BYTES), protection);
  return reservation;
}

/**
 * Commits [from, to) of a heap's reservation; false when there is no more, and when that is no such
 * range: a program may have written over what its heap knows.
 */
export function commitHeapMemory(space: WinSpace, from: number, to: number): boolean {
  if (from % PAGE_BYTES !== 0 || to % PAGE_BYTES !== 0 || to <= from) return false;
  const reservation = space.findRange(from, to - from);
  if (reservation === null || reservation.type !== MEM_PRIVATE) return false;
  if (!space.admits(to - from)) return false;
  const first = (from - reservation.base) / PAGE_BYTES;
  const count = (to - from) / PAGE_BYTES;
  space.commit(reservation, first, first + count, reservation.protection);
  return true;
}

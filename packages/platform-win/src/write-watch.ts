/** GetWriteWatch and ResetWriteWatch: which pages of a watched reservation were written. */
import { PAGE_BYTES } from '@bareheap/mmu';
import { pageCeil, pageFloor } from './address-word.ts';
import { NT_STATUS } from './nt-status.ts';
import { PAGE_STATE_WRITTEN } from './page-states.ts';
import type { Reservation } from './reservation.ts';
import type { WinSpace } from './win-space.ts';

const RESET_FLAG = 1;

interface WatchedPages {
  readonly reservation: Reservation;
  readonly first: number;
  readonly end: number;
}

/**
 * The pages of a range that were written, lowest first, at most `room` of them; with flag 1 those
 * that are told are then as not written.
 *
 * @returns their addresses, or null: the range lies in no watched reservation, or flags are unknown
 * @see Microsoft, GetWriteWatch
 */
export function writtenPages(
  space: WinSpace,
  flags: number,
  address: number,
  size: number,
  room: number,
): number[] | null {
  const watched = watchedPages(space, address, size);
  if (watched === null || room === 0 || (flags & ~RESET_FLAG) !== 0) return null;
  const { reservation, first, end } = watched;
  const found: number[] = [];
  for (const run of reservation.pages.runs(first, end, PAGE_STATE_WRITTEN)) {
    if (run.state === 0) continue;
    for (let page = run.first; page < run.end && found.length < room; page++) {
      found.push(reservation.base + page * PAGE_BYTES);
    }
  }
  if (flags === RESET_FLAG) {
    for (const at of found) {
      const page = (at - reservation.base) / PAGE_BYTES;
      forget(space, reservation, page, page + 1);
    }
  }
  return found;
}

/** Makes the pages of a range count as not written. */
export function resetWriteWatch(space: WinSpace, address: number, size: number): number {
  const watched = watchedPages(space, address, size);
  if (watched === null) return NT_STATUS.INVALID_PARAMETER;
  forget(space, watched.reservation, watched.first, watched.end);
  return NT_STATUS.SUCCESS;
}

function watchedPages(space: WinSpace, address: number, size: number): WatchedPages | null {
  const base = pageFloor(address);
  const bytes = pageCeil(address + size) - base;
  const reservation = bytes === 0 ? null : space.findRange(base, bytes);
  if (reservation === null || !reservation.isWatched) return null;
  const first = (base - reservation.base) / PAGE_BYTES;
  return { reservation, first, end: first + bytes / PAGE_BYTES };
}

function forget(space: WinSpace, reservation: Reservation, first: number, end: number): void {
  reservation.pages.update(first, end, (state) => state & ~PAGE_STATE_WRITTEN);
  space.derive(reservation, first, end);
}

/**
 * Memory of a program's image, for its loader: one reservation whose parts have protections of their
 * own. What can be written is so by copying, and shows as that until it is.
 */
import { PAGE_BYTES } from '@bareheap/mmu';
import { isGranuleAligned, pageCeil, USER_END } from './address-word.ts';
import type { Reservation } from './reservation.ts';
import { MEM_IMAGE, PAGE_EXECUTE_WRITECOPY, PAGE_NOACCESS } from './win-constants.ts';
import type { WinSpace } from './win-space.ts';

/**
 * Reserves the addresses of an image.
 *
 * @param base  where, a multiple of 64 KiB, or 0 for a place of the system's choice
 * @param size  bytes
 * @returns null when they are not free, or there are too many reservations
 */
export function reserveImage(space: WinSpace, base: number, size: number): Reservation | null {
  const bytes = pageCeil(size);
  const at = base === 0 ? space.place(bytes, USER_END, false) : base;
  if (at < 0 || !isGranuleAligned(at) || !space.isFree(at, bytes) || space.isFull) return null;
  const protection = PAGE_EXECUTE_WRITECOPY;
  const state = PAGE_NOACCESS;
  return space.reserve({ base: at, size: bytes, type: MEM_IMAGE, protection, state });
}

/** Commits a part of an image, zeros at first; fill it with `Supervisor.poke`. */
export function commitImage(
  space: WinSpace,
  image: Reservation,
  offset: number,
  size: number,
  protection: number,
): void {
  space.commit(image, offset / PAGE_BYTES, pageCeil(offset + size) / PAGE_BYTES, protection);
}

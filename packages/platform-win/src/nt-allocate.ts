/** NtAllocateVirtualMemory: reserve, commit and reset. */
import { PAGE_BYTES } from '@bareheap/mmu';
import { GRANULE_BYTES, granuleFloor, pageCeil, pageFloor, USER_END } from './address-word.ts';
import { NT_STATUS } from './nt-status.ts';
import { BASE_PROTECTION, isProtection, isWriteCopy, sharedAccessOf } from './page-protection.ts';
import { PAGE_STATE_COMMITTED } from './page-states.ts';
import type { Reservation } from './reservation.ts';
import {
  MEM_COMMIT,
  MEM_IMAGE,
  MEM_PRIVATE,
  MEM_RESERVE,
  MEM_RESET,
  MEM_TOP_DOWN,
  MEM_WRITE_WATCH,
  PAGE_GUARD,
} from './win-constants.ts';
import type { WinSpace } from './win-space.ts';

/** What a call on a range gives: its status, and the range that it was done to. */
export interface RangeResult {
  readonly status: number;
  readonly base: number;
  /** Bytes. */
  readonly size: number;
}

const KNOWN_TYPES = MEM_COMMIT | MEM_RESERVE | MEM_RESET | MEM_TOP_DOWN | MEM_WRITE_WATCH;
/** Zero bits above this and below 32 are none; from 32 on they are a mask of addresses. */
const MOST_ZERO_BITS = 21;
const FIRST_MASK = 32;

/**
 * Reserves, commits or resets pages.
 *
 * @param address   where, or 0 for a place of the system's choice
 * @param zeroBits  leading zeros of the 32-bit address, or a mask that it lies in; 0 is no limit
 * @param size      bytes
 * @param type      MEM_* flags
 * @returns the range in whole pages; of a failure the arguments
 * @see Microsoft, VirtualAlloc; ZwAllocateVirtualMemory
 */
export function allocateVirtualMemory(
  space: WinSpace,
  address: number,
  zeroBits: number,
  size: number,
  type: number,
  protection: number,
): RangeResult {
  const limit = limitOf(zeroBits);
  if (limit < 0) return { status: NT_STATUS.INVALID_PARAMETER_3, base: address, size };
  const placement = { ...ANYWHERE, limit };
  return allocateWithin(space, { address, size, type, protection, placement });
}

/** Where an allocation without an address may lie. */
export interface Placement {
  /** 0 for no requirement. */
  readonly lowest: number;
  /** The first address past it. */
  readonly limit: number;
  /** A power of two, at least 64 KiB. */
  readonly alignment: number;
}

export const ANYWHERE: Placement = { lowest: 0, limit: USER_END, alignment: GRANULE_BYTES };

export interface AllocationRequest {
  readonly address: number;
  readonly size: number;
  readonly type: number;
  readonly protection: number;
  readonly placement: Placement;
}

/** {@link allocateVirtualMemory} with all requirements of place. */
export function allocateWithin(space: WinSpace, asked: AllocationRequest): RangeResult {
  const { address, size, type, protection, placement } = asked;
  const fail = (status: number): RangeResult => ({ status, base: address, size });
  const refused = refusalOfRequest(address, size, type);
  if (refused !== NT_STATUS.SUCCESS) return fail(refused);
  const isReserving = address === 0 || (type & MEM_RESERVE) !== 0;
  const base = address === 0 ? 0 : isReserving ? granuleFloor(address) : pageFloor(address);
  const bytes = pageCeil(address + size) - base;
  if ((address !== 0 && base < GRANULE_BYTES) || base + bytes > USER_END) {
    return fail(NT_STATUS.INVALID_PARAMETER);
  }
  if (isReserving && !isPrivateProtection(protection)) {
    return fail(NT_STATUS.INVALID_PAGE_PROTECTION);
  }
  if (isReserving) {
    const made = reserve(space, { base, bytes, type, protection, placement });
    return made.status === NT_STATUS.SUCCESS ? made : fail(made.status);
  }
  const reservation = space.findRange(base, bytes);
  if (reservation === null) return fail(NT_STATUS.NOT_MAPPED_VIEW);
  const first = (base - reservation.base) / PAGE_BYTES;
  const end = first + bytes / PAGE_BYTES;
  const status =
    (type & MEM_RESET) !== 0
      ? resetPages(space, base, bytes)
      : commitPages(space, reservation, first, end, protection);
  return status === NT_STATUS.SUCCESS ? { status, base, size: bytes } : fail(status);
}

/** The first address past those that zero bits allow, or -1 when they are none. */
function limitOf(zeroBits: number): number {
  if (zeroBits === 0) return USER_END;
  if (zeroBits >= FIRST_MASK) return 2 ** (Math.floor(Math.log2(zeroBits)) + 1);
  return zeroBits > MOST_ZERO_BITS ? -1 : 2 ** (32 - zeroBits);
}

function refusalOfRequest(address: number, size: number, type: number): number {
  const isReset = (type & MEM_RESET) !== 0;
  if (size === 0 || size > USER_END) return NT_STATUS.INVALID_PARAMETER;
  if ((type & ~KNOWN_TYPES) !== 0) return NT_STATUS.INVALID_PARAMETER;
  if ((type & (MEM_COMMIT | MEM_RESERVE | MEM_RESET)) === 0) return NT_STATUS.INVALID_PARAMETER;
  // "This value cannot be used with any other value", and it is about pages that exist.
  if (isReset && type !== MEM_RESET) return NT_STATUS.INVALID_PARAMETER;
  return isReset && address === 0 ? NT_STATUS.INVALID_PARAMETER : NT_STATUS.SUCCESS;
}

/** Whether pages of a reservation may have a protection. */
export function isAllowedIn(reservation: Reservation, protection: number): boolean {
  if (!isProtection(protection)) return false;
  if (reservation.type === MEM_PRIVATE) return !isWriteCopy(protection);
  if (reservation.type === MEM_IMAGE) return true;
  // A view has no more accesses than it was mapped with.
  return (sharedAccessOf(protection) & ~sharedAccessOf(reservation.protection)) === 0;
}

/** Private memory is never written by copying. */
function isPrivateProtection(protection: number): boolean {
  return isProtection(protection) && !isWriteCopy(protection);
}

interface Place {
  readonly base: number;
  readonly bytes: number;
  readonly type: number;
  readonly protection: number;
  readonly placement: Placement;
}

function reserve(space: WinSpace, asked: Place): RangeResult {
  const { bytes, type, protection, placement } = asked;
  const fail = (status: number): RangeResult => ({ status, base: 0, size: 0 });
  const isAnywhere = asked.base === 0;
  const isTopDown = (type & MEM_TOP_DOWN) !== 0;
  const base = isAnywhere ? space.placeWithin(bytes, placement, isTopDown) : asked.base;
  if (isAnywhere && base < 0) return fail(NT_STATUS.NO_MEMORY);
  if (!isAnywhere && !space.isFree(base, bytes)) return fail(NT_STATUS.CONFLICTING_ADDRESSES);
  if (space.isFull) return fail(NT_STATUS.NO_MEMORY);
  const isCommitted = (type & MEM_COMMIT) !== 0;
  if (isCommitted && !space.admits(bytes)) return fail(NT_STATUS.COMMITMENT_LIMIT);
  const reservation = space.reserve({
    base,
    size: bytes,
    type: MEM_PRIVATE,
    protection,
    isWatched: (type & MEM_WRITE_WATCH) !== 0,
    state: protection & BASE_PROTECTION,
  });
  if (isCommitted) space.commit(reservation, 0, bytes / PAGE_BYTES, protection);
  return { status: NT_STATUS.SUCCESS, base, size: bytes };
}

/** What is reset may be lost: it is, so that no program lives by luck. Sections keep theirs. */
function resetPages(space: WinSpace, base: number, bytes: number): number {
  space.mmu.discard(base, bytes);
  return NT_STATUS.SUCCESS;
}

/** Commits pages of a reservation; of a view's section, in all of its views. */
function commitPages(
  space: WinSpace,
  reservation: Reservation,
  first: number,
  end: number,
  protection: number,
): number {
  const { view, type } = reservation;
  // All of a file is there.
  if (view !== null && view.section.file !== null) return NT_STATUS.ALREADY_COMMITTED;
  if (!isAllowedIn(reservation, protection)) return NT_STATUS.INVALID_PAGE_PROTECTION;
  if (type === MEM_PRIVATE) {
    const bytes = space.uncommittedBytes(reservation, first, end);
    if (!space.admits(bytes)) return NT_STATUS.COMMITMENT_LIMIT;
  }
  if (view?.section.isReserved) commitSection(space, reservation, first, end);
  space.commit(reservation, first, end, protection);
  return NT_STATUS.SUCCESS;
}

function commitSection(space: WinSpace, view: Reservation, first: number, end: number): void {
  const { section, offset } = view.view!;
  const from = offset / PAGE_BYTES + first;
  const to = offset / PAGE_BYTES + end;
  section.committed.update(from, to, (state) => state | PAGE_STATE_COMMITTED);
  for (const { backing: other } of space.reservations.all()) {
    if (other === view || other.view?.section !== section) continue;
    const start = Math.max(0, from - other.view.offset / PAGE_BYTES);
    const stop = Math.min(other.size / PAGE_BYTES, to - other.view.offset / PAGE_BYTES);
    if (start >= stop) continue;
    for (const run of other.pages.runs(start, stop)) {
      if ((run.state & PAGE_STATE_COMMITTED) !== 0) continue;
      const kept = run.state & (BASE_PROTECTION | PAGE_GUARD);
      space.commit(other, run.first, run.end, kept);
    }
  }
}

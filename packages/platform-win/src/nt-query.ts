/** NtQueryVirtualMemory's MemoryBasicInformation: the region that an address lies in. */
import { PAGE_BYTES } from '@bareheap/mmu';
import { pageFloor, USER_END } from './address-word.ts';
import { BASE_PROTECTION } from './page-protection.ts';
import { PAGE_STATE_COMMITTED } from './page-states.ts';
import type { Reservation } from './reservation.ts';
import {
  MEM_COMMIT,
  MEM_FREE,
  MEM_RESERVE,
  PAGE_GUARD,
  PAGE_NOACCESS,
  PAGE_NOCACHE,
} from './win-constants.ts';
import type { WinSpace } from './win-space.ts';

/** MEMORY_BASIC_INFORMATION; addresses and sizes in bytes. */
export interface RegionInformation {
  readonly base: number;
  readonly allocationBase: number;
  readonly allocationProtection: number;
  readonly size: number;
  readonly state: number;
  readonly protection: number;
  readonly type: number;
}

/** What makes two pages one region. */
const SHOWN = BASE_PROTECTION | PAGE_GUARD | PAGE_STATE_COMMITTED;

/**
 * The run of pages from an address that are alike, inside one reservation or between two.
 *
 * @returns null past the addresses of programs
 */
export function queryRegion(space: WinSpace, address: number): RegionInformation | null {
  if (address >= USER_END) return null;
  const base = pageFloor(address);
  const reservation = space.find(base);
  if (reservation === null) return freeRegion(space, base);
  const first = (base - reservation.base) / PAGE_BYTES;
  const count = reservation.size / PAGE_BYTES;
  const state = reservation.pages.get(first);
  const isCommitted = (state & PAGE_STATE_COMMITTED) !== 0;
  const end = reservation.pages.runEnd(first, count, isCommitted ? SHOWN : PAGE_STATE_COMMITTED);
  return {
    base,
    allocationBase: reservation.base,
    allocationProtection: reservation.protection,
    size: (end - first) * PAGE_BYTES,
    state: isCommitted ? MEM_COMMIT : MEM_RESERVE,
    protection: isCommitted ? shownProtection(reservation, state) : 0,
    type: reservation.type,
  };
}

/** A page's protection as calls tell it: uncached is a property of the reservation. */
export function shownProtection(reservation: Reservation, state: number): number {
  return (state & (BASE_PROTECTION | PAGE_GUARD)) | (reservation.protection & PAGE_NOCACHE);
}

function freeRegion(space: WinSpace, base: number): RegionInformation {
  const next = space.reservations.firstEndingAfter(base);
  const end = next === null ? USER_END : next.start;
  return {
    base,
    allocationBase: 0,
    allocationProtection: 0,
    size: end - base,
    state: MEM_FREE,
    protection: PAGE_NOACCESS,
    type: 0,
  };
}

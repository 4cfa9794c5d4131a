/**
 * The memory of one Windows process: a tree of reservations with a state for each page, and what is
 * derived from it in the MMU. A committed page is mapped there, a reserved one is not; frames come
 * with the first touch. The calls are functions of the files beside this one.
 */
import { type Mmu, PAGE_BYTES, PROT_NONE, PROT_WRITE, VmaMap } from '@bareheap/mmu';
import { GRANULE_BYTES, pageCeil, USER_END } from './address-word.ts';
import {
  accessOf,
  BASE_PROTECTION,
  copiedProtection,
  imageProtection,
  isWriteCopy,
} from './page-protection.ts';
import {
  PAGE_STATE_COMMITTED,
  PAGE_STATE_COPIED,
  PAGE_STATE_PRIVATE,
  PAGE_STATE_WRITTEN,
  PageStates,
} from './page-states.ts';
import type { Reservation, SectionView } from './reservation.ts';
import { MEM_IMAGE, MEM_PRIVATE, PAGE_GUARD } from './win-constants.ts';

export interface WinSpaceOptions {
  /** An MMU of 48 bits with nothing mapped; the space takes its fault hook. */
  readonly mmu: Mmu;
  /** Where placement from the bottom up begins. */
  readonly lowest?: number;
  /** Most bytes of committed memory; default: the frames' four times, as with a paging file. */
  readonly commitLimitBytes?: number;
  /** Most reservations at once, 262,144 by default; Windows has no such number. */
  readonly reservationLimit?: number;
}

/** A reservation to be made. */
export interface NewReservation {
  readonly base: number;
  readonly size: number;
  readonly type: number;
  readonly protection: number;
  readonly isWatched?: boolean;
  readonly view?: SectionView | null;
  /** The state of every page at first. */
  readonly state: number;
}

/** Programs find nothing of theirs below; Wine begins about here, too. */
const DEFAULT_LOWEST = 0x1000000;

/** Each costs the host some 600 bytes. */
const RESERVATION_LIMIT = 1 << 18;

/** Memory and paging file, in memories. */
const PAGING = 4;

export class WinSpace {
  readonly mmu: Mmu;
  readonly lowest: number;
  readonly commitLimitBytes: number;
  readonly reservationLimit: number;
  readonly reservations: VmaMap<Reservation> = new VmaMap<Reservation>(GRANULE_BYTES);
  /** Bytes of private memory that are committed. */
  committedBytes = 0;

  constructor(options: WinSpaceOptions) {
    this.mmu = options.mmu;
    this.lowest = options.lowest ?? DEFAULT_LOWEST;
    this.commitLimitBytes =
      options.commitLimitBytes ?? options.mmu.pool.limit * PAGE_BYTES * PAGING;
    this.reservationLimit = options.reservationLimit ?? RESERVATION_LIMIT;
  }

  // Reservations.

  /** The reservation that holds an address, or null. */
  find(address: number): Reservation | null {
    return this.reservations.find(address)?.backing ?? null;
  }

  /** The reservation that holds all of [base, base + size), or null. */
  findRange(base: number, size: number): Reservation | null {
    const found = this.find(base);
    return found !== null && base + size <= found.base + found.size ? found : null;
  }

  /** Whether a range of addresses is free and a program's. */
  isFree(base: number, size: number): boolean {
    const next = this.reservations.firstEndingAfter(base);
    return base + size <= USER_END && (next === null || next.start >= base + size);
  }

  /** Whether there are as many reservations as there can be: nobody gets one more. */
  get isFull(): boolean {
    return this.reservations.size >= this.reservationLimit;
  }

  /** A free place, a multiple of 64 KiB that ends at most at `limit`, or -1. */
  place(size: number, limit: number, isTopDown: boolean): number {
    return this.placeWithin(size, { lowest: 0, limit, alignment: GRANULE_BYTES }, isTopDown);
  }

  /** The same between two addresses, at a multiple of an alignment. */
  placeWithin(
    size: number,
    within: { readonly lowest: number; readonly limit: number; readonly alignment: number },
    isTopDown: boolean,
  ): number {
    const low = Math.max(within.lowest, this.lowest);
    const high = Math.min(within.limit, USER_END);
    if (high <= low || this.isFull) return -1;
    const map = this.reservations;
    return isTopDown
      ? map.highestGap(low, high, size, within.alignment)
      : map.lowestGap(low, high, size, within.alignment);
  }

  /** Makes a reservation over free addresses; nothing is mapped by it. */
  reserve(asked: NewReservation): Reservation {
    const { base, size, type, protection, state } = asked;
    const reservation: Reservation = {
      base,
      size,
      type,
      protection,
      isWatched: asked.isWatched ?? false,
      view: asked.view ?? null,
      pages: new PageStates(state),
    };
    this.reservations.insert({
      start: base,
      end: base + pageCeil(size),
      protection: PROT_NONE,
      name: '',
      backing: reservation,
      flags: 0,
      guard: false,
    });
    return reservation;
  }

  /** Frees the addresses of a reservation and all behind them. */
  release(reservation: Reservation): void {
    const { base, size } = reservation;
    this.uncount(reservation, 0, size / PAGE_BYTES);
    this.reservations.remove(base);
    this.mmu.unmap(base, size);
  }

  // Pages; first and end count from the reservation's base.

  /** Whether so many bytes more may be committed. */
  admits(bytes: number): boolean {
    return this.committedBytes + bytes <= this.commitLimitBytes;
  }

  /** Bytes of [first, end) that are not committed. */
  uncommittedBytes(reservation: Reservation, first: number, end: number): number {
    let pages = 0;
    for (const run of reservation.pages.runs(first, end, PAGE_STATE_COMMITTED)) {
      if (run.state === 0) pages += run.end - run.first;
    }
    return pages * PAGE_BYTES;
  }

  /** Commits pages with a protection; those that are committed keep their contents. */
  commit(reservation: Reservation, first: number, end: number, protection: number): void {
    if (reservation.type === MEM_PRIVATE) {
      this.committedBytes += this.uncommittedBytes(reservation, first, end);
    }
    for (const run of reservation.pages.runs(first, end, PAGE_STATE_COMMITTED)) {
      if (run.state === 0) this.map(reservation, run.first, run.end);
    }
    reservation.pages.update(first, end, (state) => state | PAGE_STATE_COMMITTED);
    this.protect(reservation, first, end, protection);
  }

  /** Takes the memory behind private pages away. */
  decommit(reservation: Reservation, first: number, end: number): void {
    if (first >= end) return;
    this.uncount(reservation, first, end);
    const kept = PAGE_STATE_WRITTEN;
    reservation.pages.update(first, end, (state) => state & kept);
    this.mmu.unmap(reservation.base + first * PAGE_BYTES, (end - first) * PAGE_BYTES);
  }

  /** Changes the protection of committed pages; the modifiers that a page keeps are its guard. */
  protect(reservation: Reservation, first: number, end: number, protection: number): void {
    const asked = reservation.type === MEM_IMAGE ? imageProtection(protection) : protection;
    const wanted = asked & (BASE_PROTECTION | PAGE_GUARD);
    const ofCopies = copiedProtection(wanted);
    reservation.pages.update(first, end, (state) => {
      const shown = (state & PAGE_STATE_COPIED) === 0 ? wanted : ofCopies;
      return (state & ~(BASE_PROTECTION | PAGE_GUARD)) | shown;
    });
    if (reservation.view !== null) this.share(reservation, first, end);
    this.derive(reservation, first, end);
  }

  /** Gives the MMU's mapping of committed pages the accesses that their states allow. */
  derive(reservation: Reservation, first: number, end: number): void {
    for (const run of reservation.pages.runs(first, end)) {
      if ((run.state & PAGE_STATE_COMMITTED) === 0) continue;
      const start = reservation.base + run.first * PAGE_BYTES;
      const length = (run.end - run.first) * PAGE_BYTES;
      this.mmu.protect(start, length, this.accessOf(reservation, run.state));
      this.mmu.guard(start, length, (run.state & PAGE_GUARD) !== 0);
    }
  }

  /** Stores that have to be seen first, for a watch or a copy, are left out. */
  private accessOf(reservation: Reservation, state: number): number {
    const isSeen =
      (isWriteCopy(state) && (state & PAGE_STATE_COPIED) === 0) ||
      (reservation.isWatched && (state & PAGE_STATE_WRITTEN) === 0);
    return accessOf(state) & (isSeen ? ~PROT_WRITE : -1);
  }

  /** Maps pages of a view so that stores copy them, or so that they are the section's. */
  private share(reservation: Reservation, first: number, end: number): void {
    for (const run of reservation.pages.runs(first, end)) {
      const { state } = run;
      if ((state & PAGE_STATE_COMMITTED) === 0 || (state & PAGE_STATE_COPIED) !== 0) continue;
      const isPrivate = isWriteCopy(state);
      if (isPrivate === ((state & PAGE_STATE_PRIVATE) !== 0)) continue;
      reservation.pages.update(run.first, run.end, (old) => old ^ PAGE_STATE_PRIVATE);
      const start = reservation.base + run.first * PAGE_BYTES;
      this.mmu.unmap(start, (run.end - run.first) * PAGE_BYTES);
      this.map(reservation, run.first, run.end);
    }
  }

  private map(reservation: Reservation, first: number, end: number): void {
    const { view, base, pages } = reservation;
    const start = base + first * PAGE_BYTES;
    const length = (end - first) * PAGE_BYTES;
    if (view === null) {
      this.mmu.map(start, length, PROT_NONE);
      return;
    }
    const { object } = view.section;
    const offset = view.offset + first * PAGE_BYTES;
    const shared = (pages.get(first) & PAGE_STATE_PRIVATE) === 0;
    this.mmu.map(start, length, PROT_NONE, { backing: { kind: 'object', object, offset, shared } });
  }

  private uncount(reservation: Reservation, first: number, end: number): void {
    if (reservation.type !== MEM_PRIVATE) return;
    const bytes = (end - first) * PAGE_BYTES;
    this.committedBytes -= bytes - this.uncommittedBytes(reservation, first, end);
  }
}

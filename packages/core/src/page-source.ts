/**
 * Where a heap's memory comes from. What a source can do is data, not a kind: a static array, brk,
 * mmap, VirtualAlloc and a WebAssembly memory differ in these fields and in which capabilities
 * they have, and no allocator knows which one feeds it.
 *
 * A call that fails changes nothing. Addresses and sizes are bytes.
 */

/** The address that stands for none, as C's NULL does. */
export const NO_MEMORY = 0;

/**
 * What a source takes back: nothing; only what lies at its upper end (brk); only a reservation as
 * a whole (VirtualAlloc's MEM_RELEASE); any part of what it handed out (munmap).
 */
export type PageRelease = 'never' | 'top' | 'whole' | 'any';

/** No access: any access to the page is a fault. */
export const PAGE_NONE = 0;
export const PAGE_READ = 1;
export const PAGE_READ_WRITE = 3;
export type PageAccess = typeof PAGE_NONE | typeof PAGE_READ | typeof PAGE_READ_WRITE;

/** Access to pages can be changed, as with mprotect and VirtualProtect. */
export interface PageProtection {
  /** Pages are this large; address and size of {@link protect} are multiples of it. */
  readonly pageBytes: number;
  /** False, with nothing changed, where a page of the range is not there. */
  protect(address: number, bytes: number, access: PageAccess): boolean;
}

/** Addresses and the memory behind them come in two steps, as with VirtualAlloc. */
export interface PageCommitment {
  /** Address and size of {@link commit} and {@link decommit} are multiples of this. */
  readonly pageBytes: number;
  /** As `reserve`, but the addresses have no memory yet. */
  reserveOnly(bytes: number): number;
  /** Puts zeroed memory behind addresses that have none; those that have it keep it. */
  commit(address: number, bytes: number): boolean;
  /** Takes the memory away and keeps the addresses. */
  decommit(address: number, bytes: number): boolean;
}

/** Memory can be asked for at an address, as with mmap's MAP_FIXED_NOREPLACE. */
export interface PagePlacement {
  /** False, with nothing changed, where any of it is taken or cannot be had. */
  reserveAt(address: number, bytes: number): boolean;
}

export interface PageSource {
  /** Sizes and addresses of reservations are multiples of this. */
  readonly granularityBytes: number;
  /** Whether a later reservation may continue the one before. */
  readonly isContiguous: boolean;
  readonly release: PageRelease;
  /** Whether new memory is known to be zero. */
  readonly isZeroed: boolean;
  /** Hands out `bytes` bytes, readable and writable; the address, or NO_MEMORY. */
  reserve(bytes: number): number;
  /** Takes a reservation back, or a part as `release` says; false when it cannot be. */
  giveBack(address: number, bytes: number): boolean;
  readonly protection?: PageProtection;
  readonly commitment?: PageCommitment;
  readonly placement?: PagePlacement;
}

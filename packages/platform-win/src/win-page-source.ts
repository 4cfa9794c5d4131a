/** Pages for a heap of `core` on Windows: VirtualAlloc, in its two steps. */
import {
  NO_MEMORY,
  PAGE_NONE,
  PAGE_READ,
  type PageAccess,
  type PageCommitment,
  type PagePlacement,
  type PageProtection,
  type PageSource,
} from '@bareheap/core';
import { PAGE_BYTES } from '@bareheap/mmu';
import { GRANULE_BYTES } from './address-word.ts';
import { allocateVirtualMemory } from './nt-allocate.ts';
import { freeVirtualMemory } from './nt-free.ts';
import { protectVirtualMemory } from './nt-protect.ts';
import { NT_STATUS } from './nt-status.ts';
import {
  MEM_COMMIT,
  MEM_DECOMMIT,
  MEM_RELEASE,
  MEM_RESERVE,
  PAGE_NOACCESS,
  PAGE_READONLY,
  PAGE_READWRITE,
} from './win-constants.ts';
import type { WinSpace } from './win-space.ts';

function protectionOf(access: PageAccess): number {
  if (access === PAGE_NONE) return PAGE_NOACCESS;
  return access === PAGE_READ ? PAGE_READONLY : PAGE_READWRITE;
}

function granules(bytes: number): number {
  return Math.ceil(bytes / GRANULE_BYTES) * GRANULE_BYTES;
}

/** Reservations anywhere, given back whole; pages committed, decommitted and protected in them. */
export class WinPageSource implements PageSource {
  readonly granularityBytes: number = GRANULE_BYTES;
  readonly isContiguous: boolean = false;
  readonly release: PageSource['release'] = 'whole';
  readonly isZeroed: boolean = true;
  readonly protection: PageProtection;
  readonly commitment: PageCommitment;
  readonly placement: PagePlacement;
  private readonly space: WinSpace;

  constructor(space: WinSpace) {
    this.space = space;
    const pageBytes = PAGE_BYTES;
    this.protection = {
      pageBytes,
      protect: (address, bytes, access): boolean => {
        const done = protectVirtualMemory(space, address, bytes, protectionOf(access));
        return done.status === NT_STATUS.SUCCESS;
      },
    };
    this.commitment = {
      pageBytes,
      reserveOnly: (bytes): number => this.allocate(0, granules(bytes), MEM_RESERVE),
      commit: (address, bytes): boolean => this.allocate(address, bytes, MEM_COMMIT) === address,
      decommit: (address, bytes): boolean =>
        freeVirtualMemory(space, address, bytes, MEM_DECOMMIT).status === NT_STATUS.SUCCESS,
    };
    this.placement = {
      reserveAt: (address, bytes): boolean =>
        address % GRANULE_BYTES === 0 &&
        this.allocate(address, bytes, MEM_RESERVE | MEM_COMMIT) === address,
    };
  }

  reserve(bytes: number): number {
    return this.allocate(0, granules(bytes), MEM_RESERVE | MEM_COMMIT);
  }

  /** Only what was reserved as a whole. */
  giveBack(address: number, bytes: number): boolean {
    const reservation = this.space.find(address);
    if (reservation === null || reservation.base !== address) return false;
    if (bytes < reservation.size) return false;
    return freeVirtualMemory(this.space, address, 0, MEM_RELEASE).status === NT_STATUS.SUCCESS;
  }

  private allocate(address: number, bytes: number, type: number): number {
    const size = Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
    const done = allocateVirtualMemory(this.space, address, 0, size, type, PAGE_READWRITE);
    return done.status === NT_STATUS.SUCCESS ? done.base : NO_MEMORY;
  }
}

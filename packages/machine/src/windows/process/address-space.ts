/** Memory that the system takes for a process: images, stacks, TEBs, by the process's own rules. */
import { PAGE_BYTES } from '@bareheap/mmu';
import {
  allocateVirtualMemory,
  freeVirtualMemory,
  protectVirtualMemory,
  type WinSpace,
} from '@bareheap/platform-win';
import {
  MEM_COMMIT,
  MEM_IMAGE,
  MEM_RELEASE,
  MEM_RESERVE,
  PAGE_EXECUTE_WRITECOPY,
} from './page-access.ts';

const SUCCESS = 0;
/** Reservations begin at multiples of it. */
export const ALLOCATION_GRANULARITY = 65_536;
/** The lowest and the highest address that a program may have, as GetSystemInfo tells. */
export const LOWEST_ADDRESS = 0x1_0000;
export const HIGHEST_ADDRESS = 0x7fff_fffe_ffff;

export class AddressSpace {
  readonly space: WinSpace;

  constructor(space: WinSpace) {
    this.space = space;
  }

  /** Reserves and commits zeroed pages; the address, or 0 when there is no room. */
  allocate(bytes: number, protection: number): number {
    return this.reserve(bytes, MEM_RESERVE | MEM_COMMIT, protection);
  }

  /** Reserves addresses alone. */
  reserveOnly(bytes: number, protection: number): number {
    return this.reserve(bytes, MEM_RESERVE, protection);
  }

  /** Puts memory behind addresses that are reserved; false when there is none. */
  commit(start: number, bytes: number, protection: number): boolean {
    const done = allocateVirtualMemory(this.space, start, 0, bytes, MEM_COMMIT, protection);
    return done.status === SUCCESS;
  }

  /** The same at an address, as private memory; false when any of it is taken. */
  allocateAt(start: number, bytes: number, protection: number): boolean {
    const type = MEM_RESERVE | MEM_COMMIT;
    return allocateVirtualMemory(this.space, start, 0, bytes, type, protection).status === SUCCESS;
  }

  /** A place for an image: where it wants to be, or with 0 anywhere; 0 when there is none. */
  allocateImage(wanted: number, bytes: number, protection: number): number {
    const { space } = this;
    const isFree = wanted !== 0 && space.isFree(wanted, bytes);
    if (wanted !== 0 && !isFree) return 0;
    const base = wanted === 0 ? space.place(bytes, Number.POSITIVE_INFINITY, false) : wanted;
    if (base <= 0) return 0;
    const reservation = space.reserve({
      base,
      size: bytes,
      type: MEM_IMAGE,
      protection: PAGE_EXECUTE_WRITECOPY,
      state: protection,
    });
    space.commit(reservation, 0, bytes / PAGE_BYTES, protection);
    return base;
  }

  protect(start: number, bytes: number, protection: number): boolean {
    return protectVirtualMemory(this.space, start, bytes, protection).status === SUCCESS;
  }

  release(start: number): void {
    freeVirtualMemory(this.space, start, 0, MEM_RELEASE);
  }

  private reserve(bytes: number, type: number, protection: number): number {
    const { status, base } = allocateVirtualMemory(this.space, 0, 0, bytes, type, protection);
    return status === SUCCESS ? base : 0;
  }
}

/**
 * Pages in the manner of VirtualAlloc: addresses come in units of 64 KiB, memory behind them in
 * pages, and a reservation is released only as a whole.
 *
 * @see Microsoft, "VirtualAlloc function": allocation granularity, MEM_RESERVE, MEM_COMMIT;
 *      "VirtualFree function": MEM_RELEASE takes the base address and the size 0
 */
import {
  NO_MEMORY,
  type PageAccess,
  type PageCommitment,
  type PagePlacement,
  type PageProtection,
  type PageRelease,
  type PageSource,
} from '../page-source.ts';
import { type PageSpace, STATE_FREE, STATE_RESERVED } from './page-space.ts';

/** Windows' allocation granularity on every architecture; bytes. */
export const RESERVATION_GRANULARITY = 65_536;

export class ReservationSource implements PageSource {
  readonly granularityBytes: number = RESERVATION_GRANULARITY;
  readonly isContiguous: boolean = false;
  readonly release: PageRelease = 'whole';
  readonly isZeroed: boolean = true;
  readonly protection: PageProtection;
  readonly commitment: PageCommitment;
  readonly placement: PagePlacement;
  private readonly space: PageSpace;
  /** Bytes of each reservation by its address. */
  private readonly reservations = new Map<number, number>();

  constructor(space: PageSpace) {
    this.space = space;
    const { pageBytes } = space;
    this.protection = {
      pageBytes,
      protect: (address: number, bytes: number, access: PageAccess): boolean =>
        space.protect(address, bytes, access),
    };
    this.commitment = {
      pageBytes,
      reserveOnly: (bytes: number): number => this.reserveOnly(bytes),
      commit: (address: number, bytes: number): boolean => this.commit(address, bytes),
      decommit: (address: number, bytes: number): boolean => this.decommit(address, bytes),
    };
    this.placement = {
      reserveAt: (address: number, bytes: number): boolean => this.reserveAt(address, bytes),
    };
  }

  reserve(bytes: number): number {
    const address = this.reserveOnly(bytes);
    if (address !== NO_MEMORY) this.space.commit(address, this.reservations.get(address)!);
    return address;
  }

  giveBack(address: number, bytes: number): boolean {
    const size = this.space.rounded(bytes, this.granularityBytes);
    if (this.reservations.get(address) !== size) return false;
    this.reservations.delete(address);
    this.space.set(address, size, STATE_FREE);
    return true;
  }

  private reserveOnly(bytes: number): number {
    const size = this.space.rounded(bytes, this.granularityBytes);
    const address = this.space.findLowest(size, this.granularityBytes);
    if (address !== NO_MEMORY) this.note(address, size);
    return address;
  }

  private reserveAt(address: number, bytes: number): boolean {
    const size = this.space.rounded(bytes, this.granularityBytes);
    if (address % this.granularityBytes !== 0 || !this.space.isFree(address, size)) return false;
    this.note(address, size);
    this.space.commit(address, size);
    return true;
  }

  private commit(address: number, bytes: number): boolean {
    if (!this.isInOne(address, bytes)) return false;
    this.space.commit(address, bytes);
    return true;
  }

  private decommit(address: number, bytes: number): boolean {
    if (!this.isInOne(address, bytes)) return false;
    this.space.set(address, bytes, STATE_RESERVED);
    return true;
  }

  /** Whether a range of pages lies in one reservation: no call may span two. */
  private isInOne(address: number, bytes: number): boolean {
    if (!this.space.has(address, bytes, STATE_RESERVED)) return false;
    for (const [start, size] of this.reservations) {
      if (address >= start && address + bytes <= start + size) return true;
    }
    return false;
  }

  private note(address: number, bytes: number): void {
    this.reservations.set(address, bytes);
    this.space.set(address, bytes, STATE_RESERVED);
  }
}

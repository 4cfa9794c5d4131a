/**
 * Pages in the manner of mmap: anonymous private mappings of whole pages, zeroed, placed from the
 * top down, any part of which can be given back or protected. {@link PagePlacement} is mmap with
 * MAP_FIXED_NOREPLACE.
 */
import {
  NO_MEMORY,
  type PageAccess,
  type PagePlacement,
  type PageProtection,
  type PageRelease,
  type PageSource,
} from '../page-source.ts';
import { type PageSpace, STATE_FREE, STATE_RESERVED } from './page-space.ts';

export class MapSource implements PageSource {
  readonly granularityBytes: number;
  readonly isContiguous: boolean = false;
  readonly release: PageRelease = 'any';
  readonly isZeroed: boolean = true;
  readonly protection: PageProtection;
  readonly placement: PagePlacement;
  private readonly space: PageSpace;

  constructor(space: PageSpace) {
    this.space = space;
    this.granularityBytes = space.pageBytes;
    this.protection = {
      pageBytes: space.pageBytes,
      protect: (address: number, bytes: number, access: PageAccess): boolean =>
        space.protect(address, bytes, access),
    };
    this.placement = {
      reserveAt: (address: number, bytes: number): boolean => this.reserveAt(address, bytes),
    };
  }

  reserve(bytes: number): number {
    const { space } = this;
    const size = space.rounded(bytes, this.granularityBytes);
    const address = space.findHighest(size, this.granularityBytes);
    if (address !== NO_MEMORY) space.commit(address, size);
    return address;
  }

  /** As munmap, but false where a page of the range is not mapped: that is a mistake here. */
  giveBack(address: number, bytes: number): boolean {
    const { space } = this;
    const size = space.rounded(bytes, this.granularityBytes);
    if (!space.has(address, size, STATE_RESERVED)) return false;
    space.set(address, size, STATE_FREE);
    return true;
  }

  private reserveAt(address: number, bytes: number): boolean {
    const size = this.space.rounded(bytes, this.granularityBytes);
    if (!this.space.isFree(address, size)) return false;
    this.space.commit(address, size);
    return true;
  }
}

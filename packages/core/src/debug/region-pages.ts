/**
 * The pages of a region as a page source: handed out upward from a break, which is a word of the
 * region. Nothing is taken back and nothing protected; that is what a static array can do.
 */
import type { HeapMemory } from '../heap-memory.ts';
import {
  NO_MEMORY,
  type PagePlacement,
  type PageRelease,
  type PageSource,
} from '../page-source.ts';

export class RegionPages implements PageSource {
  readonly granularityBytes: number;
  readonly isContiguous: boolean = true;
  readonly release: PageRelease = 'never';
  readonly isZeroed: boolean = false;
  readonly placement: PagePlacement;
  private readonly memory: HeapMemory;
  private readonly breakAt: number;
  private readonly first: number;
  private readonly pageCount: number;

  /**
   * @param breakAt  offset of the word that counts the pages handed out
   * @param first    address of the first page
   */
  constructor(
    memory: HeapMemory,
    breakAt: number,
    first: number,
    pageBytes: number,
    pageCount: number,
  ) {
    this.memory = memory;
    this.breakAt = breakAt;
    this.first = first;
    this.granularityBytes = pageBytes;
    this.pageCount = pageCount;
    this.placement = {
      reserveAt: (address: number, bytes: number): boolean =>
        address === this.end() && this.reserve(bytes) !== NO_MEMORY,
    };
  }

  reserve(bytes: number): number {
    const taken = this.memory.load32(this.breakAt);
    const pages = Math.ceil(bytes / this.granularityBytes);
    if (!(pages > 0 && taken >= 0 && taken + pages <= this.pageCount)) return NO_MEMORY;
    const address = this.end();
    this.memory.store32(this.breakAt, taken + pages);
    return address;
  }

  giveBack(): boolean {
    return false;
  }

  private end(): number {
    return this.first + this.memory.load32(this.breakAt) * this.granularityBytes;
  }
}

/**
 * Ranges whose pages somebody else brings when the program first touches them: userfaultfd(2).
 *
 * @see mm/userfaultfd.c, fs/userfaultfd.c of Linux 6.18
 */
import { RangeMap } from './range-map.ts';

/** Whoever brings the pages of a range; nothing is asked of it but that it is the same one. */
export type PageBringer = object;

export class UserFaults {
  /** Who brings the page of the access that faulted last; null: nobody, and it is an error. */
  awaited: PageBringer | null = null;
  private readonly ranges: RangeMap<PageBringer> = new RangeMap<PageBringer>();

  /** Ranges. */
  get size(): number {
    return this.ranges.size;
  }

  /** Who brings the page of an address, or null. */
  bringerOf(page: number): PageBringer | null {
    return this.ranges.at(page) ?? null;
  }

  /** Whether pages of [start, end) are brought by others than one. */
  isOfOthers(start: number, end: number, bringer: PageBringer): boolean {
    return this.ranges.within(start, end).some(({ value }) => value !== bringer);
  }

  add(start: number, end: number, bringer: PageBringer): void {
    this.ranges.add(start, end, bringer);
  }

  remove(start: number, end: number): void {
    this.ranges.remove(start, end);
  }

  /** Forgets all ranges of one. */
  leave(bringer: PageBringer): void {
    for (const { start, end, value } of this.ranges.all()) {
      if (value === bringer) this.ranges.remove(start, end);
    }
  }
}

/**
 * Ranges whose pages somebody else brings when the program first touches them: userfaultfd(2).
 *
 * @see mm/userfaultfd.c, fs/userfaultfd.c of Linux 6.18
 */

/** Whoever brings the pages of a range. */
export interface PageBringer {
  /** A thread waits for a page: the fault's address, and whether it was written. */
  readonly wanted: (address: number, isWrite: boolean) => void;
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly bringer: PageBringer;
}

export class UserFaults {
  private ranges: readonly Range[] = [];
  /** The access that was not done because its page has to be brought. */
  private last: { readonly bringer: PageBringer; readonly address: number } | null = null;

  get isEmpty(): boolean {
    return this.ranges.length === 0;
  }

  /** Who brings the page of an address, or null. */
  bringerOf(page: number): PageBringer | null {
    return this.ranges.find(({ start, end }) => start <= page && page < end)?.bringer ?? null;
  }

  /** Those who bring pages of a range. */
  within(start: number, end: number): PageBringer[] {
    const here = this.ranges.filter((range) => range.start < end && start < range.end);
    return here.map(({ bringer }) => bringer);
  }

  add(start: number, end: number, bringer: PageBringer): void {
    this.remove(start, end);
    this.ranges = [...this.ranges, { start, end, bringer }];
  }

  remove(start: number, end: number): void {
    if (this.ranges.length === 0) return;
    this.ranges = this.ranges.flatMap((range) => {
      const low = { ...range, end: Math.min(range.end, start) };
      const high = { ...range, start: Math.max(range.start, end) };
      return [low, high].filter((part) => part.start < part.end);
    });
  }

  /** Forgets all ranges of one. */
  leave(bringer: PageBringer): void {
    this.ranges = this.ranges.filter((range) => range.bringer !== bringer);
  }

  /** Notes an access that has to wait. */
  note(bringer: PageBringer, address: number): void {
    this.last = { bringer, address };
  }

  /** Who has to bring the page of the access that faulted at an address last; null for nobody. */
  take(address: number): PageBringer | null {
    const { last } = this;
    this.last = null;
    return last?.address === address ? last.bringer : null;
  }
}

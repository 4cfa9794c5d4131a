/**
 * The pages that MADV_GUARD_INSTALL makes fault, as ranges: a call over a terabyte is one of them.
 */
import { type Vma, VmaMap } from '@bareheap/mmu';

type Range = Vma<null>;

function makeRange(start: number, end: number): Range {
  return { start, end, protection: 0, name: '', flags: 0, guard: false, backing: null };
}

export class GuardRanges {
  private readonly ranges: VmaMap<null> = new VmaMap<null>();

  has(page: number): boolean {
    return this.ranges.size > 0 && this.ranges.find(page) !== null;
  }

  /** The guarded parts of [start, end), in order. */
  within(start: number, end: number): { start: number; end: number }[] {
    if (this.ranges.size === 0 || end <= start) return [];
    return this.ranges.overlapping(start, end).map((range) => ({
      start: Math.max(start, range.start),
      end: Math.min(end, range.end),
    }));
  }

  /** All of them. */
  all(): { start: number; end: number }[] {
    return this.within(0, Number.POSITIVE_INFINITY);
  }

  add(start: number, end: number): void {
    this.remove(start, end);
    const low = start > 0 ? this.ranges.find(start - 1) : null;
    const high = this.ranges.find(end);
    if (low !== null) this.ranges.remove(low.start);
    if (high !== null) this.ranges.remove(high.start);
    this.ranges.insert(makeRange(low?.start ?? start, high?.end ?? end));
  }

  remove(start: number, end: number): void {
    if (this.ranges.size === 0) return;
    for (const range of this.ranges.overlapping(start, end)) {
      this.ranges.remove(range.start);
      if (range.start < start) this.ranges.insert(makeRange(range.start, start));
      if (range.end > end) this.ranges.insert(makeRange(end, range.end));
    }
  }

  /** Moves the guards of a range along with what is mapped in it. */
  move(from: number, to: number, bytes: number): void {
    const moved = this.within(from, from + bytes);
    this.remove(from, from + bytes);
    for (const { start, end } of moved) this.add(start - from + to, end - from + to);
  }
}

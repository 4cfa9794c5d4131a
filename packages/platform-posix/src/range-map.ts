/**
 * Ranges of addresses with a value each, which never overlap; neighbours of one value are one range.
 * What is known of pages and not of VMAs is kept so: a call over a terabyte is one range.
 */
import { type Vma, VmaMap } from '@bareheap/mmu';

/** [start, end), bytes. */
export interface Range<V> {
  readonly start: number;
  readonly end: number;
  readonly value: V;
}

function makeRange<V>(start: number, end: number, backing: V): Vma<V> {
  return { start, end, protection: 0, name: '', flags: 0, guard: false, backing };
}

export class RangeMap<V> {
  private readonly ranges: VmaMap<V> = new VmaMap<V>();

  /** Ranges. */
  get size(): number {
    return this.ranges.size;
  }

  /** Bytes of the host's memory that the map takes, about. */
  get recordBytes(): number {
    return this.ranges.recordBytes;
  }

  /** The value at an address, or undefined. */
  at(address: number): V | undefined {
    return this.ranges.size === 0 ? undefined : this.ranges.find(address)?.backing;
  }

  /** The parts of ranges in [start, end), in order. */
  within(start: number, end: number): Range<V>[] {
    if (this.ranges.size === 0 || end <= start) return [];
    return this.ranges.overlapping(start, end).map((range) => ({
      start: Math.max(start, range.start),
      end: Math.min(end, range.end),
      value: range.backing,
    }));
  }

  /** All of them, in order. */
  all(): Range<V>[] {
    return this.within(0, Number.POSITIVE_INFINITY);
  }

  /** Gives [start, end) a value, whatever it had. */
  add(start: number, end: number, value: V): void {
    this.remove(start, end);
    const low = this.neighbour(start - 1, value);
    const high = this.neighbour(end, value);
    if (low !== null) this.ranges.remove(low.start);
    if (high !== null) this.ranges.remove(high.start);
    this.ranges.insert(makeRange(low?.start ?? start, high?.end ?? end, value));
  }

  remove(start: number, end: number): void {
    if (this.ranges.size === 0) return;
    for (const range of this.ranges.overlapping(start, end)) {
      this.ranges.remove(range.start);
      if (range.start < start) this.ranges.insert(makeRange(range.start, start, range.backing));
      if (range.end > end) this.ranges.insert(makeRange(end, range.end, range.backing));
    }
  }

  /** Moves the ranges of [from, from + bytes) along with what is mapped there. */
  move(from: number, to: number, bytes: number): void {
    const moved = this.within(from, from + bytes);
    this.remove(from, from + bytes);
    for (const { start, end, value } of moved) this.add(start - from + to, end - from + to, value);
  }

  private neighbour(address: number, value: V): Vma<V> | null {
    const found = address < 0 ? null : this.ranges.find(address);
    return found?.backing === value ? found : null;
  }
}

/** Ranges of addresses that do not overlap, each with an item, for lookups by binary search. */
export interface Ranges<T> {
  /** Ascending. */
  readonly starts: number[];
  /** Exclusive. */
  readonly ends: number[];
  readonly items: T[];
}

export interface Range<T> {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly item: T;
}

/**
 * Makes ranges that do not overlap of any ranges. Where two overlap the one that starts later wins,
 * of two that start together the later in the list, and the other goes on after it. A stack of the
 * open ones: each is pushed and popped once. O(n log n).
 */
export function flattenRanges<T>(input: readonly Range<T>[]): Ranges<T> {
  const ranges: Ranges<T> = { starts: [], ends: [], items: [] };
  const open: Range<T>[] = [];
  let cursor = 0;
  const closeUpTo = (address: number): void => {
    while (open.length > 0 && cursor < address) {
      const top = open.at(-1)!;
      const end = Math.min(top.end, address);
      if (end > cursor) pushRange(ranges, cursor, end, top.item);
      cursor = Math.max(cursor, end);
      if (top.end <= address) open.pop();
    }
  };
  for (const range of [...input].sort((a, b) => a.start - b.start)) {
    closeUpTo(range.start);
    cursor = range.start;
    open.push(range);
  }
  closeUpTo(Number.MAX_VALUE);
  return ranges;
}

/** Appends a range, which must start at or after the end of the last one. */
export function pushRange<T>(ranges: Ranges<T>, start: number, end: number, item: T): void {
  ranges.starts.push(start);
  ranges.ends.push(end);
  ranges.items.push(item);
}

/** The item of the range that an address lies in, or null. O(log n). */
export function rangeAt<T>({ starts, ends, items }: Ranges<T>, address: number): T | null {
  const index = lastAtOrBelow(starts.length, (n) => starts[n]!, address);
  return index >= 0 && address < ends[index]! ? items[index]! : null;
}

/** Index of the last of `count` ascending keys that is at or below a value; -1 without one. */
export function lastAtOrBelow(count: number, key: (n: number) => number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(middle) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

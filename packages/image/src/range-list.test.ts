import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { flattenRanges, type Range, rangeAt } from './range-list.ts';

/** What flattenRanges promises, the slow way. */
function expected(input: readonly Range<number>[], address: number): number | null {
  let best: Range<number> | null = null;
  for (const range of input) {
    if (address < range.start || address >= range.end) continue;
    if (best === null || range.start >= best.start) best = range;
  }
  return best?.item ?? null;
}

test('of ranges that overlap the one that starts last has an address', () => {
  for (let seed = 1; seed <= 400; seed++) {
    const random = new Random(seed);
    const input = Array.from({ length: random.below(12) }, (_, item) => {
      const start = random.below(40);
      return { start, end: start + random.below(15), item };
    });
    const flat = flattenRanges(input);
    for (let address = 0; address < 60; address++) {
      const found = rangeAt(flat, address);
      expect([seed, address, found]).toEqual([seed, address, expected(input, address)]);
    }
    flat.starts.forEach((start, n) => {
      expect(flat.ends[n]).toBeGreaterThan(start);
      expect(start).toBeGreaterThanOrEqual(flat.ends[n - 1] ?? 0);
    });
  }
});

import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { VmaMap } from './vma-map.ts';

const SEED = Number(process.env['BAREHEAP_SEED'] ?? 1);
const PAGES = 400;

/** Page by page: the naive answer to every question. */
class NaiveMap {
  readonly pages = new Array<number>(PAGES).fill(0);

  gap(low: number, high: number, length: number, step: 1 | -1): number {
    const starts = Array.from({ length: Math.max(0, high - low - length + 1) }, (_, n) => low + n);
    if (step < 0) starts.reverse();
    return starts.find((start) => !this.pages.slice(start, start + length).some(Boolean)) ?? -1;
  }
}

test('random insertions, removals and gap searches agree with a page array', () => {
  const random = new Random(SEED);
  const map = new VmaMap<null>();
  const naive = new NaiveMap();
  for (let step = 1; step <= 6000; step++) {
    const start = random.below(PAGES);
    const length = random.between(1, 12);
    if (
      random.oneIn(2) &&
      start + length <= PAGES &&
      !naive.pages.slice(start, start + length).some(Boolean)
    ) {
      map.insert({ start, end: start + length, protection: 0, name: '', backing: null });
      naive.pages.fill(step, start, start + length);
    } else if (naive.pages[start] !== 0) {
      const vma = map.find(start)!;
      map.remove(vma.start);
      naive.pages.fill(0, vma.start, vma.end);
    }
    const low = random.below(PAGES);
    const high = random.between(low, PAGES);
    const wanted = random.between(1, 20);
    const message = `step ${step}, BAREHEAP_SEED=${SEED}`;
    expect(map.find(start) !== null, message).toBe(naive.pages[start] !== 0);
    expect(map.highestGap(low, high, wanted), message).toBe(naive.gap(low, high, wanted, -1));
    expect(map.lowestGap(low, high, wanted), message).toBe(naive.gap(low, high, wanted, 1));
    if (step % 50 === 0) expect(map.check(), message).toEqual([]);
  }
});

test('a gap is found or not among many VMAs', () => {
  const map = new VmaMap<null>();
  for (let n = 0; n < 20_000; n++) {
    map.insert({ start: n * 4, end: n * 4 + 2, protection: 0, name: '', backing: null });
  }
  expect(map.highestGap(0, 80_000, 3)).toBe(-1);
  expect(map.lowestGap(0, 80_001, 3)).toBe(79_998);
});

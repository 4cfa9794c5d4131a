import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { type Vma, VmaMap } from './vma-map.ts';

const SEED = Number(process.env['BAREHEAP_SEED'] ?? 1);
const PAGES = 400;

/** Page by page: the naive answer to every question. */
class NaiveMap {
  readonly pages = new Array<number>(PAGES).fill(0);

  isFree(start: number, end: number): boolean {
    return !this.pages.slice(start, end).some(Boolean);
  }

  gap(low: number, high: number, length: number, step: 1 | -1, alignment = 1): number {
    const starts = Array.from({ length: Math.max(0, high - low - length + 1) }, (_, n) => low + n);
    if (step < 0) starts.reverse();
    const fits = (start: number) => start % alignment === 0 && this.isFree(start, start + length);
    return starts.find(fits) ?? -1;
  }
}

/** Whether a cut at a page would part a VMA: pages carry the number of the VMA they lie in. */
function isInside(pages: readonly number[], at: number): boolean {
  return at > 0 && pages[at - 1] !== 0 && pages[at - 1] === pages[at];
}

function vmaAt(start: number, end: number): Vma<null> {
  return { start, end, protection: 0, name: '', backing: null, flags: 0, guard: false };
}

test('random insertions, removals and gap searches agree with a page array', () => {
  const random = new Random(SEED);
  const map = new VmaMap<null>(8);
  const naive = new NaiveMap();
  for (let step = 1; step <= 6000; step++) {
    const start = random.below(PAGES);
    const length = random.between(1, 12);
    if (random.oneIn(2) && start + length <= PAGES && naive.isFree(start, start + length)) {
      map.insert(vmaAt(start, start + length));
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
    const by = random.pick([2, 3, 8, 8, 16]);
    expect(map.highestGap(low, high, wanted, by), message).toBe(
      naive.gap(low, high, wanted, -1, by),
    );
    expect(map.lowestGap(low, high, wanted, by), message).toBe(naive.gap(low, high, wanted, 1, by));
    const asked = naive.pages.slice(low, high);
    expect(map.bytesIn(low, high), message).toBe(asked.filter(Boolean).length);
    const hole = asked.indexOf(0);
    expect(map.firstHole(low, high), message).toBe(hole < 0 ? -1 : low + hole);
    const parted = [low, high].filter((at) => low < high && isInside(naive.pages, at)).length;
    expect(low < high ? map.partedBy(low, high) : 0, message).toBe(parted);
    const below = naive.pages.slice(0, low).findLastIndex(Boolean);
    const known = below < 0 ? null : map.find(below);
    expect(map.lastStartingBefore(low), message).toBe(known);
    expect(map.bytes, message).toBe(naive.pages.filter(Boolean).length);
    if (step % 50 === 0) expect(map.check(), message).toEqual([]);
  }
});

test('a gap is found or not among many VMAs', () => {
  const map = new VmaMap<null>();
  for (let n = 0; n < 20_000; n++) {
    map.insert(vmaAt(n * 4, n * 4 + 2));
  }
  expect(map.highestGap(0, 80_000, 3)).toBe(-1);
  expect(map.lowestGap(0, 80_001, 3)).toBe(79_998);
});

test('an aligned gap is found or not among many that are not aligned', () => {
  const map = new VmaMap<null>(8);
  for (let n = 0; n < 20_000; n++) map.insert(vmaAt(n * 16, n * 16 + 1));
  map.remove(5_000 * 16);
  // Each gap has 15 free from an odd start: 8 of them from a multiple of 8, and 24 where one is gone.
  for (let search = 0; search < 2_000; search++) {
    expect(map.highestGap(0, 16 * 19_999, 16, 8)).toBe(5_000 * 16);
    expect(map.lowestGap(0, 16 * 19_999, 16, 8)).toBe(4_999 * 16 + 8);
    expect(map.lowestGap(0, 16 * 19_999, 25, 8)).toBe(-1);
  }
  expect(map.check()).toEqual([]);
});

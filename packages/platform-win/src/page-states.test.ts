import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { PageStates } from './page-states.ts';

const PAGES = 2000;

test('a large range costs nothing, and is one run', () => {
  const states = new PageStates(4);
  expect(states.runs(0, 2 ** 28)).toEqual([{ first: 0, end: 2 ** 28, state: 4 }]);
});

test('what a program does to a few pages of a large range costs by the pages', () => {
  const states = new PageStates(4);
  const all = 2 ** 34;
  states.update(2 ** 33, 2 ** 33 + 3, () => 6);
  states.update(0, all, (state) => state & ~2);
  expect(states.runEnd(0, all)).toBe(all);
  states.update(2 ** 33, 2 ** 33 + 3, () => 6);
  expect(states.runs(0, all).map((run) => run.first)).toEqual([0, 2 ** 33, 2 ** 33 + 3]);
  expect(states.every(0, all, 4)).toBe(true);
  expect(states.every(0, all, 2)).toBe(false);
});

test('random changes are those of a plain array', () => {
  const seed = 7;
  const random = new Random(seed);
  const states = new PageStates(1);
  const plain = new Uint16Array(PAGES).fill(1);
  for (let step = 0; step < 100; step++) {
    const first = random.below(PAGES);
    const end = first + 1 + random.below(PAGES - first);
    const bit = 1 << random.below(4);
    states.update(first, end, (state) => state ^ bit);
    for (let page = first; page < end; page++) plain[page]! ^= bit;
    const mask = random.below(16);
    const runs = states.runs(0, PAGES, mask);
    const unfolded = runs.flatMap((run) => Array(run.end - run.first).fill(run.state));
    expect(unfolded, `seed ${seed}, step ${step}`).toEqual([...plain].map((state) => state & mask));
    for (let i = 1; i < runs.length; i++) expect(runs[i]!.state).not.toBe(runs[i - 1]!.state);
    expect(states.every(first, end, bit)).toBe(
      plain.slice(first, end).every((s) => (s & bit) !== 0),
    );
  }
});

import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { SIGKILL, SIGNAL_MAX, SIGSTOP } from './signal-numbers.ts';
import { SignalSet } from './signal-set.ts';

const SEEDS = 20;
const STEPS = 200;

function members(set: SignalSet): number[] {
  return Array.from({ length: SIGNAL_MAX }, (_, n) => n + 1).filter((signal) => set.has(signal));
}

test.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
  'as a set of numbers: seed %i',
  (seed) => {
    const random = new Random(seed);
    const set = new SignalSet();
    const model = new Set<number>();
    for (let step = 0; step < STEPS; step++) {
      const signal = 1 + random.below(SIGNAL_MAX);
      if (random.below(2) === 0) {
        set.add(signal);
        model.add(signal);
      } else {
        set.remove(signal);
        model.delete(signal);
      }
      expect(members(set)).toEqual([...model].sort((a, b) => a - b));
      expect(set.first()).toBe(model.size === 0 ? 0 : Math.min(...model));
      expect(set.isEmpty).toBe(model.size === 0);
    }
  },
);

test('bytes in memory, and back', () => {
  const set = SignalSet.of(1, 32, 33, 64);
  expect([...set.bytes()]).toEqual([1, 0, 0, 0x80, 1, 0, 0, 0x80]);
  expect(members(SignalSet.from(set.bytes()))).toEqual([1, 32, 33, 64]);
});

test('two sets together', () => {
  const [one, other] = [SignalSet.of(1, 2, 40), SignalSet.of(2, 3, 41)];
  expect(members(one.union(other))).toEqual([1, 2, 3, 40, 41]);
  expect(members(one.intersection(other))).toEqual([2]);
  expect(members(one.without(other))).toEqual([1, 40]);
  expect(one.meets(other)).toBe(true);
  expect(one.meets(SignalSet.of(3))).toBe(false);
});

test('SIGKILL and SIGSTOP cannot be blocked', () => {
  expect(members(SignalSet.of(SIGKILL, SIGSTOP, 1).blockable())).toEqual([1]);
});

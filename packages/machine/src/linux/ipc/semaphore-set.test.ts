import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { type SemaphoreOperation, SemaphoreSets, type SemaphoreWait } from './semaphore-set.ts';

const EAGAIN = 11;
const IPC_NOWAIT = 0o4000;
const options = { key: 0, mode: 0o600, user: 1000, group: 1000, time: 5 };

test('operations are done all or none, and who waits is served as soon as it can be', () => {
  const seed = 11;
  const random = new Random(seed);
  const sets = new SemaphoreSets();
  const set = sets.get(sets.make(options, 3, () => 7))!;
  const expected = [0, 0, 0];
  const waiting: SemaphoreWait[] = [];
  const apply = (operations: readonly SemaphoreOperation[]): void => {
    for (const { semaphore, change } of operations) expected[semaphore]! += change;
  };
  for (let step = 0; step < 3000; step++) {
    const operations = Array.from({ length: 1 + random.below(3) }, () => ({
      semaphore: random.below(3),
      change: random.below(9) - 4,
      flags: random.below(3) === 0 ? 0 : IPC_NOWAIT,
    }));
    const parts = { thread: { wake: () => {} }, process: step, undo: null, operations };
    const result = set.operate(parts);
    if (typeof result === 'number') {
      expect([0, -EAGAIN]).toContain(result);
      if (result === 0) apply(operations);
    } else {
      const wait: SemaphoreWait = { ...parts, result: null, blocking: result };
      set.add(wait);
      waiting.push(wait);
    }
    for (const wait of waiting.splice(0)) {
      if (wait.result === 0) apply(wait.operations);
      else if (wait.result === null) waiting.push(wait);
    }
    expect([...set.values], `seed ${seed}, step ${step}`).toEqual(expected);
    expect(Math.min(...set.values)).toBeGreaterThanOrEqual(0);
  }
  expect(waiting.length).toBeGreaterThan(0);
  sets.remove(set);
  expect(waiting.every(({ result }) => result !== null)).toBe(true);
});

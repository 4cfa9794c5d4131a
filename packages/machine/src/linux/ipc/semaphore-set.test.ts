import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import {
  MOST_OF_SET,
  type SemaphoreOperation,
  SemaphoreSets,
  type SemaphoreWait,
} from './semaphore-set.ts';

const EAGAIN = 11;
const IPC_NOWAIT = 0o4000;
const options = { key: 0, mode: 0o600, user: 1000, group: 1000, time: 5 };

const SEM_UNDO = 0o10000;
const MOST_VALUE = 32767;
const PROCESSES = 4;

/** What a set of three has to hold, by adding up what was done. */
class Model {
  readonly values = [0, 0, 0];
  private readonly undos = new Map<number, number[]>();

  apply(process: number, operations: readonly SemaphoreOperation[]): void {
    const undo = this.undos.get(process) ?? [0, 0, 0];
    this.undos.set(process, undo);
    for (const { semaphore, change, flags } of operations) {
      this.values[semaphore]! += change;
      if ((flags & SEM_UNDO) !== 0) undo[semaphore]! -= change;
    }
  }

  end(process: number): void {
    const undo = this.undos.get(process) ?? [0, 0, 0];
    this.undos.delete(process);
    undo.forEach((change, at) => {
      if (change !== 0)
        this.values[at] = Math.min(MOST_VALUE, Math.max(0, this.values[at]! + change));
    });
  }
}

test('operations are done all or none, and who waits is served as soon as it can be', () => {
  const seed = 11;
  const random = new Random(seed);
  const sets = new SemaphoreSets();
  const set = sets.get(sets.make(options, 3, () => 7))!;
  const model = new Model();
  const waiting: SemaphoreWait[] = [];
  let ended = 0;
  for (let step = 0; step < 3000; step++) {
    const process = step % PROCESSES;
    const undoes = random.below(2) * SEM_UNDO;
    const operations = Array.from({ length: 1 + random.below(3) }, () => ({
      semaphore: random.below(3),
      change: random.below(9) - 4,
      flags: (random.below(3) === 0 ? 0 : IPC_NOWAIT) | undoes,
    }));
    const undo = undoes === 0 ? null : set.undoOf(process);
    const parts = { thread: { wake: () => {} }, process, undo, operations };
    const result = set.operate(parts);
    if (typeof result === 'number') {
      expect([0, -EAGAIN]).toContain(result);
      if (result === 0) model.apply(process, operations);
    } else {
      const wait: SemaphoreWait = { ...parts, result: null, blocking: result };
      set.add(wait);
      waiting.push(wait);
    }
    if (random.below(20) === 0) {
      ended++;
      for (const wait of waiting.splice(0)) {
        if (wait.process === process && wait.result === null) set.remove(wait);
        else waiting.push(wait);
      }
      sets.undo(process);
      model.end(process);
    }
    for (const wait of waiting.splice(0)) {
      if (wait.result === 0) model.apply(wait.process, wait.operations);
      else if (wait.result === null) waiting.push(wait);
    }
    expect([...set.values], `seed ${seed}, step ${step}`).toEqual(model.values);
    expect(Math.min(...set.values)).toBeGreaterThanOrEqual(0);
  }
  expect(ended).toBeGreaterThan(50);
  expect(waiting.length).toBeGreaterThan(0);
  sets.remove(set);
  expect(waiting.every(({ result }) => result !== null)).toBe(true);
});

test('what is to be undone has an end, and goes with its process or its set', () => {
  const sets = new SemaphoreSets();
  const set = sets.get(sets.make(options, MOST_OF_SET, () => 7))!;
  const most = (): number => {
    let process = 0;
    while (set.undoOf(process) !== null) process++;
    return process;
  };
  const first = most();
  expect(first).toBeLessThan(1000);
  expect(set.undoOf(0)).not.toBeNull();
  sets.undo(5);
  expect(set.undoOf(first)).not.toBeNull();
  expect(set.undoOf(first + 1)).toBeNull();
  sets.remove(set);
  const other = sets.get(sets.make(options, MOST_OF_SET, () => 7))!;
  expect(other.undoOf(0)).not.toBeNull();
});

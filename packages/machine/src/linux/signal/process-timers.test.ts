import { expect, test } from 'vitest';
import { TimerQueue } from '../process/timer-queue.ts';
import { IntervalTimer } from './process-timers.ts';

test('timers fire in the order of their times, those of one time as they were set', () => {
  const queue = new TimerQueue();
  const fired: string[] = [];
  for (const [time, name] of [
    [30, 'c'],
    [10, 'a'],
    [30, 'd'],
    [20, 'b'],
  ] as const) {
    queue.set(time, () => fired.push(name));
  }
  const cleared = queue.set(5, () => fired.push('cleared'));
  queue.clear(cleared);
  queue.fire(9);
  expect(fired).toEqual([]);
  expect(queue.next).toBe(10);
  queue.fire(30);
  expect(fired).toEqual(['a', 'b', 'c', 'd']);
  expect(queue.next).toBe(Number.POSITIVE_INFINITY);
});

test('an interval that the clock passed many times expires once, and says how many it missed', () => {
  const queue = new TimerQueue();
  const timer = new IntervalTimer();
  const missed: number[] = [];
  timer.set(queue, 100, 10, (count) => missed.push(count));
  queue.fire(100);
  queue.fire(155);
  expect(missed).toEqual([0, 4]);
  expect(timer.remaining(155)).toBe(5);
  timer.clear();
  expect(timer.remaining(155)).toBe(0);
  queue.fire(1000);
  expect(missed).toHaveLength(2);
});

test('a timer of one nanosecond over a day is one step', () => {
  const queue = new TimerQueue();
  const timer = new IntervalTimer();
  let expiries = 0;
  timer.set(queue, 1, 1, () => expiries++);
  queue.fire(86_400e9);
  expect(expiries).toBe(1);
  expect(queue.next).toBe(86_400e9 + 1);
});

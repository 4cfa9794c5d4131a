import { ResourceLimits } from '@bareheap/platform-posix';
import { expect, test } from 'vitest';
import { dueSignal } from './cpu-limit.ts';
import { SIGKILL, SIGXCPU } from './signal-numbers.ts';

const RLIMIT_CPU = 0;
const SECOND = 1e9;

test('the soft limit tells each second, the hard one ends', () => {
  const limits = new ResourceLimits();
  expect(dueSignal(limits, 1000 * SECOND)).toBe(0);
  expect(limits.set(RLIMIT_CPU, { soft: 1, hard: 3 })).toBe(0);
  expect(dueSignal(limits, SECOND - 1)).toBe(0);
  expect(dueSignal(limits, SECOND)).toBe(SIGXCPU);
  expect(limits.get(RLIMIT_CPU)).toEqual({ soft: 2, hard: 3 });
  expect(dueSignal(limits, SECOND + 1)).toBe(0);
  expect(dueSignal(limits, 2 * SECOND)).toBe(SIGXCPU);
  expect(dueSignal(limits, 3 * SECOND)).toBe(SIGKILL);
});

test('limits that are the same end at once', () => {
  const limits = new ResourceLimits();
  limits.set(RLIMIT_CPU, { soft: 0, hard: 0 });
  expect(dueSignal(limits, 0)).toBe(SIGKILL);
});

import { expect, test } from 'vitest';
import { PendingSignals } from './pending-signals.ts';
import { faultInfo, sentInfo, timerInfo } from './signal-info.ts';
import { SIGRTMIN, SIGSEGV } from './signal-numbers.ts';
import { SignalSet } from './signal-set.ts';

const NONE = new SignalSet();
const sent = (signal: number, process = 1) => sentInfo(signal, 0, process, 1000);

test('a standard signal is there once, a real-time one as often as it was sent', () => {
  const pending = new PendingSignals();
  expect([pending.add(sent(10, 1)), pending.add(sent(10, 2))]).toEqual([true, false]);
  pending.add(sent(SIGRTMIN, 1));
  pending.add(sent(SIGRTMIN, 2));
  expect(pending.count).toBe(3);
  const taken = [1, 2, 3, 4].map(() => pending.take(NONE));
  expect(taken.map((info) => info?.signal)).toEqual([10, SIGRTMIN, SIGRTMIN, undefined]);
  expect(taken[2]!.bytes[16]).toBe(2);
  expect(pending.set.isEmpty).toBe(true);
});

test('what is blocked stays', () => {
  const pending = new PendingSignals();
  pending.add(sent(10));
  pending.add(sent(12));
  expect(pending.take(SignalSet.of(10))!.signal).toBe(12);
  expect(pending.take(SignalSet.of(10))).toBeNull();
  expect(pending.set.has(10)).toBe(true);
});

test('what an instruction caused comes before lower numbers; what was sent does not', () => {
  const pending = new PendingSignals();
  pending.add(sent(1));
  pending.add(faultInfo(SIGSEGV, 1, 0x10));
  expect(pending.takeSynchronous(NONE)!.signal).toBe(SIGSEGV);
  pending.add(sent(SIGSEGV));
  expect(pending.takeSynchronous(NONE)).toBeNull();
});

test('a timer that expires again before its signal is taken counts it', () => {
  const pending = new PendingSignals();
  let overrun = 0;
  pending.add(
    timerInfo(10, 7, new Uint8Array(8), (count) => {
      overrun = count;
    }),
  );
  expect(pending.countOverrun(7, 3)).toBe(true);
  expect(pending.countOverrun(8, 1)).toBe(false);
  expect(overrun).toBe(3);
  expect(new DataView(pending.take(NONE)!.bytes.buffer).getInt32(20, true)).toBe(3);
});

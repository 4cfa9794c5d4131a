/** What poll, select and epoll_wait have in common: waiting for any of several files. */
import type { Thread } from '../../process/thread.ts';
import { SIGNAL_SET_BYTES, SignalSet } from '../../signal/signal-set.ts';
import { EFAULT, EINVAL } from '../errno.ts';
import type { FileDescription } from '../file-description.ts';

/** No limit to how long is waited. */
export const FOREVER: number = Number.POSITIVE_INFINITY;
const SECOND = 1e9;

/** Blocks a call's signals for its time: 0 or a negative error number. */
export function blockSignals(thread: Thread, address: number, size: number): number {
  if (address === 0 || thread.attempt > 0) return 0;
  if (size !== SIGNAL_SET_BYTES) return -EINVAL;
  const bytes = thread.memory.read(address, SIGNAL_SET_BYTES);
  if (bytes === null) return -EFAULT;
  thread.signals.blockDuring(SignalSet.from(bytes));
  return 0;
}

/**
 * Waits until `collect` finds something, a negative error number too, or until the timeout:
 * its result, 0, or BLOCKED.
 *
 * @param timeout  ns; 0 does not wait
 */
export function waitForAny(
  thread: Thread,
  files: readonly FileDescription[],
  timeout: number,
  collect: () => number,
): number {
  const count = collect();
  if (count !== 0 || timeout === 0 || thread.timedOut) return count;
  thread.interruption = 'handler';
  const queues = files.flatMap((file) => file.queues);
  const result = thread.block(queues, thread.process.kernel.now + timeout);
  // A signal that was pending and is let through now does not come again.
  if (hasSignal(thread)) thread.wake();
  return result;
}

function hasSignal({ signals, process }: Thread): boolean {
  const pending = signals.pending.set.union(process.signals.pending.set);
  return !pending.without(signals.blocked).isEmpty;
}

/** A duration of two words, the second one in parts of a second: ns, or a negative error number. */
export function readTimeout(thread: Thread, address: number, partsPerSecond: number): number {
  const seconds = thread.memory.word(address);
  const parts = thread.memory.word(address + 8);
  if (seconds === null || parts === null) return -EFAULT;
  const isTimeval = partsPerSecond === 1e6;
  if (seconds < 0 || parts < 0 || (!isTimeval && parts >= partsPerSecond)) return -EINVAL;
  return seconds * SECOND + parts * (SECOND / partsPerSecond);
}

/** Tells how much of a timeout is left, as Linux does and POSIX does not; BLOCKED tells later. */
export function storeRest(
  thread: Thread,
  address: number,
  deadline: number,
  partsPerSecond: number,
): void {
  const rest = Math.max(0, deadline - thread.process.kernel.now);
  const seconds = Math.floor(rest / SECOND);
  thread.memory.storeWord(address, seconds);
  const parts = Math.floor((rest - seconds * SECOND) / (SECOND / partsPerSecond));
  thread.memory.storeWord(address + 8, parts);
}

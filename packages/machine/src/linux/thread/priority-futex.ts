/**
 * Futexes that are locks: the word holds the owner's thread number, and the kernel hands it on.
 * There are no priorities here, so whoever waits longest is next.
 *
 * @see kernel/futex/pi.c
 */
import { EAGAIN, EFAULT, EPERM, ESRCH } from '../file/errno.ts';
import type { Thread } from '../process/thread.ts';
import { ALL_BITS, type FutexKey, type FutexWaiter } from './futex-table.ts';

const EDEADLK = 35;
const ETIMEDOUT = 110;
const WAITERS = 0x80000000 | 0;
export const OWNER_DIED = 0x40000000;
export const OWNER_MASK = 0x3fffffff;

/** Takes the lock if it is free: 0, an error number, or null where somebody else has it. */
function take(thread: Thread, address: number, key: FutexKey): number | null {
  const { memory, process } = thread;
  const word = memory.i32(address);
  if (word === null) return -EFAULT;
  const owner = word & OWNER_MASK;
  if (owner === thread.id) return -EDEADLK;
  if (owner !== 0) {
    return [...process.kernel.threads].some(({ id }) => id === owner) ? null : -ESRCH;
  }
  const waits = process.kernel.futexes.waiters(key).length > 0 ? WAITERS : 0;
  return memory.storeU32(address, thread.id | waits | (word & OWNER_DIED)) ? 0 : -EFAULT;
}

export function lockPi(thread: Thread, address: number, key: FutexKey, deadline: number): number {
  const { futexes } = thread.process.kernel;
  const waiting = thread.kept as FutexWaiter | null;
  if (waiting?.isWoken) return 0;
  if (thread.timedOut) return -ETIMEDOUT;
  if (waiting === null) {
    const taken = take(thread, address, key);
    if (taken !== null) return taken;
    const word = thread.memory.i32(address)!;
    if (!thread.memory.storeU32(address, word | WAITERS)) return -EFAULT;
    const waiter: FutexWaiter = { thread, bits: ALL_BITS, key, isWoken: false };
    futexes.add(waiter);
    thread.kept = waiter;
    thread.onFinish = () => futexes.remove(waiter);
  }
  return thread.block([], deadline);
}

export function tryLockPi(thread: Thread, address: number, key: FutexKey): number {
  return take(thread, address, key) ?? -EAGAIN;
}

export function unlockPi(thread: Thread, address: number, key: FutexKey): number {
  const { memory, process } = thread;
  const word = memory.i32(address);
  if (word === null) return -EFAULT;
  if ((word & OWNER_MASK) !== thread.id) return -EPERM;
  return handOn(memory, process.kernel.futexes, address, key, 0) ? 0 : -EFAULT;
}

/** Gives the lock to who waits longest; `died` is kept in the word. */
export function handOn(
  memory: Thread['memory'],
  futexes: Thread['process']['kernel']['futexes'],
  address: number,
  key: FutexKey,
  died: number,
): boolean {
  const [next, ...others] = futexes.waiters(key);
  const word = next === undefined ? 0 : next.thread.id | (others.length > 0 ? WAITERS : 0);
  if (!memory.storeU32(address, word | died)) return false;
  if (next !== undefined) futexes.wakeOne(next);
  return true;
}

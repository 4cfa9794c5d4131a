/**
 * The list of locks that a thread holds: when it ends, each is marked as its owner's death, and one
 * who waits is woken.
 *
 * ```
 * head: 0 next entry   8 offset from an entry to its futex   16 entry being locked or unlocked
 * ```
 *
 * @see kernel/futex/core.c: exit_robust_list, handle_futex_death
 */
import type { Thread } from '../process/thread.ts';

export const ROBUST_HEAD_BYTES = 24;
/** A list that is longer is taken for a loop. */
const MOST_ENTRIES = 2048;
const WAITERS = 0x80000000;
const OWNER_DIED = 0x40000000;
const OWNER_MASK = 0x3fffffff;
const WORD_BYTES = 4;

/** Gives up the locks of a thread that ends. */
export function releaseRobustList(thread: Thread): void {
  const { robustList, memory } = thread;
  if (robustList === 0) return;
  thread.robustList = 0;
  const offset = memory.word(robustList + 8);
  const pending = memory.word(robustList + 16);
  let entry = memory.word(robustList);
  if (offset === null || pending === null) return;
  for (let count = 0; entry !== null && count < MOST_ENTRIES; count++) {
    const at = withoutMark(entry);
    if (at === robustList) break;
    const next = memory.word(at);
    // The entry being worked on comes last, once.
    if (at !== withoutMark(pending) && !release(thread, at + offset, false)) return;
    entry = next;
  }
  if (withoutMark(pending) !== 0) release(thread, withoutMark(pending) + offset, true);
}

/** The lowest bit of an entry says that its futex hands on priorities. */
function withoutMark(entry: number): number {
  return entry - (entry % 2);
}

function release(thread: Thread, address: number, isPending: boolean): boolean {
  const { memory, space, process } = thread;
  if (address % WORD_BYTES !== 0) return false;
  const word = memory.u32(address);
  if (word === null) return false;
  const { futexes } = process.kernel;
  const key = futexes.keyOf(space, address, false);
  if (isPending && word === 0) futexes.wake(key, 1);
  if ((word & OWNER_MASK) !== thread.id) return true;
  const waits = word & WAITERS;
  if (!memory.storeU32(address, waits | OWNER_DIED)) return false;
  if (waits !== 0) futexes.wake(key, 1);
  return true;
}

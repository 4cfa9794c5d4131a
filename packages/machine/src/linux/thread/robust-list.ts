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
import { handOn, OWNER_DIED, OWNER_MASK } from './priority-futex.ts';

export const ROBUST_HEAD_BYTES = 24;
/** A list that is longer is taken for a loop. */
const MOST_ENTRIES = 2048;
const WAITERS = 0x80000000;
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
    if (at !== withoutMark(pending) && !release(thread, entry, offset, false)) return;
    entry = next;
  }
  if (withoutMark(pending) !== 0) release(thread, pending, offset, true);
}

/** The lowest bit of an entry says that its futex hands on priorities. */
function isPriority(entry: number): boolean {
  return entry % 2 !== 0;
}

function withoutMark(entry: number): number {
  return isPriority(entry) ? entry - 1 : entry;
}

function release(thread: Thread, entry: number, offset: number, isPending: boolean): boolean {
  const address = withoutMark(entry) + offset;
  const { memory, space, process } = thread;
  if (address % WORD_BYTES !== 0) return false;
  const word = memory.u32(address);
  if (word === null) return false;
  const { futexes } = process.kernel;
  const key = futexes.keyOf(space, address, false);
  if (isPending && !isPriority(entry) && word === 0) futexes.wake(key, 1);
  if ((word & OWNER_MASK) !== thread.id) return true;
  if (isPriority(entry)) return handOn(memory, futexes, address, key, OWNER_DIED);
  const waits = word & WAITERS;
  if (!memory.storeU32(address, waits | OWNER_DIED)) return false;
  if (waits !== 0) futexes.wake(key, 1);
  return true;
}

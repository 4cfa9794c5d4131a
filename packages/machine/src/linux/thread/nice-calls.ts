/**
 * getpriority and setpriority: how nice threads say to be. It is told, and the scheduler, which
 * gives everybody the same turns, does not look at it.
 *
 * @see kernel/sys.c: set_one_prio of Linux 6.18; nice(2)
 */
import { EACCES, EINVAL, ESRCH } from '../file/errno.ts';
import type { Thread } from '../process/thread.ts';
import type { SystemCall, Words } from '../system-call.ts';

const [PRIO_PROCESS, PRIO_PGRP, PRIO_USER] = [0, 1, 2] as const;
const LEAST = -20;
const MOST = 19;
/** RLIMIT_NICE, in which a niceness n counts as 20 - n. */
const RLIMIT_NICE = 13;
const BASE = 20;

/** The threads that two arguments name; null where the first is no kind of theirs. */
function named(thread: Thread, words: Words): Thread[] | null {
  const who = words[1]! | 0;
  const { process } = thread;
  const all = [...process.kernel.threads];
  switch (words[0]! | 0) {
    case PRIO_PROCESS:
      return all.filter(({ id }) => id === (who === 0 ? thread.id : who));
    case PRIO_PGRP:
      return all.filter((one) => one.process.groupId === (who === 0 ? process.groupId : who));
    case PRIO_USER:
      return who === 0 || who === process.kernel.userId ? all : [];
    default:
      return null;
  }
}

/** 20 less the niceness, so that no result is an error: of the least nice one. */
function get(thread: Thread, words: Words): number {
  const threads = named(thread, words);
  if (threads === null) return -EINVAL;
  return threads.length === 0 ? -ESRCH : BASE - Math.min(...threads.map(({ nice }) => nice));
}

function set(thread: Thread, words: Words): number {
  const threads = named(thread, words);
  if (threads === null) return -EINVAL;
  const nice = Math.min(MOST, Math.max(LEAST, words[2]! | 0));
  const isAllowed = BASE - nice <= thread.space.limits.soft(RLIMIT_NICE);
  let result = -ESRCH;
  for (const one of threads) {
    if (nice < one.nice && !isAllowed) {
      result = -EACCES;
      continue;
    }
    one.nice = nice;
    if (result === -ESRCH) result = 0;
  }
  return result;
}

export const NICE_CALLS: readonly SystemCall[] = [
  {
    name: 'getpriority',
    number: 140,
    arguments: ['int', 'process'],
    result: 'int',
    call: get,
  },
  {
    name: 'setpriority',
    number: 141,
    arguments: ['int', 'process', 'int'],
    result: 'int',
    call: set,
  },
];

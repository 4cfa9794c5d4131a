/**
 * Calls about threads: numbers, lists of locks, and a scheduler that has one processor and no
 * priorities.
 *
 * @see kernel/sched/syscalls.c, kernel/fork.c, kernel/futex/syscalls.c of Linux 6.18
 */
import { EFAULT, EINVAL, EPERM, ESRCH } from '../file/errno.ts';
import type { Thread } from '../process/thread.ts';
import type { SystemCall, Words } from '../system-call.ts';
import { ROBUST_HEAD_BYTES } from './robust-list.ts';

const SCHED_OTHER = 0;
/** SCHED_BATCH and SCHED_IDLE: as ordinary as SCHED_OTHER. */
const ORDINARY_POLICIES: ReadonlySet<number> = new Set([0, 3, 5]);
/** SCHED_FIFO and SCHED_RR, for privileged users only, with their priorities. */
const REAL_TIME_POLICIES: ReadonlySet<number> = new Set([1, 2]);
const REAL_TIME_PRIORITY_MAX = 99;
const RESET_ON_FORK = 0x40000000;
/** One processor, number 0, of the kernel's eight-byte mask. */
const PROCESSOR_MASK = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);

/** A thread by its number; 0 is the caller itself. */
function threadOf(thread: Thread, id: number): Thread | null {
  if (id === 0 || id === thread.id) return thread;
  for (const other of thread.process.kernel.threads) if (other.id === id) return other;
  return null;
}

function setRobustList(thread: Thread, words: Words): number {
  if (words[1] !== ROBUST_HEAD_BYTES) return -EINVAL;
  thread.robustList = words[0]!;
  return 0;
}

function getRobustList(thread: Thread, words: Words): number {
  const target = threadOf(thread, words[0]! | 0);
  if (target === null) return -ESRCH;
  const { memory } = thread;
  if (!memory.storeWord(words[2]!, ROBUST_HEAD_BYTES)) return -EFAULT;
  return memory.storeWord(words[1]!, target.robustList) ? 0 : -EFAULT;
}

function getAffinity(thread: Thread, words: Words): number {
  const size = words[1]!;
  if (size < PROCESSOR_MASK.length || size % 8 !== 0) return -EINVAL;
  if (threadOf(thread, words[0]! | 0) === null) return -ESRCH;
  return thread.memory.write(words[2]!, PROCESSOR_MASK) ? PROCESSOR_MASK.length : -EFAULT;
}

function setAffinity(thread: Thread, words: Words): number {
  const size = Math.min(words[1]!, PROCESSOR_MASK.length);
  const mask = size <= 0 ? new Uint8Array(1) : thread.memory.read(words[2]!, size);
  if (mask === null) return -EFAULT;
  if (threadOf(thread, words[0]! | 0) === null) return -ESRCH;
  return (mask[0]! & 1) === 0 ? -EINVAL : 0;
}

function getParameters(thread: Thread, words: Words): number {
  const id = words[0]! | 0;
  if (words[1] === 0 || id < 0) return -EINVAL;
  if (threadOf(thread, id) === null) return -ESRCH;
  return thread.memory.storeU32(words[1]!, 0) ? 0 : -EFAULT;
}

function setScheduler(thread: Thread, id: number, policy: number, address: number): number {
  if (address === 0 || id < 0) return -EINVAL;
  const priority = thread.memory.i32(address);
  if (priority === null) return -EFAULT;
  if (threadOf(thread, id) === null) return -ESRCH;
  const plain = policy & ~RESET_ON_FORK;
  if (REAL_TIME_POLICIES.has(plain)) {
    return priority >= 1 && priority <= REAL_TIME_PRIORITY_MAX ? -EPERM : -EINVAL;
  }
  return ORDINARY_POLICIES.has(plain) && priority === 0 ? 0 : -EINVAL;
}

function getScheduler(thread: Thread, words: Words): number {
  const id = words[0]! | 0;
  if (id < 0) return -EINVAL;
  return threadOf(thread, id) === null ? -ESRCH : SCHED_OTHER;
}

const priorityLimit =
  (realTime: number) =>
  (_: Thread, words: Words): number => {
    const policy = words[0]! | 0;
    if (REAL_TIME_POLICIES.has(policy)) return realTime;
    return ORDINARY_POLICIES.has(policy) || policy === 6 ? 0 : -EINVAL;
  };

function getProcessor(thread: Thread, words: Words): number {
  const { memory } = thread;
  const places = [words[0]!, words[1]!].filter((address) => address !== 0);
  return places.every((address) => memory.storeU32(address, 0)) ? 0 : -EFAULT;
}

export const THREAD_CALLS: readonly SystemCall[] = [
  {
    name: 'sched_yield',
    number: 24,
    arguments: [],
    result: 'int',
    call: (thread) => {
      thread.yields = true;
      return 0;
    },
  },
  {
    name: 'sched_setparam',
    number: 142,
    arguments: ['process', 'address'],
    result: 'int',
    call: (thread, words) => setScheduler(thread, words[0]! | 0, SCHED_OTHER, words[1]!),
  },
  {
    name: 'sched_getparam',
    number: 143,
    arguments: ['process', 'sched-param-out'],
    result: 'int',
    call: getParameters,
  },
  {
    name: 'sched_setscheduler',
    number: 144,
    arguments: ['process', 'int', 'address'],
    result: 'int',
    call: (thread, words) => setScheduler(thread, words[0]! | 0, words[1]! | 0, words[2]!),
  },
  {
    name: 'sched_getscheduler',
    number: 145,
    arguments: ['process'],
    result: 'int',
    call: getScheduler,
  },
  {
    name: 'sched_get_priority_max',
    number: 146,
    arguments: ['int'],
    result: 'int',
    call: priorityLimit(REAL_TIME_PRIORITY_MAX),
  },
  {
    name: 'sched_get_priority_min',
    number: 147,
    arguments: ['int'],
    result: 'int',
    call: priorityLimit(1),
  },
  { name: 'gettid', number: 186, arguments: [], result: 'int', call: ({ id }) => id },
  {
    name: 'sched_setaffinity',
    number: 203,
    arguments: ['process', 'size', 'address'],
    result: 'int',
    call: setAffinity,
  },
  {
    name: 'sched_getaffinity',
    number: 204,
    arguments: ['process', 'size', 'cpu-set-out'],
    result: 'int',
    call: getAffinity,
  },
  {
    name: 'set_tid_address',
    number: 218,
    arguments: ['address'],
    result: 'int',
    call: (thread, words) => {
      thread.clearChildId = words[0]!;
      return thread.id;
    },
  },
  {
    name: 'set_robust_list',
    number: 273,
    arguments: ['address', 'size'],
    result: 'int',
    call: setRobustList,
  },
  {
    name: 'get_robust_list',
    number: 274,
    arguments: ['process', 'robust-list', 'words-out'],
    result: 'int',
    call: getRobustList,
  },
  {
    name: 'getcpu',
    number: 309,
    arguments: ['int-out', 'int-out', 'address'],
    result: 'int',
    call: getProcessor,
  },
];

/**
 * Calls about time, which is the guest's own: a nanosecond an instruction, and what was slept.
 *
 * @see kernel/time/posix-timers.c, time.c and hrtimer.c of Linux 6.18
 */
import { EFAULT, EINVAL, EOPNOTSUPP, EPERM } from '../file/errno.ts';
import { START_SECONDS } from '../process/kernel.ts';
import { ownUsage, usageBytes } from '../process/resource-usage.ts';
import type { Thread } from '../process/thread.ts';
import { readDuration } from '../signal/signal-calls.ts';
import type { SystemCall, Words } from '../system-call.ts';

const SECOND = 1e9;
const MICROSECOND = 1e3;
/** Nanoseconds of a clock tick, and of the coarse clocks' steps. */
const TICK = 10e6;
const COARSE_STEP = 4e6;
const TIMER_ABSTIME = 1;
const WORD = 8;

interface Clock {
  /** Nanoseconds that it shows, beyond `base` seconds. */
  readonly read: (thread: Thread) => number;
  /** Seconds that it was ahead of the guest's clock from the start. */
  readonly base: number;
  readonly resolution: number;
  /** Whether clock_nanosleep knows it. */
  readonly canSleep: boolean;
}

const now = (thread: Thread): number => thread.process.kernel.now;
const coarse = (thread: Thread): number => Math.floor(now(thread) / COARSE_STEP) * COARSE_STEP;
const monotonic: Clock = { read: now, base: 0, resolution: 1, canSleep: true };

const CLOCKS: readonly (Clock | undefined)[] = [
  { read: now, base: START_SECONDS, resolution: 1, canSleep: true },
  monotonic,
  { read: ({ process }) => process.cpuTime, base: 0, resolution: 1, canSleep: false },
  { read: ({ cpuTime }) => cpuTime, base: 0, resolution: 1, canSleep: false },
  { ...monotonic, canSleep: false },
  { read: coarse, base: START_SECONDS, resolution: COARSE_STEP, canSleep: false },
  { read: coarse, base: 0, resolution: COARSE_STEP, canSleep: false },
  monotonic,
  { read: now, base: START_SECONDS, resolution: 1, canSleep: false },
  monotonic,
  undefined,
  { read: now, base: START_SECONDS, resolution: 1, canSleep: true },
];

function storeTime(thread: Thread, address: number, nanoseconds: number, base: number): boolean {
  const { memory } = thread;
  const seconds = Math.floor(nanoseconds / SECOND);
  return (
    memory.storeWord(address, base + seconds) &&
    memory.storeWord(address + WORD, nanoseconds - seconds * SECOND)
  );
}

/**
 * A clock of a process or thread: its number is the owner's, inverted, times eight, with the kind
 * in the low bits. Only the caller's own are known here.
 */
function ownClock(thread: Thread, id: number): Clock | undefined {
  const owner = ~(id >> 3);
  const kind = id & 7;
  const isThread = (kind & 4) !== 0;
  if ((kind & 3) === 3) return undefined;
  if (owner === 0 || owner === (isThread ? thread.id : thread.process.id)) {
    return CLOCKS[isThread ? 3 : 2];
  }
  return undefined;
}

export function clockOf(thread: Thread, id: number): Clock | undefined {
  return id < 0 ? ownClock(thread, id) : CLOCKS[id];
}

function getTime(thread: Thread, words: Words): number {
  const clock = clockOf(thread, words[0]! | 0);
  if (clock === undefined) return -EINVAL;
  return storeTime(thread, words[1]!, clock.read(thread), clock.base) ? 0 : -EFAULT;
}

function getResolution(thread: Thread, words: Words): number {
  const clock = clockOf(thread, words[0]! | 0);
  if (clock === undefined) return -EINVAL;
  if (words[1] === 0) return 0;
  return storeTime(thread, words[1]!, clock.resolution, 0) ? 0 : -EFAULT;
}

function setTime(thread: Thread, words: Words): number {
  const clock = clockOf(thread, words[0]! | 0);
  if (clock === undefined) return -EINVAL;
  const time = readDuration(thread, words[1]!);
  if (time < 0) return time;
  return clock.base === 0 ? -EINVAL : -EPERM;
}

function sleepUntil(thread: Thread, deadline: number, remainder: number): number {
  const { kernel } = thread.process;
  if (thread.timedOut || (thread.attempt === 0 && deadline <= kernel.now)) return 0;
  thread.interruption = 'handler';
  if (remainder !== 0) {
    thread.onInterrupt = () => {
      storeTime(thread, remainder, Math.max(0, thread.deadline - kernel.now), 0);
    };
  }
  return thread.block([], deadline);
}

function nanosleep(thread: Thread, words: Words): number {
  const time = readDuration(thread, words[0]!);
  if (time < 0) return time;
  return sleepUntil(thread, now(thread) + time, words[1]!);
}

function clockNanosleep(thread: Thread, words: Words): number {
  const id = words[0]! | 0;
  const clock = clockOf(thread, id);
  if (clock === undefined) return -EINVAL;
  if (!clock.canSleep) return -EOPNOTSUPP;
  const time = readDuration(thread, words[2]!);
  if (time < 0) return time;
  if ((words[1]! & TIMER_ABSTIME) === 0) return sleepUntil(thread, now(thread) + time, words[3]!);
  return sleepUntil(thread, time - clock.base * SECOND, 0);
}

function getTimeOfDay(thread: Thread, words: Words): number {
  const { memory } = thread;
  const { seconds, nanoseconds } = thread.process.kernel.wallClock;
  if (words[0] !== 0) {
    const stored =
      memory.storeWord(words[0]!, seconds) &&
      memory.storeWord(words[0]! + WORD, Math.floor(nanoseconds / MICROSECOND));
    if (!stored) return -EFAULT;
  }
  // The zone: west of Greenwich by 0 minutes.
  return words[1] === 0 || memory.storeWord(words[1]!, 0) ? 0 : -EFAULT;
}

function time(thread: Thread, words: Words): number {
  const { seconds } = thread.process.kernel.wallClock;
  if (words[0] !== 0 && !thread.memory.storeWord(words[0]!, seconds)) return -EFAULT;
  return seconds;
}

function times(thread: Thread, words: Words): number {
  const { memory, process } = thread;
  const ticks = [process.cpuTime, 0, process.childrenUsage.nanoseconds, 0];
  const stored =
    words[0] === 0 ||
    ticks.every((value, index) =>
      memory.storeWord(words[0]! + index * WORD, Math.floor(value / TICK)),
    );
  return stored ? Math.floor(process.kernel.now / TICK) : -EFAULT;
}

/** RUSAGE_CHILDREN, RUSAGE_SELF, RUSAGE_THREAD. */
const USAGES: Readonly<Record<number, (thread: Thread) => Uint8Array>> = {
  [-1]: ({ process }) => usageBytes(process.childrenUsage),
  0: ({ process }) => usageBytes(ownUsage(process)),
  1: ({ process, cpuTime }) => usageBytes({ ...ownUsage(process), nanoseconds: cpuTime }),
};

function getUsage(thread: Thread, words: Words): number {
  const usage = USAGES[words[0]! | 0];
  if (usage === undefined) return -EINVAL;
  return thread.memory.write(words[1]!, usage(thread)) ? 0 : -EFAULT;
}

export const TIME_CALLS: readonly SystemCall[] = [
  {
    name: 'nanosleep',
    number: 35,
    arguments: ['timespec-in', 'timespec-out'],
    result: 'int',
    call: nanosleep,
  },
  {
    name: 'gettimeofday',
    number: 96,
    arguments: ['timeval-out', 'address'],
    result: 'int',
    call: getTimeOfDay,
  },
  {
    name: 'getrusage',
    number: 98,
    arguments: ['rusage-who', 'rusage-out'],
    result: 'int',
    call: getUsage,
  },
  { name: 'times', number: 100, arguments: ['times-out'], result: 'int', call: times },
  { name: 'time', number: 201, arguments: ['words-out'], result: 'int', call: time },
  {
    name: 'clock_settime',
    number: 227,
    arguments: ['clock', 'timespec-in'],
    result: 'int',
    call: setTime,
  },
  {
    name: 'clock_gettime',
    number: 228,
    arguments: ['clock', 'timespec-out'],
    result: 'int',
    call: getTime,
  },
  {
    name: 'clock_getres',
    number: 229,
    arguments: ['clock', 'timespec-out'],
    result: 'int',
    call: getResolution,
  },
  {
    name: 'clock_nanosleep',
    number: 230,
    arguments: ['clock', 'clock-flags', 'timespec-in', 'timespec-out'],
    result: 'int',
    call: clockNanosleep,
  },
];

/**
 * Calls that make signals come at a time.
 *
 * @see kernel/time/itimer.c, posix-timers.c of Linux 6.18
 */
import { EAGAIN, EFAULT, EINVAL } from '../file/errno.ts';
import { START_SECONDS } from '../process/kernel.ts';
import type { Thread } from '../process/thread.ts';
import type { TimerQueue } from '../process/timer-queue.ts';
import type { SystemCall, Words } from '../system-call.ts';
import { type IntervalTimer, PosixTimer, type TimerNotice } from './process-timers.ts';
import { sendSignal, sendThreadSignal } from './send-signal.ts';
import { readDuration } from './signal-calls.ts';
import { kernelInfo, timerInfo } from './signal-info.ts';
import { SIGALRM, SIGNAL_MAX, SIGPROF, SIGVTALRM } from './signal-numbers.ts';

const SECOND = 1e9;
const MICROSECOND = 1e3;
const WORD = 8;
const TIMER_ABSTIME = 1;
/** How timer_create wants to be told. */
const [SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD_ID] = [0, 1, 4];
const EVENT_BYTES = 64;
const MOST_TIMERS = 1024;
const MOST_OVERRUN = 0x7fffffff;
/** CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, and the alarm clocks of the first and last. */
const TIMER_CLOCKS: ReadonlySet<number> = new Set([0, 1, 7]);
/** CLOCK_PROCESS_CPUTIME_ID. */
const PROCESS_CLOCK = 2;

/** Signals of ITIMER_REAL, ITIMER_VIRTUAL and ITIMER_PROF. */
const INTERVAL_SIGNALS = [SIGALRM, SIGVTALRM, SIGPROF];

/** The queue that an interval timer counts in, and its time now. */
function timeOf({ process }: Thread, which: number): { queue: TimerQueue; now: number } {
  if (which === 0) return { queue: process.kernel.timers, now: process.kernel.now };
  return { queue: process.timers.ownTime, now: process.cpuTime };
}

function setInterval(thread: Thread, which: number, value: number, interval: number): void {
  const { process } = thread;
  const timer = process.timers.intervals[which]!;
  const { queue, now } = timeOf(thread, which);
  if (value === 0) timer.clear();
  else {
    const info = kernelInfo(INTERVAL_SIGNALS[which]!);
    timer.set(queue, now + value, interval, () => {
      sendSignal(process, info);
    });
  }
}

function alarm(thread: Thread, words: Words): number {
  const timer = thread.process.timers.intervals[0]!;
  const left = timer.remaining(thread.process.kernel.now);
  setInterval(thread, 0, (words[0]! >>> 0) * SECOND, 0);
  // Rounded, but never to 0 while there is something left.
  return left === 0 ? 0 : Math.max(1, Math.round(left / SECOND));
}

/** A timeval in memory as nanoseconds, or a negative error number. */
function readTimeval(thread: Thread, address: number): number {
  const seconds = thread.memory.word(address);
  const microseconds = thread.memory.word(address + WORD);
  if (seconds === null || microseconds === null) return -EFAULT;
  if (seconds < 0 || microseconds < 0 || microseconds >= 1e6) return -EINVAL;
  return seconds * SECOND + microseconds * MICROSECOND;
}

function storeInterval(thread: Thread, address: number, timer: IntervalTimer, which: number) {
  const { memory } = thread;
  const times = [timer.interval, timer.remaining(timeOf(thread, which).now)];
  return times.every((time, index) => {
    const microseconds = Math.ceil(time / MICROSECOND);
    const seconds = Math.floor(microseconds / 1e6);
    const at = address + index * 2 * WORD;
    return (
      memory.storeWord(at, seconds) && memory.storeWord(at + WORD, microseconds - seconds * 1e6)
    );
  });
}

function getitimer(thread: Thread, words: Words): number {
  const which = words[0]! | 0;
  const timer = thread.process.timers.intervals[which];
  if (timer === undefined) return -EINVAL;
  return storeInterval(thread, words[1]!, timer, which) ? 0 : -EFAULT;
}

function setitimer(thread: Thread, words: Words): number {
  const which = words[0]! | 0;
  const address = words[1]!;
  const interval = address === 0 ? 0 : readTimeval(thread, address);
  const value = address === 0 ? 0 : readTimeval(thread, address + 2 * WORD);
  if (interval < 0 || value < 0) return Math.min(interval, value);
  const timer = thread.process.timers.intervals[which];
  if (timer === undefined) return -EINVAL;
  if (words[2] !== 0 && !storeInterval(thread, words[2]!, timer, which)) return -EFAULT;
  setInterval(thread, which, value, interval);
  return 0;
}

/** What a sigevent asks for, or a negative error number. */
function readNotice(thread: Thread, clock: number, address: number): TimerNotice | number {
  if (address === 0) return { clock, signal: SIGALRM, value: new Uint8Array(8), thread: null };
  const bytes = thread.memory.read(address, EVENT_BYTES);
  if (bytes === null) return -EFAULT;
  const view = new DataView(bytes.buffer);
  const signal = view.getInt32(8, true);
  const how = view.getInt32(12, true);
  const value = bytes.slice(0, 8);
  if (how === SIGEV_NONE) return { clock, signal: 0, value, thread: null };
  if (how !== SIGEV_SIGNAL && how !== SIGEV_THREAD_ID) return -EINVAL;
  if (signal < 1 || signal > SIGNAL_MAX) return -EINVAL;
  const id = how === SIGEV_THREAD_ID ? view.getInt32(16, true) : null;
  if (id !== null && !thread.process.threads.some((other) => other.id === id)) return -EINVAL;
  return { clock, signal, value, thread: id };
}

function timerCreate(thread: Thread, words: Words): number {
  const clock = words[0]! | 0;
  const { made } = thread.process.timers;
  if (!TIMER_CLOCKS.has(clock) && clock !== PROCESS_CLOCK) return -EINVAL;
  const notice = readNotice(thread, clock, words[1]!);
  if (typeof notice === 'number') return notice;
  if (made.size >= MOST_TIMERS) return -EAGAIN;
  let id = 0;
  while (made.has(id)) id++;
  if (!thread.memory.storeU32(words[2]!, id)) return -EFAULT;
  const timer = new PosixTimer(notice);
  // Without an event the signal's value is the timer's number.
  if (words[1] === 0) new DataView(notice.value.buffer).setInt32(0, id, true);
  made.set(id, timer);
  return 0;
}

function timerTime(
  { process }: Thread,
  { notice }: PosixTimer,
): { queue: TimerQueue; now: number } {
  if (notice.clock !== PROCESS_CLOCK)
    return { queue: process.kernel.timers, now: process.kernel.now };
  return { queue: process.timers.ownTime, now: process.cpuTime };
}

function storeTimer(thread: Thread, address: number, timer: PosixTimer): boolean {
  const { memory } = thread;
  const times = [timer.interval, timer.remaining(timerTime(thread, timer).now)];
  return times.every((time, index) => {
    const seconds = Math.floor(time / SECOND);
    const at = address + index * 2 * WORD;
    return memory.storeWord(at, seconds) && memory.storeWord(at + WORD, time - seconds * SECOND);
  });
}

function timerSet(thread: Thread, words: Words): number {
  if (words[2] === 0) return -EINVAL;
  const interval = readDuration(thread, words[2]!);
  const value = readDuration(thread, words[2]! + 2 * WORD);
  if (interval < 0 || value < 0) return Math.min(interval, value);
  const id = words[0]! | 0;
  const timer = thread.process.timers.made.get(id);
  if (timer === undefined) return -EINVAL;
  if (words[3] !== 0 && !storeTimer(thread, words[3]!, timer)) return -EFAULT;
  const { queue, now } = timerTime(thread, timer);
  timer.clear();
  timer.overrun = 0;
  if (value === 0) return 0;
  const isAbsolute = (words[1]! & TIMER_ABSTIME) !== 0;
  const base = timer.notice.clock === 0 ? START_SECONDS * SECOND : 0;
  const time = isAbsolute ? Math.max(0, value - base) : now + value;
  timer.set(queue, time, interval, (missed) => expire(thread, id, timer, missed));
  return 0;
}

/** Tells of an expiry; where the last one was not taken yet, it only counts. */
function expire({ process }: Thread, id: number, timer: PosixTimer, missed: number): void {
  const { signal, value, thread: receiver } = timer.notice;
  if (signal === 0) return;
  const target = process.threads.find((other) => other.id === receiver);
  const pending = target?.signals.pending ?? process.signals.pending;
  if (pending.countOverrun(id, missed + 1)) return;
  timer.overrun = Math.min(MOST_OVERRUN, missed);
  const info = timerInfo(signal, id, value, (overrun) => {
    timer.overrun = Math.min(MOST_OVERRUN, overrun);
  });
  info.addOverrun(missed);
  if (target !== undefined) sendThreadSignal(target, info);
  else if (receiver === null) sendSignal(process, info);
}

function timerGet(thread: Thread, words: Words): number {
  const timer = thread.process.timers.made.get(words[0]! | 0);
  if (timer === undefined) return -EINVAL;
  return storeTimer(thread, words[1]!, timer) ? 0 : -EFAULT;
}

function timerDelete(thread: Thread, words: Words): number {
  const { made } = thread.process.timers;
  const timer = made.get(words[0]! | 0);
  if (timer === undefined) return -EINVAL;
  timer.clear();
  made.delete(words[0]! | 0);
  return 0;
}

export const TIMER_CALLS: readonly SystemCall[] = [
  {
    name: 'getitimer',
    number: 36,
    arguments: ['int', 'itimerval-out'],
    result: 'int',
    call: getitimer,
  },
  { name: 'alarm', number: 37, arguments: ['unsigned'], result: 'int', call: alarm },
  {
    name: 'setitimer',
    number: 38,
    arguments: ['int', 'itimerval-in', 'itimerval-out'],
    result: 'int',
    call: setitimer,
  },
  {
    name: 'timer_create',
    number: 222,
    arguments: ['clock', 'address', 'int-out'],
    result: 'int',
    call: timerCreate,
  },
  {
    name: 'timer_settime',
    number: 223,
    arguments: ['int', 'clock-flags', 'address', 'address'],
    result: 'int',
    call: timerSet,
  },
  {
    name: 'timer_gettime',
    number: 224,
    arguments: ['int', 'address'],
    result: 'int',
    call: timerGet,
  },
  {
    name: 'timer_getoverrun',
    number: 225,
    arguments: ['int'],
    result: 'int',
    call: (thread, words) => thread.process.timers.made.get(words[0]! | 0)?.overrun ?? -EINVAL,
  },
  { name: 'timer_delete', number: 226, arguments: ['int'], result: 'int', call: timerDelete },
];

/**
 * Open files that no path leads to: pipes, counters, timers, memory.
 * @table
 * @see fs/pipe.c, fs/eventfd.c, fs/timerfd.c, mm/memfd.c of Linux 6.18
 */
import { type MappableFile, memfdCreate } from '@bareheap/platform-posix';
import { START_SECONDS } from '../../process/kernel.ts';
import type { Thread } from '../../process/thread.ts';
import type { PendingSignals } from '../../signal/pending-signals.ts';
import { SIGNAL_SET_BYTES, SignalSet } from '../../signal/signal-set.ts';
import type { SystemCall } from '../../system-call.ts';
import { EBADF, EFAULT, EINVAL, EPERM } from '../errno.ts';
import { EventCounter } from '../event-counter.ts';
import {
  O_CLOEXEC,
  O_DIRECT,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  RLIMIT_NOFILE,
  S_IFIFO,
  S_IFREG,
} from '../file-constants.ts';
import type { FileDescription } from '../file-description.ts';
import { ANONYMOUS_DEVICE, MEMORY_DEVICE, PIPE_DEVICE } from '../file-system-kind.ts';
import { Inode } from '../inode.ts';
import { Pipe, PipeEnd } from '../pipe.ts';
import { RegularDescription } from '../regular-description.ts';
import { F_SEAL_EXEC, F_SEAL_SEAL, RegularFile } from '../regular-file.ts';
import { SignalFile } from '../signal-file.ts';
import { TimerFile } from '../timer-file.ts';
import { UserFaultFile } from '../user-fault-file.ts';
import { addFile, openFile } from './descriptor-argument.ts';

const EFD_SEMAPHORE = 1;
const UFFD_USER_MODE_ONLY = 1;
const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const MFD_NOEXEC_SEAL = 8;
const TFD_TIMER_ABSTIME = 1;
const TFD_TIMER_CANCEL_ON_SET = 2;
const SECOND = 1e9;
/** CLOCK_REALTIME, MONOTONIC, BOOTTIME and the two that wake a sleeping machine. */
const REAL_CLOCKS: readonly number[] = [0, 8];
const TIMER_CLOCKS: readonly number[] = [0, 1, 7];
const ALARM_CLOCKS: readonly number[] = [8, 9];

function anonymousInode(thread: Thread): Inode {
  return new Inode(thread.process.kernel.files.parts(ANONYMOUS_DEVICE, S_IFREG | 0o600));
}

function pipe(thread: Thread, address: number, flags: number): number {
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) !== 0) return -EINVAL;
  const { kernel, files } = thread.process;
  const made = new Pipe(
    new Inode(kernel.files.parts(PIPE_DEVICE, S_IFIFO | 0o600)),
    kernel.files.pipes,
  );
  const status = flags & (O_NONBLOCK | O_DIRECT);
  const ends = [new PipeEnd(made, O_RDONLY | status), new PipeEnd(made, O_WRONLY | status)];
  return addPair(thread, ends, (flags & O_CLOEXEC) !== 0, (first, second) => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setInt32(0, first, true);
    new DataView(bytes.buffer).setInt32(4, second, true);
    if (thread.memory.write(address, bytes)) return 0;
    files.close(first);
    files.close(second);
    return -EFAULT;
  });
}

/** Gives two files descriptors, or neither. */
export function addPair(
  thread: Thread,
  [first, second]: readonly FileDescription[],
  closesOnExec: boolean,
  store: (first: number, second: number) => number,
): number {
  const one = addFile(thread, first!, closesOnExec);
  if (one < 0) {
    second!.release();
    return one;
  }
  const two = addFile(thread, second!, closesOnExec);
  if (two >= 0) return store(one, two);
  thread.process.files.close(one);
  return two;
}

function eventCounter(thread: Thread, count: number, flags: number): number {
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK | EFD_SEMAPHORE)) !== 0) return -EINVAL;
  const isSemaphore = (flags & EFD_SEMAPHORE) !== 0;
  const inode = anonymousInode(thread);
  const file = new EventCounter(inode, count >>> 0, flags & O_NONBLOCK, isSemaphore);
  return addFile(thread, file, (flags & O_CLOEXEC) !== 0);
}

function createTimer(thread: Thread, clock: number, flags: number): number {
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) return -EINVAL;
  if (ALARM_CLOCKS.includes(clock)) return -EPERM;
  if (!TIMER_CLOCKS.includes(clock)) return -EINVAL;
  const { kernel } = thread.process;
  const file = new TimerFile(anonymousInode(thread), flags & O_NONBLOCK, {
    now: () => kernel.now,
    timers: kernel.timers,
    baseSeconds: REAL_CLOCKS.includes(clock) ? START_SECONDS : 0,
  });
  return addFile(thread, file, (flags & O_CLOEXEC) !== 0);
}

function signalFile(thread: Thread, words: ArrayLike<number>, flags: number): number {
  if (words[2] !== SIGNAL_SET_BYTES || (flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) return -EINVAL;
  const bytes = thread.memory.read(words[1]!, SIGNAL_SET_BYTES);
  if (bytes === null) return -EFAULT;
  const mask = SignalSet.from(bytes).blockable();
  if ((words[0]! | 0) !== -1) {
    const known = openFile(thread, words[0]!);
    if (known === null) return -EBADF;
    if (!(known instanceof SignalFile)) return -EINVAL;
    known.mask = mask;
    return words[0]! | 0;
  }
  const { kernel } = thread.process;
  const pending = (): PendingSignals[] => {
    const { running } = kernel;
    return running === null ? [] : [running.signals.pending, running.process.signals.pending];
  };
  const inode = anonymousInode(thread);
  const file = new SignalFile(inode, flags & O_NONBLOCK, mask, kernel.signalArrived, pending);
  return addFile(thread, file, (flags & O_CLOEXEC) !== 0);
}

function timerOf(thread: Thread, descriptor: number): TimerFile | number {
  const file = openFile(thread, descriptor);
  if (file === null) return -EBADF;
  return file instanceof TimerFile ? file : -EINVAL;
}

/** struct itimerspec: the interval's two words, then those of the time. */
function setTimer(thread: Thread, words: ArrayLike<number>): number {
  const flags = words[1]! | 0;
  const numbers = [0, 8, 16, 24].map((offset) => thread.memory.word(words[2]! + offset));
  if (numbers.includes(null)) return -EFAULT;
  const [intervalSeconds, intervalRest, seconds, rest] = numbers as number[];
  const isProper = (whole: number, part: number): boolean =>
    whole >= 0 && part >= 0 && part < SECOND;
  if ((flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) !== 0) return -EINVAL;
  if (!isProper(intervalSeconds!, intervalRest!) || !isProper(seconds!, rest!)) return -EINVAL;
  const timer = timerOf(thread, words[0]!);
  if (typeof timer === 'number') return timer;
  if (words[3] !== 0 && !storeSetting(thread, words[3]!, timer)) return -EFAULT;
  const isAbsolute = (flags & TFD_TIMER_ABSTIME) !== 0;
  const base = isAbsolute ? -timer.clock.baseSeconds * SECOND : thread.process.kernel.now;
  const time = base + seconds! * SECOND + rest!;
  const isOff = seconds === 0 && rest === 0;
  timer.set(isOff ? 0 : Math.max(1, time), intervalSeconds! * SECOND + intervalRest!);
  return 0;
}

function storeSetting(thread: Thread, address: number, timer: TimerFile): boolean {
  const { interval, left } = timer.setting;
  return [interval, left].every((time, index) => {
    const whole = Math.floor(time / SECOND);
    const at = address + index * 16;
    return (
      thread.memory.storeWord(at, whole) && thread.memory.storeWord(at + 8, time - whole * SECOND)
    );
  });
}

function getTimer(thread: Thread, descriptor: number, address: number): number {
  const timer = timerOf(thread, descriptor);
  if (typeof timer === 'number') return timer;
  return storeSetting(thread, address, timer) ? 0 : -EFAULT;
}

/** What platform-posix makes of the arguments becomes a file of a table of descriptors. */
function memoryFile(thread: Thread, name: number, flags: number): number {
  thread.process.files.limit = thread.space.limits.soft(RLIMIT_NOFILE);
  const { refusal } = thread.process.files;
  if (refusal !== 0) return refusal;
  const open = (made: MappableFile): number => addMemoryFile(thread, made, flags);
  return memfdCreate(thread.space, { file: () => null, open }, name, flags);
}

function addMemoryFile(thread: Thread, made: MappableFile, flags: number): number {
  const { storage, parts } = fileMaker(thread);
  const object = made.object!;
  const isSealed = (flags & MFD_NOEXEC_SEAL) !== 0;
  const inode = RegularFile.ofObject(storage, parts(isSealed ? 0o666 : 0o777), object);
  const takesSeals = (flags & (MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL)) !== 0;
  inode.seals = (takesSeals ? 0 : F_SEAL_SEAL) | (isSealed ? F_SEAL_EXEC : 0);
  inode.hugePageBytes = made.hugePageBytes ?? 0;
  inode.links = 0;
  inode.opened();
  const file = new RegularDescription(inode, O_RDWR, null, object.name);
  return addFile(thread, file, (flags & MFD_CLOEXEC) !== 0);
}

function fileMaker(thread: Thread) {
  const { files } = thread.process.kernel;
  return {
    storage: files.storage,
    parts: (mode: number) => files.parts(MEMORY_DEVICE, S_IFREG | mode),
  };
}

/** Only what the program itself touches may wait: the rest is for the privileged. */
function userFaultFile(thread: Thread, flags: number): number {
  if ((flags & UFFD_USER_MODE_ONLY) === 0) return -EPERM;
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY)) !== 0) return -EINVAL;
  const file = new UserFaultFile(anonymousInode(thread), flags, thread.space);
  return addFile(thread, file, (flags & O_CLOEXEC) !== 0);
}

export const EVENT_CALLS: readonly SystemCall[] = [
  {
    name: 'pipe',
    number: 22,
    arguments: ['pipe-out'],
    result: 'int',
    call: (t, w) => pipe(t, w[0]!, 0),
  },
  {
    name: 'signalfd',
    number: 282,
    arguments: ['descriptor', 'signal-set-in', 'size'],
    result: 'descriptor',
    call: (t, w) => signalFile(t, w, 0),
  },
  {
    name: 'timerfd_create',
    number: 283,
    arguments: ['clock', 'eventfd-flags'],
    result: 'descriptor',
    call: (t, w) => createTimer(t, w[0]! | 0, w[1]! | 0),
  },
  {
    name: 'eventfd',
    number: 284,
    arguments: ['unsigned'],
    result: 'descriptor',
    call: (t, w) => eventCounter(t, w[0]!, 0),
  },
  {
    name: 'timerfd_settime',
    number: 286,
    arguments: ['descriptor', 'hex', 'address', 'address'],
    result: 'int',
    call: setTimer,
  },
  {
    name: 'timerfd_gettime',
    number: 287,
    arguments: ['descriptor', 'address'],
    result: 'int',
    call: (t, w) => getTimer(t, w[0]!, w[1]!),
  },
  {
    name: 'signalfd4',
    number: 289,
    arguments: ['descriptor', 'signal-set-in', 'size', 'eventfd-flags'],
    result: 'descriptor',
    call: (t, w) => signalFile(t, w, w[3]! | 0),
  },
  {
    name: 'eventfd2',
    number: 290,
    arguments: ['unsigned', 'eventfd-flags'],
    result: 'descriptor',
    call: (t, w) => eventCounter(t, w[0]!, w[1]! | 0),
  },
  {
    name: 'pipe2',
    number: 293,
    arguments: ['pipe-out', 'pipe-flags'],
    result: 'int',
    call: (t, w) => pipe(t, w[0]!, w[1]! | 0),
  },
  {
    name: 'memfd_create',
    number: 319,
    arguments: ['string', 'memfd-flags'],
    result: 'descriptor',
    call: (t, w) => memoryFile(t, w[0]!, w[1]! | 0),
  },
  {
    name: 'userfaultfd',
    number: 323,
    arguments: ['hex'],
    result: 'descriptor',
    call: (t, w) => userFaultFile(t, w[0]! | 0),
  },
];

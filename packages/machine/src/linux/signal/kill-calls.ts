/**
 * The calls that send signals.
 *
 * @see kernel/signal.c of Linux 6.18: kill_something_info, do_tkill, do_rt_sigqueueinfo
 */
import { E2BIG, EFAULT, EINVAL, EPERM, ESRCH } from '../file/errno.ts';
import type { Kernel } from '../process/kernel.ts';
import type { Process } from '../process/process.ts';
import type { Thread } from '../process/thread.ts';
import type { SystemCall, Words } from '../system-call.ts';
import { sendSignal, sendThreadSignal } from './send-signal.ts';
import { queuedInfo, SIGNAL_INFO_BYTES, type SignalInfo, sentInfo } from './signal-info.ts';
import { SI_TKILL, SI_USER, SIGNAL_MAX } from './signal-numbers.ts';

/** The process that is none of the guest's, and not theirs to signal. */
const INIT = 1;
const LEAST_INT = -(2 ** 31);

function isSignalOrNone(signal: number): boolean {
  return signal >= 0 && signal <= SIGNAL_MAX;
}

/** Those whom kill's first argument names. */
function receivers(thread: Thread, id: number): Process[] {
  const { process } = thread;
  const all = [...process.kernel.processes.values()];
  if (id > 0) return all.filter((other) => other.id === id);
  if (id === -1) return all.filter((other) => other !== process);
  const group = id === 0 ? process.groupId : -id;
  return all.filter((other) => other.groupId === group);
}

function kill(thread: Thread, words: Words): number {
  const id = words[0]! | 0;
  const signal = words[1]! | 0;
  if (id === LEAST_INT) return -ESRCH;
  if (!isSignalOrNone(signal)) return -EINVAL;
  const { process } = thread;
  const targets = receivers(thread, processOfThread(process.kernel, id));
  if (targets.length === 0) return id === INIT ? -EPERM : -ESRCH;
  if (signal === 0) return 0;
  const info = sentInfo(signal, SI_USER, process.id, process.kernel.userId);
  // One that is reached is success.
  return Math.max(...targets.map((target) => sendSignal(target, info)));
}

/** kill takes a thread's number for its process's, too. */
function processOfThread(kernel: Kernel, id: number): number {
  if (id <= 0 || kernel.processes.has(id)) return id;
  return findThread(kernel, id)?.process.id ?? id;
}

function findThread(kernel: Kernel, id: number): Thread | null {
  for (const thread of kernel.threads) if (thread.id === id) return thread;
  return null;
}

/** Sends to a thread, of one process when `group` is positive. */
function toThread(
  thread: Thread,
  group: number,
  id: number,
  signal: number,
  info: SignalInfo,
): number {
  const target = findThread(thread.process.kernel, id);
  if (target === null || (group > 0 && target.process.id !== group)) {
    return isZombie(thread.process.kernel, group, id) ? 0 : -ESRCH;
  }
  if (!isSignalOrNone(signal)) return -EINVAL;
  return signal === 0 ? 0 : sendThreadSignal(target, info);
}

/** Whether a number is that of a process which has ended and was not waited for. */
function isZombie(kernel: Kernel, group: number, id: number): boolean {
  return kernel.processes.has(id) && (group <= 0 || group === id);
}

function tgkill(thread: Thread, words: Words): number {
  const group = words[0]! | 0;
  const id = words[1]! | 0;
  if (group <= 0 || id <= 0) return -EINVAL;
  return toThread(thread, group, id, words[2]! | 0, killInfo(thread, words[2]! | 0));
}

function tkill(thread: Thread, words: Words): number {
  const id = words[0]! | 0;
  if (id <= 0) return -EINVAL;
  return toThread(thread, 0, id, words[1]! | 0, killInfo(thread, words[1]! | 0));
}

function killInfo({ process }: Thread, signal: number): SignalInfo {
  return sentInfo(signal, SI_TKILL, process.id, process.kernel.userId);
}

/** The siginfo that a program made, or a negative error number: it may not pretend to be another's. */
function programInfo(
  thread: Thread,
  address: number,
  signal: number,
  receiver: number,
): SignalInfo | number {
  const bytes = thread.memory.read(address, SIGNAL_INFO_BYTES);
  if (bytes === null) return -EFAULT;
  const info = queuedInfo(signal, bytes);
  if (info === null) return -E2BIG;
  const pretends = info.code >= 0 || info.code === SI_TKILL;
  return pretends && receiver !== thread.id ? -EPERM : info;
}

function sigqueueinfo(thread: Thread, words: Words): number {
  const id = words[0]! | 0;
  const signal = words[1]! | 0;
  const info = programInfo(thread, words[2]!, signal, id);
  if (typeof info === 'number') return info;
  const target = thread.process.kernel.processes.get(id);
  if (target === undefined) return -ESRCH;
  if (!isSignalOrNone(signal)) return -EINVAL;
  return signal === 0 ? 0 : sendSignal(target, info);
}

function tgsigqueueinfo(thread: Thread, words: Words): number {
  const group = words[0]! | 0;
  const id = words[1]! | 0;
  const signal = words[2]! | 0;
  if (group <= 0 || id <= 0) return -EINVAL;
  const info = programInfo(thread, words[3]!, signal, id);
  return typeof info === 'number' ? info : toThread(thread, group, id, signal, info);
}

export const KILL_CALLS: readonly SystemCall[] = [
  { name: 'kill', number: 62, arguments: ['process', 'signal'], result: 'int', call: kill },
  {
    name: 'rt_sigqueueinfo',
    number: 129,
    arguments: ['process', 'signal', 'siginfo-in'],
    result: 'int',
    call: sigqueueinfo,
  },
  { name: 'tkill', number: 200, arguments: ['process', 'signal'], result: 'int', call: tkill },
  {
    name: 'tgkill',
    number: 234,
    arguments: ['process', 'process', 'signal'],
    result: 'int',
    call: tgkill,
  },
  {
    name: 'rt_tgsigqueueinfo',
    number: 297,
    arguments: ['process', 'process', 'signal', 'siginfo-in'],
    result: 'int',
    call: tgsigqueueinfo,
  },
];

/**
 * The calls about dispositions, masks and stacks of signals.
 *
 * @see kernel/signal.c of Linux 6.18
 */
import { EAGAIN, EFAULT, EINVAL } from '../file/errno.ts';
import type { Thread } from '../process/thread.ts';
import { REGISTERS_SET, type SystemCall, type Words } from '../system-call.ts';
import { dropEverywhere, forceSignal } from './send-signal.ts';
import { actionBytes, actionFrom, isIgnored, SIGNAL_ACTION_BYTES } from './signal-action.ts';
import { leaveHandler } from './signal-frame.ts';
import { kernelInfo, type SignalInfo } from './signal-info.ts';
import { SIGKILL, SIGNAL_MAX, SIGSEGV, SIGSTOP } from './signal-numbers.ts';
import { SIGNAL_SET_BYTES, SignalSet } from './signal-set.ts';
import { SIGNAL_STACK_BYTES, stackRequestFrom } from './signal-stack.ts';

/** `how` of rt_sigprocmask: what becomes of the mask. */
const MASK_CHANGES: readonly ((mask: SignalSet, set: SignalSet) => SignalSet)[] = [
  (mask, set) => mask.union(set),
  (mask, set) => mask.without(set),
  (_, set) => set,
];

const NANOSECOND_LIMIT = 1e9;
/** struct timespec: seconds and nanoseconds, eight bytes each. */
const WORD = 8;

/** A set in memory; null on a fault. */
export function readSignalSet(thread: Thread, address: number): SignalSet | null {
  const bytes = thread.memory.read(address, SIGNAL_SET_BYTES);
  return bytes === null ? null : SignalSet.from(bytes);
}

/** A timespec in memory as nanoseconds, or a negative error number. */
export function readDuration(thread: Thread, address: number): number {
  const seconds = thread.memory.word(address);
  const nanoseconds = thread.memory.word(address + WORD);
  if (seconds === null || nanoseconds === null) return -EFAULT;
  if (seconds < 0 || nanoseconds < 0 || nanoseconds >= NANOSECOND_LIMIT) return -EINVAL;
  return seconds * NANOSECOND_LIMIT + nanoseconds;
}

function sigaction(thread: Thread, words: Words): number {
  const signal = words[0]! | 0;
  if (words[3] !== SIGNAL_SET_BYTES) return -EINVAL;
  const { memory, process } = thread;
  const bytes = words[1] === 0 ? null : memory.read(words[1]!, SIGNAL_ACTION_BYTES);
  if (words[1] !== 0 && bytes === null) return -EFAULT;
  const isFixed = signal === SIGKILL || signal === SIGSTOP;
  if (signal < 1 || signal > SIGNAL_MAX || (bytes !== null && isFixed)) return -EINVAL;
  const { actions } = process.signals;
  const before = actions.get(signal);
  if (bytes !== null) {
    const action = actionFrom(bytes);
    actions.set(signal, action);
    if (isIgnored(signal, action)) dropEverywhere(process, SignalSet.of(signal));
  }
  if (words[2] === 0) return 0;
  return memory.write(words[2]!, actionBytes(before)) ? 0 : -EFAULT;
}

function sigprocmask(thread: Thread, words: Words): number {
  if (words[3] !== SIGNAL_SET_BYTES) return -EINVAL;
  const { blocked } = thread.signals;
  const before = blocked.copy();
  if (words[1] !== 0) {
    const set = readSignalSet(thread, words[1]!);
    if (set === null) return -EFAULT;
    const change = MASK_CHANGES[words[0]! | 0];
    if (change === undefined) return -EINVAL;
    blocked.assign(change(blocked, set.blockable()));
  }
  if (words[2] === 0) return 0;
  return thread.memory.write(words[2]!, before.bytes()) ? 0 : -EFAULT;
}

function sigreturn(thread: Thread): number {
  if (!leaveHandler(thread)) forceSignal(thread, kernelInfo(SIGSEGV));
  return REGISTERS_SET;
}

function sigpending(thread: Thread, words: Words): number {
  const size = words[1]!;
  if (size < 0 || size > SIGNAL_SET_BYTES) return -EINVAL;
  const { pending, blocked } = thread.signals;
  const set = pending.set.union(thread.process.signals.pending.set).intersection(blocked);
  return thread.memory.write(words[0]!, set.bytes().subarray(0, size)) ? 0 : -EFAULT;
}

function sigsuspend(thread: Thread, words: Words): number {
  if (words[1] !== SIGNAL_SET_BYTES) return -EINVAL;
  if (thread.attempt === 0) {
    const set = readSignalSet(thread, words[0]!);
    if (set === null) return -EFAULT;
    thread.signals.blockDuring(set);
  }
  return pause(thread);
}

/** Waits until a handler has run. */
function pause(thread: Thread): number {
  thread.interruption = 'handler';
  const result = thread.block([]);
  // What is pending already does not wake it.
  if (hasUnblocked(thread)) thread.wake();
  return result;
}

function hasUnblocked({ signals, process }: Thread): boolean {
  const set = signals.pending.set.union(process.signals.pending.set);
  return !set.without(signals.blocked).isEmpty;
}

function sigtimedwait(thread: Thread, words: Words): number {
  if (words[3] !== SIGNAL_SET_BYTES) return -EINVAL;
  const wanted = readSignalSet(thread, words[0]!)?.blockable();
  if (wanted === undefined) return -EFAULT;
  const timeout = words[2] === 0 ? Number.POSITIVE_INFINITY : readDuration(thread, words[2]!);
  if (timeout < 0) return timeout;
  const { signals, process } = thread;
  signals.awaited = null;
  const others = new SignalSet(~wanted.low, ~wanted.high);
  const info = signals.pending.take(others) ?? process.signals.pending.take(others);
  if (info !== null) return storeInfo(thread, words[1]!, info);
  if (timeout === 0 || thread.timedOut) return -EAGAIN;
  signals.awaited = wanted;
  thread.interruption = 'always';
  return thread.block([], process.kernel.now + timeout);
}

function storeInfo(thread: Thread, address: number, info: SignalInfo): number {
  if (address === 0 || thread.memory.write(address, info.bytes)) return info.signal;
  return -EFAULT;
}

function sigaltstack(thread: Thread, words: Words): number {
  const { cpu } = thread.process;
  const { stack } = thread.signals;
  const stackPointer = cpu.read(cpu.registerNumber('rsp'));
  const bytes = words[0] === 0 ? null : thread.memory.read(words[0]!, SIGNAL_STACK_BYTES);
  if (words[0] !== 0 && bytes === null) return -EFAULT;
  const before = stack.told(stackPointer);
  const result = bytes === null ? 0 : stack.request(stackRequestFrom(bytes), stackPointer);
  if (result !== 0 || words[1] === 0) return result;
  return thread.memory.write(words[1]!, before) ? 0 : -EFAULT;
}

export const SIGNAL_CALLS: readonly SystemCall[] = [
  {
    name: 'rt_sigaction',
    number: 13,
    arguments: ['signal', 'sigaction-in', 'sigaction-out', 'unsigned'],
    result: 'int',
    call: sigaction,
  },
  {
    name: 'rt_sigprocmask',
    number: 14,
    arguments: ['signal-mask-how', 'signal-set-in', 'signal-set-out', 'unsigned'],
    result: 'int',
    call: sigprocmask,
  },
  { name: 'rt_sigreturn', number: 15, arguments: [], result: 'int', call: sigreturn },
  { name: 'pause', number: 34, arguments: [], result: 'int', call: pause },
  {
    name: 'rt_sigpending',
    number: 127,
    arguments: ['signal-set-out', 'unsigned'],
    result: 'int',
    call: sigpending,
  },
  {
    name: 'rt_sigtimedwait',
    number: 128,
    arguments: ['signal-set-in', 'siginfo-out', 'timespec-in', 'unsigned'],
    result: 'int',
    call: sigtimedwait,
  },
  {
    name: 'rt_sigsuspend',
    number: 130,
    arguments: ['signal-set-in', 'unsigned'],
    result: 'int',
    call: sigsuspend,
  },
  {
    name: 'sigaltstack',
    number: 131,
    arguments: ['signal-stack-in', 'signal-stack-out'],
    result: 'int',
    call: sigaltstack,
  },
];

/**
 * Sending a signal: to a process, where any thread that does not block it takes it, or to one
 * thread. It is taken when the thread runs next, see deliver.ts.
 *
 * @see kernel/signal.c of Linux 6.18: prepare_signal, complete_signal, force_sig_info_to_task
 */
import { EAGAIN } from '../file/errno.ts';
import type { Process } from '../process/process.ts';
import type { Thread } from '../process/thread.ts';
import type { PendingSignals } from './pending-signals.ts';
import { isIgnored } from './signal-action.ts';
import { childInfo, type SignalInfo } from './signal-info.ts';
import {
  CLD_CONTINUED,
  CLD_STOPPED,
  SA_NOCLDSTOP,
  SIG_IGN,
  SIGCHLD,
  SIGCONT,
  SIGKILL,
  SIGRTMIN,
} from './signal-numbers.ts';
import { SignalSet } from './signal-set.ts';

/** Nanoseconds of a clock tick as siginfo counts them. */
const TICK = 10e6;
/** Signals that one user may have queued, RLIMIT_SIGPENDING of a small machine. */
const MOST_QUEUED = 3000;
/** SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU. */
const STOPS = SignalSet.of(19, 20, 21, 22);
const CONTINUE = SignalSet.of(SIGCONT);

/** Sends a signal to a process: 0, or -EAGAIN when too many are queued. */
export function sendSignal(process: Process, info: SignalInfo): number {
  const [main] = process.threads;
  if (main === undefined || !prepare(process, main, info.signal)) return 0;
  const result = queue(process.signals.pending, info);
  const thread = process.threads.find((candidate) => wants(candidate, info.signal));
  if (thread !== undefined) wakeFor(thread, info.signal);
  process.kernel.signalArrived.wake();
  return result;
}

/** Sends a signal to one thread: 0, or -EAGAIN when too many are queued. */
export function sendThreadSignal(thread: Thread, info: SignalInfo): number {
  if (thread.state === 'ended' || !prepare(thread.process, thread, info.signal)) return 0;
  const result = queue(thread.signals.pending, info);
  if (wants(thread, info.signal)) wakeFor(thread, info.signal);
  thread.process.kernel.signalArrived.wake();
  return result;
}

/** Gives a thread a signal that it cannot put off: where it blocks or ignores it, it is ended. */
export function forceSignal(thread: Thread, info: SignalInfo): void {
  const { signal } = info;
  const { actions } = thread.process.signals;
  const { blocked, pending } = thread.signals;
  if (blocked.has(signal) || actions.get(signal).handler === SIG_IGN) {
    actions.resetHandler(signal);
    blocked.remove(signal);
  }
  // What was pending already would be told in its place.
  pending.drop(SignalSet.of(signal));
  pending.add(info);
}

/** Ends a thread's process by a signal that no handler gets. */
export function forceFatalSignal(thread: Thread, info: SignalInfo): void {
  thread.process.signals.actions.resetHandler(info.signal);
  forceSignal(thread, info);
}

function queue(pending: PendingSignals, info: SignalInfo): number {
  const isFull = pending.count >= MOST_QUEUED && info.signal >= SIGRTMIN;
  if (isFull && info.code < 0) return -EAGAIN;
  pending.add(info);
  return 0;
}

/** What a signal does before it is taken; false when it need not be kept. */
function prepare(process: Process, thread: Thread, signal: number): boolean {
  if (STOPS.has(signal)) dropEverywhere(process, CONTINUE);
  if (signal === SIGCONT) {
    dropEverywhere(process, STOPS);
    continueProcess(process);
  }
  if (signal === SIGKILL) for (const other of process.threads) other.resume();
  const { blocked, awaited } = thread.signals;
  if (blocked.has(signal) || awaited?.has(signal)) return true;
  return !isIgnored(signal, process.signals.actions.get(signal));
}

/** Drops what is pending of some signals, of a process and of each of its threads. */
export function dropEverywhere(process: Process, signals: SignalSet): void {
  process.signals.pending.drop(signals);
  for (const thread of process.threads) thread.signals.pending.drop(signals);
}

function wants(thread: Thread, signal: number): boolean {
  const { blocked, awaited } = thread.signals;
  return !blocked.has(signal) || awaited?.has(signal) === true;
}

function wakeFor(thread: Thread, signal: number): void {
  if (thread.interruption === 'never' && signal !== SIGKILL) return;
  thread.wake();
}

/** Stops all threads of a process and tells its parent. */
export function stopProcess(process: Process, signal: number): void {
  for (const thread of process.threads) thread.suspend();
  process.stop = { kind: 'stopped', signal };
  tellOfStop(process, CLD_STOPPED, signal);
}

/** Lets a stopped process go on; one that runs is left alone. */
function continueProcess(process: Process): void {
  if (process.stop?.kind !== 'stopped') return;
  for (const thread of process.threads) thread.resume();
  process.stop = { kind: 'continued' };
  tellOfStop(process, CLD_CONTINUED, SIGCONT);
}

function tellOfStop(process: Process, code: number, status: number): void {
  const { parent } = process;
  if (parent === null) return;
  const { handler, flags } = parent.signals.actions.get(SIGCHLD);
  const isQuiet = handler === SIG_IGN || (flags & SA_NOCLDSTOP) !== 0;
  if (!isQuiet) sendSignal(parent, infoOfChild(process, code, status));
  parent.childEnded.wake();
}

/** What a parent is told of a child. */
export function infoOfChild(child: Process, code: number, status: number): SignalInfo {
  return childInfo({
    process: child.id,
    user: child.kernel.userId,
    code,
    status,
    userTicks: Math.floor(child.cpuTime / TICK),
    systemTicks: 0,
  });
}

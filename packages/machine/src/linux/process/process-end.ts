/**
 * How threads and processes end: locks are given up, files closed, memory given back, the parent
 * told.
 *
 * @see kernel/exit.c, kernel/fork.c: mm_release, kernel/futex/core.c: exit_robust_list of Linux 6.18
 */
import { infoOfChild, sendSignal } from '../signal/send-signal.ts';
import { sentInfo } from '../signal/signal-info.ts';
import {
  CLD_EXITED,
  CLD_KILLED,
  SA_NOCLDWAIT,
  SI_USER,
  SIG_IGN,
  SIGCHLD,
} from '../signal/signal-numbers.ts';
import { releaseRobustList } from '../thread/robust-list.ts';
import type { Process, ProcessEnd } from './process.ts';
import { bothUsages, wholeUsage } from './resource-usage.ts';
import type { Thread } from './thread.ts';

/** Ends one thread; its process goes on while it has others. */
export function endThread(thread: Thread, code: number): void {
  const { process } = thread;
  stopRunning(thread);
  giveUpMemory(thread);
  const at = process.threads.indexOf(thread);
  if (at >= 0) process.threads.splice(at, 1);
  // The process's status is that of its last thread.
  if (process.threads.length === 0) endProcess(process, { kind: 'exit', code });
}

/** Ends the other threads of a process, as execve does. */
export function endOtherThreads(thread: Thread): void {
  const { process } = thread;
  for (const other of [...process.threads]) {
    if (other === thread) continue;
    stopRunning(other);
    giveUpMemory(other);
  }
  process.threads.splice(0, process.threads.length, thread);
}

/** Ends a process with all its threads. */
export function endProcess(process: Process, end: ProcessEnd): void {
  if (process.end !== null) return;
  for (const thread of process.threads) stopRunning(thread);
  for (const thread of process.threads) giveUpMemory(thread);
  process.threads.length = 0;
  process.end = end;
  process.stop = null;
  process.timers.clear();
  process.kernel.semaphoreSets.undo(process.id);
  leaveShared(process);
  for (const child of process.children.splice(0)) orphan(child);
  tellParent(process, end);
}

function stopRunning(thread: Thread): void {
  thread.finishCall();
  thread.pending = null;
  thread.state = 'ended';
  thread.process.kernel.threads.delete(thread);
}

/** Gives up the thread's locks, and wakes who waits for its end. */
function giveUpMemory(thread: Thread): void {
  releaseRobustList(thread);
  const { clearChildId, memory, space } = thread;
  thread.clearChildId = 0;
  if (clearChildId === 0 || !isShared(thread)) return;
  if (!memory.storeU32(clearChildId, 0)) return;
  const { futexes } = thread.process.kernel;
  futexes.wake(futexes.keyOf(space, clearChildId, false), 1);
}

/** Whether somebody else uses the thread's memory. */
function isShared({ process, space }: Thread): boolean {
  return process.threads.length > 1 || usersOf(process, (other) => other.space === space) > 0;
}

/** Other living processes with some property. */
export function usersOf(process: Process, has: (other: Process) => boolean): number {
  let count = 0;
  for (const other of process.kernel.processes.values()) {
    if (other !== process && other.end === null && has(other)) count++;
  }
  return count;
}

/** Gives back memory and files, unless another process shares them. */
function leaveShared(process: Process): void {
  const { files } = process;
  if (usersOf(process, (other) => other.files === files) === 0) files.closeAll();
  leaveSpace(process);
}

/**
 * A process stops using its space, which is given back when nobody else uses it; a parent that
 * waits for that goes on.
 */
export function leaveSpace(process: Process): void {
  const { space, kernel } = process;
  if (usersOf(process, (other) => other.space === space) === 0) {
    kernel.onSpaceLeft?.(space);
    // Counted while there is something to count.
    space.pages.peakBytes();
    space.dispose();
  }
  process.isReleased = true;
  process.released.wake();
}

/** A child whose parent has ended: process 1, which is not the guest's, waits for it. */
function orphan(child: Process): void {
  child.parent = null;
  if (child.end !== null) child.kernel.processes.delete(child.id);
  const { parentDeathSignal, kernel } = child;
  if (parentDeathSignal === 0) return;
  sendSignal(child, sentInfo(parentDeathSignal, SI_USER, child.id, kernel.userId));
}

function tellParent(process: Process, end: ProcessEnd): void {
  const { parent, exitSignal, kernel } = process;
  if (parent === null) {
    kernel.processes.delete(process.id);
    return;
  }
  const { handler, flags } = parent.signals.actions.get(SIGCHLD);
  const isUnwanted = handler === SIG_IGN || (flags & SA_NOCLDWAIT) !== 0;
  if (exitSignal === SIGCHLD && isUnwanted) reap(process);
  // Where it is ignored, not even a parent that blocks it gets it.
  if (exitSignal === SIGCHLD && handler !== SIG_IGN) {
    const [code, status] = end.kind === 'exit' ? [CLD_EXITED, end.code] : [CLD_KILLED, end.signal];
    sendSignal(parent, infoOfChild(process, code, status));
  }
  if (exitSignal !== SIGCHLD && exitSignal !== 0) {
    sendSignal(parent, sentInfo(exitSignal, SI_USER, process.id, kernel.userId));
  }
  parent.childEnded.wake();
}

/** Forgets a process that has ended, its times counted for its parent. */
export function reap(process: Process): void {
  const { parent, kernel } = process;
  kernel.processes.delete(process.id);
  if (parent === null) return;
  parent.childrenUsage = bothUsages(parent.childrenUsage, wholeUsage(process));
  const at = parent.children.indexOf(process);
  if (at >= 0) parent.children.splice(at, 1);
}

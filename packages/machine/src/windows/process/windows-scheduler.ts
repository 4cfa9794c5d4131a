/**
 * Which thread runs next: they take turns in the order in which they were made. A turn is a number
 * of instructions, so the same run is scheduled in the same way everywhere.
 */
import { loadRegisters, saveRegisters } from '../../register-image.ts';
import type { Thread } from './thread.ts';
import type { WindowsProcess } from './windows-process.ts';

/** Instructions of a turn while others wait for theirs. */
const TURN = 200_000;

export class WindowsScheduler {
  private readonly process: WindowsProcess;

  constructor(process: WindowsProcess) {
    this.process = process;
  }

  /** The thread whose turn it is; null when none can ever run again. Time passes until one can. */
  next(): Thread | null {
    for (;;) {
      this.wake();
      const ready = this.firstReady();
      if (ready !== null) return ready;
      const time = this.earliestDeadline();
      if (time === Number.POSITIVE_INFINITY) return null;
      this.process.skipTo(time);
    }
  }

  /** Instructions that a thread may run before the next one is asked for. */
  turnOf(thread: Thread): number {
    const { threads, now } = this.process;
    const alone = !threads.some((other) => other !== thread && other.isRunnable);
    if (!alone) return TURN;
    return Math.max(1, this.earliestDeadline() - now);
  }

  /** Puts a thread on the engine. */
  switchTo(thread: Thread): void {
    const { process } = this;
    const before = process.running;
    if (before === thread) return;
    if (before !== null && before.state !== 'ended') before.registers = saveRegisters(process.cpu);
    if (thread.registers !== null) loadRegisters(process.cpu, thread.registers);
    thread.registers = null;
    process.running = thread;
    // Not before: whose turn comes next is counted from it.
    if (before?.state === 'ended') process.forgetThread(before);
  }

  private firstReady(): Thread | null {
    const { threads, running } = this.process;
    const start = running === null ? 0 : threads.indexOf(running) + 1;
    for (let n = 0; n < threads.length; n++) {
      const thread = threads[(start + n) % threads.length]!;
      if (thread.isRunnable) return thread;
    }
    return null;
  }

  /** Makes threads ready whose wait is over. */
  private wake(): void {
    const { now } = this.process;
    for (const thread of this.process.threads) {
      if (thread.state !== 'waiting') continue;
      if (thread.deadline <= now || thread.until?.() === true) thread.state = 'ready';
    }
  }

  private earliestDeadline(): number {
    const { now, threads } = this.process;
    let earliest = Number.POSITIVE_INFINITY;
    for (const { state, deadline, waitsFor } of threads) {
      if (state !== 'waiting') continue;
      earliest = Math.min(earliest, deadline);
      for (const { due } of waitsFor) {
        // What came already has woken whom it could.
        if (due !== undefined && due > now) earliest = Math.min(earliest, due);
      }
    }
    return earliest;
  }
}

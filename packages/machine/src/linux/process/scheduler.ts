/**
 * Who runs next. Threads take turns in the order in which they were made; a slice is a number of
 * instructions, so the same run is scheduled in the same way everywhere.
 */
import { forceSignal } from '../signal/send-signal.ts';
import { kernelInfo } from '../signal/signal-info.ts';
import { SIGSEGV } from '../signal/signal-numbers.ts';
import { leaveRestartable } from '../thread/restartable.ts';
import type { Kernel } from './kernel.ts';
import { loadRegisters, saveRegisters } from './register-image.ts';
import type { Thread } from './thread.ts';

/** Instructions of a turn while others wait for theirs. */
const TURN = 200_000;

export class Scheduler {
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** The thread whose turn it is; null when none can ever run again. Time passes until one can. */
  next(): Thread | null {
    for (;;) {
      this.kernel.timers.fire(this.kernel.now);
      this.wakeDue();
      const ready = this.firstReady();
      if (ready !== null) return ready;
      const time = this.earliestDeadline();
      if (time === Number.POSITIVE_INFINITY) return null;
      this.kernel.skipTo(time);
    }
  }

  /** Instructions that a thread may run before the next one is asked for. */
  turnOf(thread: Thread): number {
    const { timers, cpuTime } = thread.process;
    const ownTime = Math.max(1, timers.ownTime.next - cpuTime);
    const most = Math.min(ownTime, this.untilDeadline());
    for (const other of this.kernel.threads) {
      if (other !== thread && other.state === 'ready') return Math.min(TURN, most);
    }
    return most;
  }

  private untilDeadline(): number {
    return Math.max(1, this.earliestDeadline() - this.kernel.now);
  }

  /** Puts a thread on its engine. */
  switchTo(thread: Thread): void {
    const { kernel } = this;
    const before = kernel.running;
    if (before === thread) return;
    if (before !== null && before.state !== 'ended') {
      if (!leaveRestartable(before)) forceSignal(before, kernelInfo(SIGSEGV));
      before.registers = saveRegisters(before.process.cpu);
    }
    const { cpu, space } = thread.process;
    if (before?.process.cpu !== cpu) {
      space.mmu.activate();
      cpu.takeOver();
    }
    if (thread.registers !== null) loadRegisters(cpu, thread.registers);
    thread.registers = null;
    kernel.running = thread;
  }

  private firstReady(): Thread | null {
    const { threads, running } = this.kernel;
    let first: Thread | null = null;
    let isBehind = running === null;
    for (const thread of threads) {
      if (thread.state === 'ready') {
        if (isBehind && thread !== running) return thread;
        first ??= thread;
      }
      if (thread === running) isBehind = true;
    }
    return first;
  }

  private wakeDue(): void {
    const { now } = this.kernel;
    for (const thread of this.kernel.threads) {
      if (thread.state !== 'blocked' || thread.deadline > now) continue;
      thread.timedOut = true;
      thread.wake();
    }
  }

  private earliestDeadline(): number {
    let earliest = this.kernel.timers.next;
    for (const thread of this.kernel.threads) {
      if (thread.state === 'blocked') earliest = Math.min(earliest, thread.deadline);
    }
    return earliest;
  }
}

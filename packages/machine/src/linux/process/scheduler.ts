/**
 * Who runs next. Threads take turns in the order in which they were made; a slice is a number of
 * instructions, so the same run is scheduled in the same way everywhere.
 */

import { loadRegisters, saveRegisters } from '../../register-image.ts';
import { forceSignal } from '../signal/send-signal.ts';
import { kernelInfo } from '../signal/signal-info.ts';
import { SIGSEGV } from '../signal/signal-numbers.ts';
import { leaveRestartable } from '../thread/restartable.ts';
import type { Kernel } from './kernel.ts';
import type { Thread } from './thread.ts';

/** Instructions of a turn while others wait for theirs. */
const TURN = 200_000;
/** The least turn: timers are late by so much at most, however many of them there are. */
const LEAST_TURN = 1000;
/** How often it is looked whether the host has input for those who wait for it. */
const TURNS_BETWEEN_LOOKS = 64;
const MILLISECOND = 1e6;
/** What a system call counts in a turn, so that those who only call come to its end, too. */
const CALL = 500;

export class Scheduler {
  private readonly kernel: Kernel;
  /** Instructions that all had retired when the turn of the running thread began. */
  private turnStart = 0;
  private callsInTurn = 0;
  /** Times that somebody's turn began or went on. */
  private turns = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** The thread whose turn it is; null when none can ever run again. Time passes until one can. */
  next(): Thread | null {
    for (;;) {
      this.kernel.timers.fire(this.kernel.now);
      this.wakeDue();
      const ready = this.sameAgain() ?? this.firstReady();
      const isTimeToLook = ++this.turns % TURNS_BETWEEN_LOOKS === 0;
      if (ready !== null && !(isTimeToLook && this.hasInput(false))) return ready;
      if (ready !== null) continue;
      const time = this.earliestDeadline();
      const isForever = time === Number.POSITIVE_INFINITY;
      if (this.hasInput(isForever || (time - this.kernel.now) / MILLISECOND)) continue;
      if (isForever) return null;
      this.kernel.skipTo(time);
    }
  }

  /**
   * Wakes those who wait for the host's input if there is some. Where all wait, the host is waited
   * for, as long as the next deadline takes: then, and only then, is a second of the guest's one of
   * the host's.
   */
  private hasInput(wait: boolean | number): boolean {
    return this.kernel.files.streams.input.await(wait);
  }

  /** Instructions that a thread may run before the next one is asked for. */
  turnOf(thread: Thread): number {
    const { timers, cpuTime } = thread.process;
    const ownTime = Math.max(LEAST_TURN, timers.ownTime.next - cpuTime);
    const most = Math.min(ownTime, this.untilDeadline());
    for (const other of this.kernel.threads) {
      if (other !== thread && other.state === 'ready') {
        return Math.max(1, Math.min(this.leftOfTurn(), most));
      }
    }
    return most;
  }

  private leftOfTurn(): number {
    return TURN - this.callsInTurn * CALL - (this.kernel.instructions - this.turnStart);
  }

  /** The running thread, if its turn is not over; null when it is, and has to begin anew. */
  private sameAgain(): Thread | null {
    const { running } = this.kernel;
    this.callsInTurn++;
    if (running?.state === 'ready' && !running.yields && this.leftOfTurn() > 0) return running;
    this.callsInTurn = 0;
    this.turnStart = this.kernel.instructions;
    if (running !== null) running.yields = false;
    return null;
  }

  private untilDeadline(): number {
    return Math.max(LEAST_TURN, this.earliestDeadline() - this.kernel.now);
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

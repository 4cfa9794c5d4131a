/** The interval timers of a process, and those that timer_create made. */
import { type Timer, TimerQueue } from '../process/timer-queue.ts';

/** A timer that may be set: when it expires next, and how often then. ns. */
export class IntervalTimer {
  interval = 0;
  private pending: Timer | null = null;
  private queue: TimerQueue | null = null;

  /** Nanoseconds until it expires; 0 when it is not set. */
  remaining(now: number): number {
    return this.pending === null ? 0 : Math.max(1, this.pending.time - now);
  }

  /**
   * Sets it to expire at a time, and every `interval` after it. `expire` is told how many expiries
   * the clock has passed beside the one.
   */
  set(queue: TimerQueue, time: number, interval: number, expire: (missed: number) => void): void {
    this.clear();
    this.interval = interval;
    this.queue = queue;
    this.arm(queue, time, expire);
  }

  clear(): void {
    if (this.pending !== null) this.queue?.clear(this.pending);
    this.pending = null;
    this.interval = 0;
  }

  private arm(queue: TimerQueue, time: number, expire: (missed: number) => void): void {
    this.pending = queue.set(time, (now) => {
      const { interval } = this;
      const missed = interval === 0 ? 0 : Math.floor((now - time) / interval);
      this.pending = null;
      if (interval > 0) this.arm(queue, time + interval * (missed + 1), expire);
      expire(missed);
    });
  }
}

/** How timer_create wants its expiry told. */
export interface TimerNotice {
  readonly clock: number;
  /** 0 for none. */
  readonly signal: number;
  readonly value: Uint8Array;
  /** The thread that gets the signal; null for the process. */
  readonly thread: number | null;
}

export class PosixTimer extends IntervalTimer {
  readonly notice: TimerNotice;
  /** Expiries that were not told of, since the last that was. */
  overrun = 0;

  constructor(notice: TimerNotice) {
    super();
    this.notice = notice;
  }
}

export class ProcessTimers {
  /** ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF. */
  readonly intervals: readonly IntervalTimer[] = [
    new IntervalTimer(),
    new IntervalTimer(),
    new IntervalTimer(),
  ];
  /** Those that count the process's own time. */
  readonly ownTime: TimerQueue = new TimerQueue();
  readonly made: Map<number, PosixTimer> = new Map();

  /** Unsets all: the process has ended. */
  clear(): void {
    for (const timer of this.intervals) timer.clear();
    this.clearMade();
  }

  /** Forgets the timers that were made: a new program has none. */
  clearMade(): void {
    for (const timer of this.made.values()) timer.clear();
    this.made.clear();
  }
}

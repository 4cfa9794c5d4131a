/** timerfd: expiries of a timer that are read as a count. @see fs/timerfd.c of Linux 6.18 */
import type { Timer, TimerQueue } from '../process/timer-queue.ts';
import { WaitQueue } from '../process/wait-queue.ts';
import { EAGAIN, EINVAL } from './errno.ts';
import { O_RDWR, POLLIN, POLLRDNORM } from './file-constants.ts';
import { FileDescription, type ReadResult } from './file-description.ts';
import type { Inode } from './inode.ts';

const WORD_BYTES = 8;
const HIGH = 2 ** 32;

export interface TimerClock {
  /** Nanoseconds of the guest's clock. */
  readonly now: () => number;
  readonly timers: TimerQueue;
  /** Seconds that the timer's clock is ahead of the guest's. */
  readonly baseSeconds: number;
}

/** When a timer expires: the time until then, and between expiries; 0 for not at all. */
export interface TimerSetting {
  readonly left: number;
  readonly interval: number;
}

export class TimerFile extends FileDescription {
  readonly inode: Inode;
  readonly clock: TimerClock;
  override readonly queues: readonly WaitQueue[];
  private readonly changed = new WaitQueue();
  private timer: Timer | null = null;
  private interval = 0;
  private expiries = 0;

  constructor(inode: Inode, flags: number, clock: TimerClock) {
    super(O_RDWR | flags);
    this.inode = inode;
    this.clock = clock;
    this.queues = [this.changed];
  }

  override get name(): string {
    return 'anon_inode:[timerfd]';
  }

  get setting(): TimerSetting {
    const left = this.timer === null ? 0 : Math.max(1, this.timer.time - this.clock.now());
    return { left, interval: this.interval };
  }

  /** @param time  of the guest's clock; 0 disarms */
  set(time: number, interval: number): void {
    this.disarm();
    this.expiries = 0;
    this.interval = interval;
    if (time > 0) this.arm(time);
  }

  override read(length: number): ReadResult {
    if (length < WORD_BYTES) return -EINVAL;
    if (this.expiries === 0) return -EAGAIN;
    const bytes = new Uint8Array(WORD_BYTES);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, this.expiries % HIGH, true);
    view.setUint32(4, Math.floor(this.expiries / HIGH), true);
    this.expiries = 0;
    return bytes;
  }

  /** There is no position, and no complaint about that. */
  override seek(): number {
    return 0;
  }

  override poll(): number {
    return this.expiries > 0 ? POLLIN | POLLRDNORM : 0;
  }

  protected override close(): void {
    this.disarm();
  }

  private arm(time: number): void {
    this.timer = this.clock.timers.set(time, (now) => this.expire(time, now));
  }

  private disarm(): void {
    if (this.timer !== null) this.clock.timers.clear(this.timer);
    this.timer = null;
  }

  private expire(time: number, now: number): void {
    this.timer = null;
    const more = this.interval === 0 ? 0 : Math.floor((now - time) / this.interval);
    this.expiries += 1 + more;
    if (this.interval > 0) this.arm(time + (more + 1) * this.interval);
    this.changed.wake();
  }
}

/** What is to happen at times of the guest's clock: alarms, interval timers. */

export interface Timer {
  /** ns of the guest's clock. */
  readonly time: number;
  readonly fire: (now: number) => void;
}

export class TimerQueue {
  /** Soonest first; those of one time in the order they were set. */
  private readonly timers: Timer[] = [];

  /** The earliest time of all; infinite when there is none. */
  get next(): number {
    return this.timers[0]?.time ?? Number.POSITIVE_INFINITY;
  }

  set(time: number, fire: (now: number) => void): Timer {
    const timer = { time, fire };
    let at = this.timers.length;
    while (at > 0 && this.timers[at - 1]!.time > time) at--;
    this.timers.splice(at, 0, timer);
    return timer;
  }

  /** Forgets a timer; one that has fired is gone already. */
  clear(timer: Timer): void {
    const at = this.timers.indexOf(timer);
    if (at >= 0) this.timers.splice(at, 1);
  }

  /** Fires what is due; a timer that sets itself again does so for a later time. */
  fire(now: number): void {
    while (this.next <= now) this.timers.shift()!.fire(now);
  }
}

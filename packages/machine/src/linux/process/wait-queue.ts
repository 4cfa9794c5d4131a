/** Threads that wait for something to happen; it wakes them, and their calls are made again. */

/** What a queue needs of a thread that waits in it. */
export interface Waiter {
  /** Makes the thread run again; it leaves every queue that it waits in. */
  wake(): void;
}

export class WaitQueue {
  private readonly waiters = new Set<Waiter>();

  get isEmpty(): boolean {
    return this.waiters.size === 0;
  }

  add(waiter: Waiter): void {
    this.waiters.add(waiter);
  }

  remove(waiter: Waiter): void {
    this.waiters.delete(waiter);
  }

  /** Wakes up to `most` waiters, those that came first before others; how many it was. */
  wake(most: number = Number.POSITIVE_INFINITY): number {
    let woken = 0;
    if (this.waiters.size === 0) return woken;
    for (const waiter of [...this.waiters]) {
      if (woken >= most) break;
      this.waiters.delete(waiter);
      waiter.wake();
      woken++;
    }
    return woken;
  }
}

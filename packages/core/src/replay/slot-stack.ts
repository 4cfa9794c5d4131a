/** Slots for live blocks: the one that became free last is taken first, so they stay few. */
export class SlotStack {
  /** Slots that were ever taken at once, so numbers are below it. */
  count = 0;
  private free = new Int32Array(64);
  private freeCount = 0;

  /** Takes a slot. */
  take(): number {
    if (this.freeCount === 0) return this.count++;
    this.freeCount--;
    return this.free[this.freeCount]!;
  }

  /** Gives a taken slot back. */
  put(slot: number): void {
    if (this.freeCount === this.free.length) {
      const larger = new Int32Array(2 * this.free.length);
      larger.set(this.free);
      this.free = larger;
    }
    this.free[this.freeCount] = slot;
    this.freeCount++;
  }
}

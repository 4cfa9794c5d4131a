/** One line on a terminal that tells how far a long run is; gone before anything else is printed. */
import { countText } from '@bareheap/inspect';

/** Runs shorter than this show nothing. */
const QUIET_MS = 2000;
const INTERVAL_MS = 500;
const CLEAR_LINE = '\r\u001b[K';

export class Progress {
  private readonly write: (text: string) => void;
  private readonly now: () => number;
  private readonly started: number;
  private last: number;
  private visible = false;

  /** `now` in milliseconds. */
  constructor(write: (text: string) => void, now: () => number) {
    this.write = write;
    this.now = now;
    this.started = now();
    this.last = this.started + QUIET_MS - INTERVAL_MS;
  }

  update(instructions: number): void {
    const now = this.now();
    if (now - this.last < INTERVAL_MS) return;
    this.last = now;
    const seconds = (now - this.started) / 1000;
    const rate = instructions / seconds / 1e6;
    const shown = `bareheap: ${countText(instructions)} instructions, ${seconds.toFixed(0)} s, ${rate.toFixed(0)} M/s`;
    this.write(`${CLEAR_LINE}${shown}`);
    this.visible = true;
  }

  clear(): void {
    if (this.visible) this.write(CLEAR_LINE);
    this.visible = false;
  }
}

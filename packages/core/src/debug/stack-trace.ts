/** The trace of the call that is going on, in an array that is there beforehand. */

import { NO_STACK } from './debug-finding.ts';

/** Writes the call's return addresses or other tokens, innermost first; how many it wrote. */
export type CaptureStack = (into: Uint32Array) => number;

export class StackTrace {
  readonly frames: Uint32Array;
  count = 0;
  private readonly capture: CaptureStack | null;

  constructor(frameCount: number, capture: CaptureStack | null) {
    this.frames = new Uint32Array(frameCount);
    this.capture = capture;
  }

  /** Takes the trace of the call that is going on. */
  take(): void {
    if (this.capture === null || this.frames.length === 0) return;
    this.count = Math.min(this.capture(this.frames), this.frames.length);
  }

  /** A copy of the trace. */
  copy(): Uint32Array {
    return this.count === 0 ? NO_STACK : this.frames.slice(0, this.count);
  }
}

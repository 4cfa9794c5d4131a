/**
 * The shadow call stack, with the JIT's rules: a call enters a frame; where a computed jump or the
 * machine goes, the frames that are over are dropped. A frame is over when the stack pointer has
 * passed it, or when it is where the frame comes back to; a function with calls of its own has
 * moved the stack pointer before them, so behind a call all frames at the same stack pointer but
 * its own are left ones (longjmp). Where calls push, a frame's stack pointer is the one behind the
 * push, and only a return takes it further: a frame is over when it has been passed.
 */
import type { ShadowFrame } from '@bareheap/cpu';

export class CallStack {
  /** Addresses behind calls that were seen. */
  readonly returnSites: Set<number> = new Set<number>();
  private frames: ShadowFrame[] = [];
  private readonly callsPush: boolean;

  /** @param callsPush  whether a call puts where it comes back to on the stack */
  constructor(callsPush: boolean) {
    this.callsPush = callsPush;
  }

  get depth(): number {
    return this.frames.length;
  }

  push(frame: ShadowFrame): void {
    this.frames.push(frame);
  }

  /** Drops the frames that are over, now that control is at `pc`. */
  settle(pc: number, stackPointer: number): void {
    const isReturnSite = this.returnSites.has(pc);
    let returned = false;
    for (let top = this.frames.at(-1); top !== undefined; top = this.frames.at(-1)) {
      if (top.stackPointer > stackPointer) return;
      if (top.stackPointer === stackPointer) {
        if (this.callsPush) return;
        const isReturn = top.returnTo === pc;
        if (!isReturn && (returned || !isReturnSite)) return;
        returned ||= isReturn;
      }
      this.frames.pop();
    }
  }

  /** Leaves the `depth` oldest frames. */
  truncate(depth: number): void {
    if (depth < this.frames.length) this.frames.length = depth;
  }

  /** The active frames, innermost first. */
  innermostFirst(): ShadowFrame[] {
    return this.frames.toReversed();
  }

  /** Writes where the innermost frames come back to, innermost first; how many they are. */
  returns(into: Float64Array, from: number, most: number): number {
    const count = Math.min(this.frames.length, most);
    for (let nth = 0; nth < count; nth++) into[from + nth] = this.frames.at(-1 - nth)!.returnTo;
    return count;
  }
}

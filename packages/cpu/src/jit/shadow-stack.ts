/**
 * The shadow call stack: one entry a call, written by generated code and by the interpreter at the
 * depth that each frame carries. Entries above the depth are stale. A frame that was left without
 * a return (longjmp, an unwound exception) is dropped when the stack pointer has passed it.
 */
import type { ShadowFrame } from '../cpu.ts';
import type { CpuState } from './cpu-state.ts';
import { registerOffset, SHADOW, SHADOW_ENTRIES, SHADOW_ENTRY_BYTES } from './state-layout.ts';

/** Entries kept free above the depth, for what one run of generated code may push. */
const HEADROOM = 1024;

export class ShadowStack {
  /** Entries in use in linear memory. */
  depth = 0;
  private readonly state: CpuState;
  /** Index of the stack pointer in the state's words. */
  readonly stackPointer: number;
  /** The oldest frames, when there are more than linear memory has room for; oldest first. */
  private older: ShadowFrame[] = [];

  constructor(state: CpuState, stackPointerRegister: number) {
    this.state = state;
    this.stackPointer = registerOffset(stackPointerRegister) >> 2;
  }

  get totalDepth(): number {
    return this.older.length + this.depth;
  }

  push(returnTo: number, callee: number, stackPointer: number): void {
    const { i32 } = this.state;
    const at = (SHADOW + this.depth * SHADOW_ENTRY_BYTES) >> 2;
    i32[at] = returnTo;
    i32[at + 1] = callee;
    i32[at + 2] = stackPointer;
    this.depth++;
    if (this.depth > SHADOW_ENTRIES - HEADROOM) this.spill();
  }

  /**
   * Drops the frames that are over, now that control is at `pc`. A frame whose call left the stack
   * pointer where it is now may have been entered just now, or by a tail call from there; but a
   * function that has calls of its own has moved the stack pointer before them. So where control
   * is behind a call that is none of these frames', longjmp left them.
   */
  settle(pc: number, isReturnSite: boolean): void {
    const { i32 } = this.state;
    const sp = i32[this.stackPointer]! >>> 0;
    let returned = false;
    while (this.depth > 0) {
      const at = (SHADOW + (this.depth - 1) * SHADOW_ENTRY_BYTES) >> 2;
      const frameSp = i32[at + 2]! >>> 0;
      if (frameSp > sp) break;
      if (frameSp === sp) {
        const isReturn = i32[at]! >>> 0 === pc;
        if (!isReturn && (returned || !isReturnSite)) break;
        returned ||= isReturn;
      }
      this.depth--;
      if (this.depth === 0 && this.older.length > 0) this.unspill();
    }
    if (this.depth > SHADOW_ENTRIES - HEADROOM) this.spill();
  }

  /** The active frames, innermost first. */
  frames(): ShadowFrame[] {
    const inner: ShadowFrame[] = [];
    for (let index = this.depth - 1; index >= 0; index--) inner.push(this.frame(index));
    return inner.concat(this.older.toReversed());
  }

  /** Leaves the `depth` oldest frames. */
  truncate(depth: number): void {
    while (depth < this.older.length) this.unspill();
    this.depth = Math.min(this.depth, depth - this.older.length);
  }

  private frame(index: number): ShadowFrame {
    const { i32 } = this.state;
    const at = (SHADOW + index * SHADOW_ENTRY_BYTES) >> 2;
    return {
      returnTo: i32[at]! >>> 0,
      callee: i32[at + 1]! >>> 0,
      stackPointer: i32[at + 2]! >>> 0,
    };
  }

  private spill(): void {
    const count = SHADOW_ENTRIES >> 1;
    for (let index = 0; index < count; index++) this.older.push(this.frame(index));
    const from = SHADOW + count * SHADOW_ENTRY_BYTES;
    this.state.u8.copyWithin(SHADOW, from, SHADOW + this.depth * SHADOW_ENTRY_BYTES);
    this.depth -= count;
  }

  /** Brings the newest of the older frames back under the ones in linear memory. */
  private unspill(): void {
    const count = Math.min(this.older.length, SHADOW_ENTRIES >> 2);
    const frames = this.older.splice(this.older.length - count);
    const { i32, u8 } = this.state;
    const end = SHADOW + this.depth * SHADOW_ENTRY_BYTES;
    u8.copyWithin(SHADOW + count * SHADOW_ENTRY_BYTES, SHADOW, end);
    frames.forEach((frame, index) => {
      const at = (SHADOW + index * SHADOW_ENTRY_BYTES) >> 2;
      i32[at] = frame.returnTo;
      i32[at + 1] = frame.callee;
      i32[at + 2] = frame.stackPointer;
    });
    this.depth += count;
  }
}

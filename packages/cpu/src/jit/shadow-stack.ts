/**
 * The shadow call stack: one entry a call, written by generated code and by the interpreter at the
 * depth that each frame carries. Entries above the depth are stale. A frame that was left without
 * a return (longjmp, an unwound exception) is dropped when the stack pointer has passed it.
 */
import type { ShadowFrame } from '../cpu.ts';
import type { Isa } from '../isa.ts';
import { ADDRESS_SHAPES, type AddressShape } from './address-shape.ts';
import type { CpuState } from './cpu-state.ts';
import { registerOffset, SHADOW, SHADOW_BYTES } from './state-layout.ts';

/** Entries kept free above the depth, for what one run of generated code may push. */
const HEADROOM = 1024;

export class ShadowStack {
  /** Entries in use in linear memory. */
  depth = 0;
  private readonly state: CpuState;
  private readonly shape: AddressShape;
  private readonly callsPush: boolean;
  /** Entries that linear memory has room for. */
  private readonly entries: number;
  /** Byte offset of the stack pointer. */
  private readonly stackPointer: number;
  /** The oldest frames, when there are more than linear memory has room for; oldest first. */
  private older: ShadowFrame[] = [];

  constructor(state: CpuState, isa: Isa) {
    this.state = state;
    this.shape = ADDRESS_SHAPES[isa.addressType];
    this.callsPush = isa.callsPush;
    this.entries = SHADOW_BYTES >> this.shape.shadowShift;
    this.stackPointer = registerOffset(isa.stackPointer);
  }

  get totalDepth(): number {
    return this.older.length + this.depth;
  }

  /** Enters a call from where the stack pointer is now. */
  call(returnTo: number, callee: number): void {
    this.push(returnTo, callee, this.address(this.stackPointer));
  }

  push(returnTo: number, callee: number, stackPointer: number): void {
    this.write(this.depth, { returnTo, callee, stackPointer });
    this.depth++;
    if (this.depth > this.entries - HEADROOM) this.spill();
  }

  /**
   * Drops the frames that are over, now that control is at `pc`. A frame whose call left the stack
   * pointer where it is now may have been entered just now, or by a tail call from there; but a
   * function that has calls of its own has moved the stack pointer before them. So where control
   * is behind a call that is none of these frames', longjmp left them. Where calls push, their
   * returns move the stack pointer past the frame, so one that it has not passed is not over.
   */
  settle(pc: number, isReturnSite: boolean): void {
    const sp = this.address(this.stackPointer);
    let returned = false;
    while (this.depth > 0) {
      const at = this.at(this.depth - 1);
      const frameSp = this.address(at + this.shape.shadowStackPointer);
      if (frameSp > sp) break;
      if (frameSp === sp) {
        if (this.callsPush) break;
        const isReturn = this.address(at) === pc;
        if (!isReturn && (returned || !isReturnSite)) break;
        returned ||= isReturn;
      }
      this.depth--;
      if (this.depth === 0 && this.older.length > 0) this.unspill();
    }
    if (this.depth > this.entries - HEADROOM) this.spill();
  }

  /** The active frames, innermost first. */
  frames(): ShadowFrame[] {
    const inner: ShadowFrame[] = [];
    for (let index = this.depth - 1; index >= 0; index--) inner.push(this.read(index));
    return inner.concat(this.older.toReversed());
  }

  /** Where the active frames return to, innermost first; how many were written. */
  returns(into: Float64Array, from: number, most: number): number {
    const count = Math.min(most, this.totalDepth);
    const inner = Math.min(count, this.depth);
    for (let index = 0; index < inner; index++) {
      into[from + index] = this.address(this.at(this.depth - 1 - index));
    }
    for (let index = inner; index < count; index++) {
      into[from + index] = this.older[this.totalDepth - 1 - index]!.returnTo;
    }
    return count;
  }

  /** Leaves the `depth` oldest frames. */
  truncate(depth: number): void {
    while (depth < this.older.length) this.unspill();
    this.depth = Math.min(this.depth, depth - this.older.length);
  }

  private at(index: number): number {
    return SHADOW + (index << this.shape.shadowShift);
  }

  private read(index: number): ShadowFrame {
    const { shadowCallee, shadowStackPointer } = this.shape;
    const at = this.at(index);
    return {
      returnTo: this.address(at),
      callee: this.address(at + shadowCallee),
      stackPointer: this.address(at + shadowStackPointer),
    };
  }

  private write(index: number, { returnTo, callee, stackPointer }: ShadowFrame): void {
    const { shadowCallee, shadowStackPointer } = this.shape;
    const at = this.at(index);
    this.setAddress(at, returnTo);
    this.setAddress(at + shadowCallee, callee);
    this.setAddress(at + shadowStackPointer, stackPointer);
  }

  private address(offset: number): number {
    const { i32 } = this.state;
    const low = i32[offset >> 2]! >>> 0;
    return this.shape.type === 'i32' ? low : low + (i32[(offset >> 2) + 1]! >>> 0) * 2 ** 32;
  }

  private setAddress(offset: number, address: number): void {
    const { i32 } = this.state;
    i32[offset >> 2] = address;
    if (this.shape.type === 'i64') i32[(offset >> 2) + 1] = Math.floor(address / 2 ** 32);
  }

  private spill(): void {
    const count = this.entries >> 1;
    for (let index = 0; index < count; index++) this.older.push(this.read(index));
    this.state.u8.copyWithin(SHADOW, this.at(count), this.at(this.depth));
    this.depth -= count;
  }

  /** Brings the newest of the older frames back under the ones in linear memory. */
  private unspill(): void {
    const count = Math.min(this.older.length, this.entries >> 2);
    const frames = this.older.splice(this.older.length - count);
    this.state.u8.copyWithin(this.at(count), SHADOW, this.at(this.depth));
    for (const [index, frame] of frames.entries()) this.write(index, frame);
    this.depth += count;
  }
}

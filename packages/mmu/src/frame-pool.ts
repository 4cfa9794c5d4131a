/**
 * Frames of 4 KiB in one WebAssembly.Memory, reference-counted so that mappings can share them.
 * The pool alone grows the memory and alone re-derives the views over it.
 */
import { assert } from './assert.ts';
import { FRAMES_BASE, PAGE_BYTES, WASM_PAGE_BYTES } from './memory-layout.ts';
import { PTE_FRAMES } from './pte.ts';

/** No frame: the memory limit is reached. */
export const NO_FRAME = -1;

/** A frame holds code that was translated: see the watch functions of the MMU. */
export const FRAME_PLAIN = 0;
export const FRAME_WATCHED = 1;
export const FRAME_TRUSTED = 2;

const INITIAL_FRAMES = 64;

export class FramePool {
  readonly memory: WebAssembly.Memory;
  /** Frames that may be in use at once. */
  readonly limit: number;
  u8: Uint8Array<ArrayBuffer>;
  u16: Uint16Array<ArrayBuffer>;
  i32: Int32Array<ArrayBuffer>;
  view: DataView<ArrayBuffer>;
  /** FRAME_PLAIN, FRAME_WATCHED or FRAME_TRUSTED for each frame. */
  codeState: Uint8Array;
  /** Two words a frame: a bit for each 64 bytes that hold translated code. */
  codeGranules: Int32Array;
  private references: Uint32Array;
  private readonly free: number[] = [];
  private next = 0;
  private used = 0;

  /** @param limitBytes  most bytes of frames, rounded down to pages; at least one page */
  constructor(limitBytes: number) {
    const room = 2 ** 32 - WASM_PAGE_BYTES - FRAMES_BASE;
    this.limit = Math.max(
      1,
      Math.min(Math.floor(limitBytes / PAGE_BYTES), room / PAGE_BYTES, PTE_FRAMES),
    );
    const initial = Math.min(INITIAL_FRAMES, this.limit);
    const maximum = Math.ceil((FRAMES_BASE + this.limit * PAGE_BYTES) / WASM_PAGE_BYTES);
    this.memory = new WebAssembly.Memory({
      initial: Math.ceil((FRAMES_BASE + initial * PAGE_BYTES) / WASM_PAGE_BYTES),
      maximum,
    });
    const { buffer } = this.memory;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.view = new DataView(buffer);
    const frames = this.capacity();
    this.references = new Uint32Array(frames);
    this.codeState = new Uint8Array(frames);
    this.codeGranules = new Int32Array(frames * 2);
  }

  /** Frames in use. */
  get inUse(): number {
    return this.used;
  }

  /** Hands out a zeroed frame with one reference, or NO_FRAME at the limit. */
  allocate(): number {
    const recycled = this.free.pop();
    let frame = recycled ?? this.next;
    if (recycled === undefined) {
      if (this.next >= this.limit) return NO_FRAME;
      if (this.next >= this.references.length && !this.grow()) return NO_FRAME;
      frame = this.next++;
    } else {
      this.u8.fill(0, this.offset(frame), this.offset(frame) + PAGE_BYTES);
    }
    this.references[frame] = 1;
    this.used++;
    return frame;
  }

  /** A new frame with the contents of another, or NO_FRAME. */
  duplicate(frame: number): number {
    const copy = this.allocate();
    if (copy === NO_FRAME) return copy;
    const from = this.offset(frame);
    this.u8.copyWithin(this.offset(copy), from, from + PAGE_BYTES);
    return copy;
  }

  share(frame: number): void {
    this.references[frame]!++;
  }

  release(frame: number): void {
    const left = --this.references[frame]!;
    assert(left < 0xffffffff, `frame ${frame} released too often`);
    if (left > 0) return;
    this.codeState[frame] = FRAME_PLAIN;
    this.codeGranules.fill(0, frame * 2, frame * 2 + 2);
    this.free.push(frame);
    this.used--;
  }

  referencesOf(frame: number): number {
    return this.references[frame]!;
  }

  /** Host offset of a frame's first byte. */
  offset(frame: number): number {
    return FRAMES_BASE + frame * PAGE_BYTES;
  }

  private capacity(): number {
    return Math.floor((this.memory.buffer.byteLength - FRAMES_BASE) / PAGE_BYTES);
  }

  /** Doubles the room for frames, within the limit; false when the host has no memory for it. */
  private grow(): boolean {
    const wanted = Math.min(this.limit, Math.max(INITIAL_FRAMES, this.references.length * 2));
    const bytes = FRAMES_BASE + wanted * PAGE_BYTES - this.memory.buffer.byteLength;
    try {
      this.memory.grow(Math.ceil(bytes / WASM_PAGE_BYTES));
    } catch {
      return false;
    }
    const { buffer } = this.memory;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.view = new DataView(buffer);
    const frames = this.capacity();
    this.references = enlarge(this.references, new Uint32Array(frames));
    this.codeState = enlarge(this.codeState, new Uint8Array(frames));
    this.codeGranules = enlarge(this.codeGranules, new Int32Array(frames * 2));
    return true;
  }
}

function enlarge<A extends Uint32Array | Uint8Array | Int32Array>(from: A, into: A): A {
  into.set(from);
  return into;
}

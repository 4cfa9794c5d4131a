/**
 * Frames of 4 KiB in one WebAssembly.Memory, reference-counted so that mappings can share them.
 * The pool alone grows the memory and alone re-derives the views over it.
 */
import { assert } from './assert.ts';
import { CodeWatch } from './code-watch.ts';
import { FRAMES_BASE, PAGE_BYTES, WASM_PAGE_BYTES } from './memory-layout.ts';
import { PTE_FRAMES } from './pte.ts';

/** No frame: the memory limit is reached. */
export const NO_FRAME = -1;

/** Whoever holds references to frames, for the check of their counts. */
export interface FrameHolder {
  /** Adds one for each reference that it holds. */
  countFrames(counts: Uint32Array): void;
}

/** The TLB that generated code reads now: the area in linear memory is one for all spaces. */
export interface ActiveTlb {
  /** Forgets the write tags of every page on a frame. */
  forbidWrites(frameOffset: number): void;
}

const INITIAL_FRAMES = 64;

export class FramePool {
  readonly memory: WebAssembly.Memory;
  /** Frames that may be in use at once. */
  readonly limit: number;
  u8: Uint8Array<ArrayBuffer>;
  u16: Uint16Array<ArrayBuffer>;
  i32: Int32Array<ArrayBuffer>;
  view: DataView<ArrayBuffer>;
  readonly code: CodeWatch = new CodeWatch();
  /** Every space and memory object on these frames; others who hold frames may join. */
  readonly holders: Set<FrameHolder> = new Set<FrameHolder>();
  activeTlb: ActiveTlb | null = null;
  /** Frames that were asked for and not given. */
  refusals = 0;
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
  }

  /** Frames in use. */
  get inUse(): number {
    return this.used;
  }

  /** Hands out a zeroed frame with one reference, or NO_FRAME at the limit. */
  allocate(): number {
    const fresh = this.next;
    const frame = this.take();
    if (frame !== NO_FRAME && frame !== fresh) {
      this.u8.fill(0, this.offset(frame), this.offset(frame) + PAGE_BYTES);
    }
    return frame;
  }

  /** A new frame with the contents of another, or NO_FRAME. */
  duplicate(frame: number): number {
    const copy = this.take();
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
    assert(left < 0xffffffff, 'a frame released too often', frame);
    if (left > 0) return;
    this.code.assertPlain(frame);
    this.free.push(frame);
    this.used--;
  }

  referencesOf(frame: number): number {
    return this.references[frame]!;
  }

  /** Compares the count of each frame with what its holders hold; what is wrong, one line each. */
  check(): string[] {
    const counts = new Uint32Array(this.next);
    for (const holder of this.holders) holder.countFrames(counts);
    const wrong: string[] = [];
    let used = 0;
    for (let frame = 0; frame < this.next; frame++) {
      const references = this.references[frame]!;
      if (references > 0) used++;
      if (references === counts[frame]) continue;
      wrong.push(`frame ${frame} counts ${references} references, ${counts[frame]} are held`);
    }
    if (used !== this.used) wrong.push(`${this.used} frames are counted, ${used} in use`);
    return wrong;
  }

  /** Host offset of a frame's first byte. */
  offset(frame: number): number {
    return FRAMES_BASE + frame * PAGE_BYTES;
  }

  /** A frame with one reference and any contents, or NO_FRAME. */
  private take(): number {
    let frame = this.free.pop();
    if (frame === undefined) {
      if (this.next >= this.limit || (this.next >= this.references.length && !this.grow())) {
        this.refusals++;
        return NO_FRAME;
      }
      frame = this.next++;
    }
    this.references[frame] = 1;
    this.used++;
    return frame;
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
    const references = new Uint32Array(frames);
    references.set(this.references);
    this.references = references;
    return true;
  }
}

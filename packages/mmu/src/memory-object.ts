/**
 * Pages that mappings share: those of a file, memory that several spaces see, or frames that exist
 * already. A page is read from the file when it is first wanted, stays in its frame as long as the
 * object lives, and is the same frame in every mapping; what shared mappings stored to it goes back
 * to the file. References count VMAs and whoever made the object; the last one to leave closes it.
 *
 * Not here: a file that grows or shrinks under its mappings; see {@link Mmu.dropPastEnd}.
 */
import { assert } from './assert.ts';
import { type FrameHolder, type FramePool, NO_FRAME } from './frame-pool.ts';
import { PAGE_BYTES } from './memory-layout.ts';

/** What gives and takes the bytes of a file: the platform's, or a host's. */
export interface PageFile {
  /** Bytes of the file as it is now. Pages that begin at or past it cannot be had. */
  readonly size: number;
  /**
   * Fills `bytes` from an offset inside the file. They lie in a frame: not to be kept. What a host
   * cannot read it leaves as it is: zeros.
   */
  read(offset: number, bytes: Uint8Array): void;
  /** Takes bytes that lie inside the file. They lie in a frame: not to be kept. */
  write(offset: number, bytes: Uint8Array): void;
}

/** No such page: it begins at or past the end. */
export const PAST_END = -2;

export class MemoryObject implements FrameHolder {
  readonly pool: FramePool;
  readonly file: PageFile | null;
  private readonly fixedBytes: number;
  private readonly frames = new Map<number, number>();
  /** Pages that a shared mapping may have stored to since they were last written back. */
  private readonly dirty = new Set<number>();
  private references = 1;

  /** @param source  a file, or the bytes of memory without one, which begins as zeros */
  constructor(pool: FramePool, source: PageFile | number) {
    this.pool = pool;
    this.file = typeof source === 'number' ? null : source;
    this.fixedBytes = typeof source === 'number' ? source : 0;
    pool.holders.add(this);
  }

  /** An object of frames that exist, first page first; it takes a reference to each. */
  static ofFrames(pool: FramePool, frames: readonly number[]): MemoryObject {
    const object = new MemoryObject(pool, frames.length * PAGE_BYTES);
    frames.forEach((frame, page) => {
      pool.share(frame);
      object.frames.set(page, frame);
    });
    return object;
  }

  /** Bytes; pages that begin past them are a `bus` fault. */
  get size(): number {
    return this.file === null ? this.fixedBytes : this.file.size;
  }

  /** Pages that lie in a frame. */
  get residentPages(): number {
    return this.frames.size;
  }

  retain(): void {
    assert(this.references > 0, 'a closed memory object');
    this.references++;
  }

  /** Gives up one reference; the last one writes back and gives back the frames. */
  release(): void {
    assert(this.references > 0, 'a closed memory object');
    if (--this.references > 0) return;
    this.writeBack();
    for (const frame of this.frames.values()) this.pool.release(frame);
    this.frames.clear();
    this.pool.holders.delete(this);
  }

  /** The frame of a page, which is read now if it was not; NO_FRAME at the limit, or PAST_END. */
  frameOf(page: number): number {
    if (page * PAGE_BYTES >= this.size) return PAST_END;
    const known = this.frames.get(page);
    if (known !== undefined) return known;
    const frame = this.pool.allocate();
    if (frame === NO_FRAME) return frame;
    this.frames.set(page, frame);
    this.fill(page, frame);
    return frame;
  }

  /** The frame of a page if it lies in one, or NO_FRAME. */
  residentFrame(page: number): number {
    return this.frames.get(page) ?? NO_FRAME;
  }

  /** Notes that a shared mapping stores to a page. */
  markDirty(page: number): void {
    if (this.file !== null) this.dirty.add(page);
  }

  /**
   * Writes what shared mappings stored to the pages of [first, end) back to the file, up to its
   * end. A page that is mapped still counts as dirty: it can be stored to without a word.
   */
  writeBack(first = 0, end: number = Number.POSITIVE_INFINITY): void {
    const { file, pool } = this;
    if (file === null) return;
    for (const page of this.dirty) {
      if (page < first || page >= end) continue;
      const frame = this.frames.get(page)!;
      const bytes = this.bytesInFile(page);
      const from = pool.offset(frame);
      if (bytes > 0) file.write(page * PAGE_BYTES, pool.u8.subarray(from, from + bytes));
      if (pool.referencesOf(frame) === 1) this.dirty.delete(page);
    }
  }

  /** The file's bytes in [offset, offset + length) changed: pages in frames show them now. */
  reload(offset: number, length: number): void {
    const first = Math.floor(offset / PAGE_BYTES);
    const end = Math.ceil((offset + length) / PAGE_BYTES);
    for (const [page, frame] of this.frames) {
      if (page >= first && page < end) this.fill(page, frame);
    }
  }

  /**
   * Gives back the pages past the end of a file that shrank, and clears the rest of its last page.
   * Every space that maps it has dropped them before.
   */
  trim(): void {
    for (const [page, frame] of this.frames) {
      const bytes = this.bytesInFile(page);
      const from = this.pool.offset(frame);
      if (bytes > 0) {
        if (bytes < PAGE_BYTES) this.pool.u8.fill(0, from + bytes, from + PAGE_BYTES);
        continue;
      }
      this.frames.delete(page);
      this.dirty.delete(page);
      this.pool.release(frame);
    }
  }

  /** Copies a part of one page, which stays where it is: in its frame, or in the file. */
  peek(page: number, offset: number, bytes: Uint8Array): boolean {
    if (page * PAGE_BYTES >= this.size) return false;
    const frame = this.frames.get(page);
    if (frame !== undefined) {
      const from = this.pool.offset(frame) + offset;
      bytes.set(this.pool.u8.subarray(from, from + bytes.length));
      return true;
    }
    bytes.fill(0);
    const count = Math.min(bytes.length, this.bytesInFile(page) - offset);
    if (count > 0) this.file?.read(page * PAGE_BYTES + offset, bytes.subarray(0, count));
    return true;
  }

  countFrames(counts: Uint32Array): void {
    for (const frame of this.frames.values()) counts[frame]!++;
  }

  private fill(page: number, frame: number): void {
    const { file, pool } = this;
    if (file === null) return;
    const from = pool.offset(frame);
    const bytes = Math.max(0, this.bytesInFile(page));
    pool.u8.fill(0, from + bytes, from + PAGE_BYTES);
    if (bytes > 0) file.read(page * PAGE_BYTES, pool.u8.subarray(from, from + bytes));
  }

  /** Bytes of a page that lie before the end; 0 or less for a page past it. */
  private bytesInFile(page: number): number {
    return Math.min(PAGE_BYTES, this.size - page * PAGE_BYTES);
  }
}

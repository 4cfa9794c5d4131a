/**
 * Pages that mappings share: a file's, a memfd's, or those of shared anonymous memory. Frames are
 * made when a page is first wanted and stay until the object is cut or its last holder lets go, so
 * every mapping and every read and write of the file sees the same bytes. VMAs and descriptors hold
 * an object, and so does whoever made it, until release().
 */
import { type FrameHolder, type FramePool, NO_FRAME, PAGE_BYTES } from '@bareheap/mmu';
import { assert } from './assert.ts';
import { FrameView } from './frame-view.ts';

/** Where the bytes of a file come from and go to; a memfd has none. */
export interface FileContents {
  /** Reads one page of the file into `page`; what lies past the end stays zero. */
  readPage(index: number, page: Uint8Array): void;
  /** Takes the bytes of a page that shared mappings or writes changed. */
  writePage?(index: number, page: Uint8Array): void;
}

/** Told when pages of an object are gone, so that mappings of them are dropped. */
export interface ObjectUser {
  /**
   * Drops what is mapped of the object from page `first` to before page `end`; with `copies`, what
   * private mappings made of it too.
   */
  forgetPages(object: MemoryObject, first: number, end: number, copies: boolean): void;
  /** Whether it has a shared mapping of the object that may be written, or be made so. */
  mapsForWriting(object: MemoryObject): boolean;
}

export interface MemoryObjectOptions {
  /** As /proc/self/maps has it, ` (deleted)` included. */
  readonly name: string;
  readonly sizeBytes?: number;
  readonly inode?: number;
  /** `major:minor` in hex. */
  readonly device?: string;
  readonly contents?: FileContents;
}

export class MemoryObject implements FrameHolder {
  /** As maps shows it; a file that is renamed or removed gets another one. */
  name: string;
  readonly inode: number;
  readonly device: string;
  /** What the MMU maps: the frames that pages have. */
  readonly view: FrameView;
  private readonly pool: FramePool;
  private readonly contents: FileContents | null;
  private readonly frames: Map<number, number> = new Map();
  private readonly changed: Set<number> = new Set();
  /** Spaces with VMAs of the object, and how many. */
  private readonly users: Map<ObjectUser, number> = new Map();
  private size: number;
  private holders = 1;

  constructor(pool: FramePool, options: MemoryObjectOptions) {
    this.pool = pool;
    this.name = options.name;
    this.inode = options.inode ?? 0;
    this.device = options.device ?? '00:01';
    this.contents = options.contents ?? null;
    this.size = options.sizeBytes ?? 0;
    pool.holders.add(this);
    this.view = new FrameView(pool, (page) => this.frames.get(page) ?? NO_FRAME);
  }

  get sizeBytes(): number {
    return this.size;
  }

  /** Whether pages can be given back in the middle: memory that no file stands behind. */
  get isPunchable(): boolean {
    return this.contents === null;
  }

  /** Pages that have a frame. */
  get residentPages(): number {
    return this.frames.size;
  }

  retain(): void {
    assert(this.holders > 0, `${this.name} is closed`);
    this.holders++;
  }

  /** Lets go; the last holder writes back and gives back the frames. */
  release(): void {
    assert(this.holders > 0, `${this.name} is closed`);
    if (--this.holders > 0) return;
    this.writeBack();
    for (const frame of this.frames.values()) this.pool.release(frame);
    this.frames.clear();
    this.view.release();
    this.pool.holders.delete(this);
  }

  /** Holds the object for a VMA of a space. */
  join(user: ObjectUser): void {
    this.retain();
    this.users.set(user, (this.users.get(user) ?? 0) + 1);
  }

  /** Whether any space has a shared mapping of it that may be written, or be made so. */
  get isMappedForWriting(): boolean {
    for (const user of this.users.keys()) if (user.mapsForWriting(this)) return true;
    return false;
  }

  /** How many VMAs have it mapped, of all spaces. */
  get mappings(): number {
    let count = 0;
    for (const vmas of this.users.values()) count += vmas;
    return count;
  }

  /** Lets go for a VMA of a space. */
  leave(user: ObjectUser): void {
    const left = this.users.get(user)! - 1;
    if (left > 0) this.users.set(user, left);
    else this.users.delete(user);
    this.release();
  }

  countFrames(counts: Uint32Array): void {
    for (const frame of this.frames.values()) counts[frame]!++;
  }

  /** Whether a page has a frame, as mincore tells. */
  isResident(index: number): boolean {
    return this.frames.has(index);
  }

  /** Whether a page lies in the object: one past the end is a bus error. */
  holds(index: number): boolean {
    return index >= 0 && index * PAGE_BYTES < this.size;
  }

  /** The frame of a page, made when it has none; NO_FRAME past the end or when memory ended. */
  frame(index: number): number {
    if (!this.holds(index)) return NO_FRAME;
    const known = this.frames.get(index);
    if (known !== undefined) return known;
    const frame = this.pool.allocate();
    if (frame === NO_FRAME) return NO_FRAME;
    this.frames.set(index, frame);
    this.contents?.readPage(index, this.bytesOf(frame));
    return frame;
  }

  /** Notes that a page may have been written. */
  markChanged(index: number): void {
    if (this.contents?.writePage !== undefined) this.changed.add(index);
  }

  /** Hands the changed pages of a range to the file. */
  writeBack(first = 0, end: number = Number.POSITIVE_INFINITY): void {
    for (const index of this.changed) {
      const frame = this.frames.get(index);
      if (index < first || index >= end || frame === undefined) continue;
      this.contents?.writePage?.(index, this.bytesOf(frame));
      // A page that is mapped can be stored to again without a word.
      if (this.pool.referencesOf(frame) === 1) this.changed.delete(index);
    }
  }

  /** Reads bytes at an offset; fewer at the end. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const count = Math.max(0, Math.min(length, this.size - offset));
    const bytes = new Uint8Array(count);
    this.visit(offset, count, this.contents !== null, (page, at, done, part) => {
      bytes.set(page.subarray(at, at + part), done);
    });
    return bytes;
  }

  /** Writes bytes at an offset, growing the object; how many were written before memory ended. */
  write(offset: number, bytes: Uint8Array): number {
    this.size = Math.max(this.size, offset + bytes.length);
    return this.visit(offset, bytes.length, true, (page, at, done, part, index) => {
      page.set(bytes.subarray(done, done + part), at);
      this.markChanged(index);
    });
  }

  /** Sets the size; pages past a new end are gone from every mapping, private copies too. */
  resize(sizeBytes: number): void {
    const end = Math.ceil(sizeBytes / PAGE_BYTES);
    const cut = sizeBytes < this.size;
    this.size = sizeBytes;
    if (!cut) return;
    this.dropFrames(end, Number.POSITIVE_INFINITY, true);
    const rest = sizeBytes % PAGE_BYTES;
    const last = this.frames.get(end - 1);
    if (rest !== 0 && last !== undefined) this.bytesOf(last).fill(0, rest);
  }

  /** Gives back the pages [first, end) of a memory file: zeros again; private copies stay. */
  punch(first: number, end: number): void {
    this.dropFrames(first, end, false);
  }

  private dropFrames(first: number, end: number, copies: boolean): void {
    for (const user of this.users.keys()) user.forgetPages(this, first, end, copies);
    for (const [index, frame] of this.frames) {
      if (index < first || index >= end) continue;
      this.pool.release(frame);
      this.frames.delete(index);
      this.changed.delete(index);
    }
  }

  private bytesOf(frame: number): Uint8Array {
    const offset = this.pool.offset(frame);
    return this.pool.u8.subarray(offset, offset + PAGE_BYTES);
  }

  /**
   * Visits the pages of a byte range; returns how many bytes were visited.
   *
   * @param fills  whether pages without a frame get one; else they are passed over
   */
  private visit(
    offset: number,
    length: number,
    fills: boolean,
    visit: (page: Uint8Array, at: number, done: number, part: number, index: number) => void,
  ): number {
    let done = 0;
    while (done < length) {
      const index = Math.floor((offset + done) / PAGE_BYTES);
      const at = (offset + done) % PAGE_BYTES;
      const part = Math.min(length - done, PAGE_BYTES - at);
      const frame = fills ? this.frame(index) : (this.frames.get(index) ?? NO_FRAME);
      if (frame !== NO_FRAME) visit(this.bytesOf(frame), at, done, part, index);
      else if (fills) break;
      done += part;
    }
    return done;
  }
}

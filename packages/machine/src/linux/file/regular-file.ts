/**
 * A regular file. Its pages are a memory object, so that reads, writes and mappings see the same
 * bytes. A file of the host's is read page by page when wanted; what the guest writes to it stays in
 * the object unless the file writes through.
 */
import { NO_FRAME, PAGE_BYTES } from '@bareheap/mmu';
import { type FileContents, MemoryObject } from '@bareheap/platform-posix';
import type { FileStorage } from './file-storage.ts';
import type { HostOriginal } from './host-original.ts';
import { Inode, type InodeParts } from './inode.ts';
import type { CachedFile } from './page-cache.ts';

const BLOCK_BYTES = 512;
/** A file that takes no more seals, as every file but a memfd that asked for them. */
export const F_SEAL_SEAL = 1;
export const F_SEAL_SHRINK = 2;
export const F_SEAL_GROW = 4;
export const F_SEAL_WRITE = 8;
export const F_SEAL_FUTURE_WRITE = 16;
export const F_SEAL_EXEC = 32;
/** Either one forbids write, shared writable mappings and holes. */
export const WRITE_SEALS: number = F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;
/** What F_SEAL_EXEC brings with it for a file that may be executed. */
export const EXECUTABLE_SEALS: number = F_SEAL_SHRINK | F_SEAL_GROW | WRITE_SEALS;
export const ALL_SEALS = 63;

export class RegularFile extends Inode implements CachedFile {
  readonly storage: FileStorage;
  /** The file of the host's that it is, or was before the guest wrote to it. */
  readonly original: HostOriginal | null;
  /** Bytes from here on are zeros, whatever the original has there: it was cut once. */
  private originalEnd: number;
  /** What F_ADD_SEALS forbids. */
  seals: number = F_SEAL_SEAL;
  /** Bytes of its pages where they are huge: none is reserved, so it has a size and nothing else. */
  hugePageBytes = 0;
  private object: MemoryObject | null = null;
  /** Size while there is no object. */
  private length: number;
  private opens = 0;
  private isDirty = false;

  constructor(storage: FileStorage, parts: InodeParts, original: HostOriginal | null = null) {
    super(parts);
    this.storage = storage;
    this.original = original;
    this.length = original?.size ?? 0;
    this.originalEnd = this.length;
  }

  /** A file around pages that exist, as memfd_create makes them; it takes over one hold. */
  static ofObject(storage: FileStorage, parts: InodeParts, object: MemoryObject): RegularFile {
    const file = new RegularFile(storage, parts);
    file.object = object;
    return file;
  }

  override get size(): number {
    return this.object?.sizeBytes ?? this.length;
  }

  override get blockBytes(): number {
    return this.hugePageBytes || super.blockBytes;
  }

  override get blocks(): number {
    const bytes =
      this.original === null
        ? this.residentPages * PAGE_BYTES
        : Math.ceil(this.size / PAGE_BYTES) * PAGE_BYTES;
    return bytes / BLOCK_BYTES;
  }

  get residentPages(): number {
    return this.object?.residentPages ?? 0;
  }

  /** Whether a page's bytes are in memory or on the host, and not just zeros. */
  holdsData(page: number): boolean {
    if (this.object?.isResident(page) === true) return true;
    return this.original !== null && page * PAGE_BYTES < this.originalEnd;
  }

  get writesThrough(): boolean {
    return this.original?.writesThrough ?? false;
  }

  /** The file's pages; `name` is what maps shows of them. */
  pages(name: string): MemoryObject {
    this.object ??= new MemoryObject(this.storage.pool, {
      name,
      sizeBytes: this.length,
      inode: this.number,
      device: deviceText(this.device),
      ...(this.original === null ? {} : { contents: this.contentsOf(this.original) }),
    });
    return this.object;
  }

  /** A name was changed or is gone: maps says so when it was the one that the pages go by. */
  renamed(from: string, to: string): void {
    if (this.object?.name === from) this.object.name = to;
  }

  /** Reads bytes at an offset; fewer at the end. */
  read(offset: number, length: number): Uint8Array {
    const count = Math.max(0, Math.min(length, this.size - offset));
    const { object, original } = this;
    if (original === null) return object?.read(offset, count) ?? new Uint8Array(count);
    const bytes = new Uint8Array(count);
    for (let done = 0; done < count; ) {
      const at = offset + done;
      const part = this.sameKind(at, count - done);
      if (object?.isResident(Math.floor(at / PAGE_BYTES)) === true) {
        bytes.set(object.read(at, part), done);
      } else {
        this.readOriginal(original, at, bytes.subarray(done, done + part));
      }
      done += part;
    }
    return bytes;
  }

  /** Writes bytes at an offset, growing the file: how many before memory ended. */
  write(offset: number, bytes: Uint8Array, name: string): number {
    const object = this.pages(name);
    const before = object.sizeBytes;
    this.isDirty = true;
    const written = object.write(offset, bytes);
    if (written < bytes.length) {
      // The object grows before it knows whether there is room.
      object.resize(Math.max(before, written === 0 ? 0 : offset + written));
    }
    if (this.writesThrough) {
      const end = Math.ceil((offset + written) / PAGE_BYTES);
      object.writeBack(Math.floor(offset / PAGE_BYTES), end);
    }
    this.touch(this.storage.now());
    return written;
  }

  /** Cuts the file or lets it grow by zeros. */
  resize(bytes: number): void {
    if (bytes < this.originalEnd) this.originalEnd = bytes;
    if (this.object !== null) this.object.resize(bytes);
    this.length = bytes;
    if (this.writesThrough) this.original?.resize(bytes);
    this.isDirty = true;
    this.touch(this.storage.now());
  }

  /** Makes zeros of whole pages and gives them back where nothing stands behind them. */
  punch(offset: number, length: number, name: string): void {
    const end = Math.min(offset + length, this.size);
    const first = Math.ceil(offset / PAGE_BYTES);
    const last = Math.floor(end / PAGE_BYTES);
    const inner = this.original === null && last > first;
    if (inner) this.object?.punch(first, last);
    const parts = inner
      ? [
          [offset, first * PAGE_BYTES],
          [last * PAGE_BYTES, end],
        ]
      : [[offset, end]];
    for (const [from, to] of parts) {
      if (to! > from!) this.write(from!, new Uint8Array(to! - from!), name);
    }
  }

  /** Takes memory for a range that lies in the file; false when there is not that much. */
  reserve(offset: number, length: number, name: string): boolean {
    const object = this.pages(name);
    const last = Math.floor((offset + length - 1) / PAGE_BYTES);
    const { pool } = this.storage;
    const first = Math.floor(offset / PAGE_BYTES);
    if (last - first + 1 > pool.limit) return false;
    for (let page = first; page <= last && object.holds(page); page++) {
      if (object.frame(page) === NO_FRAME) return false;
    }
    return true;
  }

  /** Hands what mappings stored to the host, where that is wanted. */
  sync(): void {
    this.object?.writeBack();
  }

  /** Notes that a descriptor has it: 0, or why the host's file cannot be opened. */
  opened(): number {
    const failed = this.original?.open() ?? 0;
    if (failed !== 0) return failed;
    this.storage.cache.remove(this);
    this.opens++;
    return 0;
  }

  closed(): void {
    this.opens--;
    this.sync();
    this.dispose();
  }

  override dispose(): void {
    if (this.opens > 0) return;
    if (this.links === 0) {
      this.forget();
      this.original?.close();
    } else if (this.original !== null && (this.writesThrough || !this.isDirty)) {
      this.storage.cache.add(this);
    }
  }

  forget(): void {
    if (this.object === null) return;
    this.length = this.object.sizeBytes;
    this.object.release();
    this.object = null;
    this.original?.close();
  }

  /** Bytes from `at` that are all resident or all not. */
  private sameKind(at: number, most: number): number {
    const first = Math.floor(at / PAGE_BYTES);
    const isResident = this.object?.isResident(first) ?? false;
    if (this.object === null) return most;
    let page = first + 1;
    while (page * PAGE_BYTES < at + most && this.object.isResident(page) === isResident) page++;
    return Math.min(most, page * PAGE_BYTES - at);
  }

  /** What lies past the original's end stays zero. */
  private readOriginal(original: HostOriginal, offset: number, bytes: Uint8Array): void {
    const count = Math.min(bytes.length, this.originalEnd - offset);
    if (count > 0) original.read(offset, bytes.subarray(0, count));
  }

  private contentsOf(original: HostOriginal): FileContents {
    const readPage = (index: number, page: Uint8Array): void =>
      this.readOriginal(original, index * PAGE_BYTES, page);
    if (!original.writesThrough) return { readPage };
    return {
      readPage,
      writePage: (index, page) => {
        const offset = index * PAGE_BYTES;
        const count = Math.min(PAGE_BYTES, this.size - offset);
        if (count <= 0) return;
        original.write(offset, page.subarray(0, count));
        this.originalEnd = Math.max(this.originalEnd, offset + count);
      },
    };
  }
}

/** `major:minor` in hex as maps has it. */
function deviceText(device: number): string {
  const major = (device >>> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  return `${hex(major)}:${hex(minor)}`;
}

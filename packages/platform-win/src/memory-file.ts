/** A file whose bytes lie in the host's memory, as sections map it and handles read it. */
import { type FramePool, MemoryObject, PAGE_BYTES, type PageFile } from '@bareheap/mmu';
import type { MappableFile } from './section.ts';

/** The bytes behind all handles of one file. */
export class FileBytes implements PageFile {
  readonly object: MemoryObject;
  private bytes: Uint8Array;

  constructor(pool: FramePool, bytes: Uint8Array) {
    this.bytes = bytes.slice();
    this.object = new MemoryObject(pool, this);
  }

  get size(): number {
    return this.bytes.length;
  }

  read(offset: number, bytes: Uint8Array): void {
    bytes.set(this.bytes.subarray(offset, offset + bytes.length));
  }

  write(offset: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, offset);
  }

  resize(size: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(this.bytes.subarray(0, size));
    this.bytes = bytes;
    this.object.trim();
  }

  /** A byte as views show it and reads find it, or -1 past the end. */
  byteAt(offset: number): number {
    if (offset >= this.size) return -1;
    const byte = new Uint8Array(1);
    this.object.peek(Math.floor(offset / PAGE_BYTES), offset % PAGE_BYTES, byte);
    return byte[0]!;
  }
}

/** One handle of a file in memory. */
export class MemoryFile implements MappableFile {
  readonly kind = 'file' as const;
  readonly isMappable = true;
  readonly bytes: FileBytes;
  readonly isReadable: boolean;
  readonly isWritable: boolean;

  constructor(bytes: FileBytes, isReadable: boolean, isWritable: boolean) {
    this.bytes = bytes;
    this.isReadable = isReadable;
    this.isWritable = isWritable;
    bytes.object.retain();
  }

  get object(): MemoryObject {
    return this.bytes.object;
  }

  get size(): number {
    return this.bytes.size;
  }

  resize(size: number): boolean {
    if (!this.isWritable) return false;
    this.bytes.resize(size);
    return true;
  }

  /** Ends the handle. */
  close(): void {
    this.bytes.object.release();
  }
}

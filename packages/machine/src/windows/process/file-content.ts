/**
 * The bytes of a file: the host's until the program writes, then a copy in memory; or the host's all
 * along where writes go through. All files of a run share one limit of memory.
 */
import type { HostFile, HostTree } from '../../host-tree.ts';

const EIO = 5;
const ENOSPC = 28;
const SMALLEST = 256;

/** Bytes of memory that files of a run may still take. */
export class FileBudget {
  private left: number;

  constructor(bytes: number) {
    this.left = bytes;
  }

  /** Takes bytes, or gives them back when negative; false when there are too few. */
  take(bytes: number): boolean {
    if (bytes > this.left) return false;
    this.left -= bytes;
    return true;
  }
}

/** Where the bytes of a file of the host's are. */
export interface HostSource {
  readonly tree: HostTree;
  path: string;
  readonly size: number;
}

export class FileContent {
  private readonly budget: FileBudget;
  private source: HostSource | null;
  private readonly writesThrough: boolean;
  private host: HostFile | null = null;
  private bytes: Uint8Array = new Uint8Array(0);
  private length = 0;

  constructor(budget: FileBudget, source: HostSource | null) {
    this.budget = budget;
    this.source = source;
    this.writesThrough = source?.tree.writesThrough(source.path) ?? false;
    this.length = source?.size ?? 0;
  }

  get size(): number {
    return this.length;
  }

  /** The file has another name on the host, by which it is opened again. */
  moved(path: string): void {
    this.rest();
    if (this.source !== null) this.source.path = path;
  }

  /** Fills `bytes` from an offset: how many there were, or a negative error number. */
  read(offset: number, bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.length - offset);
    if (count <= 0) return 0;
    if (this.source === null) {
      bytes.set(this.bytes.subarray(offset, offset + count));
      return count;
    }
    const file = this.open();
    return typeof file === 'number' ? file : file.read(offset, bytes.subarray(0, count));
  }

  /** How many bytes were written, or a negative error number. */
  write(offset: number, bytes: Uint8Array): number {
    if (this.writesThrough) {
      const file = this.open();
      if (typeof file === 'number') return file;
      const count = file.write?.(offset, bytes) ?? -EIO;
      if (count > 0) this.length = Math.max(this.length, offset + count);
      return count;
    }
    const end = offset + bytes.length;
    const failed = this.inMemory(Math.max(this.length, end));
    if (failed !== 0) return failed;
    this.bytes.set(bytes, offset);
    this.length = Math.max(this.length, end);
    return bytes.length;
  }

  /** Cuts or lengthens the file: 0 or a negative error number. */
  resize(length: number): number {
    if (this.writesThrough) {
      const file = this.open();
      if (typeof file === 'number') return file;
      const failed = file.resize?.(length) ?? -EIO;
      if (failed === 0) this.length = length;
      return failed;
    }
    const failed = this.inMemory(length);
    if (failed !== 0) return failed;
    if (length < this.length) this.bytes.fill(0, length, this.length);
    this.length = length;
    return 0;
  }

  /** Gives back what the host holds open; a later read opens it again. */
  rest(): void {
    this.host?.close();
    this.host = null;
  }

  /** The file is gone: gives its memory back. */
  drop(): void {
    this.rest();
    this.budget.take(-this.bytes.length);
    this.bytes = new Uint8Array(0);
    this.length = 0;
    this.source = null;
  }

  private open(): HostFile | number {
    if (this.host === null) {
      const opened = this.source!.tree.open(this.source!.path);
      if (typeof opened === 'number') return opened;
      this.host = opened;
    }
    return this.host;
  }

  /** Makes the bytes the program's own, with room for a length: 0 or a negative error number. */
  private inMemory(length: number): number {
    if (this.source === null) return this.makeRoom(length);
    const kept = Math.min(this.length, length);
    const failed = this.makeRoom(length);
    if (failed !== 0) return failed;
    const count = this.read(0, this.bytes.subarray(0, kept));
    if (count < 0) return count;
    this.rest();
    this.source = null;
    return 0;
  }

  private makeRoom(length: number): number {
    const before = this.bytes.length;
    if (length <= before) return 0;
    const ample = Math.max(length, before * 2, SMALLEST);
    const room = [ample, length].find((wanted) => this.budget.take(wanted - before));
    if (room === undefined) return -ENOSPC;
    const bytes = new Uint8Array(room);
    bytes.set(this.bytes);
    this.bytes = bytes;
    return 0;
  }
}

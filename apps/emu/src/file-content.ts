/** Where the bytes of an open file are: on the host, or in memory only. */
import { closeSync, fstatSync, ftruncateSync, readSync, writeSync } from 'node:fs';

export interface FileContent {
  readonly length: number;
  /** At most `length` bytes from `position`; an empty array at or past the end. */
  read(position: number, length: number): Uint8Array;
  /** Writes all of `bytes`; false when there is no room. A gap reads as zeros. */
  write(position: number, bytes: Uint8Array): boolean;
  truncate(): void;
  close(): void;
}

/** A host file by its descriptor, which it owns. */
export class HostContent implements FileContent {
  private readonly descriptor: number;

  constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  get length(): number {
    return fstatSync(this.descriptor).size;
  }

  read(position: number, length: number): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.length - position));
    const bytes = new Uint8Array(wanted);
    let done = 0;
    while (done < wanted) {
      const count = readSync(this.descriptor, bytes, done, wanted - done, position + done);
      if (count === 0) break;
      done += count;
    }
    return bytes.subarray(0, done);
  }

  write(position: number, bytes: Uint8Array): boolean {
    let done = 0;
    while (done < bytes.length) {
      done += writeSync(this.descriptor, bytes, done, bytes.length - done, position + done);
    }
    return true;
  }

  truncate(): void {
    ftruncateSync(this.descriptor, 0);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** The bytes that all of a guest's files in memory may take together. */
export class MemoryBudget {
  readonly limitBytes: number;
  usedBytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** False, and nothing taken, when there is not that much left. */
  take(bytes: number): boolean {
    if (this.usedBytes + bytes > this.limitBytes) return false;
    this.usedBytes += bytes;
    return true;
  }
}

/** A file that exists for this run only. */
export class MemoryContent implements FileContent {
  length = 0;
  private bytes: Uint8Array = new Uint8Array(0);
  private readonly budget: MemoryBudget;

  constructor(budget: MemoryBudget) {
    this.budget = budget;
  }

  read(position: number, length: number): Uint8Array {
    return this.bytes.slice(position, Math.min(this.length, position + length));
  }

  write(position: number, bytes: Uint8Array): boolean {
    const end = position + bytes.length;
    if (end > this.bytes.length && !this.grow(end)) return false;
    this.bytes.set(bytes, position);
    this.length = Math.max(this.length, end);
    return true;
  }

  /** The room stays taken: a file that was large may become so again. */
  truncate(): void {
    this.bytes.fill(0, 0, this.length);
    this.length = 0;
  }

  close(): void {}

  /** Doubles where the budget allows it, else takes just what is needed. */
  private grow(needed: number): boolean {
    const roomy = Math.max(needed, 2 * this.bytes.length, 256);
    const size = [roomy, needed].find((bytes) => this.budget.take(bytes - this.bytes.length));
    if (size === undefined) return false;
    const grown = new Uint8Array(size);
    grown.set(this.bytes);
    this.bytes = grown;
    return true;
  }
}

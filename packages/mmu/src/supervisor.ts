/**
 * Access to guest memory on the guest's behalf: system calls, semihosting, exception frames. It
 * faults as the guest's own access would: `mmu.faulted` is then set, and bytes before the fault
 * have been copied. Peek and poke are for loaders and debuggers and look at no protection.
 */
import { PAGE_BYTES } from './memory-layout.ts';
import type { Mmu } from './mmu.ts';

export class Supervisor {
  private readonly mmu: Mmu;

  constructor(mmu: Mmu) {
    this.mmu = mmu;
  }

  /** Loads 1, 2, 4 or 8 bytes; unsigned. Of 8, the low half, the high one is in `mmu.high`. */
  load(address: number, size: number): number {
    return this.mmu.load(address, size);
  }

  /** Stores the low 1, 2 or 4 bytes of a value; or 8, the upper ones from `high`. */
  store(address: number, size: number, value: number, high = 0): void {
    this.mmu.store(address, size, value, high);
  }

  /** Copies bytes into the guest; returns how many were copied before a fault, if any. */
  copyIn(address: number, bytes: Uint8Array): number {
    const { mmu } = this;
    for (let done = 0; done < bytes.length; ) {
      const at = address + done;
      const offset = mmu.hostOffset(at, 'write');
      if (offset < 0) return done;
      const count = Math.min(bytes.length - done, PAGE_BYTES - (at % PAGE_BYTES));
      mmu.pool.u8.set(count === bytes.length ? bytes : bytes.subarray(done, done + count), offset);
      mmu.wrote(at, count);
      done += count;
    }
    return bytes.length;
  }

  /** Copies bytes out of the guest; shorter than asked when it faulted. */
  copyOut(address: number, length: number): Uint8Array<ArrayBuffer> {
    const { mmu } = this;
    if (length > 0 && (address % PAGE_BYTES) + length <= PAGE_BYTES) {
      const offset = mmu.hostOffset(address, 'read');
      return offset < 0 ? new Uint8Array(0) : mmu.pool.u8.slice(offset, offset + length);
    }
    const parts: Uint8Array[] = [];
    let done = 0;
    while (done < length) {
      const at = address + done;
      const offset = mmu.hostOffset(at, 'read');
      if (offset < 0) break;
      const count = Math.min(length - done, PAGE_BYTES - (at % PAGE_BYTES));
      parts.push(mmu.pool.u8.slice(offset, offset + count));
      done += count;
    }
    return concatenate(parts, done);
  }

  /** The bytes of a C string without its NUL, at most `limit` of them; stops at a fault. */
  cString(address: number, limit: number): Uint8Array<ArrayBuffer> {
    const { mmu } = this;
    const parts: Uint8Array[] = [];
    let done = 0;
    while (done < limit) {
      const at = address + done;
      const offset = mmu.hostOffset(at, 'read');
      if (offset < 0) break;
      const count = Math.min(limit - done, PAGE_BYTES - (at % PAGE_BYTES));
      const part = mmu.pool.u8.subarray(offset, offset + count);
      const end = part.indexOf(0);
      parts.push(part.slice(0, end < 0 ? count : end));
      done += end < 0 ? count : end;
      if (end >= 0) break;
    }
    return concatenate(parts, done);
  }

  /**
   * Copies bytes of mapped memory whatever its protection; null when some are not mapped. Nothing
   * becomes present by it.
   */
  peek(address: number, length: number): Uint8Array<ArrayBuffer> | null {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const at = address + done;
      const count = Math.min(length - done, PAGE_BYTES - (at % PAGE_BYTES));
      if (!this.mmu.peek(at, bytes.subarray(done, done + count))) return null;
      done += count;
    }
    return bytes;
  }

  /**
   * Writes bytes of mapped memory whatever its protection; false when some are not mapped, or memory
   * is at its limit.
   */
  poke(address: number, bytes: Uint8Array): boolean {
    for (let done = 0; done < bytes.length; ) {
      const at = address + done;
      const offset = this.mmu.pokeOffset(at);
      if (offset < 0) return false;
      const count = Math.min(bytes.length - done, PAGE_BYTES - (at % PAGE_BYTES));
      this.mmu.pool.u8.set(bytes.subarray(done, done + count), offset);
      this.mmu.wrote(at, count);
      done += count;
    }
    return true;
  }
}

function concatenate(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

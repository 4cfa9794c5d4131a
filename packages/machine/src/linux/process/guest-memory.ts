/**
 * A process's memory as system calls touch it: a fault is no signal but EFAULT. Numbers are
 * little-endian; 64-bit ones are signed numbers, exact below 2^53.
 */
import { type Mmu, Supervisor } from '@bareheap/mmu';

/** Longest path with its NUL, PATH_MAX. */
const PATH_MAX = 4096;
const HIGH = 2 ** 32;

export class GuestMemory {
  readonly mmu: Mmu;
  private readonly supervisor: Supervisor;

  constructor(mmu: Mmu) {
    this.mmu = mmu;
    this.supervisor = new Supervisor(mmu);
  }

  /** The bytes of a range; null when one of them cannot be read. */
  read(address: number, length: number): Uint8Array<ArrayBuffer> | null {
    const bytes = this.supervisor.copyOut(address, length);
    return this.failed() ? null : bytes;
  }

  /** The bytes of a range up to the first that cannot be read. */
  readSome(address: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = this.supervisor.copyOut(address, length);
    this.failed();
    return bytes;
  }

  /** Writes bytes; false when one of them cannot be written, those before it are. */
  write(address: number, bytes: Uint8Array): boolean {
    this.supervisor.copyIn(address, bytes);
    return !this.failed();
  }

  /** Writes bytes up to the first that cannot be; how many. */
  writeSome(address: number, bytes: Uint8Array): number {
    const count = this.supervisor.copyIn(address, bytes);
    this.failed();
    return count;
  }

  /** A path: its text as Latin-1, one character a byte; null on a fault, undefined when it is too long. */
  path(address: number): string | null | undefined {
    const bytes = this.supervisor.cString(address, PATH_MAX);
    if (this.failed()) return null;
    return bytes.length >= PATH_MAX ? undefined : latin1(bytes);
  }

  /** The bytes of a C string, at most `limit` of them; null on a fault. */
  string(address: number, limit: number): Uint8Array<ArrayBuffer> | null {
    const bytes = this.supervisor.cString(address, limit);
    return this.failed() ? null : bytes;
  }

  /** An unsigned 32-bit number; null on a fault. */
  u32(address: number): number | null {
    const value = this.supervisor.load(address, 4);
    return this.failed() ? null : value >>> 0;
  }

  i32(address: number): number | null {
    const value = this.supervisor.load(address, 4);
    return this.failed() ? null : value | 0;
  }

  /** A signed 64-bit number; null on a fault. */
  word(address: number): number | null {
    const low = this.supervisor.load(address, 8);
    return this.failed() ? null : (this.mmu.high | 0) * HIGH + (low >>> 0);
  }

  /** Stores the low 32 bits; false on a fault. */
  storeU32(address: number, value: number): boolean {
    this.supervisor.store(address, 4, value | 0);
    return !this.failed();
  }

  storeWord(address: number, value: number): boolean {
    this.supervisor.store(address, 8, value | 0, Math.floor(value / HIGH) | 0);
    return !this.failed();
  }

  private failed(): boolean {
    const { faulted } = this.mmu;
    this.mmu.faulted = false;
    return faulted;
  }
}

/** Text of bytes, one character each: guest names are bytes, whatever their encoding. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** The bytes of a text whose characters are bytes. */
export function latin1Bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/**
 * A range of addresses cut into pages, each with its state: what sources like mmap and
 * VirtualAlloc keep their books in. The memory behind it is any HeapMemory whose offset 0 is the
 * first address; with a ProtectedMemory over the same states, an access to a page that does not
 * allow it is a fault.
 *
 *   state of a page, a byte:   7     4   3   2   1   0
 *                            +--------+---+---+---+---+
 *                            |   0    | C | V | W | R |   R, W  may be read, written
 *                            +--------+---+---+---+---+   V  reserved   C  has memory
 */
import { assert } from '../assert.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { NO_MEMORY, PAGE_READ_WRITE, type PageAccess } from '../page-source.ts';

export const STATE_FREE = 0;
export const STATE_ACCESS: number = PAGE_READ_WRITE;
export const STATE_RESERVED = 4;
export const STATE_COMMITTED = 8;
/** Reserved, with memory, readable and writable. */
export const STATE_READY: number = STATE_RESERVED | STATE_COMMITTED | STATE_ACCESS;

export class PageSpace {
  readonly start: number;
  readonly end: number;
  readonly pageBytes: number;
  /** State of each page from `start` on. */
  readonly states: Uint8Array;
  private readonly memory: HeapMemory;

  /**
   * @param start      address of offset 0 of `memory`; not 0, a multiple of the page size
   * @param bytes      a multiple of the page size, up to 2 GiB
   * @param pageBytes  a power of two
   */
  constructor(memory: HeapMemory, start: number, bytes: number, pageBytes = 4096) {
    assert(Number.isInteger(Math.log2(pageBytes)), `${pageBytes} is no size of a page`);
    assert(start > 0 && start % pageBytes === 0, `${start} is not the start of a page`);
    assert(bytes % pageBytes === 0, `${bytes} bytes are not whole pages`);
    this.memory = memory;
    this.start = start;
    this.end = start + bytes;
    this.pageBytes = pageBytes;
    this.states = new Uint8Array(bytes / pageBytes);
  }

  /** Whether every page of a range has all bits of `mask`; false outside and for a part of one. */
  has(address: number, bytes: number, mask: number): boolean {
    if (!this.isRange(address, bytes)) return false;
    const last = this.pageOf(address + bytes);
    for (let page = this.pageOf(address); page < last; page++) {
      if ((this.states[page]! & mask) !== mask) return false;
    }
    return true;
  }

  isFree(address: number, bytes: number): boolean {
    if (!this.isRange(address, bytes)) return false;
    const last = this.pageOf(address + bytes);
    for (let page = this.pageOf(address); page < last; page++) {
      if (this.states[page] !== STATE_FREE) return false;
    }
    return true;
  }

  /** The highest free range, as Linux places mappings: its address, or NO_MEMORY. */
  findHighest(bytes: number, granularity: number): number {
    const last = Math.floor((this.end - bytes) / granularity) * granularity;
    for (let at = last; bytes > 0 && at >= this.start; at -= granularity) {
      if (this.isFree(at, bytes)) return at;
    }
    return NO_MEMORY;
  }

  /** The lowest free range, as Windows places reservations: its address, or NO_MEMORY. */
  findLowest(bytes: number, granularity: number): number {
    const first = Math.ceil(this.start / granularity) * granularity;
    for (let at = first; bytes > 0 && at + bytes <= this.end; at += granularity) {
      if (this.isFree(at, bytes)) return at;
    }
    return NO_MEMORY;
  }

  /** Sets the state of every page of a range. */
  set(address: number, bytes: number, state: number): void {
    this.states.fill(state, this.pageOf(address), this.pageOf(address + bytes));
  }

  /** Sets what may be done with every page of a range; false where one has no memory. */
  protect(address: number, bytes: number, access: PageAccess): boolean {
    if (!this.has(address, bytes, STATE_COMMITTED)) return false;
    this.set(address, bytes, STATE_RESERVED | STATE_COMMITTED | access);
    return true;
  }

  /** Makes pages without memory readable, writable and zero; those that have memory keep it. */
  commit(address: number, bytes: number): void {
    const last = this.pageOf(address + bytes);
    for (let page = this.pageOf(address); page < last; page++) {
      if ((this.states[page]! & STATE_COMMITTED) !== 0) continue;
      this.states[page] = STATE_READY;
      this.memory.fill(page * this.pageBytes, this.pageBytes, 0);
    }
  }

  /** Bytes rounded up to whole multiples of `granularity`; 0 when there is nothing to round. */
  rounded(bytes: number, granularity: number): number {
    return bytes > 0 ? Math.ceil(bytes / granularity) * granularity : 0;
  }

  private isRange(address: number, bytes: number): boolean {
    const isInside = address >= this.start && bytes > 0 && address + bytes <= this.end;
    return isInside && address % this.pageBytes === 0 && bytes % this.pageBytes === 0;
  }

  private pageOf(address: number): number {
    return (address - this.start) / this.pageBytes;
  }
}

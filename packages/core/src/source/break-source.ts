/**
 * Memory below a break, as brk gives it and as a static array does: a later piece continues the
 * one before, and only the top comes back. What differs is data: see {@link BREAK_KINDS}.
 */
import { assert } from '../assert.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { NO_MEMORY, type PageRelease, type PageSource } from '../page-source.ts';

export interface BreakKind {
  /** Pieces are multiples of this; a power of two, at least 4. */
  readonly granularityBytes: number;
  readonly release: PageRelease;
  /** Whether pieces are zeroed when they are handed out. */
  readonly isZeroed: boolean;
}

/** A static array has no pages and nobody to zero it; brk moves in pages of a kernel's. */
export const BREAK_KINDS: Readonly<Record<'static' | 'brk', BreakKind>> = {
  static: { granularityBytes: 8, release: 'top', isZeroed: false },
  brk: { granularityBytes: 4096, release: 'top', isZeroed: true },
};

export class BreakSource implements PageSource {
  readonly granularityBytes: number;
  readonly isContiguous: boolean = true;
  readonly release: PageRelease;
  readonly isZeroed: boolean;
  /** The program break: the first address not handed out. */
  current: number;
  private readonly memory: HeapMemory;
  private readonly start: number;
  private readonly end: number;

  /**
   * @param start  address of offset 0 of `memory`; not 0, a multiple of the granularity
   * @param bytes  up to 2 GiB
   */
  constructor(kind: BreakKind, memory: HeapMemory, start: number, bytes: number) {
    assert(start > 0 && start % kind.granularityBytes === 0, `a break cannot begin at ${start}`);
    this.granularityBytes = kind.granularityBytes;
    this.release = kind.release;
    this.isZeroed = kind.isZeroed;
    this.memory = memory;
    this.start = start;
    this.current = start;
    this.end = start + bytes;
  }

  reserve(bytes: number): number {
    const size = Math.ceil(bytes / this.granularityBytes) * this.granularityBytes;
    if (!(size > 0) || this.current + size > this.end) return NO_MEMORY;
    const address = this.current;
    if (this.isZeroed) this.memory.fill(address - this.start, size, 0);
    this.current += size;
    return address;
  }

  giveBack(address: number, bytes: number): boolean {
    const size = Math.ceil(bytes / this.granularityBytes) * this.granularityBytes;
    if (this.release === 'never' || !(size > 0) || address < this.start) return false;
    if (address + size !== this.current || address % this.granularityBytes !== 0) return false;
    this.current = address;
    return true;
  }
}

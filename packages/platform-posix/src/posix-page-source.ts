/**
 * Pages for a heap of `core` on Linux: from the break below a threshold, from mmap at or above it,
 * as malloc implementations do it.
 */
import { NO_MEMORY, type PageSource } from '@bareheap/core';
import { PAGE_BYTES, PROT_READ, PROT_WRITE } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import { pageAlign } from './address-word.ts';
import { brk } from './brk.ts';
import { isError } from './errno.ts';
import { MAP_ANONYMOUS, MAP_PRIVATE } from './linux-constants.ts';
import { NO_FILES } from './linux-files.ts';
import { mmap, munmap } from './mmap.ts';

/** glibc's M_MMAP_THRESHOLD at the start of a program, bytes. */
export const DEFAULT_MMAP_THRESHOLD: number = 128 << 10;

/** Pages from the break: contiguous while nobody else moves it, given back only from the top. */
export class BreakPageSource implements PageSource {
  readonly granularityBytes: number = PAGE_BYTES;
  readonly isContiguous: boolean = true;
  readonly release: PageSource['release'] = 'top';
  readonly isZeroed: boolean = true;
  private readonly space: AddressSpace;

  constructor(space: AddressSpace) {
    this.space = space;
  }

  reserve(bytes: number): number {
    const size = pageAlign(bytes);
    const start = pageAlign(this.space.breakEnd);
    if (size <= 0) return NO_MEMORY;
    return brk(this.space, start + size) === start + size ? start : NO_MEMORY;
  }

  giveBack(address: number, bytes: number): boolean {
    const { space } = this;
    if (address < space.breakStart || address + pageAlign(bytes) !== space.breakEnd) return false;
    return brk(space, address) === address;
  }
}

/** Pages from mmap: anywhere, given back in any order. */
export class MmapPageSource implements PageSource {
  readonly granularityBytes: number = PAGE_BYTES;
  readonly isContiguous: boolean = false;
  readonly release: PageSource['release'] = 'any';
  readonly isZeroed: boolean = true;
  private readonly space: AddressSpace;

  constructor(space: AddressSpace) {
    this.space = space;
  }

  reserve(bytes: number): number {
    const flags = MAP_PRIVATE | MAP_ANONYMOUS;
    const protection = PROT_READ | PROT_WRITE;
    const result = mmap(this.space, NO_FILES, 0, bytes, protection, flags, -1, 0);
    return isError(result) ? NO_MEMORY : result;
  }

  giveBack(address: number, bytes: number): boolean {
    return munmap(this.space, address, bytes) === 0;
  }
}

/** Small requests from the break, large ones from mmap; from mmap too when the break is stuck. */
export class ThresholdPageSource implements PageSource {
  readonly granularityBytes: number = PAGE_BYTES;
  readonly isContiguous: boolean = false;
  readonly release: PageSource['release'] = 'any';
  readonly isZeroed: boolean = true;
  /** Requests of this many bytes and more come from mmap; may be changed at any time. */
  thresholdBytes: number;
  private readonly space: AddressSpace;
  private readonly fromBreak: BreakPageSource;
  private readonly fromMmap: MmapPageSource;

  constructor(space: AddressSpace, thresholdBytes: number = DEFAULT_MMAP_THRESHOLD) {
    this.space = space;
    this.thresholdBytes = thresholdBytes;
    this.fromBreak = new BreakPageSource(space);
    this.fromMmap = new MmapPageSource(space);
  }

  reserve(bytes: number): number {
    if (bytes >= this.thresholdBytes) return this.fromMmap.reserve(bytes);
    const address = this.fromBreak.reserve(bytes);
    return address === NO_MEMORY ? this.fromMmap.reserve(bytes) : address;
  }

  /** Pages of the break that are not at its top stay: false. */
  giveBack(address: number, bytes: number): boolean {
    const { space } = this;
    const isBreak = address >= space.breakStart && address < space.breakEnd;
    return (isBreak ? this.fromBreak : this.fromMmap).giveBack(address, bytes);
  }
}

/** Pages of a fixed array: handed out once from the bottom up, taken back only from the top. */
import { NO_MEMORY, type PageSource } from '@bareheap/core';
import type { AddressRange } from './heap-region.ts';

export class StaticPageSource implements PageSource {
  readonly granularityBytes: number = 8;
  readonly isContiguous: boolean = true;
  readonly release: PageSource['release'] = 'top';
  readonly isZeroed: boolean = false;
  private readonly range: AddressRange;
  private next: number;

  constructor(range: AddressRange) {
    this.range = range;
    this.next = Math.ceil(range.start / this.granularityBytes) * this.granularityBytes;
  }

  reserve(bytes: number): number {
    const size = Math.ceil(bytes / this.granularityBytes) * this.granularityBytes;
    if (size <= 0 || this.next + size > this.range.end) return NO_MEMORY;
    const address = this.next;
    this.next += size;
    return address;
  }

  giveBack(address: number, bytes: number): boolean {
    const size = Math.ceil(bytes / this.granularityBytes) * this.granularityBytes;
    if (address < this.range.start || address + size !== this.next) return false;
    this.next = address;
    return true;
  }
}

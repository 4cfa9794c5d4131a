/**
 * Keeps the heap's own pages read-only outside its calls. A call opens what it will write, a few
 * ranges at most, and closes all of it at its end. Where nothing can be protected it does nothing.
 */
import { assert } from '../assert.ts';
import { PAGE_READ, PAGE_READ_WRITE, type PageProtection } from '../page-source.ts';

/** Control block, and the records of the runs that a call may touch: from, to, and one displaced. */
const MOST_RANGES = 8;

export class PageSeal {
  /** Ranges that the source refused to close; they stay writable until a call closes them. */
  unsealed = 0;
  private readonly protection: PageProtection | undefined;
  private readonly addresses: Float64Array = new Float64Array(MOST_RANGES);
  private readonly sizes: Float64Array = new Float64Array(MOST_RANGES);
  private count = 0;

  constructor(protection: PageProtection | undefined) {
    this.protection = protection;
  }

  /** Makes a range writable until {@link close}; false when the source refuses. */
  open(address: number, bytes: number): boolean {
    const { protection } = this;
    if (protection === undefined) return true;
    for (let index = 0; index < this.count; index++) {
      if (this.addresses[index] === address) return true;
    }
    if (!protection.protect(address, bytes, PAGE_READ_WRITE)) return false;
    this.note(address, bytes);
    return true;
  }

  /** Takes a range that is writable already, to be closed with the others. */
  note(address: number, bytes: number): void {
    if (this.protection === undefined) return;
    assert(this.count < MOST_RANGES, 'a call opens more pages than it should');
    this.addresses[this.count] = address;
    this.sizes[this.count] = bytes;
    this.count++;
  }

  /** Forgets ranges inside [address, address + bytes): those pages are to hold blocks. */
  drop(address: number, bytes: number): void {
    let kept = 0;
    for (let index = 0; index < this.count; index++) {
      const at = this.addresses[index]!;
      if (at >= address && at < address + bytes) continue;
      this.addresses[kept] = at;
      this.sizes[kept] = this.sizes[index]!;
      kept++;
    }
    this.count = kept;
  }

  /** Makes what was opened read-only. What the source refuses is tried again with the next call. */
  close(): void {
    const { protection } = this;
    if (protection === undefined) return;
    let kept = 0;
    for (let index = 0; index < this.count; index++) {
      const address = this.addresses[index]!;
      const bytes = this.sizes[index]!;
      if (protection.protect(address, bytes, PAGE_READ)) continue;
      if (kept === MOST_RANGES / 2) continue;
      this.addresses[kept] = address;
      this.sizes[kept] = bytes;
      kept++;
    }
    this.unsealed = kept;
    this.count = kept;
  }
}

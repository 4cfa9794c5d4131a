/**
 * Guest bytes as an allocator reads and writes them: words and ranges by offset from the start of
 * its region, whatever the page table looks like. A word whose page hits the TLB costs a compare
 * and an add, as it does in generated code; everything else is the supervisor's access. Accesses
 * fault as the guest's would (`mmu.faulted` is then set); an allocator whose region is mapped sees
 * none.
 */
import type { FramePool } from './frame-pool.ts';
import { PAGE_BYTES } from './memory-layout.ts';
import type { Mmu } from './mmu.ts';
import type { Tlb } from './tlb.ts';

export class GuestHeapMemory {
  private readonly mmu: Mmu;
  private readonly tlb: Tlb;
  private readonly pool: FramePool;
  private readonly base: number;
  private readonly baseLow: number;
  private readonly baseHigh: number;

  /** @param base  guest address of the region's first byte, a multiple of 4 for the fast way */
  constructor(mmu: Mmu, base: number) {
    this.mmu = mmu;
    this.tlb = mmu.tlb;
    this.pool = mmu.pool;
    this.base = base;
    this.baseLow = base >>> 0;
    this.baseHigh = Math.floor(base / 2 ** 32);
  }

  /** A word, signed. */
  load32(offset: number): number {
    const low = (this.baseLow + offset) | 0;
    const host = this.tlb.readOffset(low, this.highAt(low));
    if (host < 0 || (host & 3) !== 0) return this.mmu.load(this.base + offset, 4) | 0;
    return this.pool.i32[host >>> 2]!;
  }

  store32(offset: number, value: number): void {
    const low = (this.baseLow + offset) | 0;
    const host = this.tlb.writeOffset(low, this.highAt(low));
    if (host < 0 || (host & 3) !== 0) this.mmu.store(this.base + offset, 4, value);
    else this.pool.i32[host >>> 2] = value;
  }

  fill(offset: number, length: number, byte: number): void {
    const { mmu } = this;
    for (let done = 0; done < length; ) {
      const at = this.base + offset + done;
      const host = mmu.hostOffset(at, 'write');
      if (host < 0) return;
      const count = Math.min(length - done, PAGE_BYTES - (at % PAGE_BYTES));
      mmu.pool.u8.fill(byte, host, host + count);
      mmu.wrote(at, count);
      done += count;
    }
  }

  /** Copies `length` bytes; the ranges may overlap. */
  copy(to: number, from: number, length: number): void {
    if (to <= from || to >= from + length) this.copyUpward(to, from, length);
    else this.copyDownward(to, from, length);
  }

  /** The upper half of an address whose lower half is `low`: offsets are below 2^31. */
  private highAt(low: number): number {
    return low >>> 0 < this.baseLow ? this.baseHigh + 1 : this.baseHigh;
  }

  /** First bytes first, in pieces that cross no page on either side. */
  private copyUpward(to: number, from: number, length: number): void {
    for (let done = 0; done < length; ) {
      const target = this.base + to + done;
      const source = this.base + from + done;
      const room = PAGE_BYTES - Math.max(target % PAGE_BYTES, source % PAGE_BYTES);
      const count = Math.min(length - done, room);
      if (!this.copyPiece(target, source, count)) return;
      done += count;
    }
  }

  /** Last bytes first: for a target that begins inside its source. */
  private copyDownward(to: number, from: number, length: number): void {
    for (let left = length; left > 0; ) {
      const target = this.base + to + left - 1;
      const source = this.base + from + left - 1;
      const room = Math.min(target % PAGE_BYTES, source % PAGE_BYTES) + 1;
      const count = Math.min(left, room);
      if (!this.copyPiece(target - count + 1, source - count + 1, count)) return;
      left -= count;
    }
  }

  private copyPiece(target: number, source: number, count: number): boolean {
    const { mmu } = this;
    // The target first: that may put another frame behind the source's page, if it is the same.
    const into = mmu.hostOffset(target, 'write');
    if (into < 0) return false;
    const out = mmu.hostOffset(source, 'read');
    if (out < 0) return false;
    mmu.pool.u8.copyWithin(into, out, out + count);
    mmu.wrote(target, count);
    return true;
  }
}

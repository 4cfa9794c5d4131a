/**
 * Guest bytes as an allocator reads and writes them: words and ranges by offset from the start of
 * its region, whatever the page table looks like. Accesses are the supervisor's: they fault as the
 * guest's would (`mmu.faulted` is then set), and an allocator whose region is mapped sees none.
 */
import { PAGE_BYTES } from './memory-layout.ts';
import type { Mmu } from './mmu.ts';

export class GuestHeapMemory {
  private readonly mmu: Mmu;
  private readonly base: number;

  /** @param base  guest address of the region's first byte */
  constructor(mmu: Mmu, base: number) {
    this.mmu = mmu;
    this.base = base;
  }

  /** A word, signed. */
  load32(offset: number): number {
    return this.mmu.loadSlow(this.base + offset, 4) | 0;
  }

  store32(offset: number, value: number): void {
    this.mmu.storeSlow(this.base + offset, 4, value);
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
    const bytes = new Uint8Array(length);
    this.move(this.base + from, bytes, 'read');
    this.move(this.base + to, bytes, 'write');
  }

  private move(address: number, bytes: Uint8Array, access: 'read' | 'write'): void {
    const { mmu } = this;
    for (let done = 0; done < bytes.length; ) {
      const at = address + done;
      const offset = mmu.hostOffset(at, access);
      if (offset < 0) return;
      const count = Math.min(bytes.length - done, PAGE_BYTES - (at % PAGE_BYTES));
      if (access === 'read') bytes.set(mmu.pool.u8.subarray(offset, offset + count), done);
      else mmu.pool.u8.set(bytes.subarray(done, done + count), offset);
      if (access === 'write') mmu.wrote(at, count);
      done += count;
    }
  }
}

/**
 * Guest bytes as an allocator reads and writes them, whatever the page table looks like. Accesses
 * are the supervisor's: they fault as the guest's would, and an allocator whose region is mapped
 * never sees a fault.
 */
import { PAGE_BYTES } from './memory-layout.ts';
import type { Mmu } from './mmu.ts';

export class GuestHeapMemory {
  private readonly mmu: Mmu;

  constructor(mmu: Mmu) {
    this.mmu = mmu;
  }

  load8(address: number): number {
    return this.mmu.loadSlow(address, 1);
  }

  load16(address: number): number {
    return this.mmu.loadSlow(address, 2);
  }

  /** Unsigned. */
  load32(address: number): number {
    return this.mmu.loadSlow(address, 4);
  }

  store8(address: number, value: number): void {
    this.mmu.storeSlow(address, 1, value);
  }

  store16(address: number, value: number): void {
    this.mmu.storeSlow(address, 2, value);
  }

  store32(address: number, value: number): void {
    this.mmu.storeSlow(address, 4, value);
  }

  fill(address: number, length: number, byte: number): void {
    const { mmu } = this;
    for (let done = 0; done < length; ) {
      const at = address + done;
      const offset = mmu.hostOffset(at, 'write');
      if (offset < 0) return;
      const count = Math.min(length - done, PAGE_BYTES - (at % PAGE_BYTES));
      mmu.pool.u8.fill(byte, offset, offset + count);
      mmu.wrote(at, count);
      done += count;
    }
  }

  /** Copies `length` bytes; the ranges may overlap. */
  copy(to: number, from: number, length: number): void {
    const bytes = new Uint8Array(length);
    this.move(from, bytes, 'read');
    this.move(to, bytes, 'write');
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

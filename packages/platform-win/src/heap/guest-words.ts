/**
 * A process's memory as a heap reads and writes it, by address. A word whose page hits the TLB costs
 * a compare and an add; anything else is the supervisor's access, which faults as the program's own
 * would (`mmu.faulted` is then set).
 */
import { type FramePool, type Mmu, PAGE_BYTES, type Tlb } from '@bareheap/mmu';

export class GuestWords {
  private readonly mmu: Mmu;
  private readonly tlb: Tlb;
  private readonly pool: FramePool;

  constructor(mmu: Mmu) {
    this.mmu = mmu;
    this.tlb = mmu.tlb;
    this.pool = mmu.pool;
  }

  /** 32 bits at a multiple of 4, unsigned. */
  load32(address: number): number {
    const host = this.tlb.readOffset(address | 0, Math.floor(address / 2 ** 32));
    if (host < 0) return this.mmu.load(address, 4) >>> 0;
    return this.pool.i32[host >>> 2]! >>> 0;
  }

  store32(address: number, value: number): void {
    const host = this.tlb.writeOffset(address | 0, Math.floor(address / 2 ** 32));
    if (host < 0) this.mmu.store(address, 4, value >>> 0);
    else this.pool.i32[host >>> 2] = value;
  }

  /** An address or a size of 64 bits. */
  load64(address: number): number {
    return this.load32(address + 4) * 2 ** 32 + this.load32(address);
  }

  store64(address: number, value: number): void {
    this.store32(address, value >>> 0);
    this.store32(address + 4, Math.floor(value / 2 ** 32));
  }

  /** Fills bytes with a 32-bit pattern, which begins anew at `address`. */
  fill(address: number, length: number, pattern: number): void {
    for (let done = 0; done < length; ) {
      const at = address + done;
      const host = this.mmu.hostOffset(at, 'write');
      if (host < 0) return;
      const count = Math.min(length - done, PAGE_BYTES - (at % PAGE_BYTES));
      this.fillPiece(host, count, rotated(pattern, done));
      this.mmu.wrote(at, count);
      done += count;
    }
  }

  /** The first byte of a range that does not have a pattern, or -1; a byte that faults is one. */
  firstOther(address: number, length: number, pattern: number): number {
    for (let done = 0; done < length; ) {
      const at = address + done;
      const host = this.mmu.hostOffset(at, 'read');
      if (host < 0) return at;
      const count = Math.min(length - done, PAGE_BYTES - (at % PAGE_BYTES));
      const wanted = rotated(pattern, done);
      for (let index = 0; index < count; index++) {
        const byte = (wanted >>> ((index & 3) * 8)) & 0xff;
        if (this.pool.u8[host + index] !== byte) return at + index;
      }
      done += count;
    }
    return -1;
  }

  /** Copies bytes between ranges that do not overlap. */
  copy(to: number, from: number, length: number): void {
    for (let done = 0; done < length; ) {
      const target = to + done;
      const source = from + done;
      const room = PAGE_BYTES - Math.max(target % PAGE_BYTES, source % PAGE_BYTES);
      const count = Math.min(length - done, room);
      const into = this.mmu.hostOffset(target, 'write');
      const out = into < 0 ? -1 : this.mmu.hostOffset(source, 'read');
      if (out < 0) return;
      this.pool.u8.copyWithin(into, out, out + count);
      this.mmu.wrote(target, count);
      done += count;
    }
  }

  /** Fills bytes of one page. */
  private fillPiece(host: number, count: number, pattern: number): void {
    const { u8, i32 } = this.pool;
    const head = Math.min(count, -host & 3);
    for (let index = 0; index < head; index++) u8[host + index] = pattern >>> (index * 8);
    const whole = (count - head) & ~3;
    const from = (host + head) >>> 2;
    i32.fill(rotated(pattern, head) | 0, from, from + whole / 4);
    for (let index = head + whole; index < count; index++) {
      u8[host + index] = pattern >>> ((index & 3) * 8);
    }
  }
}

/** A pattern of 4 bytes as it goes on after `done` of them. */
function rotated(pattern: number, done: number): number {
  const bits = (done & 3) * 8;
  return bits === 0 ? pattern : (pattern >>> bits) | (pattern << (32 - bits));
}

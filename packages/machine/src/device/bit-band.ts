/**
 * A bit-band alias region (Armv7-M ARM B3.1, Cortex-M3 TRM 3.7): word n of it is bit n of the
 * memory below. Stores read, change and write the byte.
 */
import type { Device } from '@bareheap/mmu';

export interface ByteMemory {
  loadSlow(address: number, size: number): number;
  storeSlow(address: number, size: number, value: number): void;
  faulted: boolean;
  refuse(): void;
}

export class BitBand implements Device {
  private readonly memory: ByteMemory;
  private readonly base: number;

  /** @param base  first address of the memory that the region shows */
  constructor(memory: ByteMemory, base: number) {
    this.memory = memory;
    this.base = base;
  }

  load(offset: number): number {
    const { memory } = this;
    const byte = memory.loadSlow(this.base + (offset >>> 5), 1);
    this.passOn();
    return (byte >>> ((offset >>> 2) & 7)) & 1;
  }

  store(offset: number, _size: number, value: number): void {
    const { memory } = this;
    const address = this.base + (offset >>> 5);
    const bit = (offset >>> 2) & 7;
    const byte = memory.loadSlow(address, 1);
    if (!memory.faulted) memory.storeSlow(address, 1, (byte & ~(1 << bit)) | ((value & 1) << bit));
    this.passOn();
  }

  /** The fault of the access below becomes one of the alias. */
  private passOn(): void {
    if (!this.memory.faulted) return;
    this.memory.faulted = false;
    this.memory.refuse();
  }
}

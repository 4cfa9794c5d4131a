/**
 * The RISC-V platform-level interrupt controller (PLIC 1.0.0) with one context: hart 0, machine
 * mode, as QEMU's virt machine with `-bios none` uses it. Line: 0, an interrupt is due.
 *
 *   +0x000000 priority of source n at 4n      +0x001000 pending bits
 *   +0x002000 enable bits                     +0x200000 threshold  +0x200004 claim/complete
 */
import type { Device } from '@bareheap/mmu';
import type { DevicePort } from './device-port.ts';

const PENDING = 0x1000;
const ENABLE = 0x2000;
const THRESHOLD = 0x200000;
const CLAIM = 0x200004;
const SOURCES = 96;
const WORDS = SOURCES / 32;
const PRIORITY_MASK = 7;

export class Plic implements Device {
  private readonly port: DevicePort;
  private readonly priority = new Uint8Array(SOURCES);
  private readonly level = new Uint8Array(SOURCES);
  private readonly pending = new Uint8Array(SOURCES);
  private readonly claimed = new Uint8Array(SOURCES);
  private readonly enabled = new Uint8Array(SOURCES);
  private threshold = 0;

  constructor(port: DevicePort) {
    this.port = port;
  }

  /** Sets the level of a source; level-triggered, as all sources of the board are. */
  setSource(source: number, high: boolean): void {
    this.level[source] = high ? 1 : 0;
    if (high && this.claimed[source] === 0) this.pending[source] = 1;
    this.update();
  }

  load(offset: number): number {
    if (offset < SOURCES * 4) return this.priority[offset >> 2]!;
    if (offset >= PENDING && offset < PENDING + WORDS * 4) {
      return bitsOf(this.pending, (offset - PENDING) >> 2);
    }
    if (offset >= ENABLE && offset < ENABLE + WORDS * 4) {
      return bitsOf(this.enabled, (offset - ENABLE) >> 2);
    }
    if (offset === THRESHOLD) return this.threshold;
    return offset === CLAIM ? this.claim() : 0;
  }

  store(offset: number, _size: number, value: number): void {
    if (offset < SOURCES * 4) this.priority[offset >> 2] = value & PRIORITY_MASK;
    else if (offset >= ENABLE && offset < ENABLE + WORDS * 4) {
      const first = ((offset - ENABLE) >> 2) * 32;
      for (let bit = 0; bit < 32; bit++) this.enabled[first + bit] = (value >>> bit) & 1;
    } else if (offset === THRESHOLD) this.threshold = value & PRIORITY_MASK;
    else if (offset === CLAIM) this.complete(value);
    this.update();
  }

  private claim(): number {
    const source = this.due();
    if (source !== 0) {
      this.pending[source] = 0;
      this.claimed[source] = 1;
    }
    this.update();
    return source;
  }

  private complete(source: number): void {
    if (source >= SOURCES || this.enabled[source] === 0) return;
    this.claimed[source] = 0;
    if (this.level[source] !== 0) this.pending[source] = 1;
  }

  /** The pending, enabled source of the highest priority above the threshold; or 0. */
  private due(): number {
    let best = 0;
    for (let source = 1; source < SOURCES; source++) {
      if (this.pending[source] === 0 || this.enabled[source] === 0) continue;
      if (this.priority[source]! > Math.max(this.threshold, this.priority[best]!)) best = source;
    }
    return best;
  }

  private update(): void {
    this.port.setLine(0, this.due() !== 0);
  }
}

function bitsOf(array: Uint8Array, word: number): number {
  let value = 0;
  for (let bit = 0; bit < 32; bit++) value |= array[word * 32 + bit]! << bit;
  return value >>> 0;
}

/**
 * SiFive's core-local interruptor for one hart, as on QEMU's virt machine: software interrupt,
 * timer and time. Lines: 0 software (MSIP), 1 timer (MTIP).
 *
 *   +0x0000 msip   +0x4000 mtimecmp (8 bytes)   +0xbff8 mtime (8 bytes)
 */
import type { Device } from '@bareheap/mmu';
import type { DevicePort, Timed } from './device-port.ts';

const MSIP = 0x0000;
const MTIMECMP = 0x4000;
const MTIME = 0xbff8;
const HIGH = 2 ** 32;

export class Clint implements Device, Timed {
  private readonly port: DevicePort;
  /** Ticks of the clock for one step of mtime. */
  private readonly divider: number;
  private software = 0;
  private compareLow = 0xffffffff;
  private compareHigh = 0xffffffff;
  /** What a write of mtime added to it. */
  private shift = 0;

  constructor(port: DevicePort, divider: number) {
    this.port = port;
    this.divider = divider;
  }

  /** mtime now; exact below 2^53. */
  get time(): number {
    return Math.floor(this.port.now() / this.divider) + this.shift;
  }

  load(offset: number, size: number): number {
    const word = this.word(offset & ~3);
    return size === 4 ? word : (word >>> ((offset & 3) * 8)) & (2 ** (size * 8) - 1);
  }

  store(offset: number, size: number, value: number): void {
    if (size !== 4) return;
    switch (offset) {
      case MSIP:
        this.software = value & 1;
        this.port.setLine(0, this.software !== 0);
        return;
      case MTIMECMP:
        this.compareLow = value;
        break;
      case MTIMECMP + 4:
        this.compareHigh = value;
        break;
      case MTIME:
        this.shift += value - (this.time % HIGH);
        break;
      case MTIME + 4:
        this.shift += (value - Math.floor(this.time / HIGH)) * HIGH;
        break;
    }
    this.ring();
  }

  ring(): void {
    const compare = this.compareHigh * HIGH + this.compareLow;
    const due = this.time >= compare;
    this.port.setLine(1, due);
    const at = (compare - this.shift) * this.divider;
    this.port.wakeAt(due || at > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : at);
  }

  private word(offset: number): number {
    const words: Readonly<Record<number, number>> = {
      [MSIP]: this.software,
      [MTIMECMP]: this.compareLow,
      [MTIMECMP + 4]: this.compareHigh,
      [MTIME]: this.time % HIGH,
      [MTIME + 4]: Math.floor(this.time / HIGH),
    };
    return words[offset] ?? 0;
  }
}

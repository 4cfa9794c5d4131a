/**
 * The CMSDK APB timer (DDI 0479C, 4.4): counts down from VALUE, raises its line at 0 and starts
 * again from RELOAD. One count a tick of the clock. Interrupt line: 0.
 *
 *   +0x00 CTRL  +0x04 VALUE  +0x08 RELOAD  +0x0c INTSTATUS/INTCLEAR
 */
import type { Device } from '@bareheap/mmu';
import type { DevicePort, Timed } from './device-port.ts';

const CTRL = 0x00;
const VALUE = 0x04;
const RELOAD = 0x08;
const INTERRUPT = 0x0c;

const ENABLE = 1;
const INTERRUPT_ENABLE = 8;
const IDENTIFICATION: readonly number[] = [4, 0, 0, 0, 0x22, 0xb8, 0x1b, 0, 0x0d, 0xf0, 0x05, 0xb1];

export class CmsdkTimer implements Device, Timed {
  private readonly port: DevicePort;
  private control = 0;
  private reload = 0;
  private raised = false;
  private value = 0;
  private since = 0;

  constructor(port: DevicePort) {
    this.port = port;
  }

  load(offset: number): number {
    switch (offset) {
      case CTRL:
        return this.control;
      case VALUE:
        this.settle();
        return this.value;
      case RELOAD:
        return this.reload;
      case INTERRUPT:
        return this.raised ? 1 : 0;
      default:
        return offset >= 0xfd0 ? (IDENTIFICATION[(offset - 0xfd0) >> 2] ?? 0) : 0;
    }
  }

  store(offset: number, _size: number, value: number): void {
    this.settle();
    switch (offset) {
      case CTRL:
        this.control = value & 0xf;
        break;
      case VALUE:
        this.value = value;
        break;
      case RELOAD:
        this.reload = value;
        this.value = value;
        break;
      case INTERRUPT:
        if (value & 1) this.setRaised(false);
        break;
    }
    this.arm();
  }

  ring(): void {
    if ((this.control & INTERRUPT_ENABLE) !== 0) this.setRaised(true);
    this.since = this.port.now();
    this.value = this.reload;
    this.arm();
  }

  private settle(): void {
    const now = this.port.now();
    if ((this.control & ENABLE) !== 0) this.value = Math.max(0, this.value - (now - this.since));
    this.since = now;
  }

  private arm(): void {
    const counts = (this.control & ENABLE) !== 0 && this.value > 0;
    this.port.wakeAt(counts ? this.since + this.value : Number.POSITIVE_INFINITY);
  }

  private setRaised(raised: boolean): void {
    this.raised = raised;
    this.port.setLine(0, raised);
  }
}

/**
 * The cycle counter of the DWT (Armv7-M ARM C1.8): counts ticks of the clock, one an instruction.
 * Other DWT registers read as zero. QEMU has no DWT: there CYCCNT reads as zero.
 */
import type { Device } from '@bareheap/mmu';
import type { Clock } from '../clock.ts';

const CTRL = 0x00;
const CYCCNT = 0x04;
const CYCCNTENA = 1;

export class CycleCounter implements Device {
  private readonly clock: Clock;
  private control = 0;
  /** The counter's value when it was last set or stopped, and when that was. */
  private value = 0;
  private since = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  load(offset: number): number {
    if (offset === CTRL) return this.control;
    return offset === CYCCNT ? this.count() : 0;
  }

  store(offset: number, _size: number, value: number): void {
    const now = this.count();
    this.since = this.clock.now;
    this.value = offset === CYCCNT ? value : now;
    if (offset === CTRL) this.control = value & CYCCNTENA;
  }

  private count(): number {
    const elapsed = (this.control & CYCCNTENA) === 0 ? 0 : this.clock.now - this.since;
    return (this.value + elapsed) % 2 ** 32;
  }
}

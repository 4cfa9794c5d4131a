/**
 * SysTick (Armv7-M ARM B3.3): counts down once a tick of the clock, from RELOAD to 0, so with a
 * period of RELOAD + 1; reaching 0 from 1 sets COUNTFLAG and pends the exception. The counter is
 * computed from the clock when it is looked at. Both clock sources run at the board's frequency.
 */
import type { Alarm, Clock } from '../clock.ts';

const ENABLE = 1;
const TICKINT = 2;
const CLKSOURCE = 4;
const COUNTFLAG: number = 1 << 16;
const COUNTER_MASK = 0xffffff;

export class SysTick implements Alarm {
  private readonly clock: Clock;
  private readonly pend: () => void;
  private readonly alarm: number;
  private control = 0;
  private reload = 0;
  private countFlag = false;
  /** The counter's value when it was last set, and when that was. */
  private value = 0;
  private since = 0;

  /** @param pend  makes the SysTick exception pending */
  constructor(clock: Clock, pend: () => void) {
    this.clock = clock;
    this.pend = pend;
    this.alarm = clock.add(this);
  }

  /** SYST_CSR: reading clears COUNTFLAG. */
  readControl(): number {
    const value = this.control | (this.countFlag ? COUNTFLAG : 0);
    this.countFlag = false;
    return value;
  }

  writeControl(value: number): void {
    const wasEnabled = (this.control & ENABLE) !== 0;
    this.settle();
    this.control = value & (ENABLE | TICKINT | CLKSOURCE);
    if (!wasEnabled) this.since = this.clock.now;
    this.arm();
  }

  readReload(): number {
    return this.reload;
  }

  writeReload(value: number): void {
    this.settle();
    this.reload = value & COUNTER_MASK;
    this.arm();
  }

  readCurrent(): number {
    this.settle();
    return this.value;
  }

  /** SYST_CVR: any write clears the counter and COUNTFLAG; it reloads at the next tick. */
  writeCurrent(): void {
    this.value = 0;
    this.since = this.clock.now;
    this.countFlag = false;
    this.arm();
  }

  ring(): void {
    this.countFlag = true;
    if ((this.control & TICKINT) !== 0) this.pend();
    this.value = 0;
    this.since = this.clock.now;
    this.arm();
  }

  /** Brings the counter to now; what happens at 0 is the alarm's. */
  private settle(): void {
    const { now } = this.clock;
    if ((this.control & ENABLE) !== 0) {
      const elapsed = now - this.since;
      if (elapsed <= this.value) this.value -= elapsed;
      else if (this.reload === 0) this.value = 0;
      else this.value = this.reload - ((elapsed - this.value - 1) % (this.reload + 1));
    }
    this.since = now;
  }

  private arm(): void {
    if ((this.control & ENABLE) === 0) {
      this.clock.set(this.alarm, Number.POSITIVE_INFINITY);
      return;
    }
    const ticks = this.value > 0 ? this.value : this.reload > 0 ? this.reload + 1 : 0;
    this.clock.set(this.alarm, ticks > 0 ? this.since + ticks : Number.POSITIVE_INFINITY);
  }
}

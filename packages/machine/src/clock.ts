/**
 * Virtual time. One tick is one instruction retired, or one instruction's worth of waiting: the
 * time that WFI sleeps is skipped, not run. So the same run has the same times, on any host.
 * A board says how many ticks make a second.
 */
import { assert } from './assert.ts';

/** Something that wants to be called at a time. */
export interface Alarm {
  /** Called at or after the time asked for, between instructions; may ask again. */
  ring(): void;
}

/** What a clock asks of the engine. */
export interface Ticking {
  readonly instructionCount: number;
  requestStop(): void;
}

const NEVER = Number.POSITIVE_INFINITY;

export class Clock {
  readonly ticksPerSecond: number;
  private engine: Ticking | null = null;
  private skipped = 0;
  private readonly alarms: Alarm[] = [];
  private readonly times: number[] = [];
  private earliest = NEVER;
  /** Tick at which the engine will come back by itself. */
  private sliceEnd = NEVER;

  constructor(ticksPerSecond: number) {
    this.ticksPerSecond = ticksPerSecond;
  }

  attach(engine: Ticking): void {
    this.engine = engine;
  }

  /** Ticks since reset; exact also inside a device's access. */
  get now(): number {
    return (this.engine === null ? 0 : this.engine.instructionCount) + this.skipped;
  }

  /** Time of the next alarm; infinite when there is none. */
  get next(): number {
    return this.earliest;
  }

  /** Registers an alarm; the number is what {@link set} takes. */
  add(alarm: Alarm): number {
    this.alarms.push(alarm);
    return this.times.push(NEVER) - 1;
  }

  /** Makes an alarm ring at a time; infinite: never. */
  set(alarm: number, at: number): void {
    assert(alarm < this.times.length, `no alarm ${alarm}`);
    this.times[alarm] = at;
    this.earliest = Math.min(...this.times);
    if (at < this.sliceEnd) this.engine?.requestStop();
  }

  /** Opens a slice of at most `limit` ticks that ends at the next alarm; returns its length. */
  slice(limit: number): number {
    const { now } = this;
    const length = Math.max(1, Math.min(limit, this.earliest - now));
    this.sliceEnd = now + length;
    return length;
  }

  /** Rings every alarm whose time has come. */
  ringDue(): void {
    const { now } = this;
    if (this.earliest > now) return;
    for (let alarm = 0; alarm < this.alarms.length; alarm++) {
      if (this.times[alarm]! > now) continue;
      this.times[alarm] = NEVER;
      this.alarms[alarm]!.ring();
    }
    this.earliest = Math.min(...this.times);
  }

  /** Lets time pass until the next alarm, and rings it; false when there is none. */
  skipToNext(): boolean {
    if (this.earliest === NEVER) return false;
    this.skipped += Math.max(0, this.earliest - this.now);
    this.ringDue();
    return true;
  }
}

/**
 * Which exceptions are pending, active and enabled, their priorities, and which is to be taken now
 * (Armv7-M ARM B1.5.4, B3.4). Priorities are numbers, the lower the more urgent: Reset -3, NMI -2,
 * HardFault -1, 0 … 255 configurable, 256 for thread mode.
 */
import {
  BUS_FAULT,
  DEBUG_MONITOR,
  FIRST_IRQ,
  HARD_FAULT,
  MEM_MANAGE,
  NMI,
  RESET,
  USAGE_FAULT,
} from './exception.ts';

/** Lower than every exception: what thread mode runs at. */
export const THREAD_PRIORITY = 256;

export interface NvicOptions {
  /** External interrupts. */
  readonly lines: number;
  /** Implemented bits of a priority, from bit 7 down. */
  readonly priorityBits: number;
}

export class Nvic {
  readonly lines: number;
  /** Number of the last exception, plus one. */
  readonly count: number;
  /** Implemented bits of a priority byte. */
  readonly priorityMask: number;
  readonly pending: Uint8Array;
  readonly active: Uint8Array;
  readonly enabled: Uint8Array;
  readonly priority: Int16Array;
  primask = 0;
  faultmask = 0;
  basepri = 0;
  /** AIRCR.PRIGROUP: bits [PRIGROUP:0] of a priority do not preempt. */
  priorityGroup = 0;
  /** External lines that are high now. */
  private readonly level: Uint8Array;

  constructor({ lines, priorityBits }: NvicOptions) {
    this.lines = lines;
    this.count = FIRST_IRQ + lines;
    this.priorityMask = (0xff00 >> priorityBits) & 0xff;
    this.pending = new Uint8Array(this.count);
    this.active = new Uint8Array(this.count);
    this.enabled = new Uint8Array(this.count);
    this.priority = new Int16Array(this.count);
    this.level = new Uint8Array(this.count);
    this.reset();
  }

  reset(): void {
    for (const array of [this.pending, this.active, this.enabled, this.priority]) array.fill(0);
    this.enabled.fill(1, 0, FIRST_IRQ);
    for (const fault of [MEM_MANAGE, BUS_FAULT, USAGE_FAULT, DEBUG_MONITOR])
      this.enabled[fault] = 0;
    this.priority[RESET] = -3;
    this.priority[NMI] = -2;
    this.priority[HARD_FAULT] = -1;
    this.primask = 0;
    this.faultmask = 0;
    this.basepri = 0;
    this.priorityGroup = 0;
  }

  /** The part of an exception's priority that decides about preemption. */
  groupPriority(exception: number): number {
    return this.group(this.priority[exception]!);
  }

  /** Priority of what runs now, masks included (B1.5.4 ExecutionPriority). */
  executionPriority(): number {
    return this.boosted(this.primask !== 0);
  }

  /** The exception to be taken before the next instruction, or 0. */
  takeable(): number {
    const next = this.mostUrgent();
    return next !== 0 && this.groupPriority(next) < this.executionPriority() ? next : 0;
  }

  /** Whether something pending ends WFI: PRIMASK does not hold it back (B1.5.19). */
  wakes(): boolean {
    const next = this.mostUrgent();
    return next !== 0 && this.groupPriority(next) < this.boosted(false);
  }

  /** The pending, enabled exception with the most urgent priority, lowest number first; or 0. */
  mostUrgent(): number {
    let best = 0;
    for (let exception = NMI; exception < this.count; exception++) {
      if (this.pending[exception] === 0 || this.enabled[exception] === 0) continue;
      if (best === 0 || this.priority[exception]! < this.priority[best]!) best = exception;
    }
    return best;
  }

  activate(exception: number): void {
    this.pending[exception] = 0;
    this.active[exception] = 1;
  }

  /** Ends a handler; a line that is still high makes its exception pending again. */
  deactivate(exception: number): void {
    this.active[exception] = 0;
    if (exception !== NMI) this.faultmask = 0;
    if (this.level[exception] !== 0) this.pending[exception] = 1;
  }

  activeCount(): number {
    let count = 0;
    for (const active of this.active) count += active;
    return count;
  }

  /** Sets the level of an external line; a rising edge makes its exception pending. */
  setLine(line: number, high: boolean): void {
    const exception = FIRST_IRQ + line;
    if (high && this.level[exception] === 0 && this.active[exception] === 0) {
      this.pending[exception] = 1;
    }
    this.level[exception] = high ? 1 : 0;
  }

  /** Clears the pending state by software; a line that is high keeps it. */
  clearPending(exception: number): void {
    this.pending[exception] = this.level[exception]! & (1 - this.active[exception]!);
  }

  private boosted(masked: boolean): number {
    let priority = THREAD_PRIORITY;
    for (let exception = NMI; exception < this.count; exception++) {
      if (this.active[exception] !== 0) {
        priority = Math.min(priority, this.groupPriority(exception));
      }
    }
    if (this.basepri !== 0) priority = Math.min(priority, this.group(this.basepri));
    if (masked) priority = Math.min(priority, 0);
    if (this.faultmask !== 0) priority = Math.min(priority, -1);
    return priority;
  }

  private group(priority: number): number {
    return priority < 0 ? priority : priority & ~((2 << this.priorityGroup) - 1);
  }
}

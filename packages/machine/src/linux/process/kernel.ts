/** What all processes of one guest share: time, chance, the host, the files, each other. */
import type { HostPort } from '../../host-port.ts';
import type { Process } from './process.ts';

/** Nanoseconds from 1970 to the start of every run: later than any file of the host's. */
const START = 1_893_456_000e9;

export interface KernelOptions {
  readonly host: HostPort;
  readonly seed: number;
}

export class Kernel {
  readonly host: HostPort;
  readonly processes: Map<number, Process> = new Map();
  /** Instructions retired by whichever engine runs now are added by the run loop. */
  private ticks = 0;
  private skipped = 0;
  private state: number;

  constructor(options: KernelOptions) {
    this.host = options.host;
    this.state = options.seed >>> 0;
  }

  /** Nanoseconds since the start: one an instruction, and what was slept. */
  get now(): number {
    return this.ticks + this.skipped;
  }

  /** Nanoseconds since 1970. */
  get wallTime(): number {
    return START + this.now;
  }

  /** Lets time pass for instructions that were run. */
  advance(instructions: number): void {
    this.ticks += instructions;
  }

  /** Lets time pass while nobody can run. */
  skipTo(time: number): void {
    this.skipped += Math.max(0, time - this.now);
  }

  /** Bytes that look random and follow from the seed (mulberry32). */
  random(bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index++) {
      this.state = (this.state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      bytes[index] = mixed ^ (mixed >>> 14);
    }
  }
}

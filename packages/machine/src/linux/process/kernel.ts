/** What all processes of one guest share: time, chance, the host, the files, each other. */
import type { Cpu } from '@bareheap/cpu';
import { FramePool } from '@bareheap/mmu';
import type { AddressSpace } from '@bareheap/platform-posix';
import type { HostPort } from '../../host-port.ts';
import { FileSystem } from '../file/file-system.ts';
import type { HostTree } from '../file/host-tree.ts';
import type { SignalInfo } from '../signal/signal-info.ts';
import type { SystemCall, Words } from '../system-call.ts';
import { FutexTable } from '../thread/futex-table.ts';
import type { Process } from './process.ts';
import { shownProcesses } from './shown-process.ts';
import type { Thread } from './thread.ts';
import { TimerQueue } from './timer-queue.ts';

/** Seconds from 1970 to the start of every run: later than any file of the host's. */
export const START_SECONDS = 1_893_456_000;
const SECOND = 1e9;
/** Process 1 is none of the guest's: it takes in orphans. */
const BEFORE_FIRST_ID = 1000;

export interface KernelOptions {
  readonly host: HostPort;
  readonly seed: number;
  /** What the guest sees as its root; an empty one without it. */
  readonly tree?: HostTree | undefined;
  /** Most bytes of frames, of all processes together. */
  readonly memoryBytes: number;
  /** Makes the engine that runs the threads of a space. */
  readonly makeCpu: (space: AddressSpace) => Cpu;
  /** Told the name of a system call that is not there, once a name. */
  readonly onMissingCall: (name: string) => void;
}

export class Kernel {
  readonly host: HostPort;
  /** Every process uses frames of this pool. */
  readonly pool: FramePool;
  readonly makeCpu: (space: AddressSpace) => Cpu;
  readonly files: FileSystem;
  readonly processes: Map<number, Process> = new Map();
  /** Every thread that has not ended, in the order they take turns. */
  readonly threads: Set<Thread> = new Set();
  /** The thread whose registers an engine holds. */
  running: Thread | null = null;
  /** Whom the guest's programs run as: an ordinary user. */
  readonly userId = 1000;
  readonly groupId = 1000;
  /** AT_HWCAP: EDX of CPUID leaf 1. */
  hardwareCapabilities = 0;
  /** AT_MINSIGSTKSZ: the bytes that a signal's frame may take. */
  signalStackBytes = 1776;
  readonly futexes: FutexTable = new FutexTable();
  /** Alarms and interval timers. */
  readonly timers: TimerQueue = new TimerQueue();
  /** Told of each signal that a thread takes. */
  onSignal: ((thread: Thread, info: SignalInfo) => void) | null = null;
  /** Told of a waiting call that a signal ends; the result is null when it is made again. */
  onInterrupted:
    | ((thread: Thread, row: SystemCall, words: Words, result: number | null) => void)
    | null = null;
  private readonly onMissingCall: (name: string) => void;
  private readonly missing = new Set<string>();
  private ticks = 0;
  private skipped = 0;
  private state: number;
  private lastId = BEFORE_FIRST_ID;

  constructor(options: KernelOptions) {
    this.host = options.host;
    this.pool = new FramePool(options.memoryBytes);
    this.makeCpu = options.makeCpu;
    this.onMissingCall = options.onMissingCall;
    this.state = options.seed >>> 0;
    this.files = new FileSystem({
      pool: this.pool,
      host: options.host,
      tree: options.tree ?? null,
      now: () => this.wallClock,
      random: (bytes) => this.random(bytes),
      processes: shownProcesses(this),
    });
  }

  /** Nanoseconds since the start: one an instruction, and what was slept. */
  get now(): number {
    return this.ticks + this.skipped;
  }

  /** Time since 1970. */
  get wallClock(): { readonly seconds: number; readonly nanoseconds: number } {
    const { now } = this;
    const seconds = Math.floor(now / SECOND);
    return { seconds: START_SECONDS + seconds, nanoseconds: now - seconds * SECOND };
  }

  /** Instructions that all threads together have retired. */
  get instructions(): number {
    return this.ticks;
  }

  /** Counts instructions that were run. */
  advance(instructions: number): void {
    this.ticks += instructions;
  }

  /** Lets time pass while nobody can run. */
  skipTo(time: number): void {
    this.skipped += Math.max(0, time - this.now);
  }

  /** A number for a process or a thread: those of one guest are counted up. */
  newId(): number {
    return ++this.lastId;
  }

  /** Names a system call that is not there, the first time. */
  tellMissing(name: string): void {
    if (this.missing.has(name)) return;
    this.missing.add(name);
    this.onMissingCall(name);
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

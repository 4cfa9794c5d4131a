/**
 * The kernel, its processes and their threads, and what a system call is to them: they know each
 * other, and files import each other in no circle. Everybody else takes them from kernel.ts,
 * process.ts, thread.ts and system-call.ts.
 */
import type { Cpu } from '@bareheap/cpu';
import { FramePool, PAGE_BYTES } from '@bareheap/mmu';
import {
  type AddressSpace,
  type KernelProfile,
  LINUX_6_18,
  type LinuxProcess,
} from '@bareheap/platform-posix';
import type { HostPort } from '../../host-port.ts';
import type { HostTree } from '../../host-tree.ts';
import type { RegisterImage } from '../../register-image.ts';
import { type ArgumentFormat, BLOCKED, type ResultFormat, type Words } from '../call-format.ts';
import type { DescriptorTable } from '../file/descriptor-table.ts';
import { FileSystem } from '../file/file-system.ts';
import type { Place } from '../file/place.ts';
import type { ProcessSource } from '../file/proc/process-source.ts';
import type { Cpuid } from '../file/proc/processor-text.ts';
import { MessageQueues } from '../ipc/message-queue.ts';
import { SemaphoreSets } from '../ipc/semaphore-set.ts';
import { SharedSegments } from '../ipc/shared-segment.ts';
import { Network } from '../net/network.ts';
import { ProcessSignals } from '../signal/process-signals.ts';
import { ProcessTimers } from '../signal/process-timers.ts';
import type { SignalInfo } from '../signal/signal-info.ts';
import { SIGCHLD } from '../signal/signal-numbers.ts';
import { ThreadSignals } from '../signal/thread-signals.ts';
import { FutexTable } from '../thread/futex-table.ts';
import { makeVdso, type VdsoPages } from '../vdso/vdso-mapping.ts';
import { GuestMemory } from './guest-memory.ts';
import { NO_START, type StartRecord } from './start-record.ts';
import { TimerQueue } from './timer-queue.ts';
import { type Waiter, WaitQueue } from './wait-queue.ts';

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
  /** What /proc is made of. */
  readonly showProcesses: (kernel: Kernel) => ProcessSource;
  /** Most bytes of frames, of all processes together. */
  readonly memoryBytes: number;
  readonly cpuid: Cpuid;
  /** Makes the engine that runs the threads of a space. */
  readonly makeCpu: (space: AddressSpace) => Cpu;
  /** Told the name of a system call that is not there, once a name. */
  readonly onMissingCall: (name: string) => void;
}

export class Kernel {
  readonly host: HostPort;
  /** Every process uses frames of this pool. */
  readonly pool: FramePool;
  /** What memory calls depend on: the memory of the machine is the pool's. */
  readonly profile: KernelProfile;
  /** What every program has mapped of the kernel's. */
  readonly vdso: VdsoPages;
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
  /** What the processor says of itself. */
  readonly cpuid: Cpuid;
  /** AT_MINSIGSTKSZ: the bytes that a signal's frame may take. */
  signalStackBytes = 1776;
  readonly futexes: FutexTable = new FutexTable();
  readonly sharedSegments: SharedSegments = new SharedSegments();
  readonly semaphoreSets: SemaphoreSets = new SemaphoreSets();
  readonly messageQueues: MessageQueues = new MessageQueues();
  /** Sockets that reach each other, and nothing else. */
  readonly network: Network = new Network(this);
  /** Alarms and interval timers. */
  readonly timers: TimerQueue = new TimerQueue();
  /** Woken whenever a signal was sent to anybody: signalfd looks whether it is its own. */
  readonly signalArrived: WaitQueue = new WaitQueue();
  /** Bytes of the host's memory that others than the space keep of it, and again of each copy. */
  copyBytes: (space: AddressSpace) => number = () => 0;
  /** Told of a process with memory of its own that was forked; it has not run yet. */
  onForked: ((parent: Process, child: Process) => void) | null = null;
  /** Told of a space that no process uses any more. */
  onSpaceLeft: ((space: AddressSpace) => void) | null = null;
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
    this.profile = { ...LINUX_6_18, memoryBytes: this.pool.limit * PAGE_BYTES };
    this.vdso = makeVdso(this.pool, START_SECONDS);
    this.makeCpu = options.makeCpu;
    this.cpuid = options.cpuid;
    this.onMissingCall = options.onMissingCall;
    this.state = options.seed >>> 0;
    this.files = new FileSystem({
      pool: this.pool,
      host: options.host,
      tree: options.tree ?? null,
      now: () => this.wallClock,
      random: (bytes) => this.random(bytes),
      processes: options.showProcesses(this),
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

/** How a process ended, as wait4 tells it. */
export type ProcessEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: number };

/** What a process has used, or several together. */
export interface ResourceUsage {
  readonly nanoseconds: number;
  /** Most bytes that were in memory at once. */
  readonly residentBytes: number;
  /** Page faults; those that read a file are not told apart. */
  readonly faults: number;
}

const NOTHING_USED: ResourceUsage = { nanoseconds: 0, residentBytes: 0, faults: 0 };

/** Whether a process was stopped or let go on by a signal, until its parent has asked. */
export type ProcessStop =
  | { readonly kind: 'stopped'; readonly signal: number; readonly isTold?: boolean }
  | { readonly kind: 'continued' };

export interface ProcessParts {
  readonly id: number;
  readonly parent: Process | null;
  readonly kernel: Kernel;
  readonly space: AddressSpace;
  readonly files: DescriptorTable;
  readonly cpu: Cpu;
}

export class Process implements LinuxProcess {
  readonly id: number;
  readonly kernel: Kernel;
  parent: Process | null;
  groupId: number;
  sessionId: number;
  /** execve puts new ones in their place. */
  space: AddressSpace;
  memory: GuestMemory;
  cpu: Cpu;
  files: DescriptorTable;
  readonly threads: Thread[] = [];
  readonly children: Process[] = [];
  /** Woken when a child ends. */
  readonly childEnded: WaitQueue = new WaitQueue();
  readonly signals: ProcessSignals = new ProcessSignals();
  stop: ProcessStop | null = null;
  /** Nanoseconds that its threads ran, those that have ended too. */
  cpuTime = 0;
  /** What it used in spaces that execve has replaced, but for time. */
  before: ResourceUsage = NOTHING_USED;
  /** What its children that were waited for have used, and theirs. */
  childrenUsage: ResourceUsage = NOTHING_USED;
  end: ProcessEnd | null = null;
  /** Sent to the parent when the process ends; 0 for none. */
  exitSignal: number = SIGCHLD;
  /** Sent to the process when its parent ends; 0 for none. */
  parentDeathSignal = 0;
  /** execve was called since it was forked: setpgid of it is too late. */
  hasExecuted = false;
  /** Woken when a child made by vfork no longer uses its parent's memory. */
  readonly released: WaitQueue = new WaitQueue();
  isReleased = false;
  /** As personality(2) sets it. */
  personality = 0;
  /** PR_SET_NO_NEW_PRIVS was asked for. */
  hasNoNewPrivileges = false;
  readonly timers: ProcessTimers = new ProcessTimers();
  /** Path of the program, as /proc/self/exe has it. */
  executable = '';
  /** The working directory. */
  directory: Place;
  /** How the program was started, as /proc tells it; to be set when a program is loaded. */
  start: StartRecord = NO_START;
  /** Bits that new files do not get. */
  umask = 0o022;
  /** How readily it would be ended for want of memory, -1000 … 1000; nothing here does that. */
  oomScore = 0;

  constructor(parts: ProcessParts) {
    this.id = parts.id;
    this.parent = parts.parent;
    this.kernel = parts.kernel;
    this.space = parts.space;
    this.memory = new GuestMemory(parts.space.mmu);
    this.files = parts.files;
    this.cpu = parts.cpu;
    this.directory = parts.kernel.files.root;
    this.groupId = parts.parent?.groupId ?? parts.id;
    this.sessionId = parts.parent?.sessionId ?? parts.id;
  }

  /** Takes over what a forked process has of the one that made it, beside memory and files. */
  inherit(maker: Process): void {
    this.groupId = maker.groupId;
    this.sessionId = maker.sessionId;
    this.executable = maker.executable;
    this.directory = maker.directory;
    this.start = maker.start;
    this.umask = maker.umask;
    this.oomScore = maker.oomScore;
    this.personality = maker.personality;
    this.hasNoNewPrivileges = maker.hasNoNewPrivileges;
  }
}

export type ThreadState = 'ready' | 'blocked' | 'stopped' | 'ended';

/**
 * What a signal does to a call that waits. `restart`: it is made again after a handler that asks
 * for that, else it fails with EINTR. `handler`: EINTR after every handler. `always`: EINTR even
 * where no handler ran. `never`: only SIGKILL ends it.
 */
export type Interruption = 'restart' | 'handler' | 'always' | 'never';

/** What a thread registered of restartable sequences. */
export interface Restartable {
  readonly address: number;
  readonly bytes: number;
  /** What stands before every abort address. */
  readonly signature: number;
}

export class Thread implements Waiter {
  /** As gettid gives it; execve gives the thread that calls it its process's. */
  id: number;
  readonly process: Process;
  readonly signals: ThreadSignals = new ThreadSignals();
  /** The registers while the thread does not run; null while the engine holds them. */
  registers: RegisterImage | null = null;
  state: ThreadState = 'ready';
  /** The arguments of its system call: one record, filled anew for each call. */
  readonly words: Float64Array = new Float64Array(6);
  /** The system call that waits. */
  pending: PendingCall | null = null;
  /** How nice it is to others, -20 … 19. */
  nice = 0;
  /** It asked for the others to have their turns. */
  yields = false;
  /** As /proc/…/comm has it, at most 15 bytes. */
  name: string;
  /** Cleared and woken when the thread ends; 0 for none. @see set_tid_address(2) */
  clearChildId = 0;
  /** Head of the list of robust futexes; 0 for none. */
  robustList = 0;
  /** What it registered by rseq. */
  restartable: Restartable | null = null;
  /** How often the system call that waits was made before. */
  attempt = 0;
  /** When the call that waits gives up, ns of the guest's clock; infinite: never. */
  deadline: number = Number.POSITIVE_INFINITY;
  /** The deadline has passed: the call is made for the last time. */
  timedOut = false;
  /** What the call that waits keeps for its next attempt. */
  kept: unknown = null;
  /** Bytes that the call which waits has moved so far: its result when a signal ends it. */
  partial = 0;
  /** What a signal does to the call that waits; set before {@link block}. */
  interruption: Interruption = 'restart';
  /** Told when a handler's signal ends the call that waits, such as to store the time that is left. */
  onInterrupt: (() => void) | null = null;
  /** Told when the call that waits is over, whatever ended it. */
  onFinish: (() => void) | null = null;
  /** Nanoseconds that it ran: one an instruction. */
  cpuTime = 0;
  private beforeStop: 'ready' | 'blocked' = 'ready';
  private readonly queues: WaitQueue[] = [];

  constructor(id: number, process: Process, name: string) {
    this.id = id;
    this.process = process;
    this.name = name;
  }

  get memory(): GuestMemory {
    return this.process.memory;
  }

  get space(): AddressSpace {
    return this.process.space;
  }

  /**
   * Lets the thread wait until one of the queues is woken or a deadline passes; the call is then
   * made again from its start, with `attempt` counted up and the deadline kept. To be returned.
   *
   * @param deadline  ns of the guest's clock; taken at the first attempt only
   */
  block(queues: readonly WaitQueue[], deadline: number = Number.POSITIVE_INFINITY): number {
    if (this.attempt === 0) this.deadline = deadline;
    this.state = 'blocked';
    for (const queue of queues) {
      queue.add(this);
      this.queues.push(queue);
    }
    return BLOCKED;
  }

  wake(): void {
    if (this.state === 'blocked') this.state = 'ready';
    this.beforeStop = 'ready';
    this.leaveQueues();
  }

  /** Stops the thread, as SIGSTOP does, until {@link resume}; what it waits for goes on. */
  suspend(): void {
    if (this.state !== 'ready' && this.state !== 'blocked') return;
    this.beforeStop = this.state;
    this.state = 'stopped';
  }

  resume(): void {
    if (this.state === 'stopped') this.state = this.beforeStop;
  }

  /** Counts instructions that the thread ran. */
  charge(instructions: number): void {
    this.cpuTime += instructions;
    const { process } = this;
    process.cpuTime += instructions;
    process.timers.ownTime.fire(process.cpuTime);
  }

  /** A call is over, whatever its result: the next one starts afresh. */
  finishCall(): void {
    this.leaveQueues();
    this.onFinish?.();
    this.onFinish = null;
    this.attempt = 0;
    this.deadline = Number.POSITIVE_INFINITY;
    this.timedOut = false;
    this.kept = null;
    this.partial = 0;
    this.interruption = 'restart';
    this.onInterrupt = null;
    this.signals.finishCall();
  }

  private leaveQueues(): void {
    for (const queue of this.queues) queue.remove(this);
    this.queues.length = 0;
  }
}

/** One system call: a row of a table. */
export interface SystemCall {
  readonly name: string;
  /** Number in the x86-64 table. */
  readonly number: number;
  readonly arguments: readonly ArgumentFormat[];
  readonly result: ResultFormat;
  /**
   * Performs the call: its result, a negative error number, {@link BLOCKED} or
   * {@link REGISTERS_SET}. It never throws for what the guest does.
   */
  readonly call: (thread: Thread, words: Words) => number;
}

/** A call that waits for its thread to be woken. */
export interface PendingCall {
  readonly row: SystemCall;
  readonly words: Float64Array;
}

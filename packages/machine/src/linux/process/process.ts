/** One process of a guest: its memory, files, threads, and its place among the others. */
import type { Cpu } from '@bareheap/cpu';
import type { AddressSpace, LinuxProcess } from '@bareheap/platform-posix';
import type { DescriptorTable } from '../file/descriptor-table.ts';
import type { Place } from '../file/place.ts';
import { ProcessSignals } from '../signal/process-signals.ts';
import { ProcessTimers } from '../signal/process-timers.ts';
import { SIGCHLD } from '../signal/signal-numbers.ts';
import { GuestMemory } from './guest-memory.ts';
import type { Kernel } from './kernel.ts';
import { NO_START, type StartRecord } from './start-record.ts';
import type { Thread } from './thread.ts';
import { WaitQueue } from './wait-queue.ts';

/** How a process ended, as wait4 tells it. */
export type ProcessEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: number };

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
  /** The same of its children that were waited for, and of theirs. */
  childrenTime = 0;
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
    this.personality = maker.personality;
    this.hasNoNewPrivileges = maker.hasNoNewPrivileges;
  }
}

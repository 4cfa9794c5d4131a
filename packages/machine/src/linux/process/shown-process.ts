/** Processes as /proc shows them. */
import type { AddressSpace } from '@bareheap/platform-posix';
import type { DescriptorTable } from '../file/descriptor-table.ts';
import type { Place } from '../file/place.ts';
import type { ProcessSource, ShownProcess, ShownThread } from '../file/proc/process-source.ts';
import type { Kernel } from './kernel.ts';
import type { Process } from './process.ts';
import type { Thread } from './thread.ts';

class ThreadView implements ShownThread {
  private readonly thread: Thread;

  constructor(thread: Thread) {
    this.thread = thread;
  }

  get id(): number {
    return this.thread.id;
  }

  get name(): string {
    return this.thread.name;
  }

  set name(name: string) {
    this.thread.name = name;
  }

  get stateLetter(): string {
    const { process, state } = this.thread;
    if (process.end !== null) return 'Z';
    if (process.stop?.kind === 'stopped') return 'T';
    return state === 'blocked' ? 'S' : 'R';
  }
}

class ProcessView implements ShownProcess {
  private readonly process: Process;

  constructor(process: Process) {
    this.process = process;
  }

  get id(): number {
    return this.process.id;
  }

  get parentId(): number {
    return this.process.parent?.id ?? 1;
  }

  get groupId(): number {
    return this.process.groupId;
  }

  get sessionId(): number {
    return this.process.sessionId;
  }

  get oomScore(): number {
    return this.process.oomScore;
  }

  set oomScore(score: number) {
    this.process.oomScore = score;
  }

  get umask(): number {
    return this.process.umask;
  }

  get cpuTime(): number {
    return this.process.cpuTime;
  }

  get space(): AddressSpace {
    return this.process.space;
  }

  get files(): DescriptorTable {
    return this.process.files;
  }

  get directory(): Place {
    return this.process.directory;
  }

  get executable(): string {
    return this.process.executable;
  }

  /** Of a process that has ended the first thread is left, until its parent has asked. */
  get shownThreads(): readonly ShownThread[] {
    const { end, executable, id, threads } = this.process;
    if (end === null) return threads.map((thread) => new ThreadView(thread));
    const name = executable.slice(executable.lastIndexOf('/') + 1).slice(0, 15);
    return [{ id, name, stateLetter: 'Z' }];
  }

  get argumentRange(): readonly [number, number] {
    return this.process.start.arguments;
  }

  get environmentRange(): readonly [number, number] {
    return this.process.start.environment;
  }

  get auxiliaryVector(): Uint8Array {
    return this.process.start.auxiliaryVector;
  }
}

/** The processes of a kernel. */
export function shownProcesses(kernel: Kernel): ProcessSource {
  return {
    shown: (id) => {
      const process = kernel.processes.get(id);
      return process === undefined ? null : new ProcessView(process);
    },
    ids: () => [...kernel.processes.keys()].sort((a, b) => a - b),
    // Asked when a file is read: the kernel is being made while this is.
    cpuid: (leaf, subleaf) => kernel.cpuid(leaf, subleaf),
    uptime: () => kernel.now,
  };
}

/** What is traced of a Linux guest: its system calls line by line, or their counts. */
import type { CallCount, Moment } from '@bareheap/inspect';
import type { TraceOptions } from '../../trace-filter.ts';
import type { Kernel } from '../process/kernel.ts';
import type { CallWatch, SystemCallEntry } from '../process/system-call-entry.ts';
import type { Thread } from '../process/thread.ts';
import type { SystemCall } from '../system-call.ts';
import { CallCounter } from './call-counter.ts';
import { callName } from './call-names.ts';
import { Strace } from './strace.ts';

export class LinuxTrace {
  private readonly strace: Strace | null;
  private readonly counter: CallCounter | null;

  /**
   * Watches the calls and signals of a guest.
   *
   * @param moment  where a thread is that has just entered a call
   */
  constructor(
    options: TraceOptions,
    kernel: Kernel,
    entry: SystemCallEntry,
    moment: (thread: Thread) => Moment,
  ) {
    const { filter, write } = options;
    const at = moment as (thread: object) => Moment;
    this.strace = write === null ? null : new Strace({ filter, write, moment: at });
    this.counter = write === null ? new CallCounter(filter, () => kernel.now) : null;
    const watches = [this.strace, this.counter].filter((watch) => watch !== null);
    entry.watches.push(...watches.map(named));
    kernel.onInterrupted = (thread, row): void => {
      for (const watch of watches) watch.interrupted(thread, row);
    };
    kernel.onSignal = (thread, info): void => this.strace?.signal(thread, info);
  }

  /** The program's first thread is about to begin. */
  start(thread: Thread): void {
    this.strace?.start(thread);
    this.counter?.start();
  }

  /** The run is over. */
  finish(): void {
    this.strace?.finish();
  }

  /** Calls by name; null when they were not counted. */
  get counts(): readonly CallCount[] | null {
    return this.counter?.counts ?? null;
  }
}

/** A watch that is told the names that strace has, also of calls that no row serves. */
function named(watch: CallWatch): CallWatch {
  const renamed = new Map<number, SystemCall>();
  const rowOf = (row: SystemCall): SystemCall => {
    const name = callName(row.number);
    if (name === row.name) return row;
    const known = renamed.get(row.number) ?? { ...row, name };
    renamed.set(row.number, known);
    return known;
  };
  return {
    enter: (thread, row, words) => watch.enter(thread, rowOf(row), words),
    leave: (thread, row, words, result) => watch.leave(thread, rowOf(row), words, result),
  };
}

/** Counts system calls for `-c`: how many, how many failed, and how long they took. */
import type { CallCount } from '@bareheap/inspect';
import { CallTally } from '../../call-tally.ts';
import type { TraceFilter } from '../../trace-filter.ts';
import { REGISTERS_SET, type SystemCall, type Words } from '../system-call.ts';

const LAST_ERROR = 4095;
const EXECVE = 59;

export class CallCounter {
  private readonly filter: Pick<TraceFilter, 'traces'>;
  private readonly now: () => number;
  private readonly tally = new CallTally();
  private readonly begun = new WeakMap<object, number>();

  /** @param now  ns of the guest's clock */
  constructor(filter: Pick<TraceFilter, 'traces'>, now: () => number) {
    this.filter = filter;
    this.now = now;
  }

  enter(thread: object, row: SystemCall): void {
    if (!this.filter.traces(row.name)) return;
    this.begun.set(thread, this.now());
    this.tally.of(row.name, row.number).calls++;
  }

  leave(thread: object, row: SystemCall, _words: Words, result: number): void {
    const begin = this.begun.get(thread);
    if (begin === undefined) return;
    this.begun.delete(thread);
    const count = this.tally.of(row.name, row.number);
    count.nanoseconds += this.now() - begin;
    if (result < 0 && result >= -LAST_ERROR && result !== REGISTERS_SET) count.errors++;
  }

  /** A call that waited ended for a signal, which strace counts as an error. */
  interrupted(thread: object, row: SystemCall): void {
    this.leave(thread, row, [], -1);
  }

  get counts(): CallCount[] {
    return this.tally.counts;
  }

  /** The program's own start is an execve. */
  start(): void {
    if (this.filter.traces('execve')) this.tally.of('execve', EXECVE).calls++;
  }
}

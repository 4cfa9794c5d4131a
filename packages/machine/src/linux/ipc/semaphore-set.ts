/**
 * Semaphores of System V: sets of counters that a call changes all at once or not at all, and those
 * who wait until they can be changed, first come, first served.
 *
 * @see ipc/sem.c of Linux 6.18; semop(2)
 */
import { EAGAIN, EFBIG, EIDRM, ENOMEM, ERANGE } from '../file/errno.ts';
import type { Waiter } from '../process/wait-queue.ts';
import { IPC_NOWAIT, IpcObject, type IpcOptions, IpcTable } from './ipc-object.ts';

/** SEMVMX and SEMAEM: the largest value, and the largest that is added back at exit. */
export const MOST_VALUE = 32767;
/** SEMMSL, SEMMNI: semaphores of a set, and sets. */
export const MOST_OF_SET = 32000;
const MOST_SETS = 32000;
/** Semaphores of all sets: they are not in the guest's own memory. Linux has 1,024,000,000. */
const MOST_OF_ALL = 1 << 20;
/** Changes to be undone of all processes and sets, one a semaphore: 32 MiB of the host's. */
const MOST_TO_UNDO = 1 << 24;
export const SEM_UNDO = 0o10000;

/** One struct sembuf. */
export interface SemaphoreOperation {
  readonly semaphore: number;
  readonly change: number;
  readonly flags: number;
}

/** What a call does with a set. */
export interface SemaphoreCall {
  readonly process: number;
  /** What the process has to undo; needed where an operation has SEM_UNDO. */
  readonly undo: Int16Array | null;
  readonly operations: readonly SemaphoreOperation[];
}

/** A call on a set that cannot be done yet. */
export interface SemaphoreWait extends SemaphoreCall {
  readonly thread: Waiter;
  /** What the others' changes made of it: 0, a negative error number; null while it waits. */
  result: number | null;
  /** The operation that could not be done. */
  blocking: SemaphoreOperation;
}

/** What all sets of a guest take together. */
export interface SemaphoreShare {
  semaphores: number;
  /** Changes to be undone, one a semaphore. */
  toUndo: number;
}

export class SemaphoreSet extends IpcObject {
  readonly values: Int16Array;
  /** The process that used each semaphore last. */
  readonly processes: Int32Array;
  /** Seconds since 1970 of the last change by semop; 0: never. */
  operationTime = 0;
  /** By process: what is added to each semaphore when it ends. */
  private readonly undos = new Map<number, Int16Array>();
  private readonly waiting = new Set<SemaphoreWait>();
  private readonly share: SemaphoreShare;
  private readonly now: () => number;

  constructor(
    id: number,
    options: IpcOptions,
    count: number,
    share: SemaphoreShare,
    now: () => number,
  ) {
    super(id, options);
    this.share = share;
    this.now = now;
    this.values = new Int16Array(count);
    this.processes = new Int32Array(count);
  }

  get count(): number {
    return this.values.length;
  }

  /** What a process has to undo of this set; null where all have too much to undo. */
  undoOf(process: number): Int16Array | null {
    const known = this.undos.get(process);
    if (known !== undefined) return known;
    if (this.share.toUndo + this.count > MOST_TO_UNDO) return null;
    this.share.toUndo += this.count;
    const undo = new Int16Array(this.count);
    this.undos.set(process, undo);
    return undo;
  }

  /**
   * Does all operations or none: 0, a negative error number, or the operation that has to wait.
   * Those that waited for what it did are done, too.
   */
  operate(call: SemaphoreCall): number | SemaphoreOperation {
    const result = this.attempt(call);
    if (result === 0) this.serve();
    return result;
  }

  add(wait: SemaphoreWait): void {
    this.waiting.add(wait);
  }

  remove(wait: SemaphoreWait): void {
    this.waiting.delete(wait);
  }

  /** Sets values from `first` on, as semctl does: what was to be undone of them is not any more. */
  setValues(first: number, values: ArrayLike<number>, process: number): void {
    this.values.set(values, first);
    this.processes.fill(process, first, first + values.length);
    for (const undo of this.undos.values()) undo.fill(0, first, first + values.length);
    this.serve();
  }

  /** How many wait for a semaphore: to become zero, or to grow. */
  waiters(semaphore: number, forZero: boolean): number {
    let count = 0;
    for (const { blocking } of this.waiting) {
      if (blocking.semaphore === semaphore && (blocking.change === 0) === forZero) count++;
    }
    return count;
  }

  /** A process has ended: what it asked to be undone is. */
  undo(process: number): void {
    const undo = this.undos.get(process);
    if (undo === undefined) return;
    this.forgetUndo(process, undo);
    undo.forEach((change, semaphore) => {
      if (change === 0) return;
      const value = Math.min(MOST_VALUE, Math.max(0, this.values[semaphore]! + change));
      this.values[semaphore] = value;
      this.processes[semaphore] = process;
    });
    this.operationTime = this.now();
    this.serve();
  }

  /** Tells all who wait that the set is gone. */
  dismiss(): void {
    this.isRemoved = true;
    for (const wait of [...this.waiting]) this.finish(wait, -EIDRM);
    for (const [process, undo] of this.undos) this.forgetUndo(process, undo);
  }

  private forgetUndo(process: number, undo: Int16Array): void {
    this.undos.delete(process);
    this.share.toUndo -= undo.length;
  }

  /** Does all operations or, going back on those that were done, none. */
  private attempt({ operations, undo, process }: SemaphoreCall): number | SemaphoreOperation {
    for (const [index, operation] of operations.entries()) {
      const result = this.change(operation, undo);
      if (result === 0) continue;
      for (const done of operations.slice(0, index)) this.apply(done, undo, -1);
      return result;
    }
    for (const { semaphore } of operations) this.processes[semaphore] = process;
    this.operationTime = this.now();
    return 0;
  }

  /** Does one operation: 0, a negative error number, or the operation when it has to wait. */
  private change(
    operation: SemaphoreOperation,
    undo: Int16Array | null,
  ): number | SemaphoreOperation {
    const { semaphore, change, flags } = operation;
    const value = this.values[semaphore]! + change;
    if (value < 0 || (change === 0 && value !== 0)) {
      return (flags & IPC_NOWAIT) === 0 ? operation : -EAGAIN;
    }
    if (value > MOST_VALUE) return -ERANGE;
    if ((flags & SEM_UNDO) !== 0 && undo !== null) {
      const back = undo[semaphore]! - change;
      if (back < -MOST_VALUE - 1 || back > MOST_VALUE) return -ERANGE;
    }
    this.apply(operation, undo, 1);
    return 0;
  }

  /** @param times  1, or -1 to go back on it */
  private apply(
    { semaphore, change, flags }: SemaphoreOperation,
    undo: Int16Array | null,
    times: 1 | -1,
  ): void {
    this.values[semaphore]! += times * change;
    if ((flags & SEM_UNDO) !== 0 && undo !== null) undo[semaphore]! -= times * change;
  }

  /** Does what can be done now of what waits; who waits for a zero comes first. */
  private serve(): void {
    for (let again = this.waiting.size > 0; again; ) {
      again = false;
      const waits = [...this.waiting];
      const isChange = (wait: SemaphoreWait): boolean =>
        wait.operations.some(({ change }) => change !== 0);
      for (const wait of [...waits.filter((one) => !isChange(one)), ...waits.filter(isChange)]) {
        const result = this.attempt(wait);
        if (typeof result !== 'number') {
          wait.blocking = result;
          continue;
        }
        this.finish(wait, result);
        if (result !== 0 || !isChange(wait)) continue;
        again = true;
        break;
      }
    }
  }

  private finish(wait: SemaphoreWait, result: number): void {
    wait.result = result;
    this.waiting.delete(wait);
    wait.thread.wake();
  }
}

export class SemaphoreSets extends IpcTable<SemaphoreSet> {
  private readonly share: SemaphoreShare = { semaphores: 0, toUndo: 0 };

  constructor() {
    super(MOST_SETS);
  }

  /** Semaphores of all sets. */
  get semaphores(): number {
    return this.share.semaphores;
  }

  /** Makes a set: its number, -ENOSPC or -ENOMEM. */
  make(options: IpcOptions, count: number, now: () => number): number {
    const { share } = this;
    if (share.semaphores + count > MOST_OF_ALL) return -ENOMEM;
    const id = this.add((number) => new SemaphoreSet(number, options, count, share, now));
    if (id >= 0) share.semaphores += count;
    return id;
  }

  remove(set: SemaphoreSet): void {
    if (set.isRemoved) return;
    this.delete(set);
    this.share.semaphores -= set.count;
    set.dismiss();
  }

  /** A process has ended. */
  undo(process: number): void {
    for (const set of this.all()) set.undo(process);
  }
}

/** Whether a set has every semaphore that is named: 0 or -EFBIG. */
export function checkRange(set: SemaphoreSet, operations: readonly SemaphoreOperation[]): number {
  return operations.some(({ semaphore }) => semaphore >= set.count) ? -EFBIG : 0;
}

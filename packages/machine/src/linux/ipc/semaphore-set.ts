/**
 * Semaphores of System V: sets of counters that a call changes all at once or not at all, and those
 * who wait until they can be changed, first come, first served.
 *
 * @see ipc/sem.c of Linux 6.18; semop(2)
 */
import { EAGAIN, EFBIG, ENOMEM, ERANGE } from '../file/errno.ts';
import type { Waiter } from '../process/wait-queue.ts';
import { IPC_NOWAIT, IpcObject, type IpcOptions, IpcTable } from './ipc-object.ts';

export const EIDRM = 43;
/** SEMVMX and SEMAEM: the largest value, and the largest that is added back at exit. */
export const MOST_VALUE = 32767;
/** SEMMSL, SEMMNI: semaphores of a set, and sets. */
export const MOST_OF_SET = 32000;
const MOST_SETS = 32000;
/** Semaphores of all sets: they are not in the guest's own memory. Linux has 1,024,000,000. */
const MOST_OF_ALL = 1 << 20;
export const SEM_UNDO = 0o10000;

/** One struct sembuf. */
export interface SemaphoreOperation {
  readonly semaphore: number;
  readonly change: number;
  readonly flags: number;
}

/** A call on a set that cannot be done yet. */
export interface SemaphoreWait {
  readonly thread: Waiter;
  readonly process: number;
  readonly undo: Int16Array | null;
  readonly operations: readonly SemaphoreOperation[];
  /** What the others' changes made of it: 0, a negative error number; null while it waits. */
  result: number | null;
  /** The operation that could not be done. */
  blocking: SemaphoreOperation;
}

export class SemaphoreSet extends IpcObject {
  readonly values: Int16Array;
  /** The process that used each semaphore last. */
  readonly processes: Int32Array;
  /** Seconds since 1970 of the last change by semop; 0: never. */
  operationTime = 0;
  /** By process: what is added to each semaphore when it ends. */
  readonly undos: Map<number, Int16Array> = new Map();
  private readonly waiting = new Set<SemaphoreWait>();
  private readonly now: () => number;

  constructor(id: number, options: IpcOptions, count: number, now: () => number) {
    super(id, options);
    this.now = now;
    this.values = new Int16Array(count);
    this.processes = new Int32Array(count);
  }

  get count(): number {
    return this.values.length;
  }

  /** What a process has to undo of this set. */
  undoOf(process: number): Int16Array {
    const known = this.undos.get(process) ?? new Int16Array(this.count);
    this.undos.set(process, known);
    return known;
  }

  /**
   * Does all operations or none: 0, a negative error number, or the operation that has to wait.
   * Those that waited for what it did are done, too.
   */
  operate(wait: Omit<SemaphoreWait, 'result' | 'blocking'>): number | SemaphoreOperation {
    const result = this.attempt(wait);
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
    this.undos.delete(process);
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
  }

  private attempt(wait: Omit<SemaphoreWait, 'result' | 'blocking'>): number | SemaphoreOperation {
    const before = this.values.slice();
    const undoBefore = wait.undo?.slice() ?? null;
    const result = this.change(wait);
    if (result !== 0) {
      this.values.set(before);
      if (undoBefore !== null) wait.undo!.set(undoBefore);
      return result;
    }
    for (const { semaphore } of wait.operations) this.processes[semaphore] = wait.process;
    this.operationTime = this.now();
    return 0;
  }

  private change({
    operations,
    undo,
  }: Omit<SemaphoreWait, 'result' | 'blocking'>): number | SemaphoreOperation {
    for (const operation of operations) {
      const { semaphore, change, flags } = operation;
      const value = this.values[semaphore]! + change;
      if (value < 0 || (change === 0 && value !== 0)) {
        return (flags & IPC_NOWAIT) === 0 ? operation : -EAGAIN;
      }
      if (value > MOST_VALUE) return -ERANGE;
      if ((flags & SEM_UNDO) !== 0 && undo !== null) {
        const back = undo[semaphore]! - change;
        if (back < -MOST_VALUE - 1 || back > MOST_VALUE) return -ERANGE;
        undo[semaphore] = back;
      }
      this.values[semaphore] = value;
    }
    return 0;
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
  private inUse = 0;

  constructor() {
    super(MOST_SETS);
  }

  /** Semaphores of all sets. */
  get semaphores(): number {
    return this.inUse;
  }

  /** Makes a set: its number, -ENOSPC or -ENOMEM. */
  make(options: IpcOptions, count: number, now: () => number): number {
    if (this.inUse + count > MOST_OF_ALL) return -ENOMEM;
    const id = this.add((number) => new SemaphoreSet(number, options, count, now));
    if (id >= 0) this.inUse += count;
    return id;
  }

  remove(set: SemaphoreSet): void {
    if (set.isRemoved) return;
    this.delete(set);
    this.inUse -= set.count;
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

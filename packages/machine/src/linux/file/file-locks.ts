/**
 * Advisory locks on a file: of flock on the whole of it, of fcntl on ranges. Locks belong to an
 * owner, which is an open file or a process's table of descriptors. Deadlocks are not looked for.
 *
 * @see fs/locks.c of Linux 6.18
 */
import { WaitQueue } from '../process/wait-queue.ts';

export interface FileLock {
  readonly owner: object;
  /** As F_GETLK names the owner: a process's number, -1 for an open file. */
  readonly process: number;
  readonly isExclusive: boolean;
  /** Bytes [start, end). */
  readonly start: number;
  readonly end: number;
}

/** End of a lock that goes on however long the file becomes. */
export const NO_END: number = 2 ** 63;

/** Locks of one kind; those of flock and those of fcntl take no notice of each other. */
export class FileLocks {
  /** Woken when a lock is given up. */
  readonly released: WaitQueue = new WaitQueue();
  private locks: FileLock[] = [];

  /** A lock of somebody else's that keeps one from being had, or null. */
  conflict(wanted: FileLock): FileLock | null {
    return (
      this.locks.find(
        (lock) =>
          lock.owner !== wanted.owner &&
          lock.start < wanted.end &&
          lock.end > wanted.start &&
          (lock.isExclusive || wanted.isExclusive),
      ) ?? null
    );
  }

  /** Puts a lock in place of what its owner has in the range; there must be no conflict. */
  add(lock: FileLock): void {
    this.cut(lock.owner, lock.start, lock.end);
    this.locks.push(lock);
    this.released.wake();
  }

  /** Gives up what an owner has of a range. */
  remove(owner: object, start = 0, end: number = NO_END): void {
    if (!this.locks.some((lock) => lock.owner === owner)) return;
    this.cut(owner, start, end);
    this.released.wake();
  }

  private cut(owner: object, start: number, end: number): void {
    this.locks = this.locks.flatMap((lock) => {
      if (lock.owner !== owner || lock.start >= end || lock.end <= start) return [lock];
      const left = lock.start < start ? [{ ...lock, end: start }] : [];
      const right = lock.end > end ? [{ ...lock, start: end }] : [];
      return [...left, ...right];
    });
  }
}

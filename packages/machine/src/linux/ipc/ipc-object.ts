/**
 * What segments, semaphores and message queues of System V have in common: a number, a key, an
 * owner and a mode; and the tables they stand in.
 *
 * @see ipc/util.c of Linux 6.18; sysvipc(7)
 */
import { ENOSPC } from '../file/errno.ts';

export const IPC_PRIVATE = 0;
export const IPC_CREAT = 0o1000;
export const IPC_EXCL = 0o2000;
export const IPC_NOWAIT = 0o4000;
/** Commands of shmctl, semctl and msgctl alike. */
export const IPC_RMID = 0;
export const IPC_SET = 1;
export const IPC_STAT = 2;
export const IPC_INFO = 3;

/** Accesses that a mode allows, bits of it for each of owner, group and others. */
export const READ = 4;
export const WRITE = 2;
export const EXECUTE = 1;

export interface IpcOptions {
  readonly key: number;
  /** Permission bits. */
  readonly mode: number;
  readonly user: number;
  readonly group: number;
  /** Seconds since 1970. */
  readonly time: number;
}

export class IpcObject {
  readonly id: number;
  readonly makerUser: number;
  readonly makerGroup: number;
  key: number;
  user: number;
  group: number;
  mode: number;
  changeTime: number;
  /** Removed: who waits for it is told. */
  isRemoved = false;

  constructor(id: number, options: IpcOptions) {
    this.id = id;
    this.key = options.key;
    this.makerUser = options.user;
    this.makerGroup = options.group;
    this.user = options.user;
    this.group = options.group;
    this.mode = options.mode;
    this.changeTime = options.time;
  }

  /** Whether the guest's user, who owns all that it makes, has the accesses: READ, WRITE, EXECUTE. */
  allows(wanted: number): boolean {
    return (wanted & ~(this.mode >> 6) & 7) === 0;
  }
}

/** The objects of one kind. Numbers are counted up and never come back. */
export class IpcTable<T extends IpcObject> {
  private readonly objects = new Map<number, T>();
  private readonly most: number;
  private lastId = -1;

  /** @param most  objects that there may be */
  constructor(most: number) {
    this.most = most;
  }

  /** The highest number in use; 0 when there is none. */
  get highest(): number {
    return Math.max(0, ...this.objects.keys());
  }

  /** The object of a number, or null. */
  get(id: number): T | null {
    return this.objects.get(id) ?? null;
  }

  withKey(key: number): T | null {
    if (key === IPC_PRIVATE) return null;
    for (const object of this.objects.values()) if (object.key === key) return object;
    return null;
  }

  all(): IterableIterator<T> {
    return this.objects.values();
  }

  get count(): number {
    return this.objects.size;
  }

  /** Puts in what `make` gives for the next number: that number, or -ENOSPC. */
  add(make: (id: number) => T): number {
    if (this.objects.size >= this.most) return -ENOSPC;
    const id = ++this.lastId;
    this.objects.set(id, make(id));
    return id;
  }

  delete(object: T): void {
    this.objects.delete(object.id);
  }
}

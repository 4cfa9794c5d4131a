/**
 * What segments, semaphores and message queues of System V have in common: a number, a key, an
 * owner and a mode; and the tables they stand in.
 *
 * @see ipc/util.c of Linux 6.18; sysvipc(7)
 */
import { EACCES, EEXIST, EFAULT, ENOENT, ENOSPC } from '../file/errno.ts';
import type { GuestMemory } from '../process/guest-memory.ts';
import type { Thread } from '../process/thread.ts';

export const IPC_PRIVATE = 0;
export const IPC_CREAT = 0o1000;
export const IPC_EXCL = 0o2000;
export const IPC_NOWAIT = 0o4000;
/** Commands of shmctl, semctl and msgctl alike. */
export const IPC_RMID = 0;
export const IPC_SET = 1;
export const IPC_STAT = 2;
export const IPC_INFO = 3;
const PERMISSIONS = 0o777;
/** Where struct ipc64_perm has the user, the group and the mode that IPC_SET takes. */
const [USER_AT, GROUP_AT, MODE_AT] = [4, 8, 20] as const;

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

  /** Whether the guest's user, who owns all that it makes, has the accesses; each a bit of 0o7. */
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

/**
 * What shmget, semget and msgget have in common: the number of the object with a key, or of the one
 * that `make` makes; or a negative error number.
 *
 * @param check  whether the object that is there already fits: 0 or a negative error number
 */
export function getObject<T extends IpcObject>(
  table: IpcTable<T>,
  key: number,
  flags: number,
  check: (found: T) => number,
  make: () => number,
): number {
  const found = table.withKey(key);
  if (found === null) return key === IPC_PRIVATE || (flags & IPC_CREAT) !== 0 ? make() : -ENOENT;
  if ((flags & IPC_CREAT) !== 0 && (flags & IPC_EXCL) !== 0) return -EEXIST;
  const failed = check(found);
  if (failed !== 0) return failed;
  return found.allows((flags >> 6) | (flags >> 3) | flags) ? found.id : -EACCES;
}

/** What a new object of a thread's has. */
export function ipcOptions(thread: Thread, key: number, flags: number): IpcOptions {
  const { kernel } = thread.process;
  const time = kernel.wallClock.seconds;
  return { key, mode: flags & PERMISSIONS, user: kernel.userId, group: kernel.groupId, time };
}

/** Starts a record of so many bytes with an object's struct ipc64_perm. */
export function permissionRecord(object: IpcObject, bytes: number, state = 0): DataView {
  const view = new DataView(new ArrayBuffer(bytes));
  const { key, user, group, makerUser, makerGroup, mode } = object;
  const numbers = [key, user, group, makerUser, makerGroup, mode | state];
  numbers.forEach((value, index) => {
    view.setInt32(4 * index, value, true);
  });
  return view;
}

/** Puts 64-bit numbers into a record, one after the other. */
export function putLongs(view: DataView, offset: number, ...values: readonly number[]): void {
  values.forEach((value, index) => {
    view.setBigInt64(offset + 8 * index, BigInt(value), true);
  });
}

/** Takes user, group and mode of a record that IPC_SET is given. */
export function setPermissions(object: IpcObject, record: DataView, time: number): void {
  object.user = record.getInt32(USER_AT, true);
  object.group = record.getInt32(GROUP_AT, true);
  object.mode = record.getInt32(MODE_AT, true) & PERMISSIONS;
  object.changeTime = time;
}

/** Stores a record: `result`, or -EFAULT. */
export function storeRecord(
  memory: GuestMemory,
  address: number,
  record: DataView,
  result: number,
): number {
  return memory.write(address, new Uint8Array(record.buffer)) ? result : -EFAULT;
}

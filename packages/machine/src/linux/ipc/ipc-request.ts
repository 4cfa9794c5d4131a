/** What the calls on segments, semaphores and message queues do alike. @see ipc/util.c of Linux 6.18 */
import { EACCES, EEXIST, EFAULT, ENOENT } from '../file/errno.ts';
import type { GuestMemory } from '../process/guest-memory.ts';
import type { Thread } from '../process/thread.ts';
import {
  IPC_CREAT,
  IPC_EXCL,
  IPC_PRIVATE,
  type IpcObject,
  type IpcOptions,
  type IpcTable,
} from './ipc-object.ts';

const PERMISSIONS = 0o777;
/** Where struct ipc64_perm has the user, the group and the mode that IPC_SET takes. */
const [USER_AT, GROUP_AT, MODE_AT] = [4, 8, 20] as const;

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

/** What the calls on segments, semaphores and message queues do alike. @see ipc/util.c of Linux 6.18 */
import { EACCES, EEXIST, EFAULT, EINVAL, ENOENT } from '../file/errno.ts';
import type { GuestMemory } from '../process/guest-memory.ts';
import type { Thread } from '../process/thread.ts';
import type { Words } from '../system-call.ts';
import {
  IPC_CREAT,
  IPC_EXCL,
  IPC_PRIVATE,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  type IpcObject,
  type IpcOptions,
  type IpcTable,
  READ,
} from './ipc-object.ts';

const PERMISSIONS = 0o777;
/** What is no user and no group, (uid_t) -1. */
const NOBODY = -1;
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
  putInts(view, key, user, group, makerUser, makerGroup, mode | state);
  return view;
}

/** Puts 32-bit numbers into a record from its beginning, one after the other. */
export function putInts(view: DataView, ...values: readonly number[]): void {
  values.forEach((value, index) => {
    view.setInt32(4 * index, value, true);
  });
}

/** Puts 64-bit numbers into a record, one after the other. */
export function putLongs(view: DataView, offset: number, ...values: readonly number[]): void {
  values.forEach((value, index) => {
    view.setBigInt64(offset + 8 * index, BigInt(value), true);
  });
}

/** What a command of shmctl, semctl or msgctl does: its result or a negative error number. */
export type Command<T> = (thread: Thread, object: T, argument: number, words: Words) => number;

/** What the commands that all kinds have need of one. */
export interface IpcKind<T extends IpcObject> {
  readonly remove: (thread: Thread, object: T) => void;
  /** The record that IPC_STAT stores. */
  readonly recordOf: (object: T) => DataView;
  /** Bytes of it. */
  readonly bytes: number;
  /** Why IPC_SET may not set what it sets beside permissions: a negative error number; or 0. */
  readonly refusal?: (record: DataView) => number;
  /** Takes that. */
  readonly take?: (object: T, record: DataView) => void;
}

/** IPC_RMID, IPC_SET and IPC_STAT. */
export function commonCommands<T extends IpcObject>(kind: IpcKind<T>): [number, Command<T>][] {
  return [
    [
      IPC_RMID,
      (thread, object) => {
        kind.remove(thread, object);
        return 0;
      },
    ],
    [IPC_SET, (thread, object, address) => change(thread, object, address, kind)],
    [IPC_STAT, statusCommand(kind, () => 0, READ)],
  ];
}

/** MSG_STAT or SEM_STAT, and what _ANY they have: as IPC_STAT, but the result is the number. */
export function systemCommands<T extends IpcObject>(
  kind: IpcKind<T>,
  stat: number,
  statAny: number,
): [number, Command<T>][] {
  return [
    [stat, statusCommand(kind, ({ id }) => id, READ)],
    [statAny, statusCommand(kind, ({ id }) => id, 0)],
  ];
}

function statusCommand<T extends IpcObject>(
  { recordOf }: IpcKind<T>,
  resultOf: (object: T) => number,
  access: number,
): Command<T> {
  return ({ memory }, object, address) => {
    if (!object.allows(access)) return -EACCES;
    return storeRecord(memory, address, recordOf(object), resultOf(object));
  };
}

/** Takes user, group and mode, and what the kind has besides. */
function change<T extends IpcObject>(
  { memory, process }: Thread,
  object: T,
  address: number,
  { bytes, refusal, take }: IpcKind<T>,
): number {
  const data = memory.read(address, bytes);
  if (data === null) return -EFAULT;
  const record = new DataView(data.buffer);
  const refused = refusal?.(record) ?? 0;
  if (refused !== 0) return refused;
  const user = record.getInt32(USER_AT, true);
  const group = record.getInt32(GROUP_AT, true);
  if (user === NOBODY || group === NOBODY) return -EINVAL;
  take?.(object, record);
  object.user = user;
  object.group = group;
  object.mode = record.getInt32(MODE_AT, true) & PERMISSIONS;
  object.changeTime = process.kernel.wallClock.seconds;
  return 0;
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

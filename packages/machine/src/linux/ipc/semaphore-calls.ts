/** semget, semop, semtimedop and semctl. @see ipc/sem.c of Linux 6.18 */
import { E2BIG, EACCES, EAGAIN, EFAULT, EINVAL, ENOMEM, ERANGE } from '../file/errno.ts';
import type { Thread } from '../process/thread.ts';
import { readDuration } from '../signal/signal-calls.ts';
import type { SystemCall, Words } from '../system-call.ts';
import { IPC_INFO, READ, WRITE } from './ipc-object.ts';
import {
  type Command,
  commonCommands,
  getObject,
  type IpcKind,
  ipcOptions,
  permissionRecord,
  putInts,
  putLongs,
  storeRecord,
  systemCommands,
} from './ipc-request.ts';
import {
  checkRange,
  MOST_OF_SET,
  MOST_VALUE,
  SEM_UNDO,
  type SemaphoreOperation,
  type SemaphoreSet,
  type SemaphoreSets,
  type SemaphoreWait,
} from './semaphore-set.ts';

/** SEMOPM: operations of one call. */
const MOST_OPERATIONS = 500;
/** struct sembuf: number, change and flags of 16 bits. */
const OPERATION_BYTES = 6;
/** struct semid64_ds of x86-64, and struct seminfo. */
const RECORD_BYTES = 104;
const INFO_INTS = 10;
const [SEM_STAT, SEM_INFO, SEM_STAT_ANY] = [18, 19, 20] as const;
const [GETPID, GETVAL, GETALL, GETNCNT, GETZCNT, SETVAL, SETALL] = [
  11, 12, 13, 14, 15, 16, 17,
] as const;

function setsOf(thread: Thread): SemaphoreSets {
  return thread.process.kernel.semaphoreSets;
}

function get(thread: Thread, words: Words): number {
  const key = words[0]! | 0;
  const count = words[1]! | 0;
  const flags = words[2]! | 0;
  if (count < 0 || count > MOST_OF_SET) return -EINVAL;
  const sets = setsOf(thread);
  const { kernel } = thread.process;
  const check = (found: SemaphoreSet): number => (count > found.count ? -EINVAL : 0);
  return getObject(sets, key, flags, check, () => {
    if (count === 0) return -EINVAL;
    const seconds = (): number => kernel.wallClock.seconds;
    return sets.make(ipcOptions(thread, key, flags), count, seconds);
  });
}

/** The operations of an array of struct sembuf, or a negative error number. */
function readOperations(
  thread: Thread,
  address: number,
  count: number,
): readonly SemaphoreOperation[] | number {
  if (count > MOST_OPERATIONS) return -E2BIG;
  if (count < 1) return -EINVAL;
  const bytes = thread.memory.read(address, count * OPERATION_BYTES);
  if (bytes === null) return -EFAULT;
  const view = new DataView(bytes.buffer);
  return Array.from({ length: count }, (_, index) => ({
    semaphore: view.getUint16(index * OPERATION_BYTES, true),
    change: view.getInt16(index * OPERATION_BYTES + 2, true),
    flags: view.getInt16(index * OPERATION_BYTES + 4, true),
  }));
}

/** @param timeout  ns, at the first attempt; infinite: none; a negative error number: refused */
function operate(thread: Thread, words: Words, timeout: number): number {
  const known = thread.kept as SemaphoreWait | null;
  if (known !== null) return goOn(thread, known);
  if (timeout === -EFAULT) return timeout;
  const operations = readOperations(thread, words[1]!, words[2]! >>> 0);
  if (typeof operations === 'number') return operations;
  if (timeout < 0) return timeout;
  const id = words[0]! | 0;
  const set = setsOf(thread).get(id);
  if (id < 0 || set === null) return -EINVAL;
  const failed = checkRange(set, operations);
  if (failed !== 0) return failed;
  const isChange = operations.some(({ change }) => change !== 0);
  if (!set.allows(isChange ? WRITE : READ)) return -EACCES;
  const process = thread.process.id;
  const needsUndo = operations.some(({ flags }) => (flags & SEM_UNDO) !== 0);
  const undo = needsUndo ? set.undoOf(process) : null;
  if (needsUndo && undo === null) return -ENOMEM;
  const parts = { thread, process, undo, operations };
  const blocking = set.operate(parts);
  if (typeof blocking === 'number') return blocking;
  const wait: SemaphoreWait = { ...parts, result: null, blocking };
  set.add(wait);
  thread.kept = wait;
  thread.onFinish = () => set.remove(wait);
  thread.interruption = 'always';
  return thread.block([], thread.process.kernel.now + timeout);
}

/** Somebody has done what the thread waits for, or its time is over. */
function goOn(thread: Thread, wait: SemaphoreWait): number {
  if (wait.result !== null) return wait.result;
  if (thread.timedOut) return -EAGAIN;
  thread.interruption = 'always';
  return thread.block([]);
}

function operateInTime(thread: Thread, words: Words): number {
  const isTimed = words[3] !== 0 && thread.kept === null;
  const timeout = isTimed ? readDuration(thread, words[3]!) : Number.POSITIVE_INFINITY;
  return operate(thread, words, timeout);
}

/** A command that reads one semaphore. */
const one =
  (value: (set: SemaphoreSet, semaphore: number) => number): Command<SemaphoreSet> =>
  (_thread, set, _argument, words) => {
    if (!set.allows(READ)) return -EACCES;
    const semaphore = words[1]! | 0;
    return semaphore < 0 || semaphore >= set.count ? -EINVAL : value(set, semaphore);
  };

function setOne(thread: Thread, set: SemaphoreSet, value: number, words: Words): number {
  const semaphore = words[1]! | 0;
  if (semaphore < 0 || semaphore >= set.count) return -EINVAL;
  if (!set.allows(WRITE)) return -EACCES;
  set.changeTime = thread.process.kernel.wallClock.seconds;
  set.setValues(semaphore, [value | 0], thread.process.id);
  return 0;
}

function getAll(thread: Thread, set: SemaphoreSet, address: number): number {
  if (!set.allows(READ)) return -EACCES;
  const bytes = new Uint8Array(set.values.buffer);
  return thread.memory.write(address, bytes) ? 0 : -EFAULT;
}

function setAll(thread: Thread, set: SemaphoreSet, address: number): number {
  if (!set.allows(WRITE)) return -EACCES;
  const bytes = thread.memory.read(address, set.count * 2);
  if (bytes === null) return -EFAULT;
  const values = new Uint16Array(bytes.buffer);
  if (values.some((value) => value > MOST_VALUE)) return -ERANGE;
  set.changeTime = thread.process.kernel.wallClock.seconds;
  set.setValues(0, values, thread.process.id);
  return 0;
}

function recordOf(set: SemaphoreSet): DataView {
  const record = permissionRecord(set, RECORD_BYTES);
  putLongs(record, 48, set.operationTime, 0, set.changeTime, 0, set.count);
  return record;
}

const KIND: IpcKind<SemaphoreSet> = {
  remove: (thread, set) => setsOf(thread).remove(set),
  recordOf,
  bytes: RECORD_BYTES,
};
const COMMANDS: ReadonlyMap<number, Command<SemaphoreSet>> = new Map([
  ...commonCommands(KIND),
  ...systemCommands(KIND, SEM_STAT, SEM_STAT_ANY),
  [GETVAL, one((set, semaphore) => set.values[semaphore]!)],
  [GETPID, one((set, semaphore) => set.processes[semaphore]!)],
  [GETNCNT, one((set, semaphore) => set.waiters(semaphore, false))],
  [GETZCNT, one((set, semaphore) => set.waiters(semaphore, true))],
  [GETALL, getAll],
  [SETALL, setAll],
  [SETVAL, setOne],
]);

/** struct seminfo: limits, and for SEM_INFO what is in use. Returns the highest number in use. */
function information(thread: Thread, command: number, address: number): number {
  const sets = setsOf(thread);
  const inUse = command === SEM_INFO;
  const [MAP, ALL, UNDOS, EACH, ROOM] = [1024000000, 1024000000, 1024000000, 500, 20];
  const numbers = [MAP, 32000, ALL, UNDOS, MOST_OF_SET, MOST_OPERATIONS, EACH];
  const last = inUse ? [sets.count, MOST_VALUE, sets.semaphores] : [ROOM, MOST_VALUE, MOST_VALUE];
  const record = new DataView(new ArrayBuffer(4 * INFO_INTS));
  putInts(record, ...numbers, ...last);
  return storeRecord(thread.memory, address, record, sets.highest);
}

function control(thread: Thread, words: Words): number {
  const id = words[0]! | 0;
  const number = words[2]! | 0;
  if (id < 0) return -EINVAL;
  if (number === IPC_INFO || number === SEM_INFO) return information(thread, number, words[3]!);
  const value = words[3]! | 0;
  if (number === SETVAL && (value < 0 || value > MOST_VALUE)) return -ERANGE;
  const command = COMMANDS.get(number);
  const set = setsOf(thread).get(id);
  if (command === undefined || set === null) return -EINVAL;
  return command(thread, set, words[3]!, words);
}

export const SEMAPHORE_CALLS: readonly SystemCall[] = [
  {
    name: 'semget',
    number: 64,
    arguments: ['hex', 'int', 'octal'],
    result: 'int',
    call: get,
  },
  {
    name: 'semop',
    number: 65,
    arguments: ['int', 'address', 'unsigned'],
    result: 'int',
    call: (t, w) => operate(t, w, Number.POSITIVE_INFINITY),
  },
  {
    name: 'semctl',
    number: 66,
    arguments: ['int', 'int', 'int', 'hex'],
    result: 'int',
    call: control,
  },
  {
    name: 'semtimedop',
    number: 220,
    arguments: ['int', 'address', 'unsigned', 'timespec-in'],
    result: 'int',
    call: operateInTime,
  },
];

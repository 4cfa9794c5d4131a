/** Locks: flock, and fcntl's of ranges. @see fs/locks.c of Linux 6.18 */
import type { Thread } from '../../process/thread.ts';
import type { SystemCall } from '../../system-call.ts';
import { EAGAIN, EBADF, EFAULT, EINVAL } from '../errno.ts';
import {
  F_GETLK,
  F_OFD_GETLK,
  F_OFD_SETLK,
  F_OFD_SETLKW,
  F_SETLK,
  F_SETLKW,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
} from '../file-constants.ts';
import type { FileDescription } from '../file-description.ts';
import { type FileLock, type FileLocks, NO_END } from '../file-locks.ts';
import { openFile } from './descriptor-argument.ts';

const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_UN = 8;
/** Mandatory locks are gone: asking for one is taken for granted, and does nothing. */
const LOCK_MAND = 32;
const F_RDLCK = 0;
const F_WRLCK = 1;
const F_UNLCK = 2;
/** struct flock: type and whence of 16 bits, start and length of 64, the process. */
const FLOCK_BYTES = 32;
const NO_PROCESS = -1;

const LOCK_COMMANDS: readonly number[] = [
  F_GETLK,
  F_SETLK,
  F_SETLKW,
  F_OFD_GETLK,
  F_OFD_SETLK,
  F_OFD_SETLKW,
];
const OF_FILES: readonly number[] = [F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW];

export function isLockCommand(command: number): boolean {
  return LOCK_COMMANDS.includes(command);
}

/** Takes a lock when nobody is in the way, or waits for it. */
function take(thread: Thread, locks: FileLocks, lock: FileLock, waits: boolean): number {
  if (locks.conflict(lock) === null) {
    locks.add(lock);
    return 0;
  }
  return waits ? thread.block([locks.released]) : -EAGAIN;
}

function flock(thread: Thread, descriptor: number, operation: number): number {
  if ((operation & LOCK_MAND) !== 0) return 0;
  const kind = operation & ~LOCK_NB;
  if (kind !== LOCK_SH && kind !== LOCK_EX && kind !== LOCK_UN) return -EINVAL;
  const file = openFile(thread, descriptor);
  if (file === null) return -EBADF;
  const locks = file.inode.wholeLocks;
  if (kind === LOCK_UN) {
    locks.remove(file);
    return 0;
  }
  const isExclusive = kind === LOCK_EX;
  const lock = { owner: file, process: NO_PROCESS, isExclusive, start: 0, end: NO_END };
  return take(thread, locks, lock, (operation & LOCK_NB) === 0);
}

interface WantedRange {
  readonly type: number;
  readonly start: number;
  readonly end: number;
}

function readRange(thread: Thread, file: FileDescription, address: number): WantedRange | number {
  const bytes = thread.memory.read(address, FLOCK_BYTES);
  if (bytes === null) return -EFAULT;
  const view = new DataView(bytes.buffer);
  const bases: Readonly<Record<number, number>> = {
    [SEEK_SET]: 0,
    [SEEK_CUR]: file.position,
    [SEEK_END]: file.inode.size,
  };
  const base = bases[view.getInt16(2, true)];
  const type = view.getInt16(0, true);
  if (base === undefined || type < F_RDLCK || type > F_UNLCK) return -EINVAL;
  const from = base + thread.memory.word(address + 8)!;
  const length = thread.memory.word(address + 16)!;
  const start = length < 0 ? from + length : from;
  if (start < 0) return -EINVAL;
  return { type, start, end: length === 0 ? NO_END : length < 0 ? from : from + length };
}

/** Performs fcntl's commands about locks. */
export function lockRange(
  thread: Thread,
  file: FileDescription,
  command: number,
  address: number,
): number {
  const range = readRange(thread, file, address);
  if (typeof range === 'number') return range;
  const isOfFile = OF_FILES.includes(command);
  const lock: FileLock = {
    owner: isOfFile ? file : thread.process.files,
    process: isOfFile ? NO_PROCESS : thread.process.id,
    isExclusive: range.type === F_WRLCK,
    start: range.start,
    end: range.end,
  };
  const locks = file.inode.rangeLocks;
  if (command === F_GETLK || command === F_OFD_GETLK) {
    if (range.type === F_UNLCK) return -EINVAL;
    return tellConflict(thread, address, locks.conflict(lock));
  }
  if (range.type === F_UNLCK) {
    locks.remove(lock.owner, lock.start, lock.end);
    return 0;
  }
  if (range.type === F_RDLCK ? !file.readable : !file.writable) return -EBADF;
  const waits = command === F_SETLKW || command === F_OFD_SETLKW;
  return take(thread, locks, lock, waits);
}

function tellConflict(thread: Thread, address: number, lock: FileLock | null): number {
  const { memory } = thread;
  if (lock === null) {
    return memory.write(address, Uint8Array.of(F_UNLCK, 0)) ? 0 : -EFAULT;
  }
  const type = lock.isExclusive ? F_WRLCK : F_RDLCK;
  const length = lock.end === NO_END ? 0 : lock.end - lock.start;
  const isStored =
    memory.write(address, Uint8Array.of(type, 0, SEEK_SET, 0)) &&
    memory.storeWord(address + 8, lock.start) &&
    memory.storeWord(address + 16, length) &&
    memory.storeU32(address + 24, lock.process);
  return isStored ? 0 : -EFAULT;
}

export const LOCK_CALLS: readonly SystemCall[] = [
  {
    name: 'flock',
    number: 73,
    arguments: ['descriptor', 'hex'],
    result: 'int',
    call: (t, w) => flock(t, w[0]!, w[1]! | 0),
  },
];

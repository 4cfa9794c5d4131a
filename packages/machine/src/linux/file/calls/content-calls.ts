/**
 * Sizes and contents of files without a program's buffers.
 * @table
 * @see fs/open.c, fs/sync.c, fs/read_write.c of Linux 6.18
 */
import type { Thread } from '../../process/thread.ts';
import type { SystemCall } from '../../system-call.ts';
import {
  EACCES,
  EAGAIN,
  EBADF,
  EFAULT,
  EFBIG,
  EINVAL,
  EISDIR,
  ENODEV,
  ENOSPC,
  EOPNOTSUPP,
  EPERM,
  ESPIPE,
} from '../errno.ts';
import {
  AT_FDCWD,
  MAX_FILE_BYTES,
  MAX_RW_COUNT,
  MAY_WRITE,
  O_APPEND,
  RLIMIT_FSIZE,
} from '../file-constants.ts';
import type { FileDescription } from '../file-description.ts';
import { PipeEnd } from '../pipe.ts';
import { RegularDescription } from '../regular-description.ts';
import { RegularFile, WRITE_SEALS } from '../regular-file.ts';
import { openFile } from './descriptor-argument.ts';
import { placeOf } from './path-argument.ts';
import { waitOr } from './transfer.ts';

const PART_BYTES = 1 << 20;
const FALLOC_FL_KEEP_SIZE = 1;
const FALLOC_FL_PUNCH_HOLE = 2;
const FALLOC_FL_ZERO_RANGE = 16;

function objectionToSize(thread: Thread, bytes: number): number {
  if (bytes < 0) return -EINVAL;
  return bytes > Math.min(MAX_FILE_BYTES, thread.space.limits.soft(RLIMIT_FSIZE)) ? -EFBIG : 0;
}

function truncate(thread: Thread, path: number, bytes: number): number {
  if (bytes < 0) return -EINVAL;
  const place = placeOf(thread, AT_FDCWD, path, 0);
  if (typeof place === 'number') return place;
  const { inode } = place;
  if (inode.isDirectory) return -EISDIR;
  if (!inode.isRegular) return -EINVAL;
  if (!inode.allows(MAY_WRITE)) return -EACCES;
  const refused = objectionToSize(thread, bytes);
  if (refused !== 0) return refused;
  if (inode instanceof RegularFile) inode.resize(bytes);
  return 0;
}

function ftruncate(thread: Thread, descriptor: number, bytes: number): number {
  if (bytes < 0) return -EINVAL;
  const file = openFile(thread, descriptor);
  if (file === null) return -EBADF;
  if (!file.writable || !file.inode.isRegular) return -EINVAL;
  return objectionToSize(thread, bytes) || file.resize(bytes);
}

function allocate(
  thread: Thread,
  descriptor: number,
  mode: number,
  offset: number,
  length: number,
): number {
  const file = openFile(thread, descriptor);
  if (file === null) return -EBADF;
  if (offset < 0 || length <= 0) return -EINVAL;
  const known = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE;
  if ((mode & ~known) !== 0) return -EOPNOTSUPP;
  const punches = (mode & FALLOC_FL_PUNCH_HOLE) !== 0;
  const keeps = (mode & FALLOC_FL_KEEP_SIZE) !== 0;
  if (punches && (!keeps || (mode & FALLOC_FL_ZERO_RANGE) !== 0)) return -EOPNOTSUPP;
  if (!file.writable) return -EBADF;
  if (file instanceof PipeEnd) return -ESPIPE;
  if (file.inode.isDirectory) return -EISDIR;
  if (!(file instanceof RegularDescription)) return -ENODEV;
  if (offset + length > MAX_FILE_BYTES) return -EFBIG;
  if (punches && (file.seals & WRITE_SEALS) !== 0) return -EPERM;
  if (!punches && file.hugePageBytes !== 0) return -ENOSPC;
  const grows = !keeps && offset + length > file.inode.size;
  if (grows) {
    const refused = objectionToSize(thread, offset + length) || file.resize(offset + length);
    if (refused !== 0) return refused;
  }
  if (punches || (mode & FALLOC_FL_ZERO_RANGE) !== 0) {
    file.inode.punch(offset, length, file.name);
  } else if (!file.inode.reserve(offset, length, file.name)) return -ENOSPC;
  return 0;
}

function sync(thread: Thread, descriptor: number): number {
  return openFile(thread, descriptor)?.sync() ?? -EBADF;
}

function advise(thread: Thread, descriptor: number, length: number, advice: number): number {
  const file = openFile(thread, descriptor);
  if (file === null) return -EBADF;
  if (file instanceof PipeEnd) return -ESPIPE;
  return length < 0 || advice < 0 || advice > 5 ? -EINVAL : 0;
}

/** Where a copy begins in a file: its position, or an offset in memory that is moved on. */
class CopyPoint {
  readonly file: FileDescription;
  private readonly thread: Thread;
  private readonly address: number;
  private offset = 0;

  constructor(thread: Thread, file: FileDescription, address: number) {
    this.thread = thread;
    this.file = file;
    this.address = address;
  }

  /** 0 or a negative error number. */
  load(): number {
    if (this.address === 0) return 0;
    const offset = this.thread.memory.word(this.address);
    if (offset === null) return -EFAULT;
    this.offset = offset;
    return offset < 0 ? -EINVAL : 0;
  }

  read(length: number): Uint8Array | number {
    if (this.address === 0) return this.file.read(length);
    const bytes = this.file.readAt(length, this.offset);
    if (typeof bytes !== 'number') this.offset += bytes.length;
    return bytes;
  }

  write(bytes: Uint8Array): number {
    if (this.address === 0) return this.file.write(bytes);
    const count = this.file.writeAt(bytes, this.offset);
    if (count > 0) this.offset += count;
    return count;
  }

  /** Gives back bytes that were read and found no place. */
  unread(count: number): void {
    if (this.address === 0) this.file.position -= count;
    else this.offset -= count;
  }

  store(): boolean {
    return this.address === 0 || this.thread.memory.storeWord(this.address, this.offset);
  }
}

/** Copies up to `length` bytes: how many, a negative error number, or BLOCKED. */
function copy(thread: Thread, from: CopyPoint, to: CopyPoint, length: number): number {
  const failed = from.load() || to.load();
  if (failed !== 0) return failed;
  const wanted = Math.min(length, MAX_RW_COUNT);
  let done = 0;
  while (done < wanted) {
    const bytes = from.read(Math.min(wanted - done, PART_BYTES));
    if (typeof bytes === 'number') {
      if (done === 0) return waitOr(thread, from.file, bytes);
      break;
    }
    if (bytes.length === 0) break;
    const count = to.write(bytes);
    if (count < bytes.length) from.unread(bytes.length - Math.max(0, count));
    if (count < 0) {
      if (done > 0) break;
      return waitOr(thread, to.file, count);
    }
    done += count;
    if (count < bytes.length) break;
  }
  return from.store() && to.store() ? done : -EFAULT;
}

function sendFile(thread: Thread, words: ArrayLike<number>): number {
  const from = openFile(thread, words[1]!);
  const to = openFile(thread, words[0]!);
  if (from === null || !from.readable) return -EBADF;
  if (to === null || !to.writable) return -EBADF;
  if (from.isStream) return words[2] === 0 ? -EINVAL : -ESPIPE;
  if ((to.flags & O_APPEND) !== 0) return -EINVAL;
  const source = new CopyPoint(thread, from, words[2]!);
  return copy(thread, source, new CopyPoint(thread, to, 0), words[3]!);
}

function copyRange(thread: Thread, words: ArrayLike<number>): number {
  const from = openFile(thread, words[0]!);
  const to = openFile(thread, words[2]!);
  if (from === null || to === null) return -EBADF;
  if (words[5] !== 0) return -EINVAL;
  if (from.inode.isDirectory || to.inode.isDirectory) return -EISDIR;
  const areRegular = from instanceof RegularDescription && to instanceof RegularDescription;
  if (!areRegular) return -EINVAL;
  if (!from.readable || !to.writable || (to.flags & O_APPEND) !== 0) return -EBADF;
  const source = new CopyPoint(thread, from, words[1]!);
  const target = new CopyPoint(thread, to, words[3]!);
  if (from.inode !== to.inode) return copy(thread, source, target, words[4]!);
  return copyWithin(thread, source, target, words, from);
}

/** The two ranges of one file must not overlap. */
function copyWithin(
  thread: Thread,
  source: CopyPoint,
  target: CopyPoint,
  words: ArrayLike<number>,
  file: FileDescription,
): number {
  const at = (address: number): number =>
    address === 0 ? file.position : (thread.memory.word(address) ?? 0);
  const distance = Math.abs(at(words[1]!) - at(words[3]!));
  return distance < words[4]! ? -EINVAL : copy(thread, source, target, words[4]!);
}

/** Between a pipe and something else. */
function splice(thread: Thread, words: ArrayLike<number>): number {
  if (words[4] === 0) return 0;
  const from = openFile(thread, words[0]!);
  const to = openFile(thread, words[2]!);
  if (from === null || to === null || !from.readable || !to.writable) return -EBADF;
  const isPipe = (file: FileDescription): boolean => file instanceof PipeEnd;
  if (!isPipe(from) && !isPipe(to)) return -EINVAL;
  if ((isPipe(from) && words[1] !== 0) || (isPipe(to) && words[3] !== 0)) return -ESPIPE;
  if ((to.flags & O_APPEND) !== 0) return -EINVAL;
  if (to instanceof PipeEnd && to.pipe.isFull) return waitOr(thread, to, -EAGAIN);
  const room = to instanceof PipeEnd ? to.pipe.capacity - to.pipe.length : MAX_RW_COUNT;
  const source = new CopyPoint(thread, from, words[1]!);
  const target = new CopyPoint(thread, to, words[3]!);
  return copy(thread, source, target, Math.min(words[4]!, room));
}

export const CONTENT_CALLS: readonly SystemCall[] = [
  {
    name: 'sendfile',
    number: 40,
    arguments: ['descriptor', 'descriptor', 'address', 'size'],
    result: 'int',
    call: sendFile,
  },
  {
    name: 'fsync',
    number: 74,
    arguments: ['descriptor'],
    result: 'int',
    call: (t, w) => sync(t, w[0]!),
  },
  {
    name: 'fdatasync',
    number: 75,
    arguments: ['descriptor'],
    result: 'int',
    call: (t, w) => sync(t, w[0]!),
  },
  {
    name: 'truncate',
    number: 76,
    arguments: ['path', 'offset'],
    result: 'int',
    call: (t, w) => truncate(t, w[0]!, w[1]!),
  },
  {
    name: 'ftruncate',
    number: 77,
    arguments: ['descriptor', 'offset'],
    result: 'int',
    call: (t, w) => ftruncate(t, w[0]!, w[1]!),
  },
  { name: 'sync', number: 162, arguments: [], result: 'int', call: () => 0 },
  {
    name: 'fadvise64',
    number: 221,
    arguments: ['descriptor', 'offset', 'size', 'int'],
    result: 'int',
    call: (t, w) => advise(t, w[0]!, w[2]!, w[3]! | 0),
  },
  {
    name: 'splice',
    number: 275,
    arguments: ['descriptor', 'address', 'descriptor', 'address', 'size', 'hex'],
    result: 'int',
    call: splice,
  },
  {
    name: 'fallocate',
    number: 285,
    arguments: ['descriptor', 'int', 'offset', 'offset'],
    result: 'int',
    call: (t, w) => allocate(t, w[0]!, w[1]! | 0, w[2]!, w[3]!),
  },
  {
    name: 'syncfs',
    number: 306,
    arguments: ['descriptor'],
    result: 'int',
    call: (t, w) => (openFile(t, w[0]!) === null ? -EBADF : 0),
  },
  {
    name: 'copy_file_range',
    number: 326,
    arguments: ['descriptor', 'address', 'descriptor', 'address', 'size', 'hex'],
    result: 'int',
    call: copyRange,
  },
];

/**
 * Directories: their entries, and the one that a process is in.
 * @table
 * @see fs/readdir.c, fs/open.c, fs/d_path.c of Linux 6.18
 */
import { latin1Bytes } from '../../process/guest-memory.ts';
import type { Thread } from '../../process/thread.ts';
import type { SystemCall } from '../../system-call.ts';
import type { DirectoryEntry } from '../directory.ts';
import { DirectoryDescription } from '../directory-description.ts';
import { EACCES, EBADF, EFAULT, EINVAL, ENOENT, ENOTDIR, EPERM, ERANGE } from '../errno.ts';
import { AT_FDCWD, MAY_EXECUTE } from '../file-constants.ts';
import type { Place } from '../place.ts';
import { anyFile, openFile } from './descriptor-argument.ts';
import { placeOf, visitorOf } from './path-argument.ts';

/** d_ino, d_off, d_reclen; then d_type and the name, or the name and d_type at the record's end. */
const HEADER_BYTES = 18;
const MOST_BYTES = 1 << 20;
const HIGH = 2 ** 32;

type EntryFormat = 'dirent' | 'dirent64';

function entryBytes(
  entry: DirectoryEntry,
  offset: number,
  format: EntryFormat,
): Uint8Array<ArrayBuffer> {
  const name = latin1Bytes(entry.name);
  const length = Math.ceil((HEADER_BYTES + 1 + name.length + 1) / 8) * 8;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, entry.number % HIGH, true);
  view.setUint32(4, Math.floor(entry.number / HIGH), true);
  view.setUint32(8, offset, true);
  view.setUint16(16, length, true);
  const type = entry.type >> 12;
  bytes.set(name, format === 'dirent64' ? HEADER_BYTES + 1 : HEADER_BYTES);
  bytes[format === 'dirent64' ? HEADER_BYTES : length - 1] = type;
  return bytes;
}

function entries(
  thread: Thread,
  descriptor: number,
  address: number,
  size: number,
  format: EntryFormat,
): number {
  const file = openFile(thread, descriptor);
  if (file === null) return -EBADF;
  if (!(file instanceof DirectoryDescription)) return -ENOTDIR;
  if (file.place.isRemoved) return -ENOENT;
  const rest = file.rest(visitorOf(thread).looker);
  if (typeof rest === 'number') return rest;
  file.inode.noteRead(thread.process.kernel.wallClock);
  const room = Math.min(size >>> 0, MOST_BYTES);
  let done = 0;
  for (const entry of rest) {
    const bytes = entryBytes(entry, file.position + 1, format);
    if (done + bytes.length > room) return done > 0 ? done : -EINVAL;
    if (!thread.memory.write(address + done, bytes)) return done > 0 ? done : -EFAULT;
    done += bytes.length;
    file.position++;
  }
  return done;
}

function currentDirectory(thread: Thread, address: number, size: number): number {
  const { directory } = thread.process;
  if (directory.isRemoved) return -ENOENT;
  const bytes = latin1Bytes(`${directory.path}\0`);
  if (size >= 0 && bytes.length > size) return -ERANGE;
  return thread.memory.write(address, bytes) ? bytes.length : -EFAULT;
}

function enter(thread: Thread, place: Place): number {
  if (!place.inode.isDirectory) return -ENOTDIR;
  if (!place.inode.allows(MAY_EXECUTE)) return -EACCES;
  thread.process.directory = place;
  return 0;
}

function changeDirectory(thread: Thread, path: number): number {
  const place = placeOf(thread, AT_FDCWD, path, 0);
  return typeof place === 'number' ? place : enter(thread, place);
}

function changeToDescriptor(thread: Thread, descriptor: number): number {
  const file = anyFile(thread, descriptor);
  if (file === null) return -EBADF;
  return file.place === null ? -ENOTDIR : enter(thread, file.place);
}

/** Only a privileged process may. */
function changeRoot(thread: Thread, path: number): number {
  const place = placeOf(thread, AT_FDCWD, path, 0);
  if (typeof place === 'number') return place;
  if (!place.inode.isDirectory) return -ENOTDIR;
  return place.inode.allows(MAY_EXECUTE) ? -EPERM : -EACCES;
}

function setMask(thread: Thread, mask: number): number {
  const { process } = thread;
  const before = process.umask;
  process.umask = mask & 0o777;
  return before;
}

export const DIRECTORY_CALLS: readonly SystemCall[] = [
  {
    name: 'getdents',
    number: 78,
    arguments: ['descriptor', 'dirents-out', 'size'],
    result: 'int',
    call: (t, w) => entries(t, w[0]!, w[1]!, w[2]!, 'dirent'),
  },
  {
    name: 'getcwd',
    number: 79,
    arguments: ['path-out', 'size'],
    result: 'int',
    call: (t, w) => currentDirectory(t, w[0]!, w[1]!),
  },
  {
    name: 'chdir',
    number: 80,
    arguments: ['path'],
    result: 'int',
    call: (t, w) => changeDirectory(t, w[0]!),
  },
  {
    name: 'fchdir',
    number: 81,
    arguments: ['descriptor'],
    result: 'int',
    call: (t, w) => changeToDescriptor(t, w[0]!),
  },
  {
    name: 'umask',
    number: 95,
    arguments: ['octal'],
    result: 'octal',
    call: (t, w) => setMask(t, w[0]! | 0),
  },
  {
    name: 'chroot',
    number: 161,
    arguments: ['path'],
    result: 'int',
    call: (t, w) => changeRoot(t, w[0]!),
  },
  {
    name: 'getdents64',
    number: 217,
    arguments: ['descriptor', 'dirents-out', 'size'],
    result: 'int',
    call: (t, w) => entries(t, w[0]!, w[1]!, w[2]!, 'dirent64'),
  },
];

/**
 * Making, removing, linking and renaming files.
 * @table
 * @see fs/namei.c of Linux 6.18
 */
import { latin1Bytes } from '../../process/guest-memory.ts';
import type { Thread } from '../../process/thread.ts';
import type { SystemCall } from '../../system-call.ts';
import { EEXIST, EFAULT, EINVAL, ENOENT, EPERM } from '../errno.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  S_IFDIR,
  S_IFIFO,
  S_IFMT,
  S_IFREG,
} from '../file-constants.ts';
import { DirectLink, SymbolicLink } from '../symbolic-link.ts';
import {
  addFile,
  linkFile,
  makeDirectory,
  makeFifo,
  makeLink,
  makeRegular,
  type NewFile,
  removeFile,
  renameFile,
} from '../tree-changes.ts';
import { linkedPlace, pathText, placeOf, visitorOf, walkPath } from './path-argument.ts';

/** Adds what `make` says at a path; only a directory's may end in a slash. */
function add(
  thread: Thread,
  descriptor: number,
  path: number,
  file: NewFile,
  isDirectory: boolean,
): number {
  const end = walkPath(thread, descriptor, path, 'never');
  if (typeof end === 'number') return end;
  if (end.last !== 'name' || end.place !== null) return -EEXIST;
  if (end.endsInSlash && !isDirectory) return -ENOENT;
  const place = addFile(visitorOf(thread), end, file);
  return typeof place === 'number' ? place : 0;
}

function mkdir(thread: Thread, descriptor: number, path: number, mode: number): number {
  const visitor = visitorOf(thread);
  return add(thread, descriptor, path, makeDirectory(visitor, mode & ~visitor.umask), true);
}

/** Devices are for the privileged. */
function mknod(thread: Thread, descriptor: number, path: number, mode: number): number {
  const visitor = visitorOf(thread);
  const permission = mode & ~visitor.umask;
  switch (mode & S_IFMT) {
    case 0:
    case S_IFREG:
      return add(thread, descriptor, path, makeRegular(visitor, permission), false);
    case S_IFIFO:
      return add(thread, descriptor, path, makeFifo(visitor, permission), false);
    case S_IFDIR:
      return -EPERM;
    default: {
      const end = walkPath(thread, descriptor, path, 'never');
      if (typeof end === 'number') return end;
      return end.place === null ? -EPERM : -EEXIST;
    }
  }
}

function remove(thread: Thread, descriptor: number, path: number, flags: number): number {
  if ((flags & ~AT_REMOVEDIR) !== 0) return -EINVAL;
  const end = walkPath(thread, descriptor, path, 'never');
  if (typeof end === 'number') return end;
  return removeFile(visitorOf(thread), end, (flags & AT_REMOVEDIR) !== 0);
}

function rename(thread: Thread, words: ArrayLike<number>, flags: number): number {
  const both = RENAME_NOREPLACE | RENAME_EXCHANGE;
  if ((flags & ~both) !== 0 || (flags & both) === both) return -EINVAL;
  const from = walkPath(thread, words[0]!, words[1]!, 'never');
  if (typeof from === 'number') return from;
  const to = walkPath(thread, words[2]!, words[3]!, 'never');
  if (typeof to === 'number') return to;
  return renameFile(visitorOf(thread), from, to, flags);
}

function link(thread: Thread, words: ArrayLike<number>, flags: number): number {
  if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  const from = linkedPlace(thread, words[0]!, words[1]!, flags);
  if (typeof from === 'number') return from;
  const end = walkPath(thread, words[2]!, words[3]!, 'never');
  if (typeof end === 'number') return end;
  return linkFile(visitorOf(thread), from, end);
}

function symlink(thread: Thread, target: number, descriptor: number, path: number): number {
  const text = pathText(thread, target);
  if (typeof text === 'number') return text;
  if (text === '') return -ENOENT;
  return add(thread, descriptor, path, makeLink(visitorOf(thread), text), false);
}

function readlink(
  thread: Thread,
  descriptor: number,
  path: number,
  address: number,
  size: number,
): number {
  if ((size | 0) <= 0) return -EINVAL;
  const flags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
  const text = pathText(thread, path);
  if (text === '' && (descriptor | 0) === AT_FDCWD) return -ENOENT;
  const place = placeOf(thread, descriptor, path, flags);
  if (typeof place === 'number') return place;
  const { inode } = place;
  const isLink = inode instanceof SymbolicLink || inode instanceof DirectLink;
  if (!isLink) return text === '' ? -ENOENT : -EINVAL;
  inode.noteRead(thread.process.kernel.wallClock);
  const bytes = latin1Bytes(inode.target).subarray(0, size | 0);
  return thread.memory.write(address, bytes) ? bytes.length : -EFAULT;
}

const HERE = AT_FDCWD;

export const NAME_CALLS: readonly SystemCall[] = [
  {
    name: 'rename',
    number: 82,
    arguments: ['path', 'path'],
    result: 'int',
    call: (t, w) => rename(t, [HERE, w[0]!, HERE, w[1]!], 0),
  },
  {
    name: 'mkdir',
    number: 83,
    arguments: ['path', 'mode'],
    result: 'int',
    call: (t, w) => mkdir(t, HERE, w[0]!, w[1]!),
  },
  {
    name: 'rmdir',
    number: 84,
    arguments: ['path'],
    result: 'int',
    call: (t, w) => remove(t, HERE, w[0]!, AT_REMOVEDIR),
  },
  {
    name: 'link',
    number: 86,
    arguments: ['path', 'path'],
    result: 'int',
    call: (t, w) => link(t, [HERE, w[0]!, HERE, w[1]!], 0),
  },
  {
    name: 'unlink',
    number: 87,
    arguments: ['path'],
    result: 'int',
    call: (t, w) => remove(t, HERE, w[0]!, 0),
  },
  {
    name: 'symlink',
    number: 88,
    arguments: ['path', 'path'],
    result: 'int',
    call: (t, w) => symlink(t, w[0]!, HERE, w[1]!),
  },
  {
    name: 'readlink',
    number: 89,
    arguments: ['path', 'path-out', 'size'],
    result: 'int',
    call: (t, w) => readlink(t, HERE, w[0]!, w[1]!, w[2]!),
  },
  {
    name: 'mknod',
    number: 133,
    arguments: ['path', 'mode', 'hex'],
    result: 'int',
    call: (t, w) => mknod(t, HERE, w[0]!, w[1]!),
  },
  {
    name: 'mkdirat',
    number: 258,
    arguments: ['directory', 'path', 'mode'],
    result: 'int',
    call: (t, w) => mkdir(t, w[0]!, w[1]!, w[2]!),
  },
  {
    name: 'mknodat',
    number: 259,
    arguments: ['directory', 'path', 'mode', 'hex'],
    result: 'int',
    call: (t, w) => mknod(t, w[0]!, w[1]!, w[2]!),
  },
  {
    name: 'unlinkat',
    number: 263,
    arguments: ['directory', 'path', 'at-flags'],
    result: 'int',
    call: (t, w) => remove(t, w[0]!, w[1]!, w[2]! | 0),
  },
  {
    name: 'renameat',
    number: 264,
    arguments: ['directory', 'path', 'directory', 'path'],
    result: 'int',
    call: (t, w) => rename(t, w, 0),
  },
  {
    name: 'linkat',
    number: 265,
    arguments: ['directory', 'path', 'directory', 'path', 'at-flags'],
    result: 'int',
    call: (t, w) => link(t, w, w[4]! | 0),
  },
  {
    name: 'symlinkat',
    number: 266,
    arguments: ['path', 'directory', 'path'],
    result: 'int',
    call: (t, w) => symlink(t, w[0]!, w[1]!, w[2]!),
  },
  {
    name: 'readlinkat',
    number: 267,
    arguments: ['directory', 'path', 'path-out', 'size'],
    result: 'int',
    call: (t, w) => readlink(t, w[0]!, w[1]!, w[2]!, w[3]!),
  },
  {
    name: 'renameat2',
    number: 316,
    arguments: ['directory', 'path', 'directory', 'path', 'hex'],
    result: 'int',
    call: (t, w) => rename(t, w, w[4]! | 0),
  },
];

/**
 * What is told of files.
 * @table
 * @see fs/stat.c, fs/statfs.c, fs/open.c of Linux 6.18
 */
import type { Thread } from '../../process/thread.ts';
import type { SystemCall } from '../../system-call.ts';
import { EACCES, EBADF, EFAULT, EINVAL } from '../errno.ts';
import {
  AT_EACCESS,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_NO_AUTOMOUNT,
  AT_STATX_SYNC_TYPE,
  AT_SYMLINK_NOFOLLOW,
  MAY_EXECUTE,
} from '../file-constants.ts';
import { fileSystemKind } from '../file-system-kind.ts';
import type { Inode } from '../inode.ts';
import { RegularFile } from '../regular-file.ts';
import {
  BLOCK_BYTES,
  type FileSystemStatus,
  statfsRecord,
  statRecord,
  statxRecord,
} from '../stat-record.ts';
import { anyFile } from './descriptor-argument.ts';
import { placeOf } from './path-argument.ts';

const STAT_FLAGS = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH;
const STATX_RESERVED = 0x80000000;
const HUGETLBFS_MAGIC = 0x958458f6;
/** Files and those free of a file system that counts them. */
const FILES = { files: 1 << 17, freeFiles: 1 << 16 } as const;
const NOTHING = { blocks: 0, freeBlocks: 0, files: 0, freeFiles: 0 } as const;
/** ST_VALID, and with it ST_RELATIME where it is mounted. */
const ST_VALID = 0x20;
const ST_RELATIME = 0x1000 | ST_VALID;

function stat(
  thread: Thread,
  descriptor: number,
  path: number,
  address: number,
  flags: number,
): number {
  if ((flags & ~STAT_FLAGS) !== 0) return -EINVAL;
  const place = placeOf(thread, descriptor, path, flags);
  if (typeof place === 'number') return place;
  return thread.memory.write(address, statRecord(place.inode)) ? 0 : -EFAULT;
}

function statx(thread: Thread, words: ArrayLike<number>): number {
  const flags = words[2]! | 0;
  if ((words[3]! & STATX_RESERVED) !== 0) return -EINVAL;
  if ((flags & AT_STATX_SYNC_TYPE) === AT_STATX_SYNC_TYPE) return -EINVAL;
  if ((flags & ~(STAT_FLAGS | AT_STATX_SYNC_TYPE)) !== 0) return -EINVAL;
  const place = placeOf(thread, words[0]!, words[1]!, flags);
  if (typeof place === 'number') return place;
  return thread.memory.write(words[4]!, statxRecord(place.inode)) ? 0 : -EFAULT;
}

function fileSystemStatus(thread: Thread, inode: Inode): FileSystemStatus {
  const { pool } = thread.process.kernel;
  if (inode instanceof RegularFile && inode.hugePageBytes !== 0) {
    const blockBytes = inode.hugePageBytes;
    return { ...NOTHING, type: HUGETLBFS_MAGIC, blockBytes, flags: ST_VALID };
  }
  const { magic, isCounted, mount } = fileSystemKind(inode.device);
  const room = { blocks: pool.limit, freeBlocks: pool.limit - pool.inUse, ...FILES };
  return {
    ...(isCounted ? room : NOTHING),
    type: magic,
    blockBytes: BLOCK_BYTES,
    flags: mount === null ? ST_VALID : ST_RELATIME,
  };
}

function putStatus(thread: Thread, inode: Inode, address: number): number {
  const record = statfsRecord(fileSystemStatus(thread, inode));
  return thread.memory.write(address, record) ? 0 : -EFAULT;
}

function statfs(thread: Thread, path: number, address: number): number {
  const place = placeOf(thread, AT_FDCWD, path, 0);
  return typeof place === 'number' ? place : putStatus(thread, place.inode, address);
}

function fstatfs(thread: Thread, descriptor: number, address: number): number {
  const file = anyFile(thread, descriptor);
  return file === null ? -EBADF : putStatus(thread, file.inode, address);
}

function access(
  thread: Thread,
  descriptor: number,
  path: number,
  mode: number,
  flags: number,
): number {
  if ((mode & ~7) !== 0) return -EINVAL;
  if ((flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  const place = placeOf(thread, descriptor, path, flags);
  if (typeof place === 'number') return place;
  const { inode } = place;
  // A link's own mode allows all.
  if (inode.isLink) return 0;
  const refusesExecution = (mode & MAY_EXECUTE) !== 0 && !inode.allows(MAY_EXECUTE);
  return refusesExecution || !inode.allows(mode) ? -EACCES : 0;
}

export const STAT_CALLS: readonly SystemCall[] = [
  {
    name: 'stat',
    number: 4,
    arguments: ['path', 'stat-out'],
    result: 'int',
    call: (t, w) => stat(t, AT_FDCWD, w[0]!, w[1]!, 0),
  },
  {
    name: 'lstat',
    number: 6,
    arguments: ['path', 'stat-out'],
    result: 'int',
    call: (t, w) => stat(t, AT_FDCWD, w[0]!, w[1]!, AT_SYMLINK_NOFOLLOW),
  },
  {
    name: 'access',
    number: 21,
    arguments: ['path', 'access-mode'],
    result: 'int',
    call: (t, w) => access(t, AT_FDCWD, w[0]!, w[1]! | 0, 0),
  },
  {
    name: 'statfs',
    number: 137,
    arguments: ['path', 'statfs-out'],
    result: 'int',
    call: (t, w) => statfs(t, w[0]!, w[1]!),
  },
  {
    name: 'fstatfs',
    number: 138,
    arguments: ['descriptor', 'statfs-out'],
    result: 'int',
    call: (t, w) => fstatfs(t, w[0]!, w[1]!),
  },
  {
    name: 'newfstatat',
    number: 262,
    arguments: ['directory', 'path', 'stat-out', 'at-flags'],
    result: 'int',
    call: (t, w) => stat(t, w[0]!, w[1]!, w[2]!, w[3]! | 0),
  },
  {
    name: 'faccessat',
    number: 269,
    arguments: ['directory', 'path', 'access-mode'],
    result: 'int',
    call: (t, w) => access(t, w[0]!, w[1]!, w[2]! | 0, 0),
  },
  {
    name: 'statx',
    number: 332,
    arguments: ['directory', 'path', 'at-flags', 'statx-mask', 'statx-out'],
    result: 'int',
    call: statx,
  },
  {
    name: 'faccessat2',
    number: 439,
    arguments: ['directory', 'path', 'access-mode', 'at-flags'],
    result: 'int',
    call: (t, w) => access(t, w[0]!, w[1]!, w[2]! | 0, w[3]! | 0),
  },
];

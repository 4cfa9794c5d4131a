/**
 * Changing what is told of files: modes, owners, times.
 * @table
 * @see fs/attr.c, fs/open.c, fs/utimes.c of Linux 6.18
 */
import type { Thread } from '../../process/thread.ts';
import type { SystemCall } from '../../system-call.ts';
import { EACCES, EBADF, EFAULT, EINVAL, EOPNOTSUPP, EPERM } from '../errno.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  GUEST_GID,
  GUEST_UID,
  MAY_WRITE,
  S_IALLUGO,
  S_ISGID,
  S_ISUID,
} from '../file-constants.ts';
import type { FileTime } from '../file-time.ts';
import { type FileVisitor, timeOf } from '../file-visitor.ts';
import type { Inode } from '../inode.ts';
import type { Place } from '../place.ts';
import { setModeOnHost, setTimesOnHost } from '../tree-changes.ts';
import { openFile } from './descriptor-argument.ts';
import { placeOf, visitorOf } from './path-argument.ts';

const UTIME_NOW = 0x3fffffff;
const UTIME_OMIT = 0x3ffffffe;
const NONE = -1;

type Change = (visitor: FileVisitor, inode: Inode, place: Place | null) => number;

/** Changes the file that a path names, or a descriptor with AT_EMPTY_PATH. */
function atPath(
  thread: Thread,
  descriptor: number,
  path: number,
  flags: number,
  change: Change,
): number {
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  const place = placeOf(thread, descriptor, path, flags);
  if (typeof place === 'number') return place;
  return change(visitorOf(thread), place.inode, place);
}

function atDescriptor(thread: Thread, descriptor: number, change: Change): number {
  const file = openFile(thread, descriptor);
  return file === null ? -EBADF : change(visitorOf(thread), file.inode, file.place);
}

function toMode(mode: number): Change {
  return (visitor, inode, place) => {
    if (inode.isLink) return -EOPNOTSUPP;
    if (!inode.isOwned) return -EPERM;
    const wanted = mode & S_IALLUGO;
    // A group that the user is not in does not get to run with it.
    const kept = inode.gid === GUEST_GID ? wanted : wanted & ~S_ISGID;
    const failed = setModeOnHost(inode, place, kept);
    if (failed !== 0) return failed;
    inode.mode = inode.type | kept;
    inode.changed = timeOf(visitor);
    return 0;
  };
}

/** An ordinary user gives nothing away: its own ids, or none, are all that it may set. */
function toOwner(user: number, group: number): Change {
  const uid = user | 0;
  const gid = group | 0;
  return (visitor, inode) => {
    const changes = uid !== NONE || gid !== NONE;
    if (changes && !inode.isOwned) return -EPERM;
    if (uid !== NONE && uid !== GUEST_UID) return -EPERM;
    if (gid !== NONE && gid !== GUEST_GID && gid !== inode.gid) return -EPERM;
    if (gid !== NONE) inode.gid = gid;
    // Also where neither changes.
    if (inode.isRegular) {
      const group = (inode.mode & 0o010) === 0 ? 0 : S_ISGID;
      inode.mode &= ~(S_ISUID | group);
    }
    inode.changed = timeOf(visitor);
    return 0;
  };
}

/** A time to set: now, none, or a given one. */
type WantedTime = 'now' | 'keep' | FileTime;

function toTimes(accessed: WantedTime, modified: WantedTime): Change {
  return (visitor, inode, place) => {
    if (accessed === 'keep' && modified === 'keep') return 0;
    const bothNow = accessed === 'now' && modified === 'now';
    if (!inode.isOwned) {
      if (!bothNow) return -EPERM;
      if (!inode.allows(MAY_WRITE)) return -EACCES;
    }
    const now = timeOf(visitor);
    const pick = (wanted: WantedTime, before: FileTime): FileTime =>
      wanted === 'keep' ? before : wanted === 'now' ? now : wanted;
    const a = pick(accessed, inode.accessed);
    const m = pick(modified, inode.modified);
    const failed = setTimesOnHost(place, a, m);
    if (failed !== 0) return failed;
    inode.accessed = a;
    inode.modified = m;
    inode.changed = now;
    return 0;
  };
}

const NOW: Change = toTimes('now', 'now');

/** Two times of `unit` parts a second, as struct timespec or timeval; or a negative error number. */
function twoTimes(thread: Thread, address: number, unit: 1e9 | 1e6): Change | number {
  if (address === 0) return NOW;
  const bytes = thread.memory.read(address, 32);
  if (bytes === null) return -EFAULT;
  const view = new DataView(bytes.buffer);
  const word = (offset: number): number =>
    view.getInt32(offset + 4, true) * 2 ** 32 + view.getUint32(offset, true);
  const times = [0, 16].map((offset): WantedTime | number => {
    const seconds = word(offset);
    const parts = word(offset + 8);
    if (unit === 1e9 && parts === UTIME_NOW) return 'now';
    if (unit === 1e9 && parts === UTIME_OMIT) return 'keep';
    if (parts < 0 || parts >= unit) return -EINVAL;
    return { seconds, nanoseconds: parts * (1e9 / unit) };
  });
  const [accessed, modified] = times;
  if (typeof accessed === 'number' || typeof modified === 'number') {
    // A timespec is looked at when the file is found, a timeval before.
    return unit === 1e9 ? () => -EINVAL : -EINVAL;
  }
  return toTimes(accessed!, modified!);
}

function utimensat(thread: Thread, words: ArrayLike<number>): number {
  const change = twoTimes(thread, words[2]!, 1e9);
  if (typeof change === 'number') return change;
  const flags = words[3]! | 0;
  if (words[1] === 0) {
    return flags !== 0 ? -EINVAL : atDescriptor(thread, words[0]!, change);
  }
  return atPath(thread, words[0]!, words[1]!, flags, change);
}

function utimes(thread: Thread, descriptor: number, path: number, address: number): number {
  const change = twoTimes(thread, address, 1e6);
  if (typeof change === 'number') return change;
  if (path === 0) return atDescriptor(thread, descriptor, change);
  return atPath(thread, descriptor, path, 0, change);
}

/** struct utimbuf: two words of seconds. */
function utime(thread: Thread, path: number, address: number): number {
  if (address === 0) return atPath(thread, AT_FDCWD, path, 0, NOW);
  const accessed = thread.memory.word(address);
  const modified = thread.memory.word(address + 8);
  if (accessed === null || modified === null) return -EFAULT;
  const change = toTimes(
    { seconds: accessed, nanoseconds: 0 },
    { seconds: modified, nanoseconds: 0 },
  );
  return atPath(thread, AT_FDCWD, path, 0, change);
}

export const ATTRIBUTE_CALLS: readonly SystemCall[] = [
  {
    name: 'chmod',
    number: 90,
    arguments: ['path', 'mode'],
    result: 'int',
    call: (t, w) => atPath(t, AT_FDCWD, w[0]!, 0, toMode(w[1]!)),
  },
  {
    name: 'fchmod',
    number: 91,
    arguments: ['descriptor', 'mode'],
    result: 'int',
    call: (t, w) => atDescriptor(t, w[0]!, toMode(w[1]!)),
  },
  {
    name: 'chown',
    number: 92,
    arguments: ['path', 'int', 'int'],
    result: 'int',
    call: (t, w) => atPath(t, AT_FDCWD, w[0]!, 0, toOwner(w[1]!, w[2]!)),
  },
  {
    name: 'fchown',
    number: 93,
    arguments: ['descriptor', 'int', 'int'],
    result: 'int',
    call: (t, w) => atDescriptor(t, w[0]!, toOwner(w[1]!, w[2]!)),
  },
  {
    name: 'lchown',
    number: 94,
    arguments: ['path', 'int', 'int'],
    result: 'int',
    call: (t, w) => atPath(t, AT_FDCWD, w[0]!, AT_SYMLINK_NOFOLLOW, toOwner(w[1]!, w[2]!)),
  },
  {
    name: 'utime',
    number: 132,
    arguments: ['path', 'address'],
    result: 'int',
    call: (t, w) => utime(t, w[0]!, w[1]!),
  },
  {
    name: 'utimes',
    number: 235,
    arguments: ['path', 'address'],
    result: 'int',
    call: (t, w) => utimes(t, AT_FDCWD, w[0]!, w[1]!),
  },
  {
    name: 'fchownat',
    number: 260,
    arguments: ['directory', 'path', 'int', 'int', 'at-flags'],
    result: 'int',
    call: (t, w) => atPath(t, w[0]!, w[1]!, w[4]! | 0, toOwner(w[2]!, w[3]!)),
  },
  {
    name: 'futimesat',
    number: 261,
    arguments: ['directory', 'path', 'address'],
    result: 'int',
    call: (t, w) => utimes(t, w[0]!, w[1]!, w[2]!),
  },
  {
    name: 'fchmodat',
    number: 268,
    arguments: ['directory', 'path', 'mode'],
    result: 'int',
    call: (t, w) => atPath(t, w[0]!, w[1]!, 0, toMode(w[2]!)),
  },
  {
    name: 'utimensat',
    number: 280,
    arguments: ['directory', 'path', 'address', 'at-flags'],
    result: 'int',
    call: utimensat,
  },
  {
    name: 'fchmodat2',
    number: 452,
    arguments: ['directory', 'path', 'mode', 'at-flags'],
    result: 'int',
    call: (t, w) => atPath(t, w[0]!, w[1]!, w[3]! | 0, toMode(w[2]!)),
  },
];

/** Opens what a path names. @see fs/namei.c of Linux 6.18: do_open, may_open */
import { DescriptionPlace } from './description-place.ts';
import { DeviceFile } from './device-file.ts';
import { Directory } from './directory.ts';
import { DirectoryDescription } from './directory-description.ts';
import { EACCES, EEXIST, EINVAL, EISDIR, ELOOP, ENOENT, ENOTDIR, ENXIO, EPERM } from './errno.ts';
import { Fifo } from './fifo.ts';
import {
  MAY_READ,
  MAY_WRITE,
  O_ACCMODE,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOATIME,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  S_IFREG,
} from './file-constants.ts';
import type { FileDescription } from './file-description.ts';
import { type FileVisitor, timeOf } from './file-visitor.ts';
import { GeneratedDescription, GeneratedInode } from './generated-file.ts';
import type { Inode } from './inode.ts';
import { PathDescription } from './path-description.ts';
import { type WalkEnd, walk } from './path-walk.ts';
import { PipeEnd } from './pipe.ts';
import type { Place } from './place.ts';
import { RegularDescription } from './regular-description.ts';
import { RegularFile } from './regular-file.ts';
import { addFile, makeRegular } from './tree-changes.ts';

/** What an open file does not keep of the flags that opened it. */
const ONLY_TO_OPEN = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;
const WITH_PATH = O_PATH | O_DIRECTORY | O_NOFOLLOW;

/** Opens a path from `base`: the file, or a negative error number. */
export function openPath(
  visitor: FileVisitor,
  base: Place,
  path: string,
  openFlags: number,
  mode: number,
): FileDescription | number {
  const flags = (openFlags & O_PATH) === 0 ? openFlags : openFlags & WITH_PATH;
  const isTemporary = (flags & O_TMPFILE) === O_TMPFILE;
  const creates = (flags & O_CREAT) !== 0;
  if (!isTemporary && (flags & (O_TMPFILE ^ O_DIRECTORY)) !== 0) return -EINVAL;
  if (isTemporary && (flags & O_ACCMODE) === O_RDONLY) return -EINVAL;
  if (creates && (flags & O_DIRECTORY) !== 0) return -EINVAL;
  const exclusive = creates && (flags & O_EXCL) !== 0;
  const follows = (flags & O_NOFOLLOW) === 0 && !exclusive;
  const start = { root: visitor.system.root, base, looker: visitor.looker, creates };
  const end = walk(start, path, follows);
  if (typeof end === 'number') return end;
  if (isTemporary) return openTemporary(visitor, end, flags, mode);
  if (end.place === null) {
    return creates ? create(visitor, end, flags, mode) : -ENOENT;
  }
  if (exclusive) return -EEXIST;
  if (creates && end.place.inode.isDirectory) return -EISDIR;
  return openPlace(visitor, end.place, flags);
}

function create(
  visitor: FileVisitor,
  end: WalkEnd,
  flags: number,
  mode: number,
): FileDescription | number {
  const place = addFile(visitor, end, makeRegular(visitor, mode & ~visitor.umask));
  if (typeof place === 'number') return place;
  // Whoever makes a file may use it, whatever mode it gives it.
  return openInode(place.inode, flags, place);
}

/** A file without a name in a directory's file system. */
function openTemporary(
  visitor: FileVisitor,
  { place }: WalkEnd,
  flags: number,
  mode: number,
): FileDescription | number {
  if (place === null) return -ENOENT;
  if (!place.inode.isDirectory) return -ENOTDIR;
  if (!place.inode.allows(MAY_WRITE | 1)) return -EACCES;
  const permission = S_IFREG | (mode & ~visitor.umask & 0o7777);
  const file = visitor.system.file(place.inode.device, permission);
  file.links = 0;
  return openInode(file, flags & ~O_DIRECTORY, place.unnamed(file));
}

/** The accesses that opening with flags asks for, MAY_*. */
function accessOf(flags: number): number {
  const mode = flags & O_ACCMODE;
  const reads = mode === O_WRONLY ? 0 : MAY_READ;
  const writes = mode === O_RDONLY && (flags & O_TRUNC) === 0 ? 0 : MAY_WRITE;
  return reads | writes;
}

/** Opens a file that is there: it, or a negative error number. */
export function openPlace(
  visitor: FileVisitor,
  place: Place,
  flags: number,
): FileDescription | number {
  const { inode } = place;
  if ((flags & O_PATH) !== 0) {
    if ((flags & O_DIRECTORY) !== 0 && !inode.isDirectory) return -ENOTDIR;
    return new PathDescription(place, flags);
  }
  if (inode.isLink) return (flags & O_DIRECTORY) === 0 ? -ELOOP : -ENOTDIR;
  if ((flags & O_DIRECTORY) !== 0 && !inode.isDirectory) return -ENOTDIR;
  if (inode.isDirectory && (accessOf(flags) & MAY_WRITE) !== 0) return -EISDIR;
  if (!inode.allows(accessOf(flags))) return -EACCES;
  if ((flags & O_NOATIME) !== 0 && !inode.isOwned) return -EPERM;
  const opened = openInode(inode, flags, place);
  if (!(opened instanceof RegularDescription) || (flags & O_TRUNC) === 0) return opened;
  const refused = opened.resize(0);
  if (refused !== 0) {
    opened.release();
    return refused;
  }
  inode.touch(timeOf(visitor));
  return opened;
}

function openInode(inode: Inode, openFlags: number, place: Place): FileDescription | number {
  const flags = openFlags & ~ONLY_TO_OPEN;
  if (place instanceof DescriptionPlace) return place.description.reopen(flags);
  if (inode instanceof RegularFile) {
    return inode.opened() || new RegularDescription(inode, flags, place);
  }
  if (inode instanceof Directory) return new DirectoryDescription(inode, flags, place);
  if (inode instanceof GeneratedInode) return new GeneratedDescription(inode, flags, place);
  if (inode instanceof DeviceFile) return inode.opener(inode, flags, place);
  if (inode instanceof Fifo) return openFifo(inode, flags, place);
  // Devices and sockets of the host's are not opened.
  return -ENXIO;
}

/** Writing without waiting needs somebody who reads. The row that opens waits for the other end. */
function openFifo(fifo: Fifo, flags: number, place: Place): FileDescription | number {
  const { pipe } = fifo;
  const onlyWrites = (flags & O_ACCMODE) === O_WRONLY;
  if (onlyWrites && (flags & O_NONBLOCK) !== 0 && pipe.readers === 0) return -ENXIO;
  return new PipeEnd(pipe, flags, place);
}

/** Whether a fifo that was opened still waits for somebody at its other end. */
export function waitsForPeer(description: PipeEnd): boolean {
  const { pipe, flags } = description;
  if ((flags & (O_ACCMODE | O_NONBLOCK)) === O_RDONLY) return pipe.writerOpens === 0;
  if ((flags & (O_ACCMODE | O_NONBLOCK)) === O_WRONLY) return pipe.readerOpens === 0;
  return false;
}

/** Paths as calls are given them: from a directory's descriptor, with AT_* flags. */
import type { Thread } from '../../process/thread.ts';
import { DescriptionPlace } from '../description-place.ts';
import { EBADF, EFAULT, ENAMETOOLONG, ENOENT, ENOTDIR } from '../errno.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
} from '../file-constants.ts';
import type { FileVisitor } from '../file-visitor.ts';
import { type Following, type WalkEnd, walk } from '../path-walk.ts';
import type { Place } from '../place.ts';
import { anyFile } from './descriptor-argument.ts';

/** A thread as whoever uses paths. */
export function visitorOf(thread: Thread): FileVisitor {
  const { process } = thread;
  return {
    system: process.kernel.files,
    directory: process.directory,
    umask: process.umask,
    looker: { processId: process.id, threadId: thread.id },
  };
}

/** The text of a path; or a negative error number. */
export function pathText(thread: Thread, address: number): string | number {
  const path = thread.memory.path(address);
  if (path === null) return -EFAULT;
  return path === undefined ? -ENAMETOOLONG : path;
}

/** Where a path begins: the root, a directory's descriptor, or the working directory. */
export function baseOf(thread: Thread, descriptor: number, path: string): Place | number {
  const { process } = thread;
  if (path.startsWith('/')) return process.kernel.files.root;
  if ((descriptor | 0) === AT_FDCWD) return process.directory;
  const file = anyFile(thread, descriptor);
  if (file === null) return -EBADF;
  return file.inode.isDirectory && file.place !== null ? file.place : -ENOTDIR;
}

/** Follows a path's text; or a negative error number. */
export function walkText(
  thread: Thread,
  descriptor: number,
  path: string,
  follows: Following,
): WalkEnd | number {
  if (path === '') return -ENOENT;
  const base = baseOf(thread, descriptor, path);
  if (typeof base === 'number') return base;
  const { system, looker } = visitorOf(thread);
  return walk({ root: system.root, base, looker }, path, follows);
}

/** Follows a path to its last name; or a negative error number. */
export function walkPath(
  thread: Thread,
  descriptor: number,
  address: number,
  follows: Following,
): WalkEnd | number {
  const path = pathText(thread, address);
  return typeof path === 'number' ? path : walkText(thread, descriptor, path, follows);
}

/** The file that a descriptor refers to, as a place. */
function placeOfDescriptor(thread: Thread, descriptor: number): Place | number {
  if ((descriptor | 0) === AT_FDCWD) return thread.process.directory;
  const file = anyFile(thread, descriptor);
  if (file === null) return -EBADF;
  return file.place ?? new DescriptionPlace(file, '');
}

/**
 * The file that a path names, or with AT_EMPTY_PATH and no path the descriptor's own; or a negative
 * error number.
 */
export function placeOf(
  thread: Thread,
  descriptor: number,
  address: number,
  flags: number,
): Place | number {
  const isOptional = (flags & AT_EMPTY_PATH) !== 0;
  if (isOptional && address === 0) return placeOfDescriptor(thread, descriptor);
  const path = pathText(thread, address);
  if (typeof path === 'number') return path;
  if (path === '' && isOptional) return placeOfDescriptor(thread, descriptor);
  const end = walkText(thread, descriptor, path, (flags & AT_SYMLINK_NOFOLLOW) === 0);
  return typeof end === 'number' ? end : (end.place ?? -ENOENT);
}

/** As {@link placeOf}, for linkat, whose flag is the other way round. */
export function linkedPlace(
  thread: Thread,
  descriptor: number,
  address: number,
  flags: number,
): Place | number {
  const noFollow = (flags & AT_SYMLINK_FOLLOW) === 0 ? AT_SYMLINK_NOFOLLOW : 0;
  return placeOf(thread, descriptor, address, (flags & AT_EMPTY_PATH) | noFollow);
}

/**
 * What changes names: making, removing, linking and renaming files. Every change is made in memory;
 * where writes go through to the host it is made there first.
 *
 * @see fs/namei.c of Linux 6.18: may_create, may_delete, do_rmdir, vfs_rename
 */

import type { HostTree } from '../../host-tree.ts';
import { Directory, TreeDirectory } from './directory.ts';
import {
  EACCES,
  EBUSY,
  EEXIST,
  EINVAL,
  EISDIR,
  ENOENT,
  ENOSPC,
  ENOTDIR,
  ENOTEMPTY,
  EPERM,
  EXDEV,
} from './errno.ts';
import { Fifo } from './fifo.ts';
import {
  GUEST_UID,
  MAY_EXECUTE,
  MAY_READ,
  MAY_WRITE,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  S_IFIFO,
  S_IFREG,
  S_ISGID,
  S_ISUID,
  S_ISVTX,
} from './file-constants.ts';
import type { FileTime } from './file-time.ts';
import { type FileVisitor, timeOf } from './file-visitor.ts';
import { join } from './host-mount.ts';
import type { Inode } from './inode.ts';
import type { WalkEnd } from './path-walk.ts';
import { Place } from './place.ts';
import { RegularFile } from './regular-file.ts';
import { SymbolicLink } from './symbolic-link.ts';

/** How a new file is made: in memory on a device, or on the host at a path. */
export interface NewFile {
  readonly make: (device: number) => Inode;
  /** 0 or a negative error number. */
  readonly onHost: (tree: HostTree, path: string) => number;
  /** Bytes of a link's text. */
  readonly textBytes?: number;
}

export function makeRegular({ system }: FileVisitor, mode: number): NewFile {
  const permission = mode & 0o7777;
  return {
    make: (device) => system.file(device, S_IFREG | permission),
    onHost: (tree, path) => tree.createFile(path, permission & 0o777),
  };
}

export function makeDirectory({ system }: FileVisitor, mode: number): NewFile {
  const permission = mode & 0o1777;
  return {
    make: (device) => system.directory(device, permission),
    onHost: (tree, path) => tree.createDirectory(path, permission & 0o777),
  };
}

/** A link that the guest makes is never made on the host: others there might follow it. */
export function makeLink({ system }: FileVisitor, target: string): NewFile {
  return {
    make: (device) => new SymbolicLink(system.parts(device, 0), target),
    onHost: () => -EPERM,
    textBytes: target.length,
  };
}

export function makeFifo({ system }: FileVisitor, mode: number): NewFile {
  return {
    make: (device) => new Fifo(system.parts(device, S_IFIFO | (mode & 0o7777)), system.pipes),
    onHost: () => -EPERM,
  };
}

/** Adds a name that is not there: its place, or a negative error number. */
export function addFile(visitor: FileVisitor, end: WalkEnd, file: NewFile): Place | number {
  const { parent, name } = end;
  if (end.place !== null) return -EEXIST;
  // Nothing is made in /proc: there such a name does not exist, whoever asks.
  if (!(parent.inode instanceof TreeDirectory)) return -ENOENT;
  const directory = changeable(parent);
  if (typeof directory === 'number') return directory;
  if (!visitor.system.mayAdd(name.length + (file.textBytes ?? 0))) return -ENOSPC;
  const through = directory.lower?.through ?? null;
  let inode: Inode | number;
  if (through === null) {
    inode = file.make(directory.device);
    directory.set(name, inode, timeOf(visitor));
  } else {
    const failed = file.onHost(through, join(directory.lower!.path, name));
    if (failed !== 0) return failed;
    inode = directory.lookup(name);
    if (typeof inode === 'number') return inode;
    if (inode.isDirectory) directory.links++;
    directory.touch(timeOf(visitor));
  }
  const place = new Place(inode, parent, name);
  parent.children.set(name, place);
  return place;
}

/** The directory of a place when the guest may add and remove names; or a negative error number. */
function changeable(parent: Place): TreeDirectory | number {
  const { inode } = parent;
  if (parent.isRemoved) return -ENOENT;
  if (!inode.allows(MAY_WRITE | MAY_EXECUTE)) return -EACCES;
  return inode instanceof TreeDirectory ? inode : -EPERM;
}

/** Why a name may not be taken away: 0 or a negative error number. */
function objectionToRemove(place: Place, isDirectory: boolean): number {
  const parent = place.parent!;
  const directory = changeable(parent);
  if (typeof directory === 'number') return directory;
  const { inode } = place;
  if ((directory.mode & S_ISVTX) !== 0 && !directory.isOwned && !inode.isOwned) return -EPERM;
  if (isDirectory && !inode.isDirectory) return -ENOTDIR;
  if (!isDirectory && inode.isDirectory) return -EISDIR;
  return isMounted(place) ? -EBUSY : 0;
}

function isMounted(place: Place): boolean {
  return place.parent?.mounts?.get(place.name) === place || (place.mounts?.size ?? 0) > 0;
}

/** Takes a name away, and the file with its last name: 0 or a negative error number. */
export function removeFile(visitor: FileVisitor, end: WalkEnd, isDirectory: boolean): number {
  const { place } = end;
  if (end.last !== 'name') return refuseDots(end, isDirectory);
  if (place === null) return -ENOENT;
  if (place.parent === null) return -EBUSY;
  if (end.endsInSlash && !isDirectory) return place.inode.isDirectory ? -EISDIR : -ENOTDIR;
  const refused = objectionToRemove(place, isDirectory);
  if (refused !== 0) return refused;
  const { inode } = place;
  if (inode instanceof TreeDirectory && !inode.isEmpty) return -ENOTEMPTY;
  const directory = place.parent.inode as TreeDirectory;
  const at = throughPath(place);
  const failed = at?.tree.remove(at.path, isDirectory) ?? 0;
  if (failed !== 0) return failed;
  if (at !== null && inode instanceof RegularFile) inode.original?.lost(at.path);
  directory.remove(place.name, timeOf(visitor));
  dropPlace(visitor, place);
  return 0;
}

function refuseDots({ last }: WalkEnd, isDirectory: boolean): number {
  if (!isDirectory) return -EISDIR;
  return last === '.' ? -EINVAL : last === '..' ? -ENOTEMPTY : -EBUSY;
}

/** A name of a file is gone. */
function dropPlace(visitor: FileVisitor, place: Place): void {
  const { inode } = place;
  const { path } = place;
  place.parent!.children.delete(place.name);
  place.isRemoved = true;
  if (inode instanceof RegularFile) inode.renamed(path, place.path);
  inode.links = inode.isDirectory ? 0 : Math.max(0, inode.links - 1);
  inode.changed = timeOf(visitor);
  visitor.system.dropped(place.name.length + (inode instanceof SymbolicLink ? inode.size : 0));
  inode.dispose();
}

/** Gives a file one more name: 0 or a negative error number. */
export function linkFile(visitor: FileVisitor, from: Place, end: WalkEnd): number {
  if (end.place !== null) return -EEXIST;
  if (end.endsInSlash) return -ENOENT;
  if (fileSystemOf(from) !== fileSystemOf(end.parent)) return -EXDEV;
  const directory = changeable(end.parent);
  if (typeof directory === 'number') return directory;
  const { inode } = from;
  if (inode.isDirectory) return -EPERM;
  if (!mayLink(inode)) return -EPERM;
  if (inode.links === 0) return -ENOENT;
  const source = from.parent?.inode;
  const lower = source instanceof TreeDirectory ? source.lower : null;
  const through = directory.lower?.through ?? null;
  if (through !== (lower?.through ?? null)) return -EXDEV;
  if (through !== null) {
    const path = join(directory.lower!.path, end.name);
    const failed = through.link(join(lower!.path, from.name), path);
    if (failed !== 0) return failed;
    if (inode instanceof RegularFile) inode.original?.gained(path);
  }
  if (!visitor.system.mayAdd(end.name.length)) return -ENOSPC;
  inode.links++;
  inode.changed = timeOf(visitor);
  directory.set(end.name, inode, timeOf(visitor));
  end.parent.children.set(end.name, new Place(inode, end.parent, end.name));
  return 0;
}

/** fs.protected_hardlinks: others' files only when they could be copied as well. */
function mayLink(inode: Inode): boolean {
  if (inode.uid === GUEST_UID) return true;
  const isSpecial = !inode.isRegular || (inode.mode & S_ISUID) !== 0;
  const isGroup = (inode.mode & (S_ISGID | 0o010)) === (S_ISGID | 0o010);
  return !isSpecial && !isGroup && inode.allows(MAY_READ | MAY_WRITE);
}

/** The root of what a place is mounted in. */
function fileSystemOf(place: Place): Place {
  let at = place;
  while (at.parent !== null && at.parent.mounts?.get(at.name) !== at) at = at.parent;
  return at;
}

/** Renames a file: 0 or a negative error number. */
export function renameFile(
  visitor: FileVisitor,
  from: WalkEnd,
  to: WalkEnd,
  flags: number,
): number {
  const refused = objectionToRename(from, to, flags);
  if (refused !== 0) return refused;
  const place = from.place!;
  const target = to.place;
  if (place.inode === target?.inode) return 0;
  const allowed = permitRename(place, to, flags);
  if (allowed !== 0) return allowed;
  const failed = renameOnHost(place, to, flags);
  if (failed !== 0) return failed;
  if (target !== null && (flags & RENAME_EXCHANGE) !== 0) exchange(visitor, place, target);
  else replace(visitor, place, to);
  place.inode.changed = timeOf(visitor);
  return 0;
}

/** What the paths alone forbid. */
function objectionToRename(from: WalkEnd, to: WalkEnd, flags: number): number {
  if (fileSystemOf(from.parent) !== fileSystemOf(to.parent)) return -EXDEV;
  if (from.last !== 'name') return -EBUSY;
  if (to.last !== 'name') return (flags & RENAME_NOREPLACE) === 0 ? -EBUSY : -EEXIST;
  const { place } = from;
  if (place === null) return -ENOENT;
  if (place.parent === null) return -EBUSY;
  if ((flags & RENAME_NOREPLACE) !== 0 && to.place !== null) return -EEXIST;
  if ((flags & RENAME_EXCHANGE) !== 0 && to.place === null) return -ENOENT;
  if (!place.inode.isDirectory && (from.endsInSlash || to.endsInSlash)) return -ENOTDIR;
  if (to.parent.isInside(place)) return -EINVAL;
  if (to.place !== null && from.parent.isInside(to.place)) return -ENOTEMPTY;
  return 0;
}

/** What modes and kinds forbid. */
function permitRename(place: Place, to: WalkEnd, flags: number): number {
  const { isDirectory } = place.inode;
  const source = objectionToRemove(place, isDirectory);
  if (source !== 0) return source;
  const target = to.place;
  const directory = changeable(to.parent);
  if (typeof directory === 'number') return directory;
  if (target !== null) {
    const exchanges = (flags & RENAME_EXCHANGE) !== 0;
    const refused = objectionToRemove(target, exchanges ? target.inode.isDirectory : isDirectory);
    if (refused !== 0) return refused;
    const { inode } = target;
    if (!exchanges && inode instanceof Directory) {
      if (!(inode instanceof TreeDirectory) || !inode.isEmpty) return -ENOTEMPTY;
    }
  }
  // Its `..` is changed.
  const moves = isDirectory && place.parent !== to.parent;
  return moves && !place.inode.allows(MAY_WRITE) ? -EACCES : 0;
}

function renameOnHost(place: Place, to: WalkEnd, flags: number): number {
  const lower = (place.parent!.inode as TreeDirectory).lower;
  const target = (to.parent.inode as TreeDirectory).lower;
  const through = lower?.through ?? null;
  if (through !== (target?.through ?? null)) return -EXDEV;
  if (through === null) return 0;
  if ((flags & RENAME_EXCHANGE) !== 0) return -EINVAL;
  const path = join(target!.path, to.name);
  const from = join(lower!.path, place.name);
  const failed = through.rename(from, path);
  if (failed !== 0) return failed;
  const { inode } = place;
  const replaced = to.place?.inode;
  if (replaced instanceof RegularFile) replaced.original?.lost(path);
  if (inode instanceof RegularFile) {
    inode.original?.lost(from);
    inode.original?.gained(path);
  }
  if (inode instanceof TreeDirectory) {
    inode.relocate(path);
    place.children.clear();
  }
  return 0;
}

function replace(visitor: FileVisitor, place: Place, to: WalkEnd): void {
  const time = timeOf(visitor);
  const source = place.parent!;
  const { path } = place;
  (source.inode as TreeDirectory).remove(place.name, time);
  source.children.delete(place.name);
  if (to.place !== null) dropPlace(visitor, to.place);
  (to.parent.inode as TreeDirectory).set(to.name, place.inode, time);
  place.parent = to.parent;
  place.name = to.name;
  to.parent.children.set(to.name, place);
  if (place.inode instanceof RegularFile) place.inode.renamed(path, place.path);
}

function exchange(visitor: FileVisitor, one: Place, other: Place): void {
  const time = timeOf(visitor);
  const { parent, name } = one;
  const put = (place: Place, into: Place, as: string): void => {
    (into.inode as TreeDirectory).set(as, place.inode, time);
    into.children.set(as, place);
    place.parent = into;
    place.name = as;
  };
  put(one, other.parent!, other.name);
  put(other, parent!, name);
  other.inode.changed = time;
}

/** The host's path of a place whose changes go through to it; null for any other. */
function throughPath(place: Place | null): { tree: HostTree; path: string } | null {
  const inode = place?.parent?.inode;
  if (!(inode instanceof TreeDirectory) || place?.isRemoved === true) return null;
  const { lower } = inode;
  return lower?.through ? { tree: lower.through, path: join(lower.path, place!.name) } : null;
}

/** Sets a mode on the host where it is to be set there: 0 or a negative error number. */
export function setModeOnHost(inode: Inode, place: Place | null, mode: number): number {
  const at = inode.isRegular || inode.isDirectory ? throughPath(place) : null;
  return at?.tree.setMode(at.path, mode & 0o777) ?? 0;
}

export function setTimesOnHost(
  place: Place | null,
  accessed: FileTime,
  modified: FileTime,
): number {
  const at = place === null || place.inode.isLink ? null : throughPath(place);
  return at?.tree.setTimes(at.path, accessed, modified) ?? 0;
}

/** Files that are executed, and the program that a run was started with as a file of the tree. */
import type { MappableFile, MemoryObject } from '@bareheap/platform-posix';
import { TreeDirectory } from './directory.ts';
import { EACCES, ENOENT } from './errno.ts';
import { MAY_EXECUTE, O_RDONLY } from './file-constants.ts';
import type { FileSystem } from './file-system.ts';
import type { FileVisitor } from './file-visitor.ts';
import { HostOriginal } from './host-original.ts';
import { walk } from './path-walk.ts';
import { Place } from './place.ts';
import { RegularDescription } from './regular-description.ts';
import { RegularFile } from './regular-file.ts';

export interface OpenProgram {
  /** An absolute path without links. */
  readonly path: string;
  /** To be released when it is mapped. */
  readonly file: RegularDescription & MappableFile & { readonly object: MemoryObject };
}

/** Opens a file to execute it; or a negative error number. @see do_open_execat */
export function openProgram(visitor: FileVisitor, base: Place, path: string): OpenProgram | number {
  const end = walk({ root: visitor.system.root, base, looker: visitor.looker }, path, true);
  if (typeof end === 'number') return end;
  return end.place === null ? -ENOENT : openProgramAt(end.place);
}

/** The same of a file that was found. */
export function openProgramAt(place: Place): OpenProgram | number {
  const { inode } = place;
  if (!(inode instanceof RegularFile) || !inode.allows(MAY_EXECUTE)) return -EACCES;
  const failed = inode.opened();
  if (failed !== 0) return failed;
  const file = new RegularDescription(inode, O_RDONLY, place);
  return { path: file.name, file };
}

/**
 * Puts a program's bytes at an absolute path of the tree, with the folders before it, unless there
 * is a file already: its place, or a negative error number.
 */
export function installProgram(
  system: FileSystem,
  path: string,
  bytes: Uint8Array,
): Place | number {
  const found = system.placeAt(path);
  if (found?.inode instanceof RegularFile) return found;
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  const last = names.pop();
  if (last === undefined || names.includes('..')) return -ENOENT;
  let at = system.root;
  for (const name of names) {
    const next = folder(system, at, name);
    if (next === null) return -ENOENT;
    at = next;
  }
  if (!(at.inode instanceof TreeDirectory)) return -ENOENT;
  const file = programFile(system, at.inode.device, bytes);
  at.inode.set(last, file, system.storage.now());
  const place = new Place(file, at, last);
  at.children.set(last, place);
  return place;
}

/** A folder in a folder, made when it is missing; null when something else has the name. */
function folder(system: FileSystem, parent: Place, name: string): Place | null {
  const known = parent.mounts?.get(name) ?? parent.children.get(name);
  if (known !== undefined) return known;
  if (!(parent.inode instanceof TreeDirectory)) return null;
  let inode = parent.inode.lookup(name);
  if (typeof inode === 'number') {
    inode = system.directory(parent.inode.device, 0o755);
    parent.inode.set(name, inode, system.storage.now());
  }
  const place = new Place(inode, parent, name);
  parent.children.set(name, place);
  return place;
}

/** A file whose bytes are kept outside the guest's memory and read page by page. */
function programFile(system: FileSystem, device: number, bytes: Uint8Array): RegularFile {
  const tree = {
    open: () => ({
      size: bytes.length,
      read: (offset: number, into: Uint8Array): number => {
        const part = bytes.subarray(offset, offset + into.length);
        into.set(part);
        return part.length;
      },
      close: (): void => {},
    }),
    writesThrough: () => false,
    setMode: () => 0,
  };
  const original = new HostOriginal(tree, '', bytes.length);
  return new RegularFile(system.storage, system.parts(device, 0o100755), original);
}

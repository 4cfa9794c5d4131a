/** Finds the file that is to be executed in the guest's tree of files. */

import { TreeDirectory } from '../file/directory.ts';
import { EACCES, ENOENT } from '../file/errno.ts';
import { MAY_EXECUTE, S_IFREG } from '../file/file-constants.ts';
import type { FileSystem } from '../file/file-system.ts';
import { TEMPORARY_DEVICE } from '../file/file-system-kind.ts';
import { type WalkStart, walk } from '../file/path-walk.ts';
import type { Place } from '../file/place.ts';
import { RegularFile } from '../file/regular-file.ts';
import type { ProgramFile } from './program-file.ts';

const EXECUTABLE_MODE = S_IFREG | 0o755;

/** The program at a path, or a negative error number. @see fs/exec.c: do_open_execat */
export function openProgram(start: WalkStart, path: string): ProgramFile | number {
  const end = walk(start, path, true);
  if (typeof end === 'number') return end;
  return end.place === null ? -ENOENT : programAt(end.place);
}

/** The program that a place names, or -EACCES where it is no file or may not be executed. */
export function programAt(place: Place): ProgramFile | number {
  const { inode, path } = place;
  if (!(inode instanceof RegularFile) || !inode.allows(MAY_EXECUTE)) return -EACCES;
  const file = {
    object: inode.pages(path),
    readable: true,
    writable: false,
    appends: false,
    noExecute: false,
    tellsResidency: inode.isOwned,
  };
  return { path, file };
}

/** Puts a program that is in no tree of the host's at the root of the guest's. */
export function addProgram(files: FileSystem, name: string, bytes: Uint8Array): Place | null {
  const root = files.root.inode;
  if (!(root instanceof TreeDirectory)) return null;
  const file = new RegularFile(files.storage, files.parts(TEMPORARY_DEVICE, EXECUTABLE_MODE));
  if (file.write(0, bytes, `/${name}`) < bytes.length) return null;
  root.set(name, file, files.storage.now());
  return files.placeAt(`/${name}`);
}

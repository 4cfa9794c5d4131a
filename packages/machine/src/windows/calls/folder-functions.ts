// @table
/** Folders and searches in them. */
import type { Call } from '../call.ts';
import { fullPath, hostPath } from '../process/file-io.ts';
import { closeSearch, fileAt, openSearch } from '../process/file-status.ts';
import { FindObject } from '../process/kernel-object.ts';
import { textBytes } from '../process/process-memory.ts';
import {
  ERROR_DIRECTORY,
  ERROR_INVALID_HANDLE,
  ERROR_NO_MORE_FILES,
} from '../process/windows-error.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';
import { writeAttributes } from './attribute-functions.ts';
import { giveText } from './process-functions.ts';

const INVALID_HANDLE = -1;
/** WIN32_FIND_DATA: attributes, times and size, two reserved words, the name, a short one. */
const NAME_AT = 44;
const NAME_UNITS = 260;
const SHORT_NAME_UNITS = 14;

/** Writes the next file of a search; false at its end. */
function giveFound(c: Call, at: number, search: FindObject, isWide: boolean): boolean {
  const found = search.next();
  if (found === null) return false;
  const unit = isWide ? 2 : 1;
  c.memory.fill(at, 0, NAME_AT + (NAME_UNITS + SHORT_NAME_UNITS) * unit);
  writeAttributes(c, at, found.node);
  const text = `${found.name.slice(0, NAME_UNITS - 1)}\0`;
  c.memory.write(at + NAME_AT, textBytes(text, isWide));
  return true;
}

function findFirst(c: Call, pattern: string, isWide: boolean, to: number): number {
  const search = openSearch(c.process, pattern);
  if (typeof search === 'number') return c.fail(search, INVALID_HANDLE);
  giveFound(c, to, search, isWide);
  return c.process.handles.open(search);
}

function findNext(c: Call, isWide: boolean): number {
  const search = c.process.handles.get(c.word(0));
  if (!(search instanceof FindObject)) return c.fail(ERROR_INVALID_HANDLE);
  return giveFound(c, c.word(1), search, isWide) ? 1 : c.fail(ERROR_NO_MORE_FILES);
}

function setDirectory(c: Call, path: string): number {
  const node = fileAt(c.process, path);
  if (typeof node === 'number') return c.fail(node);
  if (!node.isDirectory) return c.fail(ERROR_DIRECTORY);
  c.process.directory = fullPath(c.process, path);
  return 1;
}

/** 1, or a failure with its error. */
export function finish(c: Call, error: number): number {
  return error === 0 ? 1 : c.fail(error);
}

function makeFolder(c: Call, path: string): number {
  return finish(c, c.process.files.createFolder(hostPath(c.process, path)));
}

function removeFolder(c: Call, path: string): number {
  return finish(c, c.process.files.removeFolder(hostPath(c.process, path)));
}

export const FOLDER_FUNCTIONS: readonly SystemFunction[] = systemFunctions('kernel', {
  'FindFirstFileA(pattern: text, to: pointer): handle': (c) =>
    findFirst(c, c.text(0), false, c.word(1)),
  'FindFirstFileW(pattern: wide, to: pointer): handle': (c) =>
    findFirst(c, c.wide(0), true, c.word(1)),
  'FindFirstFileExA(pattern: text, level: i32, to: pointer, how: i32, filter: pointer, flags: u32): handle':
    (c) => findFirst(c, c.text(0), false, c.word(2)),
  'FindFirstFileExW(pattern: wide, level: i32, to: pointer, how: i32, filter: pointer, flags: u32): handle':
    (c) => findFirst(c, c.wide(0), true, c.word(2)),
  'FindNextFileA(search: handle, to: pointer): bool': (c) => findNext(c, false),
  'FindNextFileW(search: handle, to: pointer): bool': (c) => findNext(c, true),
  'FindClose(search: handle): bool': (c) =>
    closeSearch(c.process, c.word(0)) ? 1 : c.fail(ERROR_INVALID_HANDLE),
  'GetCurrentDirectoryA(size: u32, to: pointer): u32': (c) =>
    giveText(c, c.process.directory, c.word(1), c.u32(0), false),
  'GetCurrentDirectoryW(size: u32, to: pointer): u32': (c) =>
    giveText(c, c.process.directory, c.word(1), c.u32(0), true),
  'SetCurrentDirectoryA(path: text): bool': (c) => setDirectory(c, c.text(0)),
  'SetCurrentDirectoryW(path: wide): bool': (c) => setDirectory(c, c.wide(0)),
  'CreateDirectoryA(path: text, security: pointer): bool': (c) => makeFolder(c, c.text(0)),
  'CreateDirectoryW(path: wide, security: pointer): bool': (c) => makeFolder(c, c.wide(0)),
  'RemoveDirectoryA(path: text): bool': (c) => removeFolder(c, c.text(0)),
  'RemoveDirectoryW(path: wide): bool': (c) => removeFolder(c, c.wide(0)),
});

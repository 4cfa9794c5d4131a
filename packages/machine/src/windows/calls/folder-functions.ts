// @table
/** Files by name: attributes, searches, temporary names, folders. */
import type { Call } from '../call.ts';
import {
  ERROR_ACCESS_DENIED,
  ERROR_INVALID_HANDLE,
  fileLength,
  fullPath,
} from '../process/file-io.ts';
import { type FileStatus, fileStatus, findFiles, folderOf } from '../process/file-status.ts';
import { FindObject } from '../process/kernel-object.ts';
import { latin1Bytes, wideBytes } from '../process/process-memory.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';
import { giveText } from './process-functions.ts';

const INVALID_HANDLE = -1;
const INVALID_ATTRIBUTES = 0xffff_ffff;
const ERROR_NO_MORE_FILES = 18;
const ERROR_DIRECTORY = 267;
const ATTRIBUTE_DIRECTORY = 0x10;
const ATTRIBUTE_ARCHIVE = 0x20;
const HIGH = 2 ** 32;
const UNIX_EPOCH = 116_444_736_000_000_000n;
const NAME_AT = 44;
const NAME_UNITS = 260;

function attributesOf({ isDirectory }: FileStatus): number {
  return isDirectory ? ATTRIBUTE_DIRECTORY : ATTRIBUTE_ARCHIVE;
}

function attributes(c: Call, path: string): number {
  const status = fileStatus(c.process, path);
  return typeof status === 'number' ? c.fail(status, INVALID_ATTRIBUTES) : attributesOf(status);
}

/** Attributes, three times and the size, as WIN32_FILE_ATTRIBUTE_DATA begins. */
function writeAttributes(c: Call, at: number, status: FileStatus): void {
  const time = UNIX_EPOCH + BigInt(status.modified) * 10_000_000n;
  c.memory.setU32(at, attributesOf(status));
  for (const offset of [4, 12, 20]) c.memory.setBig(at + offset, time);
  c.memory.setU32(at + 28, Math.floor(status.size / HIGH));
  c.memory.setU32(at + 32, status.size);
}

function attributesEx(c: Call, path: string): number {
  const status = fileStatus(c.process, path);
  if (typeof status === 'number') return c.fail(status);
  writeAttributes(c, c.word(2), status);
  return 1;
}

/** Writes the next file of a search; false at its end. */
function giveFound(c: Call, at: number, search: FindObject): boolean {
  const name = search.names[search.next++];
  if (name === undefined) return false;
  const status = fileStatus(c.process, search.folder + name);
  const known = typeof status === 'number' ? { isDirectory: false, size: 0, modified: 0 } : status;
  const unit = search.isWide ? 2 : 1;
  c.memory.fill(at, 0, NAME_AT + (NAME_UNITS + 16) * unit);
  writeAttributes(c, at, known);
  const text = `${name.slice(0, NAME_UNITS - 1)}\0`;
  c.memory.write(at + NAME_AT, search.isWide ? wideBytes(text) : latin1Bytes(text));
  return true;
}

function findFirst(c: Call, pattern: string, isWide: boolean, to: number): number {
  const names = findFiles(c.process, pattern);
  if (typeof names === 'number') return c.fail(names, INVALID_HANDLE);
  const search = new FindObject(names, folderOf(pattern), isWide);
  giveFound(c, to, search);
  return c.process.handles.open(search);
}

function findNext(c: Call): number {
  const search = c.process.handles.get(c.word(0));
  if (!(search instanceof FindObject)) return c.fail(ERROR_INVALID_HANDLE);
  return giveFound(c, c.word(1), search) ? 1 : c.fail(ERROR_NO_MORE_FILES);
}

function information(c: Call): number {
  const file = c.process.file(c.word(0));
  if (file === null || file.stream >= 0) return c.fail(ERROR_INVALID_HANDLE);
  const length = fileLength(c.process, file);
  if (!length.ok) return c.fail(length.error);
  const at = c.word(1);
  c.memory.fill(at, 0, 52);
  c.memory.setU32(at, ATTRIBUTE_ARCHIVE);
  c.memory.setU32(at + 32, Math.floor(length.value / HIGH));
  c.memory.setU32(at + 36, length.value);
  c.memory.setU32(at + 40, 1);
  c.memory.setU32(at + 48, file.file + 1);
  return 1;
}

function setDirectory(c: Call, path: string): number {
  const status = fileStatus(c.process, path);
  if (typeof status === 'number') return c.fail(status);
  if (!status.isDirectory) return c.fail(ERROR_DIRECTORY);
  c.process.directory = fullPath(c.process, path);
  return 1;
}

/** A name that no file has, from a number of the run's. */
function temporaryName(c: Call, folder: string, prefix: string): string {
  const number = (c.process.random() & 0xffff).toString(16);
  return `${folder.replace(/\\?$/, '\\')}${prefix.slice(0, 3)}${number}.tmp`;
}

const refuse = (c: Call): number => c.fail(ERROR_ACCESS_DENIED);

export const FOLDER_FUNCTIONS: readonly SystemFunction[] = systemFunctions('kernel', {
  'GetFileAttributesA(path: text): u32': (c) => attributes(c, c.text(0)),
  'GetFileAttributesW(path: wide): u32': (c) => attributes(c, c.wide(0)),
  'GetFileAttributesExA(path: text, level: i32, to: pointer): bool': (c) =>
    attributesEx(c, c.text(0)),
  'GetFileAttributesExW(path: wide, level: i32, to: pointer): bool': (c) =>
    attributesEx(c, c.wide(0)),
  'SetFileAttributesA(path: text, attributes: u32): bool': (c) => c.fail(ERROR_ACCESS_DENIED),
  'SetFileAttributesW(path: wide, attributes: u32): bool': (c) => c.fail(ERROR_ACCESS_DENIED),
  'SetFileTime(file: handle, created: pointer, accessed: pointer, written: pointer): bool': (c) =>
    c.fail(ERROR_ACCESS_DENIED),
  'FindFirstFileA(pattern: text, to: pointer): handle': (c) =>
    findFirst(c, c.text(0), false, c.word(1)),
  'FindFirstFileW(pattern: wide, to: pointer): handle': (c) =>
    findFirst(c, c.wide(0), true, c.word(1)),
  'FindFirstFileExA(pattern: text, level: i32, to: pointer, how: i32, filter: pointer, flags: u32): handle':
    (c) => findFirst(c, c.text(0), false, c.word(2)),
  'FindFirstFileExW(pattern: wide, level: i32, to: pointer, how: i32, filter: pointer, flags: u32): handle':
    (c) => findFirst(c, c.wide(0), true, c.word(2)),
  'FindNextFileA(search: handle, to: pointer): bool': findNext,
  'FindNextFileW(search: handle, to: pointer): bool': findNext,
  'FindClose(search: handle): bool': (c) =>
    c.process.handles.close(c.word(0)) ? 1 : c.fail(ERROR_INVALID_HANDLE),
  'GetFileInformationByHandle(file: handle, to: pointer): bool': information,
  'GetCurrentDirectoryA(size: u32, to: pointer): u32': (c) =>
    giveText(c, c.process.directory, c.word(1), c.u32(0), false),
  'GetCurrentDirectoryW(size: u32, to: pointer): u32': (c) =>
    giveText(c, c.process.directory, c.word(1), c.u32(0), true),
  'SetCurrentDirectoryA(path: text): bool': (c) => setDirectory(c, c.text(0)),
  'SetCurrentDirectoryW(path: wide): bool': (c) => setDirectory(c, c.wide(0)),
  'CreateDirectoryA(path: text, security: pointer): bool': refuse,
  'CreateDirectoryW(path: wide, security: pointer): bool': refuse,
  'RemoveDirectoryA(path: text): bool': refuse,
  'RemoveDirectoryW(path: wide): bool': refuse,
  'GetTempPathA(size: u32, to: pointer): u32': (c) =>
    giveText(c, 'C:\\', c.word(1), c.u32(0), false),
  'GetTempPathW(size: u32, to: pointer): u32': (c) =>
    giveText(c, 'C:\\', c.word(1), c.u32(0), true),
  'GetTempFileNameA(folder: text, prefix: text, unique: u32, to: pointer): u32': (c) => {
    c.memory.setText(c.word(3), temporaryName(c, c.text(0), c.text(1)));
    return 1;
  },
  'GetTempFileNameW(folder: wide, prefix: wide, unique: u32, to: pointer): u32': (c) => {
    c.memory.setWideText(c.word(3), temporaryName(c, c.wide(0), c.wide(1)));
    return 1;
  },
  'GetSystemDirectoryA(to: pointer, size: u32): u32': (c) =>
    giveText(c, 'C:\\windows\\system32', c.word(0), c.u32(1), false),
  'GetSystemDirectoryW(to: pointer, size: u32): u32': (c) =>
    giveText(c, 'C:\\windows\\system32', c.word(0), c.u32(1), true),
  'GetWindowsDirectoryA(to: pointer, size: u32): u32': (c) =>
    giveText(c, 'C:\\windows', c.word(0), c.u32(1), false),
  'GetWindowsDirectoryW(to: pointer, size: u32): u32': (c) =>
    giveText(c, 'C:\\windows', c.word(0), c.u32(1), true),
});

// @table
/** Files, standard handles and the console. */
import type { Call } from '../call.ts';
import {
  ERROR_ALREADY_EXISTS,
  ERROR_FILE_EXISTS,
  ERROR_INVALID_HANDLE,
  ERROR_INVALID_PARAMETER,
  fileLength,
  fullPath,
  isTerminal,
  openFile,
  readFile,
  removeFile,
  renameFile,
  writeFile,
} from '../process/file-io.ts';
import type { FileObject } from '../process/kernel-object.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';
import { giveText } from './process-functions.ts';

const INVALID_HANDLE = -1;
const INVALID_SIZE = 0xffff_ffff;
const GENERIC_READ = 0x8000_0000;
const GENERIC_WRITE = 0x4000_0000;
const FILE_APPEND_DATA = 4;
const CREATE_NEW = 1;
const CREATE_ALWAYS = 2;
const OPEN_EXISTING = 3;
const OPEN_ALWAYS = 4;
const TRUNCATE_EXISTING = 5;
/** STD_INPUT_HANDLE is -10, output -11, error -12. */
const FIRST_STANDARD = -10;
const HIGH = 2 ** 32;
/** No device here has controls. */
const ERROR_INVALID_FUNCTION = 1;
const ERROR_NEGATIVE_SEEK = 131;
const FILE_TYPE_DISK = 1;
const FILE_TYPE_CHARACTER = 2;
const FILE_TYPE_PIPE = 3;

function onFile(
  failed: number,
  action: (c: Call, file: FileObject) => number,
): (c: Call) => number {
  return (c) => {
    const file = c.process.file(c.word(0));
    return file === null ? c.fail(ERROR_INVALID_HANDLE, failed) : action(c, file);
  };
}

function exists(c: Call, path: string): boolean {
  const flags = { read: true, write: false, create: false, truncate: false, append: false };
  const opened = openFile(c.process, path, flags);
  if (opened.ok) opened.value.close();
  return opened.ok;
}

function create(c: Call, path: string): number {
  const access = c.u32(1);
  const how = c.u32(4);
  if (how < CREATE_NEW || how > TRUNCATE_EXISTING) {
    return c.fail(ERROR_INVALID_PARAMETER, INVALID_HANDLE);
  }
  if (/^CON(IN|OUT)?\$?$/i.test(path)) return c.process.standardHandles[/IN/i.test(path) ? 0 : 1]!;
  const asks = how === CREATE_NEW || how === CREATE_ALWAYS || how === OPEN_ALWAYS;
  const wasThere = asks && exists(c, path);
  if (how === CREATE_NEW && wasThere) return c.fail(ERROR_FILE_EXISTS, INVALID_HANDLE);
  const write = (access & (GENERIC_WRITE | FILE_APPEND_DATA)) !== 0;
  const opened = openFile(c.process, path, {
    read: (access & GENERIC_READ) !== 0 || !write,
    write,
    create: how !== OPEN_EXISTING && how !== TRUNCATE_EXISTING,
    truncate: how === CREATE_ALWAYS || how === TRUNCATE_EXISTING,
    append: (access & GENERIC_WRITE) === 0 && (access & FILE_APPEND_DATA) !== 0,
  });
  if (!opened.ok) return c.fail(opened.error, INVALID_HANDLE);
  c.lastError = wasThere && how !== CREATE_NEW ? ERROR_ALREADY_EXISTS : 0;
  return c.process.handles.open(opened.value);
}

/** Offset of an OVERLAPPED, which says where to read or write. */
function place(c: Call, file: FileObject, overlapped: number): void {
  if (overlapped === 0) return;
  file.position = c.memory.u32(overlapped + 16) + c.memory.u32(overlapped + 20) * HIGH;
}

function read(c: Call, file: FileObject): number {
  place(c, file, c.word(4));
  const done = readFile(c.process, file, c.u32(2));
  if (!done.ok) return c.fail(done.error);
  c.memory.write(c.word(1), done.value);
  if (c.word(3) !== 0) c.memory.setU32(c.word(3), done.value.length);
  return 1;
}

function write(c: Call, file: FileObject): number {
  place(c, file, c.word(4));
  const bytes = c.memory.read(c.word(1), c.u32(2));
  if (c.memory.mmu.faulted) return 0;
  const done = writeFile(c.process, file, bytes);
  if (!done.ok) return c.fail(done.error);
  if (c.word(3) !== 0) c.memory.setU32(c.word(3), done.value);
  return 1;
}

/** The new position, or -1 with the error set. */
function seek(c: Call, file: FileObject, offset: number, origin: number): number {
  if (origin > 2 || file.stream >= 0) return c.fail(ERROR_INVALID_PARAMETER, -1);
  const length = origin === 2 ? fileLength(c.process, file) : null;
  if (length !== null && !length.ok) return c.fail(length.error, -1);
  const base = origin === 0 ? 0 : origin === 1 ? file.position : length!.value;
  if (base + offset < 0) return c.fail(ERROR_NEGATIVE_SEEK, -1);
  file.position = base + offset;
  return file.position;
}

function setPointer(c: Call, file: FileObject): number {
  const high = c.word(2) === 0 ? null : c.memory.i32(c.word(2));
  const offset = high === null ? c.i32(1) : high * HIGH + c.u32(1);
  const at = seek(c, file, offset, c.u32(3));
  if (at < 0) return INVALID_SIZE;
  if (c.word(2) !== 0) c.memory.setU32(c.word(2), Math.floor(at / HIGH));
  c.lastError = 0;
  return at % HIGH;
}

function setPointerEx(c: Call, file: FileObject): number {
  const at = seek(c, file, c.signedWord(1), c.u32(3));
  if (at < 0) return 0;
  if (c.word(2) !== 0) c.memory.setU64(c.word(2), at);
  return 1;
}

function typeOf(c: Call, file: FileObject): number {
  if (file.stream < 0) return FILE_TYPE_DISK;
  return isTerminal(c.process, file) ? FILE_TYPE_CHARACTER : FILE_TYPE_PIPE;
}

function consoleMode(c: Call, file: FileObject): number {
  if (file.stream < 0 || !isTerminal(c.process, file)) return c.fail(ERROR_INVALID_HANDLE);
  c.memory.setU32(c.word(1), file.stream === 0 ? 7 : 3);
  return 1;
}

function writeConsole(c: Call, file: FileObject, text: string): number {
  const done = writeFile(c.process, file, new TextEncoder().encode(text));
  if (!done.ok) return c.fail(done.error);
  if (c.word(3) !== 0) c.memory.setU32(c.word(3), c.u32(2));
  return 1;
}

function finish(c: Call, error: number): number {
  return error === 0 ? 1 : c.fail(error);
}

function standard(c: Call): number {
  const number = FIRST_STANDARD - c.i32(0);
  return c.process.standardHandles[number] ?? c.fail(ERROR_INVALID_HANDLE, INVALID_HANDLE);
}

function setStandard(c: Call): number {
  const number = FIRST_STANDARD - c.i32(0);
  if (number < 0 || number > 2) return c.fail(ERROR_INVALID_HANDLE);
  c.process.standardHandles[number] = c.word(1);
  return 1;
}

function fullName(c: Call, path: string, isWide: boolean): number {
  const full = fullPath(c.process, path);
  const length = giveText(c, full, c.word(2), c.u32(1), isWide);
  if (c.word(3) !== 0 && length < c.u32(1)) {
    const at = full.lastIndexOf('\\') + 1;
    c.memory.setU64(c.word(3), c.word(2) + at * (isWide ? 2 : 1));
  }
  return length;
}

const OPENING: FunctionRows = {
  'CreateFileA(path: text, access: u32, share: u32, security: pointer, how: u32, flags: u32, template: handle): handle':
    (c) => create(c, c.text(0)),
  'CreateFileW(path: wide, access: u32, share: u32, security: pointer, how: u32, flags: u32, template: handle): handle':
    (c) => create(c, c.wide(0)),
  'DeleteFileA(path: text): bool': (c) => finish(c, removeFile(c.process, c.text(0))),
  'DeleteFileW(path: wide): bool': (c) => finish(c, removeFile(c.process, c.wide(0))),
  'MoveFileA(from: text, to: text): bool': (c) =>
    finish(c, renameFile(c.process, c.text(0), c.text(1))),
  'MoveFileW(from: wide, to: wide): bool': (c) =>
    finish(c, renameFile(c.process, c.wide(0), c.wide(1))),
  'MoveFileExA(from: text, to: text, flags: u32): bool': (c) =>
    finish(c, renameFile(c.process, c.text(0), c.text(1))),
  'MoveFileExW(from: wide, to: wide, flags: u32): bool': (c) =>
    finish(c, renameFile(c.process, c.wide(0), c.wide(1))),
  'GetFullPathNameA(path: text, size: u32, to: pointer, name: pointer): u32': (c) =>
    fullName(c, c.text(0), false),
  'GetFullPathNameW(path: wide, size: u32, to: pointer, name: pointer): u32': (c) =>
    fullName(c, c.wide(0), true),
};

const STREAMS: FunctionRows = {
  'GetStdHandle(which: i32): handle': standard,
  'SetStdHandle(which: i32, handle: handle): bool': setStandard,
  'GetFileType(file: handle): u32': onFile(0, typeOf),
  'GetConsoleMode(console: handle, to: pointer): bool': onFile(0, consoleMode),
  'SetConsoleMode(console: handle, mode: u32): bool': onFile(0, (c, file) =>
    isTerminal(c.process, file) ? 1 : c.fail(ERROR_INVALID_HANDLE),
  ),
  'WriteConsoleA(console: handle, text: pointer, count: u32, written: pointer, reserved: pointer): bool':
    onFile(0, (c, file) => writeConsole(c, file, c.memory.text(c.word(1), c.u32(2)))),
  'WriteConsoleW(console: handle, text: pointer, count: u32, written: pointer, reserved: pointer): bool':
    onFile(0, (c, file) => writeConsole(c, file, c.memory.wideText(c.word(1), c.u32(2)))),
};

export const FILE_FUNCTIONS: readonly SystemFunction[] = systemFunctions('kernel', {
  ...OPENING,
  ...STREAMS,
  'ReadFile(file: handle, buffer: pointer, size: u32, count: pointer, overlapped: pointer): bool':
    onFile(0, read),
  'WriteFile(file: handle, buffer: pointer, size: u32, count: pointer, overlapped: pointer): bool':
    onFile(0, write),
  'SetFilePointer(file: handle, low: i32, high: pointer, origin: u32): u32': onFile(
    INVALID_SIZE,
    setPointer,
  ),
  'SetFilePointerEx(file: handle, offset: i64, to: pointer, origin: u32): bool': onFile(
    0,
    setPointerEx,
  ),
  'GetFileSize(file: handle, high: pointer): u32': onFile(INVALID_SIZE, (c, file) => {
    const length = fileLength(c.process, file);
    if (!length.ok) return c.fail(length.error, INVALID_SIZE);
    if (c.word(1) !== 0) c.memory.setU32(c.word(1), Math.floor(length.value / HIGH));
    return length.value % HIGH;
  }),
  'GetFileSizeEx(file: handle, to: pointer): bool': onFile(0, (c, file) => {
    const length = fileLength(c.process, file);
    if (!length.ok) return c.fail(length.error);
    c.memory.setU64(c.word(1), length.value);
    return 1;
  }),
  'DeviceIoControl(file: handle, code: u32, input: pointer, size: u32, output: pointer, room: u32, count: pointer, overlapped: pointer): bool':
    (c) => c.fail(ERROR_INVALID_FUNCTION),
  'FlushFileBuffers(file: handle): bool': onFile(0, () => 1),
  'GetHandleInformation(handle: handle, to: pointer): bool': (c) => {
    if (c.process.handles.get(c.word(0)) === null) return c.fail(ERROR_INVALID_HANDLE);
    c.memory.setU32(c.word(1), 0);
    return 1;
  },
  'SetHandleInformation(handle: handle, mask: u32, flags: u32): bool': () => 1,
});

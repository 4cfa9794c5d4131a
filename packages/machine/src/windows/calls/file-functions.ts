// @table
/** Files, standard handles and the console. */
import type { Call } from '../call.ts';
import type { Steps } from '../call-steps.ts';
import {
  fileLength,
  fullPath,
  type IoResult,
  isTerminal,
  openFile,
  readFile,
  readToWrite,
  removeFile,
  renameFile,
  writeFile,
} from '../process/file-io.ts';
import { SETTABLE_ATTRIBUTES } from '../process/file-node.ts';
import { fileAt } from '../process/file-status.ts';
import type { FileObject } from '../process/kernel-object.ts';
import {
  ERROR_ALREADY_EXISTS,
  ERROR_FILE_EXISTS,
  ERROR_INVALID_FUNCTION,
  ERROR_INVALID_HANDLE,
  ERROR_INVALID_PARAMETER,
  ERROR_SHARING_VIOLATION,
} from '../process/windows-error.ts';
import type { WindowsProcess } from '../process/windows-process.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';
import { finish } from './folder-functions.ts';
import { readFromPipe, writeToPipe } from './pipe-functions.ts';
import { givePath } from './process-functions.ts';

const INVALID_HANDLE = -1;
const INVALID_SIZE = 0xffff_ffff;
const GENERIC_READ = 0x8000_0000 | 0;
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
const ERROR_NEGATIVE_SEEK = 131;
const FILE_TYPE_DISK = 1;
const FILE_TYPE_CHARACTER = 2;
const FILE_TYPE_PIPE = 3;

function onFile(
  failed: number,
  action: (c: Call, file: FileObject) => number | Steps,
): (c: Call) => number | Steps {
  return (c) => {
    const file = c.process.file(c.word(0));
    return file === null ? c.fail(ERROR_INVALID_HANDLE, failed) : action(c, file);
  };
}

const DELETE = 0x1_0000;
const DELETE_ON_CLOSE = 0x400_0000;
const BACKUP_SEMANTICS = 0x200_0000;
const READS = GENERIC_READ | 1;
const GENERIC_ALL = 0x1000_0000;
const WRITES = GENERIC_WRITE | GENERIC_ALL | 2 | FILE_APPEND_DATA;

function create(c: Call, path: string): number {
  const access = c.u32(1);
  const how = c.u32(4);
  const flags = c.u32(5);
  if (how < CREATE_NEW || how > TRUNCATE_EXISTING) {
    return c.fail(ERROR_INVALID_PARAMETER, INVALID_HANDLE);
  }
  const opened = openFile(c.process, path, {
    read: (access & (READS | GENERIC_ALL)) !== 0,
    write: (access & WRITES) !== 0,
    create: how !== OPEN_EXISTING && how !== TRUNCATE_EXISTING,
    exclusive: how === CREATE_NEW,
    truncate: how === CREATE_ALWAYS || how === TRUNCATE_EXISTING,
    append:
      (access & GENERIC_WRITE) === 0 && (access & (2 | FILE_APPEND_DATA)) === FILE_APPEND_DATA,
    share: c.u32(2),
    remove: (access & DELETE) !== 0,
    isTemporary: (flags & DELETE_ON_CLOSE) !== 0,
    folders: (flags & BACKUP_SEMANTICS) !== 0,
  });
  if (!opened.ok) return c.fail(opened.error, INVALID_HANDLE);
  const { isNew, node } = opened.value;
  if (isNew && node !== null) node.attributes |= flags & SETTABLE_ATTRIBUTES;
  const wasThere = node !== null && !isNew && (how === CREATE_ALWAYS || how === OPEN_ALWAYS);
  c.lastError = wasThere ? ERROR_ALREADY_EXISTS : 0;
  return c.process.handles.open(opened.value);
}

const REPLACE_EXISTING = 1;

function move(c: Call, from: string, to: string | null, flags: number): number {
  // To no name means to remove it with the next start of the system, which never comes.
  if (to === null) return c.fail(ERROR_INVALID_PARAMETER);
  return finish(c, renameFile(c.process, from, to, (flags & REPLACE_EXISTING) !== 0));
}

const COPY_PIECE = 1 << 20;

function copy(c: Call, from: string, to: string, exclusive: boolean): number {
  const { process } = c;
  const plain = { read: true, write: false, create: false, truncate: false, append: false };
  const source = openFile(process, from, plain);
  if (!source.ok) return c.fail(source.error);
  const request = { ...plain, read: false, write: true, create: true, truncate: true, exclusive };
  // Itself would be empty before it is read.
  const isSame = source.value.node !== null && fileAt(process, to) === source.value.node;
  const target: IoResult<FileObject> = isSame
    ? { ok: false, error: exclusive ? ERROR_FILE_EXISTS : ERROR_SHARING_VIOLATION }
    : openFile(process, to, request);
  const error = target.ok ? copyContents(process, source.value, target.value) : target.error;
  source.value.close();
  if (target.ok) target.value.close();
  return finish(c, error);
}

/** Bytes, time and attributes of a file to another: 0 or an error. */
function copyContents(process: WindowsProcess, source: FileObject, target: FileObject): number {
  for (;;) {
    const piece = readFile(process, source, COPY_PIECE);
    if (!piece.ok) return piece.error;
    if (piece.value.length === 0) break;
    const written = writeFile(process, target, piece.value);
    if (!written.ok) return written.error;
  }
  if (source.node === null || target.node === null) return 0;
  process.files.setTimes(target.node, { written: source.node.times.written });
  target.node.attributes = source.node.attributes;
  return 0;
}

/** Puts one file in the place of another that must be there, which may be kept as a third. */
function replace(c: Call, to: string, from: string, backup: string | null): number {
  const { process } = c;
  const [target, source] = [fileAt(process, to), fileAt(process, from)];
  if (typeof target === 'number') return c.fail(target);
  if (typeof source === 'number') return c.fail(source);
  const failed = backup === null ? 0 : renameFile(process, to, backup, true);
  return finish(c, failed || renameFile(process, from, to, true));
}

/** Offset of an OVERLAPPED, which says where to read or write. */
function place(c: Call, file: FileObject, overlapped: number): void {
  if (overlapped === 0) return;
  file.position = c.memory.u32(overlapped + 16) + c.memory.u32(overlapped + 20) * HIGH;
}

function read(c: Call, file: FileObject): number | Steps {
  if (file.pipe !== null && file.isReadable) return readFromPipe(c, file.pipe);
  place(c, file, c.word(4));
  const done = readFile(c.process, file, c.u32(2));
  if (!done.ok) return c.fail(done.error);
  c.memory.write(c.word(1), done.value);
  if (c.word(3) !== 0) c.memory.setU32(c.word(3), done.value.length);
  return 1;
}

function write(c: Call, file: FileObject): number | Steps {
  if (file.pipe !== null && file.isWritable) return writeToPipe(c, file.pipe);
  place(c, file, c.word(4));
  const bytes = readToWrite(c.process, c.word(1), c.u32(2));
  if (c.memory.mmu.faulted) return 0;
  const done = writeFile(c.process, file, bytes);
  if (!done.ok) return c.fail(done.error);
  if (c.word(3) !== 0) c.memory.setU32(c.word(3), done.value);
  return 1;
}

/** The new position, or -1 with the error set. */
function seek(c: Call, file: FileObject, offset: number, origin: number): number {
  if (origin > 2 || file.stream >= 0) return c.fail(ERROR_INVALID_PARAMETER, -1);
  const length = origin === 2 ? fileLength(file) : null;
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
  if (file.pipe !== null) return FILE_TYPE_PIPE;
  if (file.stream < 0) return file.node === null ? FILE_TYPE_CHARACTER : FILE_TYPE_DISK;
  return isTerminal(c.process, file) ? FILE_TYPE_CHARACTER : FILE_TYPE_PIPE;
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
  return givePath(c, fullPath(c.process, path), c.word(2), c.u32(1), c.word(3), isWide);
}

const OPENING: FunctionRows = {
  'CreateFileA(path: text, access: u32, share: u32, security: pointer, how: u32, flags: u32, template: handle): handle':
    (c) => create(c, c.text(0)),
  'CreateFileW(path: wide, access: u32, share: u32, security: pointer, how: u32, flags: u32, template: handle): handle':
    (c) => create(c, c.wide(0)),
  'DeleteFileA(path: text): bool': (c) => finish(c, removeFile(c.process, c.text(0))),
  'DeleteFileW(path: wide): bool': (c) => finish(c, removeFile(c.process, c.wide(0))),
  'MoveFileA(from: text, to: text): bool': (c) => move(c, c.text(0), c.text(1), 0),
  'MoveFileW(from: wide, to: wide): bool': (c) => move(c, c.wide(0), c.wide(1), 0),
  'MoveFileExA(from: text, to: text, flags: u32): bool': (c) =>
    move(c, c.text(0), c.textOrNull(1), c.u32(2)),
  'MoveFileExW(from: wide, to: wide, flags: u32): bool': (c) =>
    move(c, c.wide(0), c.wideOrNull(1), c.u32(2)),
  'ReplaceFileA(to: text, from: text, backup: text, flags: u32, exclude: pointer, reserved: pointer): bool':
    (c) => replace(c, c.text(0), c.text(1), c.textOrNull(2)),
  'ReplaceFileW(to: wide, from: wide, backup: wide, flags: u32, exclude: pointer, reserved: pointer): bool':
    (c) => replace(c, c.wide(0), c.wide(1), c.wideOrNull(2)),
  'CopyFileA(from: text, to: text, exclusive: bool): bool': (c) =>
    copy(c, c.text(0), c.text(1), c.i32(2) !== 0),
  'CopyFileW(from: wide, to: wide, exclusive: bool): bool': (c) =>
    copy(c, c.wide(0), c.wide(1), c.i32(2) !== 0),
  'CopyFileExW(from: wide, to: wide, progress: pointer, data: pointer, cancel: pointer, flags: u32): bool':
    (c) => copy(c, c.wide(0), c.wide(1), (c.u32(5) & 1) !== 0),
  'GetFullPathNameA(path: text, size: u32, to: pointer, name: pointer): u32': (c) =>
    fullName(c, c.text(0), false),
  'GetFullPathNameW(path: wide, size: u32, to: pointer, name: pointer): u32': (c) =>
    fullName(c, c.wide(0), true),
};

const STREAMS: FunctionRows = {
  'GetStdHandle(which: i32): handle': standard,
  'SetStdHandle(which: i32, handle: handle): bool': setStandard,
  'GetFileType(file: handle): u32': onFile(0, typeOf),
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
    const length = fileLength(file);
    if (!length.ok) return c.fail(length.error, INVALID_SIZE);
    if (c.word(1) !== 0) c.memory.setU32(c.word(1), Math.floor(length.value / HIGH));
    return length.value % HIGH;
  }),
  'GetFileSizeEx(file: handle, to: pointer): bool': onFile(0, (c, file) => {
    const length = fileLength(file);
    if (!length.ok) return c.fail(length.error);
    c.memory.setU64(c.word(1), length.value);
    return 1;
  }),
  'DeviceIoControl(file: handle, code: u32, input: pointer, size: u32, output: pointer, room: u32, count: pointer, overlapped: pointer): bool':
    // No device here has controls.
    (c) => c.fail(ERROR_INVALID_FUNCTION),
  'FlushFileBuffers(file: handle): bool': onFile(0, () => 1),
  'GetHandleInformation(handle: handle, to: pointer): bool': (c) => {
    if (c.process.handles.get(c.word(0)) === null) return c.fail(ERROR_INVALID_HANDLE);
    c.memory.setU32(c.word(1), 0);
    return 1;
  },
  'SetHandleInformation(handle: handle, mask: u32, flags: u32): bool': () => 1,
});

// @table
/** What runtimes ask ntdll for beside memory: reads and writes by handle, texts of errors. */
import { errorOfStatus, NT_STATUS } from '@bareheap/platform-win';
import type { Call } from '../call.ts';
import type { Steps } from '../call-steps.ts';
import { readFile, readToWrite, writeFile } from '../process/file-io.ts';
import type { FileObject } from '../process/kernel-object.ts';
import {
  ERROR_ACCESS_DENIED,
  ERROR_ALREADY_EXISTS,
  ERROR_BROKEN_PIPE,
  ERROR_DISK_FULL,
  ERROR_FILE_NOT_FOUND,
  ERROR_INVALID_FUNCTION,
  ERROR_NO_DATA,
  ERROR_PATH_NOT_FOUND,
  ERROR_TIMEOUT,
} from '../process/windows-error.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';
import { readPipe, writePipe } from './pipe-functions.ts';

const STATUS_END_OF_FILE = 0xc000_0011;
const STATUS_DISK_FULL = 0xc000_007f;
const STATUS_PIPE_CLOSING = 0xc000_00b1;
const STATUS_PIPE_BROKEN = 0xc000_014b;
const STATUS_INVALID_DEVICE_REQUEST = 0xc000_0010;
const STATUS_UNEXPECTED_IO_ERROR = 0xc000_00e9;

/** Statuses of files that platform-win, which has memory only, does not know; as under Wine. */
const FILE_STATUSES: ReadonlyMap<number, number> = new Map([
  [STATUS_INVALID_DEVICE_REQUEST, ERROR_INVALID_FUNCTION],
  [STATUS_END_OF_FILE, 38],
  [STATUS_DISK_FULL, ERROR_DISK_FULL],
  [STATUS_PIPE_CLOSING, ERROR_NO_DATA],
  [STATUS_PIPE_BROKEN, ERROR_BROKEN_PIPE],
  [0xc000_0034, ERROR_FILE_NOT_FOUND],
  [0xc000_003a, ERROR_PATH_NOT_FOUND],
  [0xc000_0035, ERROR_ALREADY_EXISTS],
  [0x0000_0102, ERROR_TIMEOUT],
  [0xc000_0102, 1392],
]);

/** The status for an error of reading or writing. */
function statusOf(error: number): number {
  if (error === ERROR_ACCESS_DENIED) return NT_STATUS.ACCESS_DENIED;
  for (const [status, known] of FILE_STATUSES) if (known === error) return status;
  return STATUS_UNEXPECTED_IO_ERROR;
}
/** Offsets of an IO_STATUS_BLOCK. */
const INFORMATION = 8;

/** Ends a request: the status is told in the block, too. */
function finish(c: Call, status: number, count: number): number {
  const block = c.word(4);
  c.memory.setU64(block, status);
  c.memory.setU64(block + INFORMATION, count);
  return status;
}

/** A byte offset, when one is given, moves the file first. */
function place(c: Call, file: FileObject): void {
  const at = c.word(7);
  if (at === 0 || file.stream >= 0) return;
  const offset = c.memory.big(at);
  if (offset >= 0n) file.position = Number(offset);
}

function* read(c: Call): Steps {
  const file = c.process.file(c.word(0));
  if (file === null) return NT_STATUS.INVALID_HANDLE;
  if (file.pipe !== null && file.isReadable) {
    const bytes = yield* readPipe(c, file.pipe, c.u32(6));
    if (bytes === null) return STATUS_PIPE_BROKEN;
    c.memory.write(c.word(5), bytes);
    return finish(c, NT_STATUS.SUCCESS, bytes.length);
  }
  place(c, file);
  const done = readFile(c.process, file, c.u32(6));
  if (!done.ok) return statusOf(done.error);
  c.memory.write(c.word(5), done.value);
  const isAtEnd = done.value.length === 0 && c.u32(6) > 0;
  return finish(c, isAtEnd ? STATUS_END_OF_FILE : NT_STATUS.SUCCESS, done.value.length);
}

function* write(c: Call): Steps {
  const file = c.process.file(c.word(0));
  if (file === null) return NT_STATUS.INVALID_HANDLE;
  const bytes = readToWrite(c.process, c.word(5), c.u32(6));
  if (c.memory.mmu.faulted) return 0;
  if (file.pipe !== null && file.isWritable) {
    const isRead = yield* writePipe(c, file.pipe, bytes);
    return isRead ? finish(c, NT_STATUS.SUCCESS, bytes.length) : STATUS_PIPE_CLOSING;
  }
  place(c, file);
  const done = writeFile(c.process, file, bytes);
  return done.ok ? finish(c, NT_STATUS.SUCCESS, done.value) : statusOf(done.error);
}

function errorOf(c: Call): number {
  const status = c.u32(0);
  return FILE_STATUSES.get(status) ?? errorOfStatus(status);
}

const TRANSFER =
  'file: handle, event: handle, routine: pointer, context: pointer, status: pointer, buffer: pointer, size: u32, offset: pointer, key: pointer';

export const NT_FUNCTIONS: readonly SystemFunction[] = systemFunctions('kernel', {
  [`NtReadFile(${TRANSFER}): status`]: read,
  [`NtWriteFile(${TRANSFER}): status`]: write,
  'NtClose(handle: handle): status': (c) =>
    c.process.handles.close(c.word(0)) ? NT_STATUS.SUCCESS : NT_STATUS.INVALID_HANDLE,
  'RtlNtStatusToDosError(status: status): u32': errorOf,
  'RtlNtStatusToDosErrorNoTeb(status: status): u32': errorOf,
});

// @table
/** What runtimes ask ntdll for beside memory: reads and writes by handle, texts of errors. */
import { errorOfStatus, NT_STATUS } from '@bareheap/platform-win';
import type { Call } from '../call.ts';
import { readFile, writeFile } from '../process/file-io.ts';
import type { FileObject } from '../process/kernel-object.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';

const STATUS_END_OF_FILE = 0xc000_0011;
const STATUS_DISK_FULL = 0xc000_007f;
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

function read(c: Call): number {
  const file = c.process.file(c.word(0));
  if (file === null) return NT_STATUS.INVALID_HANDLE;
  place(c, file);
  const done = readFile(c.process, file, c.u32(6));
  if (!done.ok) return NT_STATUS.ACCESS_DENIED;
  c.memory.write(c.word(5), done.value);
  const isAtEnd = done.value.length === 0 && c.u32(6) > 0;
  return finish(c, isAtEnd ? STATUS_END_OF_FILE : NT_STATUS.SUCCESS, done.value.length);
}

function write(c: Call): number {
  const file = c.process.file(c.word(0));
  if (file === null) return NT_STATUS.INVALID_HANDLE;
  place(c, file);
  const bytes = c.memory.read(c.word(5), c.u32(6));
  if (c.memory.mmu.faulted) return 0;
  const done = writeFile(c.process, file, bytes);
  return done.ok ? finish(c, NT_STATUS.SUCCESS, done.value) : STATUS_DISK_FULL;
}

/** Statuses of files that platform-win, which has memory only, does not know. */
const FILE_STATUSES: ReadonlyMap<number, number> = new Map([
  [STATUS_END_OF_FILE, 38],
  [STATUS_DISK_FULL, 112],
  [0xc000_0034, 2],
  [0xc000_003a, 3],
  [0xc000_0035, 183],
  [0xc000_0102, 1460],
]);

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

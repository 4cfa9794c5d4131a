/**
 * Classes of system functions, as a filter names them. Where strace has a class of the same
 * meaning, it has strace's name.
 */
import { SYSTEM_FUNCTIONS } from '@bareheap/platform-win';
import { EXCEPTION_FUNCTIONS } from '../calls/exception-functions.ts';
import { FILE_FUNCTIONS } from '../calls/file-functions.ts';
import { FOLDER_FUNCTIONS } from '../calls/folder-functions.ts';
import { PROCESS_FUNCTIONS } from '../calls/process-functions.ts';
import { SYNC_FUNCTIONS } from '../calls/sync-functions.ts';
import { THREAD_FUNCTIONS } from '../calls/thread-functions.ts';
import { TIME_FUNCTIONS } from '../calls/time-functions.ts';
import { FUNCTION_TABLE } from '../function-table.ts';
import { WINDOWS_HEAP_FUNCTIONS } from '../heap/windows-heap-functions.ts';

const namesOf = (rows: readonly { readonly name: string }[]): string[] =>
  rows.map(({ name }) => name);

/** The platform's own that are no memory. */
const NO_MEMORY: ReadonlySet<string> = new Set(['CloseHandle', 'GetLastError', 'SetLastError']);
const heap = [...WINDOWS_HEAP_FUNCTIONS.keys()].map((key) => key.slice(key.indexOf('!') + 1));

export const WINDOWS_CALL_CLASSES: Readonly<Record<string, readonly string[]>> = {
  memory: [...namesOf(SYSTEM_FUNCTIONS).filter((name) => !NO_MEMORY.has(name)), ...heap],
  heap,
  file: [...namesOf(FILE_FUNCTIONS), ...namesOf(FOLDER_FUNCTIONS)],
  process: namesOf(PROCESS_FUNCTIONS),
  thread: namesOf(THREAD_FUNCTIONS),
  sync: namesOf(SYNC_FUNCTIONS),
  signal: namesOf(EXCEPTION_FUNCTIONS),
  clock: namesOf(TIME_FUNCTIONS),
  libc: namesOf([...FUNCTION_TABLE.values()].filter(({ family }) => family === 'crt')),
};

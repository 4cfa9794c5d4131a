/** errno of the C library, and what errors of the system become. */
import { TEB } from '../process/environment-block.ts';
import type { WindowsProcess } from '../process/windows-process.ts';

export const ENOENT = 2;
export const EBADF = 9;
export const ENOMEM = 12;
export const EACCES = 13;
export const EEXIST = 17;
export const EXDEV = 18;
export const EINVAL = 22;
export const EMFILE = 24;
export const ENOSPC = 28;
export const EPIPE = 32;
export const EDOM = 33;
export const ERANGE = 34;
export const ENOTEMPTY = 41;
export const EILSEQ = 42;

/** As Microsoft documents them for _dosmaperr; what is not here is EINVAL. */
const FROM_SYSTEM: Readonly<Record<number, number>> = {
  2: ENOENT,
  3: ENOENT,
  4: EMFILE,
  5: EACCES,
  6: EBADF,
  8: ENOMEM,
  15: ENOENT,
  16: EACCES,
  17: EXDEV,
  18: ENOENT,
  32: EACCES,
  33: EACCES,
  53: ENOENT,
  80: EEXIST,
  82: EACCES,
  109: EPIPE,
  112: ENOSPC,
  123: ENOENT,
  145: ENOTEMPTY,
  158: EACCES,
  161: ENOENT,
  183: EEXIST,
  206: ENOENT,
  1816: ENOMEM,
};

/** Texts of strerror by number, as msvcrt has them. */
export const ERROR_TEXTS: readonly string[] = [
  'No error',
  'Operation not permitted',
  'No such file or directory',
  'No such process',
  'Interrupted function call',
  'Input/output error',
  'No such device or address',
  'Arg list too long',
  'Exec format error',
  'Bad file descriptor',
  'No child processes',
  'Resource temporarily unavailable',
  'Not enough space',
  'Permission denied',
  'Bad address',
  'Unknown error',
  'Resource device',
  'File exists',
  'Improper link',
  'No such device',
  'Not a directory',
  'Is a directory',
  'Invalid argument',
  'Too many open files in system',
  'Too many open files',
  'Inappropriate I/O control operation',
  'Unknown error',
  'File too large',
  'No space left on device',
  'Invalid seek',
  'Read-only file system',
  'Too many links',
  'Broken pipe',
  'Domain error',
  'Result too large',
  'Unknown error',
  'Resource deadlock avoided',
  'Unknown error',
  'Filename too long',
  'No locks available',
  'Function not implemented',
  'Directory not empty',
  'Illegal byte sequence',
];

/** Where errno of the thread that runs lies. */
export function errnoAddress({ crt, running }: WindowsProcess): number {
  return crt.errnoAddress(running?.id ?? 0);
}

/** errno of the thread that runs. */
export function errnoOf(process: WindowsProcess): number {
  return process.memory.i32(errnoAddress(process));
}

export function setErrno(process: WindowsProcess, errno: number): void {
  process.memory.setU32(errnoAddress(process), errno);
}

/** For an error of the system, which the program can still ask for: GetLastError, _doserrno. */
export function setErrnoOf(process: WindowsProcess, error: number): void {
  const { running, memory, crt } = process;
  memory.setU32(crt.variable('_doserrno'), error);
  if (running !== null) memory.setU32(running.teb + TEB.lastError, error);
  setErrno(process, FROM_SYSTEM[error] ?? EINVAL);
}

/** Sets errno and gives what a failing function returns. */
export function failWith(process: WindowsProcess, errno: number, result: number): number {
  setErrno(process, errno);
  process.failures++;
  return result;
}

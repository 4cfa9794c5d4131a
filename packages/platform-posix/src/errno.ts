/**
 * Linux error numbers that memory calls give, with strerror's texts. A failed call's result is the
 * negative number.
 * @table
 * @see include/uapi/asm-generic/errno-base.h and errno.h
 */

export interface ErrorNumber {
  readonly name: string;
  readonly number: number;
  readonly text: string;
}

export const ERRORS: readonly ErrorNumber[] = [
  { name: 'EPERM', number: 1, text: 'Operation not permitted' },
  { name: 'ENOENT', number: 2, text: 'No such file or directory' },
  { name: 'ESRCH', number: 3, text: 'No such process' },
  { name: 'EINTR', number: 4, text: 'Interrupted system call' },
  { name: 'EIO', number: 5, text: 'Input/output error' },
  { name: 'ENXIO', number: 6, text: 'No such device or address' },
  { name: 'EBADF', number: 9, text: 'Bad file descriptor' },
  { name: 'EAGAIN', number: 11, text: 'Resource temporarily unavailable' },
  { name: 'ENOMEM', number: 12, text: 'Cannot allocate memory' },
  { name: 'EACCES', number: 13, text: 'Permission denied' },
  { name: 'EFAULT', number: 14, text: 'Bad address' },
  { name: 'EBUSY', number: 16, text: 'Device or resource busy' },
  { name: 'EEXIST', number: 17, text: 'File exists' },
  { name: 'ENODEV', number: 19, text: 'No such device' },
  { name: 'EINVAL', number: 22, text: 'Invalid argument' },
  { name: 'ENFILE', number: 23, text: 'Too many open files in system' },
  { name: 'EMFILE', number: 24, text: 'Too many open files' },
  { name: 'ETXTBSY', number: 26, text: 'Text file busy' },
  { name: 'EFBIG', number: 27, text: 'File too large' },
  { name: 'ENOSPC', number: 28, text: 'No space left on device' },
  { name: 'ESPIPE', number: 29, text: 'Illegal seek' },
  { name: 'ENOSYS', number: 38, text: 'Function not implemented' },
  { name: 'EOVERFLOW', number: 75, text: 'Value too large for defined data type' },
  { name: 'EOPNOTSUPP', number: 95, text: 'Operation not supported' },
];

const BY_NUMBER: ReadonlyMap<number, ErrorNumber> = new Map(
  ERRORS.map((error) => [error.number, error]),
);

export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const EBADF = 9;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EACCES = 13;
export const EFAULT = 14;
export const EBUSY = 16;
export const EEXIST = 17;
export const ENODEV = 19;
export const EINVAL = 22;
export const EMFILE = 24;
export const ENOSPC = 28;
export const ENOSYS = 38;
export const EOVERFLOW = 75;
export const EOPNOTSUPP = 95;

/** Whether a call's result is an error: the last 4095 values of the word. */
export function isError(result: number): boolean {
  return result < 0 && result > -4096;
}

/** The name of a result that is an error, as in `ENOMEM`; null for another result. */
export function errorName(result: number): string | null {
  if (!isError(result)) return null;
  return BY_NUMBER.get(-result)?.name ?? `errno ${-result}`;
}

/** strerror's text of a result that is an error; null for another result. */
export function errorText(result: number): string | null {
  if (!isError(result)) return null;
  return BY_NUMBER.get(-result)?.text ?? `Unknown error ${-result}`;
}

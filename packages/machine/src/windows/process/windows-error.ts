/** Error codes of the Win32 layer that files, handles and threads give, as in winerror.h. */
export const ERROR_INVALID_FUNCTION = 1;
export const ERROR_FILE_NOT_FOUND = 2;
export const ERROR_PATH_NOT_FOUND = 3;
export const ERROR_ACCESS_DENIED = 5;
export const ERROR_INVALID_HANDLE = 6;
export const ERROR_NOT_ENOUGH_MEMORY = 8;
export const ERROR_NO_MORE_FILES = 18;
export const ERROR_GEN_FAILURE = 31;
export const ERROR_SHARING_VIOLATION = 32;
export const ERROR_FILE_EXISTS = 80;
export const ERROR_INVALID_PARAMETER = 87;
export const ERROR_BROKEN_PIPE = 109;
export const ERROR_DISK_FULL = 112;
export const ERROR_INSUFFICIENT_BUFFER = 122;
export const ERROR_INVALID_NAME = 123;
export const ERROR_MOD_NOT_FOUND = 126;
export const ERROR_DIR_NOT_EMPTY = 145;
export const ERROR_ALREADY_EXISTS = 183;
export const ERROR_BAD_EXE_FORMAT = 193;
export const ERROR_FILENAME_EXCED_RANGE = 206;
export const ERROR_NO_DATA = 232;
export const ERROR_DIRECTORY = 267;
export const ERROR_TIMEOUT = 1460;

/** Error numbers of the host as Windows has them. */
const FROM_HOST: Readonly<Record<number, number>> = {
  1: ERROR_ACCESS_DENIED,
  2: ERROR_FILE_NOT_FOUND,
  13: ERROR_ACCESS_DENIED,
  17: ERROR_ALREADY_EXISTS,
  20: ERROR_PATH_NOT_FOUND,
  21: ERROR_ACCESS_DENIED,
  28: ERROR_DISK_FULL,
  30: ERROR_ACCESS_DENIED,
  39: ERROR_DIR_NOT_EMPTY,
};

/** The code for an error number of the host, which may be negative. */
export function errorOfHost(errno: number): number {
  return FROM_HOST[Math.abs(errno)] ?? ERROR_GEN_FAILURE;
}

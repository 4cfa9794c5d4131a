/**
 * What a machine asks of whoever runs it. All calls are synchronous. Failures are errno numbers
 * as Linux has them (2 ENOENT, 9 EBADF, 13 EACCES …), never exceptions.
 */

/** Standard output is 1, standard error is 2. */
export type ConsoleStream = 1 | 2;

/** How a file is opened; `text` changes nothing, bytes are bytes. */
export interface OpenFlags {
  readonly read: boolean;
  readonly write: boolean;
  /** Makes the file when there is none. */
  readonly create: boolean;
  /** Empties the file. */
  readonly truncate: boolean;
  /** Every write goes to the end. */
  readonly append: boolean;
}

/** A file's failure; `errno` is never 0. */
export interface FileFailure {
  readonly ok: false;
  readonly errno: number;
}
export type FileResult<T> = { readonly ok: true; readonly value: T } | FileFailure;

/**
 * Files under the guest's root. `file` is a small number that {@link FilePort.open} gave out.
 * Paths are the guest's, with `/`, relative to its root; the port keeps them inside.
 */
export interface FilePort {
  open(path: string, flags: OpenFlags): FileResult<number>;
  /** At most `length` bytes from the current position; an empty array at the end. */
  read(file: number, length: number): FileResult<Uint8Array>;
  /** Writes all bytes at the current position; the value is how many. */
  write(file: number, bytes: Uint8Array): FileResult<number>;
  /** Sets the current position, in bytes from the start. */
  seek(file: number, position: number): FileResult<number>;
  /** The file's length in bytes. */
  length(file: number): FileResult<number>;
  close(file: number): FileResult<number>;
  remove(path: string): FileResult<number>;
  rename(from: string, to: string): FileResult<number>;
  isTty(file: number): boolean;
}

export interface HostPort {
  writeConsole(stream: ConsoleStream, bytes: Uint8Array): void;
  /**
   * Up to `maxBytes` of standard input; null at its end. With `wait` false only what is there now,
   * perhaps nothing: a UART's status must not block on a terminal. With a number it waits for so
   * many milliseconds at most.
   */
  readConsole(maxBytes: number, wait: boolean | number): Uint8Array | null;
  /** Whether a standard stream, 0 … 2, is a terminal; without it all are. */
  isConsoleTerminal?(stream: 0 | ConsoleStream): boolean;
  readonly files: FilePort;
}

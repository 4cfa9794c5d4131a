/**
 * The folder of the host that a guest sees as its root, or as a part of it. Paths are names joined
 * by `/` from that folder, without a leading slash, empty for the folder itself, and never have
 * `.`, `..` or an empty name in them; each character is a byte. No path is followed through a
 * symbolic link: the guest's tree resolves those itself. Failures are negative error numbers of
 * Linux.
 */

export type HostKind = 'file' | 'directory' | 'link' | 'other';

/** What lstat tells; `mode` has the type in it. Times are nanoseconds since 1970 in two parts. */
export interface HostStatus {
  readonly kind: HostKind;
  readonly mode: number;
  readonly number: number;
  readonly device: number;
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** What a device is, as stat's st_rdev. */
  readonly special: number;
  readonly accessed: HostTime;
  readonly modified: HostTime;
  readonly changed: HostTime;
  readonly born: HostTime;
}

export interface HostTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** An open regular file of the host's. */
export interface HostFile {
  /** Bytes when it was opened. */
  readonly size: number;
  /** Fills `bytes` from an offset; what cannot be read stays as it is. How many were read. */
  read(offset: number, bytes: Uint8Array): number;
  /** Only of files that are written through: how many bytes, or a negative error number. */
  readonly write?: (offset: number, bytes: Uint8Array) => number;
  readonly resize?: (bytes: number) => number;
  /** Gives back what the host holds for it; a later read may open it again. */
  close(): void;
}

export interface HostTree {
  status(path: string): HostStatus | number;
  /** Names in a directory, without `.` and `..`. */
  list(path: string): readonly string[] | number;
  readLink(path: string): string | number;
  /** Opens a regular file, which may be written when {@link HostTree.writesThrough} says so. */
  open(path: string): HostFile | number;
  /** Whether changes at a path are made on the host. */
  writesThrough(path: string): boolean;
  /** The following are called where changes go through only; 0 or a negative error number. */
  createFile(path: string, mode: number): number;
  createDirectory(path: string, mode: number): number;
  remove(path: string, isDirectory: boolean): number;
  rename(from: string, to: string): number;
  link(from: string, to: string): number;
  setMode(path: string, mode: number): number;
  setTimes(path: string, accessed: HostTime, modified: HostTime): number;
}

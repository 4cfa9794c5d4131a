/** What is known of files by their names, and which names a folder has. */
import {
  ERROR_FILE_NOT_FOUND,
  ERROR_PATH_NOT_FOUND,
  fileLength,
  hostPath,
  openFile,
} from './file-io.ts';
import type { WindowsProcess } from './windows-process.ts';

export interface FileStatus {
  readonly isDirectory: boolean;
  readonly size: number;
  /** Seconds since 1970. */
  readonly modified: number;
}

const READ = { read: true, write: false, create: false, truncate: false, append: false };
/** Time of files that only this run has: when it began. */
const RUN_START = 1_704_067_200;

/** A file's status, or an error of the system. */
export function fileStatus(process: WindowsProcess, path: string): FileStatus | number {
  const host = hostPath(process, path);
  if (host === '/') return { isDirectory: true, size: 0, modified: RUN_START };
  const { tree } = process.options;
  const status = tree?.status(host.slice(1)) ?? -ERROR_FILE_NOT_FOUND;
  const opened = openFile(process, path, READ);
  if (opened.ok) {
    // What the run itself wrote is newer than the tree.
    const length = fileLength(process, opened.value);
    opened.value.close();
    const modified = typeof status === 'number' ? RUN_START : status.modified.seconds;
    return { isDirectory: false, size: length.ok ? length.value : 0, modified };
  }
  if (typeof status === 'number') return opened.error;
  const isDirectory = status.kind === 'directory';
  return { isDirectory, size: isDirectory ? 0 : status.size, modified: status.modified.seconds };
}

/** Names in a folder that fit a pattern with `*` and `?`, dots first; or an error. */
export function findFiles(process: WindowsProcess, pattern: string): string[] | number {
  const plain = pattern.replaceAll('/', '\\');
  const at = plain.lastIndexOf('\\') + 1;
  const folder = hostPath(process, plain.slice(0, at) || '.').slice(1);
  const names = process.options.tree?.list(folder) ?? -ERROR_PATH_NOT_FOUND;
  const mask = plain.slice(at);
  if (typeof names === 'number') {
    const isOne = !/[*?]/.test(mask) && typeof fileStatus(process, pattern) !== 'number';
    return isOne ? [mask] : ERROR_PATH_NOT_FOUND;
  }
  const wild = mask === '*.*' ? '*' : mask;
  const escaped = wild
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const fits = new RegExp(`^${escaped}$`, 'i');
  const found = ['.', '..', ...[...names].sort()].filter((name) => fits.test(name));
  return found.length === 0 ? ERROR_FILE_NOT_FOUND : found;
}

/** The folder of a pattern, with its last backslash. */
export function folderOf(pattern: string): string {
  return pattern.replaceAll('/', '\\').replace(/[^\\]*$/, '');
}

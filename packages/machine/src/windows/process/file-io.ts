/** Files of a process by the host's port: paths of Windows to those below the root, errors to codes. */
import type { OpenFlags } from '../../host-port.ts';
import { FileObject } from './kernel-object.ts';
import { heldFile, holdMappedFile } from './mapped-file.ts';
import type { WindowsProcess } from './windows-process.ts';

export const ERROR_FILE_NOT_FOUND = 2;
export const ERROR_PATH_NOT_FOUND = 3;
export const ERROR_ACCESS_DENIED = 5;
export const ERROR_INVALID_HANDLE = 6;
export const ERROR_GEN_FAILURE = 31;
export const ERROR_FILE_EXISTS = 80;
export const ERROR_INVALID_PARAMETER = 87;
export const ERROR_DISK_FULL = 112;
export const ERROR_ALREADY_EXISTS = 183;

/** Error numbers of the host's port as Windows has them. */
const ERRORS: Readonly<Record<number, number>> = {
  1: ERROR_ACCESS_DENIED,
  2: ERROR_FILE_NOT_FOUND,
  9: ERROR_INVALID_HANDLE,
  13: ERROR_ACCESS_DENIED,
  17: ERROR_FILE_EXISTS,
  20: ERROR_PATH_NOT_FOUND,
  21: ERROR_ACCESS_DENIED,
  22: ERROR_INVALID_PARAMETER,
  28: ERROR_DISK_FULL,
  30: ERROR_ACCESS_DENIED,
};

export type IoResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: number };

/** The path below the root that a Windows path names: drives are not told apart. */
export function hostPath(process: WindowsProcess, path: string): string {
  const plain = path.replace(/^\\\\[?.]\\/, '').replaceAll('/', '\\');
  const hasRoot = /^([a-zA-Z]:)?\\/.test(plain);
  const full = hasRoot ? plain : `${process.directory}\\${plain.replace(/^[a-zA-Z]:/, '')}`;
  const parts: string[] = [];
  for (const part of full.replace(/^[a-zA-Z]:/, '').split('\\')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** The full Windows path of a name. */
export function fullPath(process: WindowsProcess, path: string): string {
  return `C:${hostPath(process, path).replaceAll('/', '\\')}`;
}

export function openFile(
  process: WindowsProcess,
  path: string,
  flags: OpenFlags,
): IoResult<FileObject> {
  const host = hostPath(process, path);
  const opened = process.host.files.open(host, flags);
  if (!opened.ok) return failure(opened.errno);
  const file = new FileObject({
    file: opened.value,
    stream: -1,
    path: host,
    appends: flags.append,
    isReadable: flags.read,
    isWritable: flags.write,
    map: () => holdMappedFile(process, host),
    onClose: () => process.host.files.close(opened.value),
  });
  return { ok: true, value: file };
}

/** At most `length` bytes; none at the end. */
export function readFile(
  process: WindowsProcess,
  file: FileObject,
  length: number,
): IoResult<Uint8Array> {
  if (file.stream >= 0) {
    const bytes = file.stream === 0 ? process.host.readConsole(length, true) : null;
    return { ok: true, value: bytes ?? new Uint8Array(0) };
  }
  heldFile(process, file.path)?.object.writeBack();
  const moved = process.host.files.seek(file.file, file.position);
  const read = moved.ok ? process.host.files.read(file.file, length) : moved;
  if (!read.ok) return failure(read.errno);
  file.position += read.value.length;
  return read;
}

/** All of a file; null when it cannot be read. */
export function readWholeFile(process: WindowsProcess, path: string): Uint8Array | null {
  const flags = { read: true, write: false, create: false, truncate: false, append: false };
  const opened = openFile(process, path, flags);
  if (!opened.ok) return null;
  const length = fileLength(process, opened.value);
  const read = length.ok ? readFile(process, opened.value, length.value) : length;
  opened.value.close();
  return read.ok ? read.value : null;
}

/** How many bytes were written. */
export function writeFile(
  process: WindowsProcess,
  file: FileObject,
  bytes: Uint8Array,
): IoResult<number> {
  if (file.stream >= 0) {
    if (file.stream === 0) return { ok: false, error: ERROR_ACCESS_DENIED };
    process.host.writeConsole(file.stream === 1 ? 1 : 2, bytes);
    return { ok: true, value: bytes.length };
  }
  const { files } = process.host;
  if (file.appends) {
    const length = files.length(file.file);
    if (length.ok) file.position = length.value;
  }
  const moved = files.seek(file.file, file.position);
  const written = moved.ok ? files.write(file.file, bytes) : moved;
  if (!written.ok) return failure(written.errno);
  heldFile(process, file.path)?.object.reload(file.position, written.value);
  file.position += written.value;
  return written;
}

export function fileLength(process: WindowsProcess, file: FileObject): IoResult<number> {
  if (file.stream >= 0) return { ok: false, error: ERROR_INVALID_HANDLE };
  const length = process.host.files.length(file.file);
  return length.ok ? length : failure(length.errno);
}

export function removeFile(process: WindowsProcess, path: string): number {
  const removed = process.host.files.remove(hostPath(process, path));
  return removed.ok ? 0 : errorOf(removed.errno);
}

export function renameFile(process: WindowsProcess, from: string, to: string): number {
  const renamed = process.host.files.rename(hostPath(process, from), hostPath(process, to));
  return renamed.ok ? 0 : errorOf(renamed.errno);
}

export function isTerminal(process: WindowsProcess, file: FileObject): boolean {
  const { stream } = file;
  if (stream < 0) return process.host.files.isTty(file.file);
  return process.host.isConsoleTerminal?.(stream as 0 | 1 | 2) ?? true;
}

function errorOf(errno: number): number {
  return ERRORS[errno] ?? ERROR_GEN_FAILURE;
}

function failure(errno: number): { readonly ok: false; readonly error: number } {
  return { ok: false, error: errorOf(errno) };
}

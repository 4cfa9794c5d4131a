/** Files of a process: paths of Windows to those below the root, handles, reads and writes. */
import { unlockAll } from './file-lock.ts';
import {
  ATTRIBUTE_READONLY,
  type FileNode,
  SHARE_READ,
  SHARE_WRITE,
  type Sharing,
} from './file-node.ts';
import { FileObject } from './kernel-object.ts';
import { heldFile, holdMappedFile } from './mapped-file.ts';
import {
  ERROR_ACCESS_DENIED,
  ERROR_DISK_FULL,
  ERROR_FILE_EXISTS,
  ERROR_FILE_NOT_FOUND,
  ERROR_INVALID_FUNCTION,
  ERROR_INVALID_HANDLE,
  ERROR_INVALID_PARAMETER,
  ERROR_SHARING_VIOLATION,
  errorOfHost,
} from './windows-error.ts';
import type { WindowsProcess } from './windows-process.ts';

/** A position past this is a mistake or an attack: 2^40. */
const MOST_BYTES = 2 ** 40;

export type IoResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: number };

/** A name without the dots and spaces at its end, which Windows leaves out. */
export function trimmedName(name: string): string {
  let end = name.length;
  while (end > 0 && (name[end - 1] === '.' || name[end - 1] === ' ')) end--;
  return name.slice(0, end);
}

/** The path below the root that a Windows path names: drives are not told apart. */
export function hostPath(process: WindowsProcess, path: string): string {
  const isVerbatim = path.startsWith('\\\\?\\');
  const plain = path.replace(/^\\\\[?.]\\/, '').replaceAll('/', '\\');
  const hasRoot = /^([a-zA-Z]:)?\\/.test(plain);
  const full = hasRoot ? plain : `${process.directory}\\${plain.replace(/^[a-zA-Z]:/, '')}`;
  const parts: string[] = [];
  for (const part of full.replace(/^[a-zA-Z]:/, '').split('\\')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  const last = isVerbatim ? undefined : parts.pop();
  if (last !== undefined && trimmedName(last) !== '') parts.push(trimmedName(last));
  return `/${parts.join('/')}`;
}

/** The full Windows path of a name. */
export function fullPath(process: WindowsProcess, path: string): string {
  return `C:${hostPath(process, path).replaceAll('/', '\\')}`;
}

/** What a handle on a file is to be. */
export interface OpenRequest {
  readonly read: boolean;
  readonly write: boolean;
  /** Makes the file when there is none. */
  readonly create: boolean;
  /** Fails when there is one. */
  readonly exclusive?: boolean;
  /** Empties the file. */
  readonly truncate: boolean;
  /** Every write goes to the end. */
  readonly append: boolean;
  /** FILE_SHARE_ bits; reading and writing when not given. */
  readonly share?: number;
  /** Asks for the right to remove it. */
  readonly remove?: boolean;
  /** Removes the file with its last handle. */
  readonly isTemporary?: boolean;
  /** Whether a folder may be opened. */
  readonly folders?: boolean;
}

const CONSOLES: Readonly<Record<string, number>> = { CONIN$: 0, CONOUT$: 1, CON: 1 };

export function openFile(
  process: WindowsProcess,
  path: string,
  request: OpenRequest,
): IoResult<FileObject> {
  const device = path.replace(/^.*[\\/]/, '').toUpperCase();
  const { read, write, append } = request;
  const rights = { appends: append, isReadable: read, isWritable: write };
  if (device === 'NUL') return { ok: true, value: new FileObject({ ...rights, path, stream: -1 }) };
  const stream = CONSOLES[device];
  if (stream !== undefined) {
    const number = stream === 1 && read && !write ? 0 : stream;
    return { ok: true, value: new FileObject({ ...rights, path, stream: number }) };
  }
  const { files } = process;
  const full = hostPath(process, path);
  const before = files.find(full);
  if (typeof before !== 'number' && request.exclusive === true) {
    return { ok: false, error: ERROR_FILE_EXISTS };
  }
  const isAbsent = before === ERROR_FILE_NOT_FOUND && request.create;
  const node = isAbsent ? files.create(full) : before;
  if (typeof node === 'number') return { ok: false, error: node };
  const sharing = {
    read,
    write,
    remove: request.remove ?? false,
    share: request.share ?? SHARE_READ | SHARE_WRITE,
  };
  const error = refusal(node, request, sharing);
  if (error !== 0) return { ok: false, error };
  if (request.truncate && !isAbsent) {
    node.content?.resize(0);
    files.touched(node);
  }
  node.handles.add(sharing);
  const file: FileObject = new FileObject({
    ...rights,
    node,
    stream: -1,
    path: full,
    isNew: isAbsent,
    isRemovable: sharing.remove,
    map: () => holdMappedFile(process, node),
    onClose: () => {
      unlockAll(node.locks, file);
      node.isDoomed ||= request.isTemporary ?? false;
      release(process, node, sharing);
    },
  });
  return { ok: true, value: file };
}

function refusal(node: FileNode, request: OpenRequest, sharing: Sharing): number {
  if (node.isDoomed) return ERROR_ACCESS_DENIED;
  if (node.isDirectory && request.folders !== true) return ERROR_ACCESS_DENIED;
  const isLocked = (node.attributes & ATTRIBUTE_READONLY) !== 0;
  const changes = request.write || request.truncate || request.isTemporary === true;
  if (isLocked && changes) return ERROR_ACCESS_DENIED;
  return node.mayShare(sharing) ? 0 : ERROR_SHARING_VIOLATION;
}

/** A file's last handle is closed. */
function release(process: WindowsProcess, node: FileNode, sharing: Sharing): void {
  node.handles.delete(sharing);
  if (node.handles.size > 0) return;
  const { files } = process;
  // What a folder has got since keeps it.
  const isKept = (): boolean => node.isDirectory && files.list(node).length > 0;
  if (node.isDoomed && !isKept()) files.drop(node);
  else node.content?.rest();
  node.isDoomed = false;
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
  const { node } = file;
  if (!file.isReadable) return { ok: false, error: ERROR_ACCESS_DENIED };
  // What a pipe holds now: rows that may wait read it themselves.
  if (file.pipe !== null) return { ok: true, value: file.pipe.read(length) };
  if (node === null) return { ok: true, value: new Uint8Array(0) };
  if (node.content === null) return { ok: false, error: ERROR_INVALID_FUNCTION };
  heldFile(process, node)?.object.writeBack();
  const left = Math.max(0, node.content.size - file.position);
  // More than the memory that there is goes into no buffer.
  const bytes = new Uint8Array(Math.min(length, left, process.options.memoryBytes));
  const count = node.content.read(file.position, bytes);
  if (count < 0) return { ok: false, error: errorOfHost(count) };
  file.position += count;
  return { ok: true, value: bytes.subarray(0, count) };
}

/** All of a file; null when it cannot be read. */
export function readWholeFile(process: WindowsProcess, path: string): Uint8Array | null {
  const node = process.files.find(hostPath(process, path));
  if (typeof node === 'number' || node.content === null) return null;
  const bytes = new Uint8Array(node.content.size);
  const count = node.content.read(0, bytes);
  node.content.rest();
  return count === bytes.length ? bytes : null;
}

/** What a program wants to write: more than the memory that there is are the same bytes again. */
export function readToWrite(process: WindowsProcess, at: number, length: number): Uint8Array {
  return process.memory.read(at, Math.min(length, process.options.memoryBytes));
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
  const { node } = file;
  if (!file.isWritable) return { ok: false, error: ERROR_ACCESS_DENIED };
  if (file.pipe !== null) return { ok: true, value: file.pipe.write(bytes) };
  if (node === null) return { ok: true, value: bytes.length };
  if (node.content === null) return { ok: false, error: ERROR_INVALID_FUNCTION };
  if (file.appends) file.position = node.content.size;
  if (bytes.length === 0) return { ok: true, value: 0 };
  if (file.position + bytes.length > MOST_BYTES) return { ok: false, error: ERROR_DISK_FULL };
  const count = node.content.write(file.position, bytes);
  if (count < 0) return { ok: false, error: errorOfHost(count) };
  heldFile(process, node)?.object.reload(file.position, count);
  file.position += count;
  process.files.touched(node);
  return { ok: true, value: count };
}

/** Cuts or lengthens a file: 0 or an error. */
export function resizeFile(process: WindowsProcess, file: FileObject, length: number): number {
  if (!file.isWritable || file.node?.content == null) return ERROR_INVALID_HANDLE;
  if (length < 0 || length > MOST_BYTES) return ERROR_INVALID_PARAMETER;
  const failed = file.node.content.resize(length);
  process.files.touched(file.node);
  return failed === 0 ? 0 : errorOfHost(failed);
}

/** A file's length in bytes; a standard stream has none. */
export function fileLength(file: FileObject): IoResult<number> {
  if (file.stream >= 0) return { ok: false, error: ERROR_INVALID_HANDLE };
  return { ok: true, value: file.node?.content?.size ?? 0 };
}

export function removeFile(process: WindowsProcess, path: string): number {
  return process.files.remove(hostPath(process, path));
}

export function renameFile(
  process: WindowsProcess,
  from: string,
  to: string,
  replaces: boolean,
): number {
  return process.files.rename(hostPath(process, from), hostPath(process, to), replaces);
}

/** Whether a file is a device of characters: a terminal, or the one that takes everything. */
export function isTerminal(process: WindowsProcess, file: FileObject): boolean {
  const { stream } = file;
  if (stream < 0) return file.node === null && file.pipe === null;
  return process.host.isConsoleTerminal?.(stream as 0 | 1 | 2) ?? true;
}

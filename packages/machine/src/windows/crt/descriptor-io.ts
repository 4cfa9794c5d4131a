/** Reads and writes by file descriptor, with line ends translated for text. */
import { fileLength, readFile, writeFile } from '../process/file-io.ts';
import { ERROR_ACCESS_DENIED, ERROR_NO_DATA } from '../process/windows-error.ts';
import type { WindowsProcess } from '../process/windows-process.ts';
import { EBADF, setErrno, setErrnoOf } from './crt-errno.ts';

const LINE_FEED = 10;
const RETURN = 13;
const CTRL_Z = 26;

/** Writes bytes; how many of them, or -1 with errno set. */
export function writeDescriptor(
  process: WindowsProcess,
  number: number,
  bytes: Uint8Array,
): number {
  const descriptor = process.crt.descriptors.get(number);
  if (descriptor === null) {
    setErrno(process, EBADF);
    return -1;
  }
  const shown = descriptor.isText ? withReturns(bytes) : bytes;
  const written = writeFile(process, descriptor.object, shown);
  // A pipe that has less room takes what it can, and what calls here cannot wait.
  if (written.ok && written.value === shown.length) return bytes.length;
  setErrnoOfTransfer(process, written.ok ? ERROR_NO_DATA : written.error);
  return -1;
}

/** For a read or a write: without the right to it, the descriptor is a bad one, as under Wine. */
function setErrnoOfTransfer(process: WindowsProcess, error: number): void {
  setErrnoOf(process, error);
  if (error === ERROR_ACCESS_DENIED) setErrno(process, EBADF);
}

/** What was read: bytes as the program sees them, and how many of the file each of them ends at. */
export interface TextInput {
  readonly bytes: Uint8Array;
  /** For byte n, the bytes of the file up to and with it. Null when they are the same. */
  readonly ends: Uint32Array | null;
}

/** At most `length` bytes of the file; null with errno set. */
export function readDescriptor(
  process: WindowsProcess,
  number: number,
  length: number,
): TextInput | null {
  const descriptor = process.crt.descriptors.get(number);
  if (descriptor === null) {
    setErrno(process, EBADF);
    return null;
  }
  const { object } = descriptor;
  const read = readFile(process, object, length);
  if (!read.ok) {
    setErrnoOfTransfer(process, read.error);
    return null;
  }
  if (!descriptor.isText) return { bytes: read.value, ends: null };
  return withoutReturns(process, object.stream < 0, number, read.value);
}

/** With line ends as text files have them. */
export function withReturns(bytes: Uint8Array): Uint8Array {
  let count = 0;
  for (const byte of bytes) if (byte === LINE_FEED) count++;
  if (count === 0) return bytes;
  const longer = new Uint8Array(bytes.length + count);
  let at = 0;
  for (const byte of bytes) {
    if (byte === LINE_FEED) longer[at++] = RETURN;
    longer[at++] = byte;
  }
  return longer;
}

function withoutReturns(
  process: WindowsProcess,
  canSeek: boolean,
  number: number,
  raw: Uint8Array,
): TextInput {
  let source = raw;
  const { object } = process.crt.descriptors.get(number)!;
  if (source.length > 0 && source.at(-1) === RETURN) {
    // The line feed may be the next byte of the file.
    const next = readFile(process, object, 1);
    const more = next.ok ? next.value : new Uint8Array(0);
    source = new Uint8Array(raw.length + more.length);
    source.set(raw);
    source.set(more, raw.length);
  }
  const bytes = new Uint8Array(source.length);
  const ends = new Uint32Array(source.length);
  let count = 0;
  for (let at = 0; at < source.length; at++) {
    if (source[at] === CTRL_Z && canSeek) break;
    if (source[at] === RETURN && source[at + 1] === LINE_FEED) continue;
    bytes[count] = source[at]!;
    ends[count++] = at + 1;
  }
  return { bytes: bytes.subarray(0, count), ends: ends.subarray(0, count) };
}

/** Moves a descriptor; its new position, or -1 with errno set. */
export function seekDescriptor(
  process: WindowsProcess,
  number: number,
  offset: number,
  origin: number,
): number {
  const descriptor = process.crt.descriptors.get(number);
  const EINVAL = 22;
  if (descriptor === null || descriptor.object.stream >= 0) {
    setErrno(process, descriptor === null ? EBADF : EINVAL);
    return -1;
  }
  const { object } = descriptor;
  const length = origin === 2 ? fileLength(object) : null;
  const base = origin === 0 ? 0 : origin === 1 ? object.position : length?.ok ? length.value : 0;
  if (base + offset < 0) {
    setErrno(process, EINVAL);
    return -1;
  }
  object.position = base + offset;
  return object.position;
}

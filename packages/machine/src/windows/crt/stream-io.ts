/** Reading and writing of FILEs: their buffers above file descriptors. */
import type { Call } from '../call.ts';
import { isTerminal, type OpenRequest, openFile } from '../process/file-io.ts';
import { SHARE_DELETE, SHARE_READ, SHARE_WRITE } from '../process/file-node.ts';
import type { FileObject } from '../process/kernel-object.ts';
import type { WindowsProcess } from '../process/windows-process.ts';
import { ByteList } from './byte-list.ts';
import { EINVAL, EMFILE, errnoOf, failWith, setErrno, setErrnoOf } from './crt-errno.ts';
import { readDescriptor, seekDescriptor, writeDescriptor } from './descriptor-io.ts';
import { Stream } from './stream.ts';

export const EOF = -1;
const BUFFER_BYTES = 4096;
const LINE_FEED = 10;
const STANDARD_STREAMS = 3;

/** Fields of FILE that programs look at: flags, descriptor. */
const FILE_FLAGS = 0x18;
const FILE_DESCRIPTOR = 0x1c;
const IO_READ = 1;
const IO_WRITE = 2;
const IO_END = 0x10;
const IO_ERROR = 0x20;
const IO_BOTH = 0x80;

/** Makes a FILE for a descriptor; null when there are too many. */
export function makeStream(
  process: WindowsProcess,
  descriptor: number,
  access: { readonly canRead: boolean; readonly canWrite: boolean },
): Stream | null {
  const { crt } = process;
  let number = 0;
  while (crt.streams.has(crt.fileAddress(number))) number++;
  const address = crt.fileAddress(number);
  if (address === 0) return null;
  const object = crt.descriptors.get(descriptor)!.object;
  const isConsole = descriptor === 2 || isTerminal(process, object);
  const buffering = isConsole ? 'none' : 'full';
  const stream = new Stream({ address, descriptor, ...access, buffering });
  crt.streams.set(address, stream);
  noteFlags(process, stream);
  return stream;
}

/** Shows a stream's state in its FILE. */
export function noteFlags({ memory }: WindowsProcess, stream: Stream): void {
  const { canRead, canWrite } = stream;
  const access = canRead && canWrite ? IO_BOTH : canRead ? IO_READ : IO_WRITE;
  const end = stream.isAtEnd ? IO_END : 0;
  const failed = stream.hasFailed ? IO_ERROR : 0;
  memory.setU32(stream.address + FILE_FLAGS, access | end | failed);
  memory.setU32(stream.address + FILE_DESCRIPTOR, stream.descriptor);
}

export interface OpenMode extends OpenRequest {
  readonly isText: boolean;
}

/** A file that goes when it is closed. */
export const TEMPORARY: Partial<OpenRequest> = {
  isTemporary: true,
  remove: true,
  share: SHARE_READ | SHARE_WRITE | SHARE_DELETE,
};

/** _SH_DENYRW, _SH_DENYWR, _SH_DENYRD and _SH_DENYNO: what others may do. */
const SHARES: Readonly<Record<number, number>> = {
  16: 0,
  32: SHARE_READ,
  48: SHARE_WRITE,
  64: SHARE_READ | SHARE_WRITE,
};

/** What a `_SH_` number lets others do; undefined for one that is none. */
export function sharingOf(number: number): { readonly share: number } | undefined {
  const share = SHARES[number];
  return share === undefined ? undefined : { share };
}

/** The mode of fopen; null when it is none. */
export function parseMode(mode: string, textByDefault: boolean): OpenMode | null {
  const match = /^ *([rwa])([^,]*)/.exec(mode);
  if (match === null) return null;
  const [, kind, rest] = match;
  const isBoth = rest!.includes('+');
  const isText = rest!.includes('b') ? false : rest!.includes('t') || textByDefault;
  return {
    ...(rest!.includes('D') ? TEMPORARY : {}),
    read: kind === 'r' || isBoth,
    write: kind !== 'r' || isBoth,
    append: kind === 'a',
    truncate: kind === 'w',
    create: kind !== 'r',
    isText,
  };
}

const O_BINARY = 0x8000;

/** Whether files are text when the program does not say: it may set `_fmode`. */
export function isTextByDefault({ memory, crt }: WindowsProcess): boolean {
  return (memory.u32(crt.variable('_fmode')) & O_BINARY) === 0;
}

/** Opens a file as a stream; null with errno set. */
export function openStream(
  process: WindowsProcess,
  path: string,
  mode: string,
  sharing: { readonly share?: number } = {},
): Stream | null {
  const parsed = parseMode(mode, isTextByDefault(process));
  if (parsed === null) {
    setErrno(process, EINVAL);
    return null;
  }
  const opened = openFile(process, path, { ...parsed, ...sharing });
  if (!opened.ok) {
    setErrnoOf(process, opened.error);
    return null;
  }
  const { isText, append, read, write } = parsed;
  const descriptor = addDescriptor(process, opened.value, isText, append);
  if (descriptor < 0) return null;
  const stream = makeStream(process, descriptor, { canRead: read, canWrite: write });
  if (stream === null) {
    closeDescriptor(process, descriptor);
    setErrno(process, EMFILE);
  }
  return stream;
}

/** Opens a file without a name that anybody knows, which goes when it is closed; or null. */
export function openTemporary(process: WindowsProcess): Stream | null {
  const name = `\\t${(process.random() & 0xfff_ffff).toString(36)}.tmp`;
  return openStream(process, name, 'w+bD');
}

/** Puts a stream where argument 0 says; 0, or errno when there is none. */
export function giveStream(c: Call, stream: Stream | null): number {
  c.memory.setU64(c.word(0), stream?.address ?? 0);
  return stream === null ? errnoOf(c.process) : 0;
}

/** A new descriptor; when there are too many the object is closed, and it is -1 with errno set. */
export function addDescriptor(
  process: WindowsProcess,
  object: FileObject,
  isText: boolean,
  appends: boolean,
): number {
  const handle = process.handles.open(object);
  const number = process.crt.descriptors.open({ handle, object, isText, appends });
  if (number >= 0) return number;
  process.handles.close(handle);
  return failWith(process, EMFILE, -1);
}

/** Closes a descriptor; false when it is none. */
export function closeDescriptor(process: WindowsProcess, number: number): boolean {
  const descriptor = process.crt.descriptors.close(number);
  if (descriptor === null) return false;
  process.handles.close(descriptor.handle);
  return true;
}

/** Closes a stream; 0, or EOF. */
export function closeStream(process: WindowsProcess, stream: Stream): number {
  const result = flushStream(process, stream);
  process.crt.streams.delete(stream.address);
  return closeDescriptor(process, stream.descriptor) ? result : EOF;
}

/** Gives what was written to the system; 0, or EOF. */
export function flushStream(process: WindowsProcess, stream: Stream): number {
  if (stream.output.length === 0) return 0;
  const bytes = stream.output.take();
  if (writeDescriptor(process, stream.descriptor, bytes) === bytes.length) return 0;
  stream.hasFailed = true;
  noteFlags(process, stream);
  return EOF;
}

/** Forgets what was read ahead: the file stands where the program thinks it does. */
function dropInput(process: WindowsProcess, stream: Stream): void {
  const { object } = process.crt.descriptors.get(stream.descriptor)!;
  if (object.stream < 0 && stream.input.length > 0) object.position = tell(process, stream);
  stream.input = new Uint8Array(0);
  stream.inputAt = 0;
  stream.inputPlaces = null;
  stream.pushedBack.length = 0;
}

/** Writes bytes; how many. */
export function writeStream(process: WindowsProcess, stream: Stream, bytes: Uint8Array): number {
  if (!stream.canWrite) {
    stream.hasFailed = true;
    noteFlags(process, stream);
    return 0;
  }
  if (stream.input.length > 0 || stream.pushedBack.length > 0) dropInput(process, stream);
  stream.output.append(bytes);
  const isLine = stream.buffering === 'line' && bytes.includes(LINE_FEED);
  const isFull = stream.output.length >= BUFFER_BYTES;
  if (stream.buffering !== 'none' && !isLine && !isFull) return bytes.length;
  return flushStream(process, stream) === 0 ? bytes.length : 0;
}

/** The next byte, or EOF. */
export function readByte(process: WindowsProcess, stream: Stream): number {
  const back = stream.pushedBack.pop();
  if (back !== undefined) return back;
  if (stream.inputAt >= stream.input.length && !fill(process, stream)) return EOF;
  return stream.input[stream.inputAt++]!;
}

/** At most `count` bytes, and no more than the program's memory could take. */
export function readBytes(process: WindowsProcess, stream: Stream, count: number): Uint8Array {
  const most = Math.min(count, process.options.memoryBytes);
  const bytes = new ByteList();
  while (bytes.length < most) {
    const byte = readByte(process, stream);
    if (byte === EOF) break;
    bytes.push(byte);
    // What was read ahead goes over at once.
    const { input, inputAt } = stream;
    const end = Math.min(input.length, inputAt + most - bytes.length);
    if (stream.pushedBack.length > 0) continue;
    bytes.append(input.subarray(inputAt, end));
    stream.inputAt = end;
  }
  return bytes.take();
}

/** Reads ahead; false at the end. */
function fill(process: WindowsProcess, stream: Stream): boolean {
  if (!stream.canRead) {
    stream.hasFailed = true;
    noteFlags(process, stream);
    return false;
  }
  flushStream(process, stream);
  // A program that waits for input wants its questions to be seen.
  const output = process.crt.streams.get(process.crt.fileAddress(1));
  if (stream.descriptor === 0 && output?.buffering === 'line') flushStream(process, output);
  const { object } = process.crt.descriptors.get(stream.descriptor) ?? { object: null };
  stream.inputStart = object?.position ?? 0;
  const read = readDescriptor(process, stream.descriptor, BUFFER_BYTES);
  stream.input = read?.bytes ?? new Uint8Array(0);
  stream.inputPlaces = read?.ends ?? null;
  stream.inputAt = 0;
  if (stream.input.length > 0) return true;
  if (read === null) stream.hasFailed = true;
  else stream.isAtEnd = true;
  noteFlags(process, stream);
  return false;
}

/** Where in its file a stream stands. */
export function tell(process: WindowsProcess, stream: Stream): number {
  const { object } = process.crt.descriptors.get(stream.descriptor)!;
  if (object.stream >= 0) return failWith(process, EINVAL, -1);
  if (stream.input.length > 0) {
    const { inputAt, inputPlaces, inputStart, pushedBack } = stream;
    const read = inputPlaces === null ? inputAt : inputAt === 0 ? 0 : inputPlaces[inputAt - 1]!;
    return inputStart + read - pushedBack.length;
  }
  return object.position + pendingBytes(process, stream);
}

/** Bytes that the stream's output will have in its file. */
function pendingBytes(process: WindowsProcess, stream: Stream): number {
  const isText = process.crt.descriptors.get(stream.descriptor)?.isText ?? false;
  const lines = isText ? stream.output.countOf(LINE_FEED) : 0;
  return stream.output.length + lines;
}

/** Moves a stream; 0, or -1 with errno set. */
export function seekStream(
  process: WindowsProcess,
  stream: Stream,
  offset: number,
  origin: number,
): number {
  flushStream(process, stream);
  dropInput(process, stream);
  stream.isAtEnd = false;
  noteFlags(process, stream);
  return seekDescriptor(process, stream.descriptor, offset, origin) < 0 ? -1 : 0;
}

/** Closes all streams but the standard ones: how many. */
export function closeAll(process: WindowsProcess): number {
  const { streams } = process.crt;
  const own = [...streams.values()].filter(({ address }) => !isStandard(process, address));
  for (const stream of own) closeStream(process, stream);
  return own.length;
}

function isStandard({ crt }: WindowsProcess, address: number): boolean {
  return address < crt.fileAddress(STANDARD_STREAMS);
}

export function flushAll(process: WindowsProcess): number {
  let result = 0;
  for (const stream of process.crt.streams.values()) {
    if (flushStream(process, stream) !== 0) result = EOF;
  }
  return result;
}

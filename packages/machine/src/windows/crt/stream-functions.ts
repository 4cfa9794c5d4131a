// @table
/** Streams and files of the C library. */
import type { Call } from '../call.ts';
import type { Steps } from '../call-steps.ts';
import { makePipe, waitToRead, writePipe } from '../calls/pipe-functions.ts';
import {
  fileLength,
  isTerminal,
  openFile,
  readToWrite,
  removeFile,
  renameFile,
  resizeFile,
} from '../process/file-io.ts';
import { ATTRIBUTE_READONLY } from '../process/file-node.ts';
import type { Pipe } from '../process/pipe.ts';
import { latin1, latin1Bytes, textBytes } from '../process/process-memory.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';
import { ByteList } from './byte-list.ts';
import {
  EBADF,
  EINVAL,
  EMFILE,
  ENOMEM,
  EPIPE,
  ERROR_TEXTS,
  errnoOf,
  failWith,
  setErrnoOf,
} from './crt-errno.ts';
import { ERROR_TEXT_BYTES } from './crt-state.ts';
import { readDescriptor, seekDescriptor, withReturns, writeDescriptor } from './descriptor-io.ts';
import { MOST_DESCRIPTORS } from './descriptor-table.ts';
import { ArgumentList, formatText, MSVCRT_NARROW, MSVCRT_WIDE } from './format.ts';
import { scanText, streamSource, textSource } from './scan.ts';
import type { Stream } from './stream.ts';
import {
  addDescriptor,
  closeAll,
  closeDescriptor,
  closeStream,
  EOF,
  flushAll,
  flushStream,
  giveStream,
  isTextByDefault,
  makeStream,
  noteFlags,
  openStream,
  parseMode,
  readByte,
  readBytes,
  seekStream,
  sharingOf,
  TEMPORARY,
  tell,
  writeStream,
} from './stream-io.ts';

const NEW_LINE = 10;
const WEOF = 0xffff;

export function streamOf(c: Call, index: number): Stream | null {
  return c.process.crt.streams.get(c.word(index)) ?? null;
}

/** Does something with the stream of an argument; the other result when it is none. */
function onStream(
  index: number,
  failed: number,
  action: (c: Call, stream: Stream) => number,
): (c: Call) => number {
  return (c) => {
    const stream = streamOf(c, index);
    return stream === null ? failWith(c.process, EINVAL, failed) : action(c, stream);
  };
}

/** The list of what follows `...`: its first four places are filled from the registers. */
export function restOf(c: Call, index: number): ArgumentList {
  for (let n = index; n < 4; n++) c.memory.setBig(c.argumentAddress(n), c.big(n));
  return new ArgumentList(c.memory, c.argumentAddress(index));
}

function listAt(c: Call, index: number): ArgumentList {
  return new ArgumentList(c.memory, c.word(index));
}

function put(c: Call, stream: Stream, bytes: Uint8Array): number {
  return writeStream(c.process, stream, bytes);
}

function putText(c: Call, stream: Stream, text: string): number {
  const count = put(c, stream, latin1Bytes(text));
  return count === text.length ? count : EOF;
}

export function standard(c: Call, number: number): Stream | null {
  return c.process.crt.streams.get(c.process.crt.fileAddress(number)) ?? null;
}

/** Does something with a standard stream; the other result when the program has closed it. */
function onStandard(
  number: number,
  failed: number,
  action: (c: Call, stream: Stream) => number,
): (c: Call) => number {
  return (c) => {
    const stream = standard(c, number);
    return stream === null ? failWith(c.process, EINVAL, failed) : action(c, stream);
  };
}

/** The text of a format that argument `format` points to; null when it becomes too long. */
export function formatAt(
  c: Call,
  format: number,
  list: ArgumentList,
  isWide: boolean,
): string | null {
  if (isWide) return formatText(c.wide(format), list, MSVCRT_WIDE);
  return formatText(c.text(format), list, MSVCRT_NARROW);
}

/** Writes a text to a stream: its length, or EOF when there is no text, no stream or no room. */
export function printTo(c: Call, stream: Stream | null, text: string | null): number {
  return stream === null || text === null ? EOF : putText(c, stream, text);
}

/** Into a buffer of a size, without an end when it is full; -1 when it did not fit. */
function printInto(c: Call, size: number, text: string | null, isWide: boolean): number {
  const buffer = c.word(0);
  if (text === null) return -1;
  // No buffer at all asks for the length.
  if (buffer === 0 && size === 0) return text.length;
  const whole = text.length < size ? `${text}\0` : text.slice(0, size);
  c.memory.write(buffer, textBytes(whole, isWide));
  return text.length > size ? -1 : text.length;
}

/** A line with its end, of at most so many bytes; none at the end of the file. */
function lineOf(c: Call, stream: Stream, limit: number): Uint8Array {
  const bytes = new ByteList();
  const most = Math.min(limit, c.process.options.memoryBytes);
  while (bytes.length < most) {
    const byte = readByte(c.process, stream);
    if (byte === EOF) break;
    bytes.push(byte);
    if (byte === NEW_LINE) break;
  }
  return bytes.take();
}

function getLine(c: Call, stream: Stream): number {
  const bytes = lineOf(c, stream, c.i32(1) - 1);
  if (bytes.length === 0) return 0;
  c.memory.write(c.word(0), bytes);
  c.memory.setU8(c.word(0) + bytes.length, 0);
  return c.word(0);
}

function getWideLine(c: Call, stream: Stream): number {
  const bytes = lineOf(c, stream, c.i32(1) - 1);
  if (bytes.length === 0) return 0;
  c.memory.setWideText(c.word(0), latin1(bytes));
  return c.word(0);
}

/** Without the line's end, and as long as it is. */
function getUnlimited(c: Call, stream: Stream): number {
  const line = lineOf(c, stream, Number.POSITIVE_INFINITY);
  if (line.length === 0) return 0;
  const bytes = line.at(-1) === NEW_LINE ? line.subarray(0, -1) : line;
  c.memory.write(c.word(0), bytes);
  c.memory.setU8(c.word(0) + bytes.length, 0);
  return c.word(0);
}

function readItems(c: Call, stream: Stream): number {
  const size = c.word(1);
  const count = c.word(2);
  if (size === 0 || count === 0) return 0;
  const bytes = readBytes(c.process, stream, size * count);
  c.memory.write(c.word(0), bytes);
  return Math.floor(bytes.length / size);
}

function writeItems(c: Call, stream: Stream): number {
  const size = c.word(1);
  const count = c.word(2);
  if (size === 0 || count === 0) return 0;
  const bytes = readToWrite(c.process, c.word(0), size * count);
  return Math.floor(put(c, stream, bytes) / size);
}

function putByte(c: Call, stream: Stream, byte: number): number {
  return put(c, stream, Uint8Array.of(byte)) === 1 ? byte & 0xff : EOF;
}

function putWide(c: Call, stream: Stream, unit: number): number {
  return putText(c, stream, String.fromCharCode(unit)) === 1 ? unit : WEOF;
}

/** As many as a stream's buffer holds. */
const MOST_PUSHED_BACK = 4096;

function unget(c: Call, stream: Stream): number {
  const byte = c.i32(0);
  if (byte === EOF || stream.pushedBack.length >= MOST_PUSHED_BACK) return EOF;
  stream.pushedBack.push(byte & 0xff);
  stream.isAtEnd = false;
  noteFlags(c.process, stream);
  return byte & 0xff;
}

function reopen(c: Call): number {
  const stream = streamOf(c, 2);
  if (stream === null) return failWith(c.process, EINVAL, 0);
  const mode = parseMode(c.text(1), isTextByDefault(c.process));
  flushStream(c.process, stream);
  if (mode === null || c.word(0) === 0) return 0;
  const opened = openFile(c.process, c.text(0), mode);
  if (!opened.ok) {
    setErrnoOf(c.process, opened.error);
    return 0;
  }
  const { crt, handles } = c.process;
  closeDescriptor(c.process, stream.descriptor);
  const handle = handles.open(opened.value);
  const { isText, append: appends } = mode;
  crt.descriptors.set(stream.descriptor, { handle, object: opened.value, isText, appends });
  stream.buffering = 'full';
  return stream.address;
}

/** Flags of _open. */
const O_WRONLY = 1;
const O_RDWR = 2;
const O_APPEND = 8;
const O_TEMPORARY = 0x40;
const O_CREAT = 0x100;
const O_TRUNC = 0x200;
const O_EXCL = 0x400;
const O_TEXT = 0x4000;
const O_BINARY = 0x8000;
const S_IWRITE = 0x80;

function openDescriptor(
  c: Call,
  path: string,
  flags: number,
  mode: number,
  sharing: { readonly share?: number } = {},
): number {
  const access = flags & (O_WRONLY | O_RDWR);
  const opened = openFile(c.process, path, {
    read: access !== O_WRONLY,
    write: access !== 0,
    create: (flags & O_CREAT) !== 0,
    exclusive: (flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL),
    truncate: (flags & O_TRUNC) !== 0,
    append: (flags & O_APPEND) !== 0,
    ...((flags & O_TEMPORARY) === 0 ? {} : TEMPORARY),
    ...sharing,
  });
  if (opened.ok) {
    const { isNew, node } = opened.value;
    if (isNew && node !== null && (mode & S_IWRITE) === 0) node.attributes |= ATTRIBUTE_READONLY;
    const isText =
      (flags & O_TEXT) !== 0 || ((flags & O_BINARY) === 0 && isTextByDefault(c.process));
    return addDescriptor(c.process, opened.value, isText, (flags & O_APPEND) !== 0);
  }
  setErrnoOf(c.process, opened.error);
  return -1;
}

/** (path, flags, sharing, mode) */
function openSharedDescriptor(c: Call, path: string, first: number): number {
  const sharing = sharingOf(c.i32(first + 1));
  if (sharing === undefined) return failWith(c.process, EINVAL, -1);
  return openDescriptor(c, path, c.i32(first), c.i32(first + 2), sharing);
}

/** The descriptor goes where the first argument says; the result is errno. */
function openSafely(c: Call, path: string): number {
  const descriptor = openSharedDescriptor(c, path, 2);
  c.memory.setU32(c.word(0), descriptor);
  return descriptor < 0 ? errnoOf(c.process) : 0;
}

/** One more descriptor for the same file: the first free one, or one that is told. */
function duplicate(c: Call, wanted: number): number {
  const { crt, handles } = c.process;
  const source = crt.descriptors.get(c.i32(0));
  if (source === null) return failWith(c.process, EBADF, -1);
  if (wanted === c.i32(0)) return wanted;
  const { object, isText, appends } = source;
  if (wanted < 0) return addDescriptor(c.process, object.duplicate(), isText, appends);
  if (wanted >= MOST_DESCRIPTORS) return failWith(c.process, EBADF, -1);
  closeDescriptor(c.process, wanted);
  crt.descriptors.set(wanted, { ...source, handle: handles.open(object.duplicate()) });
  return wanted;
}

function resize(c: Call, length: number): number {
  const descriptor = c.process.crt.descriptors.get(c.i32(0));
  if (descriptor === null) return failWith(c.process, EBADF, -1);
  const error = resizeFile(c.process, descriptor.object, length);
  if (error !== 0) setErrnoOf(c.process, error);
  return error === 0 ? 0 : -1;
}

function readInto(c: Call): number | Steps {
  const object = c.process.crt.descriptors.get(c.i32(0))?.object;
  const waits = object?.isReadable === true && c.u32(2) > 0;
  return waits && object.pipe !== null ? readLater(c, object.pipe) : readNow(c);
}

function* readLater(c: Call, pipe: Pipe): Steps {
  yield* waitToRead(c, pipe);
  return readNow(c);
}

function readNow(c: Call): number {
  const read = readDescriptor(c.process, c.i32(0), c.u32(2));
  if (read === null) return -1;
  c.memory.write(c.word(1), read.bytes);
  return read.bytes.length;
}

function writeFrom(c: Call): number | Steps {
  const bytes = readToWrite(c.process, c.word(1), c.u32(2));
  const descriptor = c.process.crt.descriptors.get(c.i32(0));
  const pipe = descriptor?.object.isWritable === true ? descriptor.object.pipe : null;
  if (pipe === null) return writeDescriptor(c.process, c.i32(0), bytes);
  return writeLater(c, pipe, descriptor!.isText ? withReturns(bytes) : bytes, bytes.length);
}

function* writeLater(c: Call, pipe: Pipe, bytes: Uint8Array, count: number): Steps {
  return (yield* writePipe(c, pipe, bytes)) ? count : failWith(c.process, EPIPE, -1);
}

function openAs(c: Call, path: string, mode: string): number {
  return openStream(c.process, path, mode)?.address ?? 0;
}

function openShared(c: Call, path: string, mode: string): number {
  const sharing = sharingOf(c.i32(2));
  if (sharing === undefined) return failWith(c.process, EINVAL, 0);
  return openStream(c.process, path, mode, sharing)?.address ?? 0;
}

function openOn(c: Call, mode: string): number {
  const parsed = parseMode(mode, isTextByDefault(c.process));
  const descriptor = c.process.crt.descriptors.get(c.i32(0));
  if (parsed === null || descriptor === null) return failWith(c.process, EINVAL, 0);
  const access = { canRead: parsed.read, canWrite: parsed.write };
  return makeStream(c.process, c.i32(0), access)?.address ?? 0;
}

function setBuffering(stream: Stream, mode: number): number {
  const FULL = 0;
  const NONE = 4;
  stream.buffering = mode === NONE ? 'none' : 'full';
  return mode === FULL || mode === NONE || mode === 0x40 ? 0 : -1;
}

function setMode(c: Call): number {
  const descriptor = c.process.crt.descriptors.get(c.i32(0));
  if (descriptor === null) return failWith(c.process, EBADF, -1);
  const before = descriptor.isText ? 0x4000 : O_BINARY;
  descriptor.isText = c.i32(1) !== O_BINARY;
  return before;
}

/** What errno stands for, as a line that begins with the text of argument 0. */
function errorLine(c: Call): string {
  const number = errnoOf(c.process);
  const prefix = c.textOrNull(0);
  return `${prefix ? `${prefix}: ` : ''}${ERROR_TEXTS[number] ?? 'Unknown error'}\n`;
}

function sayError(c: Call): number {
  const stream = standard(c, 2);
  if (stream !== null) putText(c, stream, errorLine(c));
  return 0;
}

/** Into the library's one text for it. */
function giveErrorLine(c: Call): number {
  const at = c.process.crt.errorText;
  c.memory.setText(at, errorLine(c).slice(0, ERROR_TEXT_BYTES - 1));
  return at;
}

const OPENING: FunctionRows = {
  '__iob_func(): pointer': (c) => c.process.crt.variable('_iob'),
  '__acrt_iob_func(number: u32): pointer': (c) => c.process.crt.fileAddress(c.u32(0)),
  'fopen(path: text, mode: text): pointer': (c) => openAs(c, c.text(0), c.text(1)),
  '_wfopen(path: wide, mode: wide): pointer': (c) => openAs(c, c.wide(0), c.wide(1)),
  '_fsopen(path: text, mode: text, share: i32): pointer': (c) =>
    openShared(c, c.text(0), c.text(1)),
  '_wfsopen(path: wide, mode: wide, share: i32): pointer': (c) =>
    openShared(c, c.wide(0), c.wide(1)),
  'fopen_s(stream: pointer, path: text, mode: text): i32': (c) =>
    giveStream(c, openStream(c.process, c.text(1), c.text(2))),
  '_fdopen(descriptor: i32, mode: text): pointer': (c) => openOn(c, c.text(1)),
  'freopen(path: text, mode: text, stream: pointer): pointer': reopen,
  'fclose(stream: pointer): i32': onStream(0, EOF, (c, stream) => closeStream(c.process, stream)),
  '_fcloseall(): i32': (c) => closeAll(c.process),
  'fflush(stream: pointer): i32': (c) => {
    const stream = streamOf(c, 0);
    return stream === null ? flushAll(c.process) : flushStream(c.process, stream);
  },
  '_flushall(): i32': (c) => flushAll(c.process),
  'setvbuf(stream: pointer, buffer: pointer, mode: i32, size: u64): i32': onStream(
    0,
    -1,
    (c, stream) => setBuffering(stream, c.i32(2)),
  ),
  'setbuf(stream: pointer, buffer: pointer)': onStream(0, 0, (c, stream) =>
    setBuffering(stream, c.word(1) === 0 ? 4 : 0),
  ),
  '_fileno(stream: pointer): i32': onStream(0, -1, (_c, stream) => stream.descriptor),
  'fileno(stream: pointer): i32': onStream(0, -1, (_c, stream) => stream.descriptor),
  'feof(stream: pointer): i32': onStream(0, 0, (_c, stream) => (stream.isAtEnd ? 0x10 : 0)),
  'ferror(stream: pointer): i32': onStream(0, 0, (_c, stream) => (stream.hasFailed ? 0x20 : 0)),
  'clearerr(stream: pointer)': onStream(0, 0, (c, stream) => {
    stream.isAtEnd = false;
    stream.hasFailed = false;
    noteFlags(c.process, stream);
    return 0;
  }),
  'remove(path: text): i32': (c) => removeAt(c, c.text(0)),
  '_unlink(path: text): i32': (c) => removeAt(c, c.text(0)),
  'unlink(path: text): i32': (c) => removeAt(c, c.text(0)),
  '_wunlink(path: wide): i32': (c) => removeAt(c, c.wide(0)),
  '_wremove(path: wide): i32': (c) => removeAt(c, c.wide(0)),
  'rename(from: text, to: text): i32': (c) => renameAt(c, c.text(0), c.text(1)),
  '_wrename(from: wide, to: wide): i32': (c) => renameAt(c, c.wide(0), c.wide(1)),
  'perror(prefix: text)': sayError,
};

function removeAt(c: Call, path: string): number {
  const error = removeFile(c.process, path);
  if (error !== 0) setErrnoOf(c.process, error);
  return error === 0 ? 0 : -1;
}

function renameAt(c: Call, from: string, to: string): number {
  const error = renameFile(c.process, from, to, false);
  if (error !== 0) setErrnoOf(c.process, error);
  return error === 0 ? 0 : -1;
}

const READING: FunctionRows = {
  'fread(buffer: pointer, size: u64, count: u64, stream: pointer): u64': onStream(3, 0, readItems),
  'fgetc(stream: pointer): i32': onStream(0, EOF, (c, stream) => readByte(c.process, stream)),
  'getc(stream: pointer): i32': onStream(0, EOF, (c, stream) => readByte(c.process, stream)),
  '_filbuf(stream: pointer): i32': onStream(0, EOF, (c, stream) => readByte(c.process, stream)),
  'getchar(): i32': onStandard(0, EOF, (c, stream) => readByte(c.process, stream)),
  'ungetc(byte: i32, stream: pointer): i32': onStream(1, EOF, unget),
  'fgets(buffer: pointer, size: i32, stream: pointer): pointer': onStream(2, 0, getLine),
  'fgetws(buffer: pointer, size: i32, stream: pointer): pointer': onStream(2, 0, getWideLine),
  'fgetwc(stream: pointer): i32': onStream(
    0,
    WEOF,
    (c, stream) => readByte(c.process, stream) & WEOF,
  ),
  'getwc(stream: pointer): i32': onStream(
    0,
    WEOF,
    (c, stream) => readByte(c.process, stream) & WEOF,
  ),
  'ungetwc(unit: i32, stream: pointer): i32': onStream(1, WEOF, unget),
  'gets(buffer: pointer): pointer': onStandard(0, 0, getUnlimited),
  'fscanf(stream: pointer, format: text, values: rest): i32': onStream(0, EOF, (c, stream) =>
    scanText(c.text(1), restOf(c, 2), streamSource(c.process, stream)),
  ),
  'scanf(format: text, values: rest): i32': onStandard(0, EOF, (c, stream) =>
    scanText(c.text(0), restOf(c, 1), streamSource(c.process, stream)),
  ),
  'sscanf(text: text, format: text, values: rest): i32': (c) =>
    scanText(c.text(1), restOf(c, 2), textSource(c.text(0))),
  'vsscanf(text: text, format: text, values: pointer): i32': (c) =>
    scanText(c.text(1), listAt(c, 2), textSource(c.text(0))),
};

const WRITING: FunctionRows = {
  'fwrite(buffer: pointer, size: u64, count: u64, stream: pointer): u64': onStream(
    3,
    0,
    writeItems,
  ),
  'fputc(byte: i32, stream: pointer): i32': onStream(1, EOF, (c, s) => putByte(c, s, c.i32(0))),
  'putc(byte: i32, stream: pointer): i32': onStream(1, EOF, (c, s) => putByte(c, s, c.i32(0))),
  '_flsbuf(byte: i32, stream: pointer): i32': onStream(1, EOF, (c, s) => putByte(c, s, c.i32(0))),
  'putchar(byte: i32): i32': onStandard(1, EOF, (c, stream) => putByte(c, stream, c.i32(0))),
  'fputwc(unit: i32, stream: pointer): i32': onStream(1, WEOF, (c, s) => putWide(c, s, c.i32(0))),
  'putwc(unit: i32, stream: pointer): i32': onStream(1, WEOF, (c, s) => putWide(c, s, c.i32(0))),
  'fputs(text: text, stream: pointer): i32': onStream(1, EOF, (c, stream) =>
    put(c, stream, c.memory.cString(c.word(0))) < 0 ? EOF : 0,
  ),
  'fputws(text: wide, stream: pointer): i32': onStream(1, EOF, (c, stream) =>
    putText(c, stream, c.wide(0)) < 0 ? EOF : 0,
  ),
  'puts(text: text): i32': onStandard(1, EOF, (c, stream) =>
    putText(c, stream, `${c.text(0)}\n`) < 0 ? EOF : 0,
  ),
  '_putws(text: wide): i32': onStandard(1, EOF, (c, stream) =>
    putText(c, stream, `${c.wide(0)}\n`) < 0 ? EOF : 0,
  ),
  'printf(format: text, values: rest): i32': (c) =>
    printTo(c, standard(c, 1), formatAt(c, 0, restOf(c, 1), false)),
  'wprintf(format: wide, values: rest): i32': (c) =>
    printTo(c, standard(c, 1), formatAt(c, 0, restOf(c, 1), true)),
  'vprintf(format: text, values: pointer): i32': (c) =>
    printTo(c, standard(c, 1), formatAt(c, 0, listAt(c, 1), false)),
  'fprintf(stream: pointer, format: text, values: rest): i32': (c) =>
    printTo(c, streamOf(c, 0), formatAt(c, 1, restOf(c, 2), false)),
  'fwprintf(stream: pointer, format: wide, values: rest): i32': (c) =>
    printTo(c, streamOf(c, 0), formatAt(c, 1, restOf(c, 2), true)),
  'vfprintf(stream: pointer, format: text, values: pointer): i32': (c) =>
    printTo(c, streamOf(c, 0), formatAt(c, 1, listAt(c, 2), false)),
  'vfwprintf(stream: pointer, format: wide, values: pointer): i32': (c) =>
    printTo(c, streamOf(c, 0), formatAt(c, 1, listAt(c, 2), true)),
  'sprintf(buffer: pointer, format: text, values: rest): i32': (c) =>
    printInto(c, Number.POSITIVE_INFINITY, formatAt(c, 1, restOf(c, 2), false), false),
  'vsprintf(buffer: pointer, format: text, values: pointer): i32': (c) =>
    printInto(c, Number.POSITIVE_INFINITY, formatAt(c, 1, listAt(c, 2), false), false),
  '_snprintf(buffer: pointer, size: u64, format: text, values: rest): i32': (c) =>
    printInto(c, c.word(1), formatAt(c, 2, restOf(c, 3), false), false),
  '_vsnprintf(buffer: pointer, size: u64, format: text, values: pointer): i32': (c) =>
    printInto(c, c.word(1), formatAt(c, 2, listAt(c, 3), false), false),
  '_snwprintf(buffer: pointer, size: u64, format: wide, values: rest): i32': (c) =>
    printInto(c, c.word(1), formatAt(c, 2, restOf(c, 3), true), true),
  '_vsnwprintf(buffer: pointer, size: u64, format: wide, values: pointer): i32': (c) =>
    printInto(c, c.word(1), formatAt(c, 2, listAt(c, 3), true), true),
  'swprintf(buffer: pointer, format: wide, values: rest): i32': (c) =>
    printInto(c, Number.POSITIVE_INFINITY, formatAt(c, 1, restOf(c, 2), true), true),
  'vswprintf(buffer: pointer, format: wide, values: pointer): i32': (c) =>
    printInto(c, Number.POSITIVE_INFINITY, formatAt(c, 1, listAt(c, 2), true), true),
  '_scprintf(format: text, values: rest): i32': (c) =>
    formatAt(c, 0, restOf(c, 1), false)?.length ?? -1,
  '_vscprintf(format: text, values: pointer): i32': (c) =>
    formatAt(c, 0, listAt(c, 1), false)?.length ?? -1,
};

const PLACES: FunctionRows = {
  'ftell(stream: pointer): i32': onStream(0, -1, (c, stream) => tell(c.process, stream)),
  '_ftelli64(stream: pointer): i64': onStream(0, -1, (c, stream) => tell(c.process, stream)),
  'fseek(stream: pointer, offset: i32, origin: i32): i32': onStream(0, -1, (c, stream) =>
    seekFrom(c, stream, c.i32(1), c.i32(2)),
  ),
  '_fseeki64(stream: pointer, offset: i64, origin: i32): i32': onStream(0, -1, (c, stream) =>
    seekFrom(c, stream, Number(c.big(1)), c.i32(2)),
  ),
  'rewind(stream: pointer)': onStream(0, 0, (c, stream) => {
    stream.hasFailed = false;
    return seekStream(c.process, stream, 0, 0);
  }),
  'fgetpos(stream: pointer, position: pointer): i32': onStream(0, -1, (c, stream) => {
    const at = tell(c.process, stream);
    if (at >= 0) c.memory.setU64(c.word(1), at);
    return at < 0 ? -1 : 0;
  }),
  'fsetpos(stream: pointer, position: pointer): i32': onStream(0, -1, (c, stream) =>
    seekStream(c.process, stream, c.memory.u64(c.word(1)), 0),
  ),
};

function seekFrom(c: Call, stream: Stream, offset: number, origin: number): number {
  if (origin !== 1) return seekStream(c.process, stream, offset, origin);
  const at = tell(c.process, stream);
  return at < 0 ? -1 : seekStream(c.process, stream, at + offset, 0);
}

const DESCRIPTORS: FunctionRows = {
  '_open(path: text, flags: i32, mode: i32): i32': (c) =>
    openDescriptor(c, c.text(0), c.i32(1), c.i32(2)),
  'open(path: text, flags: i32, mode: i32): i32': (c) =>
    openDescriptor(c, c.text(0), c.i32(1), c.i32(2)),
  '_sopen(path: text, flags: i32, share: i32, mode: i32): i32': (c) =>
    openSharedDescriptor(c, c.text(0), 1),
  '_wsopen(path: wide, flags: i32, share: i32, mode: i32): i32': (c) =>
    openSharedDescriptor(c, c.wide(0), 1),
  '_sopen_s(to: pointer, path: text, flags: i32, share: i32, mode: i32): i32': (c) =>
    openSafely(c, c.text(1)),
  '_wsopen_s(to: pointer, path: wide, flags: i32, share: i32, mode: i32): i32': (c) =>
    openSafely(c, c.wide(1)),
  '_creat(path: text, mode: i32): i32': (c) =>
    openDescriptor(c, c.text(0), O_CREAT | O_TRUNC | O_RDWR, c.i32(1)),
  '_dup(descriptor: i32): i32': (c) => duplicate(c, -1),
  '_dup2(descriptor: i32, other: i32): i32': (c) => (duplicate(c, c.i32(1)) < 0 ? -1 : 0),
  '_pipe(descriptors: pointer, size: u32, mode: i32): i32': (c) => {
    const made = makePipe(c.process);
    if (made === null) return failWith(c.process, ENOMEM, -1);
    const isText = (c.i32(2) & O_TEXT) !== 0;
    const reader = addDescriptor(c.process, made.reader, isText, false);
    const writer = addDescriptor(c.process, made.writer, isText, false);
    if (writer < 0) {
      closeDescriptor(c.process, reader);
      return -1;
    }
    c.memory.setU32(c.word(0), reader);
    c.memory.setU32(c.word(0) + 4, writer);
    return 0;
  },
  '_commit(descriptor: i32): i32': (c) =>
    c.process.crt.descriptors.get(c.i32(0)) === null ? failWith(c.process, EBADF, -1) : 0,
  '_eof(descriptor: i32): i32': (c) => {
    const descriptor = c.process.crt.descriptors.get(c.i32(0));
    const length = descriptor === null ? null : fileLength(descriptor.object);
    if (!length?.ok) return failWith(c.process, EBADF, -1);
    return descriptor!.object.position >= length.value ? 1 : 0;
  },
  '_chsize(descriptor: i32, size: i32): i32': (c) => resize(c, c.i32(1)),
  '_chsize_s(descriptor: i32, size: i64): i32': (c) => resize(c, c.signedWord(1)),
  '_telli64(descriptor: i32): i64': (c) => seekDescriptor(c.process, c.i32(0), 0, 1),
  '_wopen(path: wide, flags: i32, mode: i32): i32': (c) =>
    openDescriptor(c, c.wide(0), c.i32(1), c.i32(2)),
  '_close(descriptor: i32): i32': (c) =>
    closeDescriptor(c.process, c.i32(0)) ? 0 : failWith(c.process, EBADF, -1),
  'close(descriptor: i32): i32': (c) =>
    closeDescriptor(c.process, c.i32(0)) ? 0 : failWith(c.process, EBADF, -1),
  '_read(descriptor: i32, buffer: pointer, size: u32): i32': readInto,
  'read(descriptor: i32, buffer: pointer, size: u32): i32': readInto,
  '_write(descriptor: i32, buffer: pointer, size: u32): i32': (c) => writeFrom(c),
  'write(descriptor: i32, buffer: pointer, size: u32): i32': (c) => writeFrom(c),
  '_lseek(descriptor: i32, offset: i32, origin: i32): i32': (c) =>
    seekDescriptor(c.process, c.i32(0), c.i32(1), c.i32(2)),
  'lseek(descriptor: i32, offset: i32, origin: i32): i32': (c) =>
    seekDescriptor(c.process, c.i32(0), c.i32(1), c.i32(2)),
  '_lseeki64(descriptor: i32, offset: i64, origin: i32): i64': (c) =>
    seekDescriptor(c.process, c.i32(0), Number(c.big(1)), c.i32(2)),
  '_tell(descriptor: i32): i32': (c) => seekDescriptor(c.process, c.i32(0), 0, 1),
  '_setmode(descriptor: i32, mode: i32): i32': setMode,
  'setmode(descriptor: i32, mode: i32): i32': setMode,
  '_isatty(descriptor: i32): i32': (c) => terminalAt(c),
  'isatty(descriptor: i32): i32': (c) => terminalAt(c),
  '_get_osfhandle(descriptor: i32): i64': (c) =>
    c.process.crt.descriptors.get(c.i32(0))?.handle ?? failWith(c.process, EBADF, -1),
  '_open_osfhandle(handle: handle, flags: i32): i32': (c) => {
    const object = c.process.file(c.word(0));
    if (object === null) return failWith(c.process, EBADF, -1);
    const isText = (c.i32(1) & O_TEXT) !== 0;
    const descriptor = { handle: c.word(0), object, isText, appends: false };
    const number = c.process.crt.descriptors.open(descriptor);
    return number < 0 ? failWith(c.process, EMFILE, -1) : number;
  },
};

function terminalAt(c: Call): number {
  const descriptor = c.process.crt.descriptors.get(c.i32(0));
  if (descriptor === null) return failWith(c.process, EBADF, 0);
  return isTerminal(c.process, descriptor.object) ? 0x40 : 0;
}

export const STREAM_FUNCTIONS: readonly SystemFunction[] = systemFunctions('crt', {
  ...OPENING,
  ...READING,
  ...WRITING,
  ...PLACES,
  ...DESCRIPTORS,
  'strerror(number: i32): pointer': (c) =>
    c.process.crt.textAddress(ERROR_TEXTS[c.i32(0)] ?? 'Unknown error'),
  '_strerror(prefix: text): pointer': giveErrorLine,
});

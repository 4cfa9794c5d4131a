// @table
/** Files by name and time in the C library: stat and its kin, temporary files, text of times. */
import type { Call } from '../call.ts';
import { fileLength, fullPath, hostPath, isTerminal } from '../process/file-io.ts';
import type { FileNode } from '../process/file-node.ts';
import { ATTRIBUTE_READONLY } from '../process/file-node.ts';
import { fileAt } from '../process/file-status.ts';
import { fileTimeOf, unixSeconds } from '../process/file-time.ts';
import { textBytes } from '../process/process-memory.ts';
import { ERROR_FILE_NOT_FOUND } from '../process/windows-error.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';
import { clockText, readBrokenTime, writeBrokenTime } from './broken-time.ts';
import { brokenTime, secondsOf } from './civil-time.ts';
import {
  EACCES,
  EBADF,
  EINVAL,
  ENOENT,
  ENOMEM,
  ERANGE,
  failWith,
  setErrnoOf,
} from './crt-errno.ts';
import { giveStream, openTemporary } from './stream-io.ts';
import { timeText } from './time-text.ts';

const MODE_FILE = 0x8000;
const MODE_DIRECTORY = 0x4000;
const MODE_CHARACTER = 0x2000;
const MODE_PIPE = 0x1000;
const READABLE = 0x124;
const WRITABLE = 0x92;
const EXECUTE = 0x49;

/** How wide st_size is, and where it and the times lie. */
interface Layout {
  readonly bytes: number;
  readonly sizeAt: number;
  readonly isWide: boolean;
}

const SMALL: Layout = { bytes: 48, sizeAt: 20, isWide: false };
const LARGE: Layout = { bytes: 56, sizeAt: 24, isWide: true };

function modeOf(path: string, { isDirectory, attributes }: FileNode): number {
  const writable = (attributes & ATTRIBUTE_READONLY) === 0 ? WRITABLE : 0;
  if (isDirectory) return MODE_DIRECTORY | READABLE | writable | EXECUTE;
  const runs = /\.(exe|com|bat|cmd)$/i.test(path);
  return MODE_FILE | READABLE | writable | (runs ? EXECUTE : 0);
}

interface Status {
  readonly mode: number;
  readonly size: number;
  /** Accessed, modified, created: seconds since 1970. */
  readonly times: readonly number[];
}

function statusOf(path: string, node: FileNode): Status {
  const { accessed, written, created } = node.times;
  return {
    mode: modeOf(path, node),
    size: node.content?.size ?? 0,
    times: [accessed, written, created].map(unixSeconds),
  };
}

function writeStat(c: Call, at: number, { mode, size, times }: Status, layout: Layout): number {
  const { memory } = c;
  memory.fill(at, 0, layout.bytes);
  memory.setU16(at + 6, mode);
  memory.setU16(at + 8, 1);
  if (layout.isWide) memory.setU64(at + layout.sizeAt, size);
  else memory.setU32(at + layout.sizeAt, size);
  times.forEach((time, n) => {
    memory.setU64(at + layout.bytes - 24 + n * 8, time);
  });
  return 0;
}

function stat(c: Call, path: string, layout: Layout): number {
  // A name with a separator at its end is none, but for the root.
  const isOpenEnded = /[^:\\/][\\/]$/.test(path);
  const node = isOpenEnded ? ERROR_FILE_NOT_FOUND : fileAt(c.process, path);
  if (typeof node !== 'number') return writeStat(c, c.word(1), statusOf(path, node), layout);
  setErrnoOf(c.process, node);
  return -1;
}

function statOpen(c: Call, layout: Layout): number {
  const descriptor = c.process.crt.descriptors.get(c.i32(0));
  if (descriptor === null) return failWith(c.process, EBADF, -1);
  const { node } = descriptor.object;
  const isCharacters = node === null && isTerminal(c.process, descriptor.object);
  const kind = isCharacters ? MODE_CHARACTER : MODE_PIPE;
  const status =
    node === null ? { mode: kind, size: 0, times: [0, 0, 0] } : statusOf(node.name, node);
  return writeStat(c, c.word(1), status, layout);
}

const MAY_WRITE = 2;

function access(c: Call, path: string): number {
  const node = fileAt(c.process, path);
  if (typeof node === 'number') {
    setErrnoOf(c.process, node);
    return -1;
  }
  const isRefused = (node.attributes & ATTRIBUTE_READONLY) !== 0 && (c.i32(1) & MAY_WRITE) !== 0;
  return isRefused ? failWith(c.process, EACCES, -1) : 0;
}

/** What a function of files that gives an error of the system is in C: 0, or -1 with errno. */
function finish(c: Call, error: number): number {
  if (error !== 0) setErrnoOf(c.process, error);
  return error === 0 ? 0 : -1;
}

function setMode(c: Call, path: string): number {
  const S_IWRITE = 0x80;
  const node = fileAt(c.process, path);
  if (typeof node === 'number') return finish(c, node);
  const isWritable = (c.i32(1) & S_IWRITE) !== 0;
  node.attributes = (node.attributes & ~ATTRIBUTE_READONLY) | (isWritable ? 0 : ATTRIBUTE_READONLY);
  return 0;
}

/** Times of access and change, 64 bits each; without them it is now. */
function setTimes(c: Call, node: FileNode | number): number {
  if (typeof node === 'number') return finish(c, node);
  const at = c.word(1);
  const now = c.process.fileTime;
  c.process.files.setTimes(node, {
    accessed: at === 0 ? now : fileTimeOf(c.memory.u64(at)),
    written: at === 0 ? now : fileTimeOf(c.memory.u64(at + 8)),
  });
  return 0;
}

function changeFolder(c: Call, path: string): number {
  const node = fileAt(c.process, path);
  if (typeof node === 'number') return finish(c, node);
  if (!node.isDirectory) return finish(c, ERROR_FILE_NOT_FOUND);
  c.process.directory = fullPath(c.process, path);
  return 0;
}

function makeFolder(c: Call, path: string): number {
  return finish(c, c.process.files.createFolder(hostPath(c.process, path)));
}

function removeFolder(c: Call, path: string): number {
  return finish(c, c.process.files.removeFolder(hostPath(c.process, path)));
}

function lengthOf(c: Call): number {
  const descriptor = c.process.crt.descriptors.get(c.i32(0));
  const length = descriptor === null ? null : fileLength(descriptor.object);
  return length?.ok ? length.value : failWith(c.process, EBADF, -1);
}

/** Into the program's buffer, or a block of the library's. */
function currentDirectory(c: Call, isWide: boolean): number {
  const { directory, heaps } = c.process;
  const bytes = textBytes(`${directory}\0`, isWide);
  const isOwn = c.word(0) !== 0;
  if (isOwn && c.i32(1) <= directory.length) return failWith(c.process, ERANGE, 0);
  const at = isOwn ? c.word(0) : heaps.allocate(Math.max(bytes.length, c.i32(1)));
  if (at === 0) return failWith(c.process, ENOMEM, 0);
  c.memory.write(at, bytes);
  return at;
}

function makeTime(c: Call): number {
  const seconds = secondsOf(readBrokenTime(c, c.word(0)));
  writeBrokenTime(c, c.word(0), brokenTime(seconds));
  return seconds < 0 ? failWith(c.process, EINVAL, -1) : seconds;
}

function formatTime(c: Call): number {
  const text = timeText(c.text(2), readBrokenTime(c, c.word(3)), c.process.crt.isUniversal);
  if (text.length >= c.word(1)) return 0;
  c.memory.setText(c.word(0), text);
  return text.length;
}

function formatWideTime(c: Call): number {
  const text = timeText(c.wide(2), readBrokenTime(c, c.word(3)), c.process.crt.isUniversal);
  if (text.length >= c.word(1)) return 0;
  c.memory.setWideText(c.word(0), text);
  return text.length;
}

const noProgram = (c: Call, result: number): number => failWith(c.process, ENOENT, result);

export const CRT_FOLDER_FUNCTIONS: readonly SystemFunction[] = systemFunctions('crt', {
  '_stat(path: text, to: pointer): i32': (c) => stat(c, c.text(0), SMALL),
  '_stat64i32(path: text, to: pointer): i32': (c) => stat(c, c.text(0), SMALL),
  '_stat64(path: text, to: pointer): i32': (c) => stat(c, c.text(0), LARGE),
  '_stati64(path: text, to: pointer): i32': (c) => stat(c, c.text(0), LARGE),
  '_wstat(path: wide, to: pointer): i32': (c) => stat(c, c.wide(0), SMALL),
  '_wstat64i32(path: wide, to: pointer): i32': (c) => stat(c, c.wide(0), SMALL),
  '_wstat64(path: wide, to: pointer): i32': (c) => stat(c, c.wide(0), LARGE),
  '_wstati64(path: wide, to: pointer): i32': (c) => stat(c, c.wide(0), LARGE),
  '_fstat(descriptor: i32, to: pointer): i32': (c) => statOpen(c, SMALL),
  '_fstat64i32(descriptor: i32, to: pointer): i32': (c) => statOpen(c, SMALL),
  '_fstat64(descriptor: i32, to: pointer): i32': (c) => statOpen(c, LARGE),
  '_fstati64(descriptor: i32, to: pointer): i32': (c) => statOpen(c, LARGE),
  '_access(path: text, mode: i32): i32': (c) => access(c, c.text(0)),
  '_waccess(path: wide, mode: i32): i32': (c) => access(c, c.wide(0)),
  '_filelength(descriptor: i32): i32': lengthOf,
  '_filelengthi64(descriptor: i32): i64': lengthOf,
  '_chmod(path: text, mode: i32): i32': (c) => setMode(c, c.text(0)),
  '_wchmod(path: wide, mode: i32): i32': (c) => setMode(c, c.wide(0)),
  '_utime64(path: text, times: pointer): i32': (c) => setTimes(c, fileAt(c.process, c.text(0))),
  '_wutime64(path: wide, times: pointer): i32': (c) => setTimes(c, fileAt(c.process, c.wide(0))),
  '_futime64(descriptor: i32, times: pointer): i32': (c) => {
    const node = c.process.crt.descriptors.get(c.i32(0))?.object.node ?? null;
    return node === null ? failWith(c.process, EBADF, -1) : setTimes(c, node);
  },
  '_umask(mask: i32): i32': () => 0,
  '_mkdir(path: text): i32': (c) => makeFolder(c, c.text(0)),
  '_wmkdir(path: wide): i32': (c) => makeFolder(c, c.wide(0)),
  'mkdir(path: text): i32': (c) => makeFolder(c, c.text(0)),
  '_rmdir(path: text): i32': (c) => removeFolder(c, c.text(0)),
  '_wrmdir(path: wide): i32': (c) => removeFolder(c, c.wide(0)),
  'rmdir(path: text): i32': (c) => removeFolder(c, c.text(0)),
  '_chdir(path: text): i32': (c) => changeFolder(c, c.text(0)),
  '_wchdir(path: wide): i32': (c) => changeFolder(c, c.wide(0)),
  'chdir(path: text): i32': (c) => changeFolder(c, c.text(0)),
  '_getdrive(): i32': () => 3,
  '_wgetcwd(to: pointer, size: i32): pointer': (c) => currentDirectory(c, true),
  '_getcwd(to: pointer, size: i32): pointer': (c) => currentDirectory(c, false),
  'getcwd(to: pointer, size: i32): pointer': (c) => currentDirectory(c, false),
  'tmpnam(to: pointer): pointer': (c) => {
    const name = `\\s${(c.process.random() & 0xfff_ffff).toString(36)}.`;
    const at = c.word(0) === 0 ? c.process.crt.temporaryName : c.word(0);
    c.memory.setText(at, name);
    return at;
  },
  'tmpfile(): pointer': (c) => openTemporary(c.process)?.address ?? 0,
  'tmpfile_s(stream: pointer): i32': (c) => giveStream(c, openTemporary(c.process)),
  // There is no other program that could be run.
  'system(command: text): i32': (c) => (c.word(0) === 0 ? 0 : noProgram(c, -1)),
  '_popen(command: text, mode: text): pointer': (c) => noProgram(c, 0),
  '_pclose(stream: pointer): i32': (c) => failWith(c.process, EBADF, -1),
  'mktime(time: pointer): i64': makeTime,
  '_mktime64(time: pointer): i64': makeTime,
  '_mkgmtime64(time: pointer): i64': makeTime,
  'strftime(to: pointer, size: u64, format: text, time: pointer): u64': formatTime,
  'wcsftime(to: pointer, size: u64, format: wide, time: pointer): u64': formatWideTime,
  'asctime(time: pointer): pointer': (c) => giveTime(c, readBrokenTime(c, c.word(0))),
  'ctime(time: pointer): pointer': (c) => timeOf(c, c.memory.u64(c.word(0))),
  '_ctime64(time: pointer): pointer': (c) => timeOf(c, c.memory.u64(c.word(0))),
});

function timeOf(c: Call, seconds: number): number {
  return giveTime(c, brokenTime(seconds));
}

/** Into the library's one text, which the program may write to until the next call. */
function giveTime(c: Call, fields: readonly number[]): number {
  const at = c.process.crt.timeText;
  c.memory.setText(at, clockText(fields));
  return at;
}

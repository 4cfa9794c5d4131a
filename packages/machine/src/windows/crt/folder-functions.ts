// @table
/** Files by name and time in the C library: stat and its kin, temporary files, text of times. */
import type { Call } from '../call.ts';
import { fileLength } from '../process/file-io.ts';
import { type FileStatus, fileStatus } from '../process/file-status.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';
import { EACCES, EBADF, EINVAL, ENOENT, failWith, setErrnoOf } from './crt-errno.ts';
import { brokenTime } from './number-functions.ts';
import { openStream } from './stream-io.ts';
import { timeText } from './time-text.ts';

const MODE_FILE = 0x8000;
const MODE_DIRECTORY = 0x4000;
const MODE_CHARACTER = 0x2000;
const MODE_PIPE = 0x1000;
const READ_WRITE = 0x1b6;
const EXECUTE = 0x49;
const RUN_START = 1_704_067_200;

/** How wide st_size is, and where it and the times lie. */
interface Layout {
  readonly bytes: number;
  readonly sizeAt: number;
  readonly isWide: boolean;
}

const SMALL: Layout = { bytes: 48, sizeAt: 20, isWide: false };
const LARGE: Layout = { bytes: 56, sizeAt: 24, isWide: true };

function modeOf(path: string, { isDirectory }: FileStatus): number {
  if (isDirectory) return MODE_DIRECTORY | READ_WRITE | EXECUTE;
  const runs = /\.(exe|com|bat|cmd)$/i.test(path);
  return MODE_FILE | READ_WRITE | (runs ? EXECUTE : 0);
}

function writeStat(c: Call, at: number, mode: number, status: FileStatus, layout: Layout): number {
  const { memory } = c;
  memory.fill(at, 0, layout.bytes);
  memory.setU16(at + 6, mode);
  memory.setU16(at + 8, 1);
  if (layout.isWide) memory.setU64(at + layout.sizeAt, status.size);
  else memory.setU32(at + layout.sizeAt, status.size);
  const times = layout.bytes - 24;
  for (let n = 0; n < 3; n++) memory.setU64(at + times + n * 8, status.modified);
  return 0;
}

function stat(c: Call, path: string, layout: Layout): number {
  const status = fileStatus(c.process, path);
  if (typeof status !== 'number') {
    return writeStat(c, c.word(1), modeOf(path, status), status, layout);
  }
  setErrnoOf(c.process, status);
  return -1;
}

function statOpen(c: Call, layout: Layout): number {
  const descriptor = c.process.crt.descriptors.get(c.i32(0));
  if (descriptor === null) return failWith(c.process, EBADF, -1);
  const { object } = descriptor;
  const length = fileLength(c.process, object);
  const size = length.ok ? length.value : 0;
  const status = { isDirectory: false, size, modified: object.stream >= 0 ? 0 : RUN_START };
  const mode = object.stream < 0 ? MODE_FILE | READ_WRITE : MODE_PIPE;
  return writeStat(c, c.word(1), mode & ~MODE_CHARACTER, status, layout);
}

function access(c: Call, path: string): number {
  const status = fileStatus(c.process, path);
  if (typeof status !== 'number') return 0;
  setErrnoOf(c.process, status);
  return -1;
}

function lengthOf(c: Call): number {
  const descriptor = c.process.crt.descriptors.get(c.i32(0));
  const length = descriptor === null ? null : fileLength(c.process, descriptor.object);
  return length?.ok ? length.value : failWith(c.process, EBADF, -1);
}

function currentDirectory(c: Call): number {
  const { directory, heaps } = c.process;
  const at = c.word(0) === 0 ? heaps.allocate(directory.length + 1) : c.word(0);
  if (c.word(0) !== 0 && c.i32(1) <= directory.length) return failWith(c.process, 34, 0);
  c.memory.setText(at, directory);
  return at;
}

/** struct tm of the program, as its nine fields. */
function fieldsAt(c: Call, at: number): number[] {
  return Array.from({ length: 9 }, (_, n) => c.memory.i32(at + n * 4));
}

/** Seconds of a broken-down time, whose fields may lie out of their ranges. */
function secondsOf(fields: readonly number[]): number {
  const [second, minute, hour, day, month, year] = fields as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // Days from 1970 to the first of a month, by years that begin in March.
  const y = year + 1900 + Math.floor(month / 12) - (((month % 12) + 12) % 12 < 2 ? 1 : 0);
  const m = ((((month % 12) + 12) % 12) + 10) % 12;
  const years = y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  const days = years + Math.floor((m * 153 + 2) / 5) - 719_468 + day - 1;
  return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

function makeTime(c: Call): number {
  const seconds = secondsOf(fieldsAt(c, c.word(0)));
  brokenTime(seconds).forEach((field, n) => {
    c.memory.setU32(c.word(0) + n * 4, field);
  });
  return seconds < 0 ? failWith(c.process, EINVAL, -1) : seconds;
}

function formatTime(c: Call): number {
  const text = timeText(c.text(2), fieldsAt(c, c.word(3)));
  if (text.length >= c.word(1)) return 0;
  c.memory.setText(c.word(0), text);
  return text.length;
}

function formatWideTime(c: Call): number {
  const text = timeText(c.wide(2), fieldsAt(c, c.word(3)));
  if (text.length >= c.word(1)) return 0;
  c.memory.setWideText(c.word(0), text);
  return text.length;
}

const refuse = (c: Call): number => failWith(c.process, EACCES, -1);
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
  '_chmod(path: text, mode: i32): i32': refuse,
  '_wchmod(path: wide, mode: i32): i32': refuse,
  '_utime64(path: text, times: pointer): i32': refuse,
  '_futime64(descriptor: i32, times: pointer): i32': refuse,
  '_mkdir(path: text): i32': refuse,
  '_wmkdir(path: wide): i32': refuse,
  '_rmdir(path: text): i32': refuse,
  '_wrmdir(path: wide): i32': refuse,
  '_getcwd(to: pointer, size: i32): pointer': currentDirectory,
  'getcwd(to: pointer, size: i32): pointer': currentDirectory,
  'tmpnam(to: pointer): pointer': (c) => {
    const name = `\\s${(c.process.random() & 0xfff_ffff).toString(36)}.`;
    if (c.word(0) === 0) return c.process.crt.textAddress(name);
    c.memory.setText(c.word(0), name);
    return c.word(0);
  },
  'tmpfile(): pointer': (c) => {
    const name = `\\t${(c.process.random() & 0xfff_ffff).toString(36)}.tmp`;
    return openStream(c.process, name, 'w+b')?.address ?? 0;
  },
  // There is no other program that could be run.
  'system(command: text): i32': (c) => (c.word(0) === 0 ? 0 : noProgram(c, -1)),
  '_popen(command: text, mode: text): pointer': (c) => noProgram(c, 0),
  '_pclose(stream: pointer): i32': (c) => failWith(c.process, EBADF, -1),
  'mktime(time: pointer): i64': makeTime,
  '_mktime64(time: pointer): i64': makeTime,
  '_mkgmtime64(time: pointer): i64': makeTime,
  'strftime(to: pointer, size: u64, format: text, time: pointer): u64': formatTime,
  'wcsftime(to: pointer, size: u64, format: wide, time: pointer): u64': formatWideTime,
  'asctime(time: pointer): pointer': (c) =>
    c.process.crt.textAddress(`${timeText('%a %b %d %H:%M:%S %Y', fieldsAt(c, c.word(0)))}\n`),
  'ctime(time: pointer): pointer': (c) => timeOf(c, c.memory.u64(c.word(0))),
  '_ctime64(time: pointer): pointer': (c) => timeOf(c, c.memory.u64(c.word(0))),
});

function timeOf(c: Call, seconds: number): number {
  return c.process.crt.textAddress(`${timeText('%a %b %d %H:%M:%S %Y', brokenTime(seconds))}\n`);
}

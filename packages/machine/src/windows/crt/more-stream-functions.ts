// @table
/** Streams and the keyboard by names that are seldom used; locks of streams that nobody needs. */
import type { Call } from '../call.ts';
import { waitUntil } from '../calls/wait.ts';
import { readFile } from '../process/file-io.ts';
import { fileAt } from '../process/file-status.ts';
import { unixMilliseconds, unixSeconds } from '../process/file-time.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';
import { clockText, readBrokenTime, writeBrokenTime } from './broken-time.ts';
import { brokenTime } from './civil-time.ts';
import { EBADF, EEXIST, EINVAL, ENOENT, failWith } from './crt-errno.ts';
import { FILES } from './crt-state.ts';
import { EOF, giveStream, openStream } from './stream-io.ts';
import { timeText } from './time-text.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** A key: the next byte of standard input, with or without being shown. */
function key(c: Call): number {
  const console = c.process.file(c.process.standardHandles[0]);
  const read = console === null ? null : readFile(c.process, console, 1);
  return read?.ok && read.value.length > 0 ? read.value[0]! : EOF;
}

/** struct _timeb: seconds, milliseconds, minutes from the world's time, whether it is summer. */
function timeNow(c: Call): number {
  const milliseconds = unixMilliseconds(c.process.fileTime);
  c.memory.setU64(c.word(0), Math.floor(milliseconds / 1000));
  c.memory.setU16(c.word(0) + 8, milliseconds % 1000);
  c.memory.setU16(c.word(0) + 10, 0);
  c.memory.setU16(c.word(0) + 12, 0);
  return 0;
}

function breakInto(c: Call): number {
  const [to, from] = [c.word(0), c.word(1)];
  if (to === 0 || from === 0) return EINVAL;
  writeBrokenTime(c, to, brokenTime(Number(c.memory.big(from))));
  return 0;
}

function timeInto(c: Call, fields: readonly number[]): number {
  const text = clockText(fields);
  if (c.word(0) === 0 || c.word(1) <= text.length) return EINVAL;
  c.memory.setText(c.word(0), text);
  return 0;
}

function dateText(c: Call, format: string): number {
  c.memory.setText(c.word(0), timeText(format, brokenTime(unixSeconds(c.process.fileTime))));
  return c.word(0);
}

/** The name's six last letters, which are X, become a letter and a number that no file has. */
function makeName(c: Call): number {
  const name = c.text(0);
  if (!name.endsWith('XXXXXX')) return failWith(c.process, EINVAL, 0);
  const number = String(c.process.random() % 100_000).padStart(5, '0');
  for (const letter of LETTERS) {
    const made = `${name.slice(0, -6)}${letter}${number}`;
    if (typeof fileAt(c.process, made) !== 'number') continue;
    c.memory.setText(c.word(0), made);
    return c.word(0);
  }
  return failWith(c.process, EEXIST, 0);
}

/** Only one thread is in a function of the library at a time. */
const LOCKS: FunctionRows = {
  '_lock_file(stream: pointer)': () => 0,
  '_unlock_file(stream: pointer)': () => 0,
  '_getmaxstdio(): i32': () => FILES,
  '_setmaxstdio(count: i32): i32': (c) => (c.i32(0) <= FILES ? c.i32(0) : -1),
};

export const MORE_STREAM_FUNCTIONS: readonly SystemFunction[] = systemFunctions('crt', {
  ...LOCKS,
  '_getch(): i32': key,
  '_getche(): i32': key,
  'getch(): i32': key,
  // What a terminal holds is not known before it is read.
  '_kbhit(): i32': () => 0,
  '_ftime(to: pointer)': timeNow,
  '_ftime64(to: pointer)': timeNow,
  '_ftime64_s(to: pointer): i32': timeNow,
  '_gmtime64_s(to: pointer, time: pointer): i32': breakInto,
  '_localtime64_s(to: pointer, time: pointer): i32': breakInto,
  '_ctime64_s(to: pointer, size: u64, time: pointer): i32': (c) =>
    timeInto(c, brokenTime(Number(c.memory.big(c.word(2))))),
  'asctime_s(to: pointer, size: u64, time: pointer): i32': (c) =>
    timeInto(c, readBrokenTime(c, c.word(2))),
  '_strdate(to: pointer): pointer': (c) => dateText(c, '%m/%d/%y'),
  '_strtime(to: pointer): pointer': (c) => dateText(c, '%H:%M:%S'),
  '_mktemp(name: text): pointer': makeName,
  '_wfopen_s(stream: pointer, path: wide, mode: wide): i32': (c) =>
    giveStream(c, openStream(c.process, c.wide(1), c.wide(2))),
  '_sleep(time: u32)': function* (c) {
    yield* waitUntil(c, () => false, c.u32(0));
    return 0;
  },
  // There is no other program that could be run.
  '_spawnve(mode: i32, path: text, arguments: pointer, environment: pointer): i64': (c) =>
    failWith(c.process, ENOENT, -1),
  '_spawnvp(mode: i32, path: text, arguments: pointer): i64': (c) =>
    failWith(c.process, ENOENT, -1),
  '_spawnv(mode: i32, path: text, arguments: pointer): i64': (c) => failWith(c.process, ENOENT, -1),
  '_execvp(path: text, arguments: pointer): i64': (c) => failWith(c.process, ENOENT, -1),
  '_execv(path: text, arguments: pointer): i64': (c) => failWith(c.process, ENOENT, -1),
  '_cwait(status: pointer, process: handle, action: i32): i64': (c) =>
    failWith(c.process, EBADF, -1),
});

// @table
/** Streams and the keyboard by names that are seldom used; locks of streams that nobody needs. */
import type { Call } from '../call.ts';
import { readFile } from '../process/file-io.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';
import { EBADF, EINVAL, ENOENT, failWith } from './crt-errno.ts';
import { FILES } from './crt-state.ts';
import { brokenTime } from './number-functions.ts';
import { EOF, openStream } from './stream-io.ts';
import { timeText } from './time-text.ts';

const NS_PER_MS = 1_000_000;
const EPOCH_MS = 11_644_473_600_000n;
const TICKS_PER_MS = 10_000n;

/** A key: the next byte of standard input, with or without being shown. */
function key(c: Call): number {
  const console = c.process.file(c.process.standardHandles[0]);
  const read = console === null ? null : readFile(c.process, console, 1);
  return read?.ok && read.value.length > 0 ? read.value[0]! : EOF;
}

/** struct _timeb: seconds, milliseconds, minutes from the world's time, whether it is summer. */
function timeNow(c: Call): number {
  const milliseconds = c.process.fileTime / TICKS_PER_MS - EPOCH_MS;
  c.memory.setBig(c.word(0), milliseconds / 1000n);
  c.memory.setU16(c.word(0) + 8, Number(milliseconds % 1000n));
  c.memory.setU16(c.word(0) + 10, 0);
  c.memory.setU16(c.word(0) + 12, 0);
  return 0;
}

function breakInto(c: Call): number {
  const [to, from] = [c.word(0), c.word(1)];
  if (to === 0 || from === 0) return EINVAL;
  brokenTime(Number(c.memory.big(from))).forEach((field, n) => {
    c.memory.setU32(to + n * 4, field);
  });
  return 0;
}

function timeInto(c: Call, fields: readonly number[]): number {
  const text = `${timeText('%a %b %d %H:%M:%S %Y', fields)}\n`;
  if (c.word(0) === 0 || c.word(1) <= text.length) return EINVAL;
  c.memory.setText(c.word(0), text);
  return 0;
}

function dateText(c: Call, format: string): number {
  const seconds = Number((c.process.fileTime / TICKS_PER_MS - EPOCH_MS) / 1000n);
  c.memory.setText(c.word(0), timeText(format, brokenTime(seconds)));
  return c.word(0);
}

/** The name's six last letters, which are X, become a letter and a number. */
function makeName(c: Call): number {
  const name = c.text(0);
  if (!name.endsWith('XXXXXX')) return failWith(c.process, EINVAL, 0);
  const number = String(c.process.random() % 100_000).padStart(5, '0');
  c.memory.setText(c.word(0), `${name.slice(0, -6)}a${number}`);
  return c.word(0);
}

function openSafely(c: Call, path: string, mode: string): number {
  const stream = openStream(c.process, path, mode);
  c.memory.setU64(c.word(0), stream?.address ?? 0);
  return stream === null ? c.memory.i32(c.process.crt.errnoAddress(c.thread.id)) : 0;
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
    timeInto(
      c,
      Array.from({ length: 9 }, (_, n) => c.memory.i32(c.word(2) + n * 4)),
    ),
  '_strdate(to: pointer): pointer': (c) => dateText(c, '%m/%d/%y'),
  '_strtime(to: pointer): pointer': (c) => dateText(c, '%H:%M:%S'),
  '_mktemp(name: text): pointer': makeName,
  '_wfopen_s(stream: pointer, path: wide, mode: wide): i32': (c) =>
    openSafely(c, c.wide(1), c.wide(2)),
  'tmpfile_s(stream: pointer): i32': (c) => {
    const name = `\\t${(c.process.random() & 0xfff_ffff).toString(36)}.tmp`;
    return openSafely(c, name, 'w+bD');
  },
  '_sleep(time: u32)': function* (c) {
    yield {
      kind: 'wait',
      until: () => false,
      deadline: c.process.now + c.u32(0) * NS_PER_MS,
    };
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

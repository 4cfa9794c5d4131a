// @table
/** The printf family by its later names: with the room told, wide, and for counting only. */
import type { Call } from '../call.ts';
import { textBytes } from '../process/process-memory.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';
import { EINVAL, ERANGE, failWith } from './crt-errno.ts';
import { ArgumentList } from './format.ts';
import { scanText, streamSource, textSource } from './scan.ts';
import type { Stream } from './stream.ts';
import { formatAt, printTo, restOf, standard, streamOf } from './stream-functions.ts';
import { EOF, readByte } from './stream-io.ts';

const TRUNCATE = 2 ** 63;
const WEOF = 0xffff;
const STANDARD_INPUT = 0;
const STANDARD_OUTPUT = 1;

/** Where a function finds what its format asks for. */
type Values = (c: Call, index: number) => ArgumentList;

const listed: Values = (c, index) => new ArgumentList(c.memory, c.word(index));

function formatted(c: Call, format: number, values: Values, isWide: boolean): string | null {
  return formatAt(c, format, values(c, format + 1), isWide);
}

function put(c: Call, text: string, isWide: boolean): void {
  c.memory.write(c.word(0), textBytes(`${text}\0`, isWide));
}

/** All of it, or an empty text and an error. */
function printSafely(c: Call, values: Values, isWide: boolean): number {
  const room = c.word(1);
  if (c.word(0) === 0 || room === 0) return failWith(c.process, EINVAL, -1);
  const text = formatted(c, 2, values, isWide);
  if (text === null) return failWith(c.process, EINVAL, -1);
  const fits = text.length < room;
  put(c, fits ? text : '', isWide);
  return fits ? text.length : failWith(c.process, ERANGE, -1);
}

/** At most so many characters of it; _TRUNCATE asks for what fits. */
function printSome(c: Call, values: Values, isWide: boolean): number {
  const [room, most] = [c.word(1), c.word(2)];
  if (c.word(0) === 0 || room === 0) return failWith(c.process, EINVAL, -1);
  const text = formatted(c, 3, values, isWide);
  if (text === null) return failWith(c.process, EINVAL, -1);
  const limit = most >= TRUNCATE ? room - 1 : most;
  const part = text.slice(0, limit);
  if (part.length >= room) {
    put(c, '', isWide);
    return failWith(c.process, ERANGE, -1);
  }
  put(c, part, isWide);
  return part.length < text.length ? -1 : text.length;
}

/** To a stream, which has to be one. */
function printOn(c: Call, stream: Stream | null, text: string | null): number {
  return stream === null ? failWith(c.process, EINVAL, EOF) : printTo(c, stream, text);
}

function scanWide(c: Call, text: string): number {
  return scanText(c.wide(1), restOf(c, 2), textSource(text), true);
}

function scanStream(c: Call): number {
  const stream = streamOf(c, 0);
  if (stream === null) return failWith(c.process, EINVAL, EOF);
  return scanText(c.wide(1), restOf(c, 2), streamSource(c.process, stream), true);
}

const SAFE: FunctionRows = {
  'sprintf_s(to: pointer, size: u64, format: text, values: rest): i32': (c) =>
    printSafely(c, restOf, false),
  'vsprintf_s(to: pointer, size: u64, format: text, values: pointer): i32': (c) =>
    printSafely(c, listed, false),
  'swprintf_s(to: pointer, size: u64, format: wide, values: rest): i32': (c) =>
    printSafely(c, restOf, true),
  'vswprintf_s(to: pointer, size: u64, format: wide, values: pointer): i32': (c) =>
    printSafely(c, listed, true),
  '_snprintf_s(to: pointer, size: u64, count: u64, format: text, values: rest): i32': (c) =>
    printSome(c, restOf, false),
  '_vsnprintf_s(to: pointer, size: u64, count: u64, format: text, values: pointer): i32': (c) =>
    printSome(c, listed, false),
  '_snwprintf_s(to: pointer, size: u64, count: u64, format: wide, values: rest): i32': (c) =>
    printSome(c, restOf, true),
  '_vsnwprintf_s(to: pointer, size: u64, count: u64, format: wide, values: pointer): i32': (c) =>
    printSome(c, listed, true),
};

const STREAMS: FunctionRows = {
  'fprintf_s(stream: pointer, format: text, values: rest): i32': (c) =>
    printOn(c, streamOf(c, 0), formatted(c, 1, restOf, false)),
  'vfprintf_s(stream: pointer, format: text, values: pointer): i32': (c) =>
    printOn(c, streamOf(c, 0), formatted(c, 1, listed, false)),
  'printf_s(format: text, values: rest): i32': (c) =>
    printOn(c, standard(c, STANDARD_OUTPUT), formatted(c, 0, restOf, false)),
  'vprintf_s(format: text, values: pointer): i32': (c) =>
    printOn(c, standard(c, STANDARD_OUTPUT), formatted(c, 0, listed, false)),
  'vwprintf(format: wide, values: pointer): i32': (c) =>
    printOn(c, standard(c, STANDARD_OUTPUT), formatted(c, 0, listed, true)),
  'putwchar(unit: i32): i32': (c) =>
    printOn(c, standard(c, STANDARD_OUTPUT), String.fromCharCode(c.i32(0))) === 1
      ? c.i32(0) & WEOF
      : WEOF,
  'getwchar(): i32': (c) => {
    const stream = standard(c, STANDARD_INPUT);
    return stream === null ? WEOF : readByte(c.process, stream) & WEOF;
  },
};

export const SAFE_PRINT_FUNCTIONS: readonly SystemFunction[] = systemFunctions('crt', {
  ...SAFE,
  ...STREAMS,
  '_scwprintf(format: wide, values: rest): i32': (c) => formatted(c, 0, restOf, true)?.length ?? -1,
  '_vscwprintf(format: wide, values: pointer): i32': (c) =>
    formatted(c, 0, listed, true)?.length ?? -1,
  'swscanf(text: wide, format: wide, values: rest): i32': (c) => scanWide(c, c.wide(0)),
  'fwscanf(stream: pointer, format: wide, values: rest): i32': scanStream,
});

// @table
/** What the universal C library has and msvcrt has not: its start, its printf and scanf. */
import type { Call } from '../call.ts';
import { callStep, type Steps } from '../call-steps.ts';
import { textBytes } from '../process/process-memory.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';
import { EINVAL, failWith } from './crt-errno.ts';
import { ArgumentList, type FormatStyle, formatText } from './format.ts';
import { scanText, streamSource, textSource } from './scan.ts';
import { printTo, streamOf } from './stream-functions.ts';
import { EOF } from './stream-io.ts';

/** Options of every call. */
const LEGACY_TERMINATION = 1;
const STANDARD_SNPRINTF = 2;
const LEGACY_WIDE = 4;
const THREE_DIGITS = 0x10;
const UNLIMITED = 2 ** 63;

function styleOf(options: number, isWide: boolean): FormatStyle {
  return {
    isWide,
    exponentDigits: (options & THREE_DIGITS) === 0 ? 2 : 3,
    isC99: (options & LEGACY_WIDE) === 0,
    hasWords: true,
  };
}

function formatted(c: Call, format: number, list: number, isWide: boolean): string | null {
  const text = isWide ? c.wide(format) : c.text(format);
  const places = new ArgumentList(c.memory, c.word(list));
  return formatText(text, places, styleOf(c.u32(0), isWide));
}

/** Into a buffer with room for so many characters, as the options have it. */
function printInto(c: Call, isWide: boolean): number {
  const text = formatted(c, 3, 5, isWide);
  const [buffer, size] = [c.word(1), c.word(2)];
  if (text === null) return failWith(c.process, EINVAL, -1);
  if (buffer === 0) return size === 0 ? text.length : failWith(c.process, EINVAL, -1);
  const write = (part: string): void => c.memory.write(buffer, textBytes(part, isWide));
  if (size >= UNLIMITED || text.length < size) {
    write(`${text}\0`);
    return text.length;
  }
  const options = c.u32(0);
  if ((options & STANDARD_SNPRINTF) !== 0) {
    if (size > 0) write(`${text.slice(0, size - 1)}\0`);
    return text.length;
  }
  if ((options & LEGACY_TERMINATION) !== 0) {
    write(text.slice(0, size));
    return text.length === size ? size : -1;
  }
  if (size > 0) write(`${text.slice(0, size - 1)}\0`);
  return -1;
}

/** With its end always, and nothing when it does not fit; `most` cuts it first. */
function printSafely(c: Call, format: number, isWide: boolean, most: number): number {
  const text = formatted(c, format, format + 2, isWide);
  const [buffer, size] = [c.word(1), c.word(2)];
  if (buffer === 0 || size === 0 || text === null) return failWith(c.process, EINVAL, -1);
  const part = text.slice(0, Math.min(most, UNLIMITED));
  const fits = part.length < size;
  // _TRUNCATE asks for what fits.
  const shown = fits ? part : most >= UNLIMITED ? text.slice(0, size - 1) : '';
  c.memory.write(buffer, textBytes(`${shown}\0`, isWide));
  return fits && part.length === text.length ? text.length : -1;
}

function printOn(c: Call, isWide: boolean): number {
  const stream = streamOf(c, 1);
  const text = formatted(c, 2, 4, isWide);
  if (stream === null || text === null) return failWith(c.process, EINVAL, -1);
  return printTo(c, stream, text);
}

function scanBuffer(c: Call, isWide: boolean): number {
  const limit = c.word(2);
  const text = isWide ? c.memory.wideText(c.word(1), limit) : c.memory.text(c.word(1), limit);
  const format = isWide ? c.wide(3) : c.text(3);
  return scanText(format, new ArgumentList(c.memory, c.word(5)), textSource(text), isWide);
}

function scanStream(c: Call, isWide: boolean): number {
  const stream = streamOf(c, 1);
  if (stream === null) return failWith(c.process, EINVAL, EOF);
  const format = isWide ? c.wide(2) : c.text(2);
  const source = streamSource(c.process, stream);
  return scanText(format, new ArgumentList(c.memory, c.word(4)), source, isWide);
}

const TO_STREAM = 'options: u64, stream: pointer, format';
const TO_BUFFER = 'options: u64, buffer: pointer, size: u64, format';
const REST = 'locale: pointer, values: pointer';

const STDIO: FunctionRows = {
  [`__stdio_common_vfprintf(${TO_STREAM}: text, ${REST}): i32`]: (c) => printOn(c, false),
  [`__stdio_common_vfprintf_s(${TO_STREAM}: text, ${REST}): i32`]: (c) => printOn(c, false),
  [`__stdio_common_vfwprintf(${TO_STREAM}: wide, ${REST}): i32`]: (c) => printOn(c, true),
  [`__stdio_common_vfwprintf_s(${TO_STREAM}: wide, ${REST}): i32`]: (c) => printOn(c, true),
  [`__stdio_common_vsprintf(${TO_BUFFER}: text, ${REST}): i32`]: (c) => printInto(c, false),
  [`__stdio_common_vswprintf(${TO_BUFFER}: wide, ${REST}): i32`]: (c) => printInto(c, true),
  [`__stdio_common_vsprintf_s(${TO_BUFFER}: text, ${REST}): i32`]: (c) =>
    printSafely(c, 3, false, UNLIMITED - 1),
  [`__stdio_common_vswprintf_s(${TO_BUFFER}: wide, ${REST}): i32`]: (c) =>
    printSafely(c, 3, true, UNLIMITED - 1),
  [`__stdio_common_vsnprintf_s(options: u64, buffer: pointer, size: u64, count: u64, format: text, ${REST}): i32`]:
    (c) => printSafely(c, 4, false, c.word(3)),
  [`__stdio_common_vsnwprintf_s(options: u64, buffer: pointer, size: u64, count: u64, format: wide, ${REST}): i32`]:
    (c) => printSafely(c, 4, true, c.word(3)),
  [`__stdio_common_vsscanf(${TO_BUFFER}: text, ${REST}): i32`]: (c) => scanBuffer(c, false),
  [`__stdio_common_vswscanf(${TO_BUFFER}: wide, ${REST}): i32`]: (c) => scanBuffer(c, true),
  [`__stdio_common_vfscanf(${TO_STREAM}: text, ${REST}): i32`]: (c) => scanStream(c, false),
  [`__stdio_common_vfwscanf(${TO_STREAM}: wide, ${REST}): i32`]: (c) => scanStream(c, true),
};

/** _onexit_table_t: first, last, end, each address the program's own to keep. */
const FIRST_BYTES = 256;

function initialiseTable(c: Call): number {
  c.memory.fill(c.word(0), 0, 24);
  return 0;
}

function addToTable(c: Call): number {
  const { heaps } = c.process;
  const at = c.word(0);
  const [first, last, end] = [0, 8, 16].map((offset) => c.memory.u64(at + offset)) as [
    number,
    number,
    number,
  ];
  let start = first;
  let next = last;
  if (last === end) {
    const used = last - first;
    const bytes = Math.max(FIRST_BYTES, used * 2);
    const grown = heaps.allocate(bytes);
    if (grown === 0) return -1;
    if (first !== 0) c.memory.write(grown, c.memory.read(first, used));
    start = grown;
    next = grown + used;
    c.memory.setU64(at, start);
    c.memory.setU64(at + 16, grown + bytes);
    if (first !== 0) heaps.free(first);
  }
  c.memory.setU64(next, c.word(1));
  c.memory.setU64(at + 8, next + 8);
  return 0;
}

/** Calls what is in a table, the last one first. */
function* runTable(c: Call): Steps {
  const [first, last] = [c.memory.u64(c.word(0)), c.memory.u64(c.word(0) + 8)];
  for (let at = last - 8; at >= first && !c.memory.mmu.faulted; at -= 8) {
    const function_ = c.memory.u64(at);
    if (function_ !== 0) yield callStep(function_);
  }
  initialiseTable(c);
  return 0;
}

function variable(name: string): (c: Call) => number {
  return (c) => c.process.crt.variable(name);
}

function pointed(name: string): (c: Call) => number {
  return (c) => c.memory.u64(c.process.crt.variable(name));
}

const STARTUP: FunctionRows = {
  // Arguments and environment are there before the program asks for them.
  '_configure_narrow_argv(mode: i32): i32': () => 0,
  '_configure_wide_argv(mode: i32): i32': () => 0,
  '_initialize_narrow_environment(): i32': () => 0,
  '_initialize_wide_environment(): i32': () => 0,
  '_get_initial_narrow_environment(): pointer': pointed('__initenv'),
  '_get_initial_wide_environment(): pointer': pointed('__winitenv'),
  '_get_narrow_winmain_command_line(): pointer': pointed('_acmdln'),
  '_get_wide_winmain_command_line(): pointer': pointed('_wcmdln'),
  '_initialize_onexit_table(table: pointer): i32': initialiseTable,
  '_register_onexit_function(table: pointer, function: pointer): i32': addToTable,
  '_execute_onexit_table(table: pointer): i32': runTable,
  '_register_thread_local_exe_atexit_callback(function: pointer)': () => 0,
  '_set_new_mode(mode: i32): i32': () => 0,
  '_query_new_mode(): i32': () => 0,
  '_seh_filter_exe(code: u32, pointers: pointer): i32': () => 0,
  '_seh_filter_dll(code: u32, pointers: pointer): i32': () => 0,
  '_query_app_type(): i32': () => 1,
  '_set_fmode(mode: i32): i32': (c) => {
    c.memory.setU32(c.process.crt.variable('_fmode'), c.i32(0));
    return 0;
  },
  '_get_fmode(to: pointer): i32': (c) => {
    c.memory.setU32(c.word(0), c.memory.u32(c.process.crt.variable('_fmode')));
    return 0;
  },
  '__timezone(): pointer': variable('_timezone'),
  '__daylight(): pointer': variable('_daylight'),
  '__dstbias(): pointer': variable('_dstbias'),
  '__tzname(): pointer': variable('_tzname'),
};

export const UNIVERSAL_FUNCTIONS: readonly SystemFunction[] = systemFunctions('crt', {
  ...STDIO,
  ...STARTUP,
});

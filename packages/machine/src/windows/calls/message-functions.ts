// @table
/** Texts of errors, and texts with numbered places that are filled: FormatMessage. */
import type { Call } from '../call.ts';
import { ArgumentList, formatText, MSVCRT_NARROW, MSVCRT_WIDE } from '../crt/format.ts';
import { textBytes } from '../process/process-memory.ts';
import {
  ERROR_INSUFFICIENT_BUFFER,
  ERROR_INVALID_PARAMETER,
  ERROR_NOT_ENOUGH_MEMORY,
} from '../process/windows-error.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';
import { ERROR_MESSAGES } from './error-text.ts';

const ALLOCATE_BUFFER = 0x100;
const IGNORE_INSERTS = 0x200;
const FROM_STRING = 0x400;
const FROM_SYSTEM = 0x1000;
const ARGUMENT_ARRAY = 0x2000;
const WIDTH_MASK = 0xff;
const ERROR_MR_MID_NOT_FOUND = 317;
const FACILITY_WIN32 = 0x8007_0000;
const ARGUMENT_BYTES = 8;
const ERROR_MORE_DATA = 234;
/** As documented: a message is no longer than 64 KiB. */
const MOST_UNITS = 65_535;
const PLACE = /%(?:(\d\d?)(?:!([^!]*)!)?|(.))/gs;
/** What letters behind a percent sign stand for; others stand for themselves. */
const SINGLE: Readonly<Record<string, string>> = { n: '\r\n', r: '\r', t: '\t', b: ' ', '0': '' };

/** The text that is asked for; null when there is none. */
function sourceText(c: Call, isWide: boolean): string | null {
  const flags = c.u32(0);
  if ((flags & FROM_STRING) !== 0) return isWide ? c.wide(1) : c.text(1);
  if ((flags & FROM_SYSTEM) === 0) return null;
  const id = c.u32(2);
  const error = (id & 0xffff_0000) >>> 0 === FACILITY_WIN32 ? id & 0xffff : id;
  const text = ERROR_MESSAGES[error];
  return text === undefined ? null : `${text}\r\n`;
}

/** Address of the first argument: a list of variable arguments is one place further away. */
function argumentsAt(c: Call): number {
  const list = c.word(6);
  if (list === 0 || (c.u32(0) & ARGUMENT_ARRAY) !== 0) return list;
  return c.memory.u64(list);
}

/** What stands for one place: `%1`, `%1!format!`, or a letter. */
function insertOf(c: Call, [, number, format, letter]: RegExpMatchArray, isWide: boolean): string {
  if (letter !== undefined) return SINGLE[letter] ?? letter;
  if (number === '0') return '';
  const list = new ArgumentList(c.memory, argumentsAt(c) + (Number(number) - 1) * ARGUMENT_BYTES);
  return formatText(`%${format ?? 's'}`, list, isWide ? MSVCRT_WIDE : MSVCRT_NARROW) ?? '';
}

/** Fills the places of a text; null when it becomes too long. */
function filled(c: Call, text: string, isWide: boolean): string | null {
  let whole = '';
  let at = 0;
  for (const match of text.matchAll(PLACE)) {
    whole += text.slice(at, match.index) + insertOf(c, match, isWide);
    at = match.index + match[0].length;
    if (whole.length > MOST_UNITS) return null;
  }
  return whole + text.slice(at);
}

function message(c: Call, isWide: boolean): number {
  const flags = c.u32(0);
  if (c.word(4) === 0) return c.fail(ERROR_INVALID_PARAMETER);
  const source = sourceText(c, isWide);
  if (source === null) return c.fail(ERROR_MR_MID_NOT_FOUND);
  const whole = (flags & IGNORE_INSERTS) === 0 ? filled(c, source, isWide) : source;
  if (whole === null || whole.length > MOST_UNITS) return c.fail(ERROR_MORE_DATA);
  // With the largest width, breaks of lines are spaces.
  const text = (flags & WIDTH_MASK) === WIDTH_MASK ? whole.replace(/\r?\n/g, ' ') : whole;
  const bytes = textBytes(`${text}\0`, isWide);
  if ((flags & ALLOCATE_BUFFER) !== 0) {
    const block = c.process.heaps.allocate(bytes.length);
    if (block === 0) return c.fail(ERROR_NOT_ENOUGH_MEMORY);
    c.memory.setU64(c.word(4), block);
    c.memory.write(block, bytes);
    return text.length;
  }
  if (text.length >= c.u32(5)) return c.fail(ERROR_INSUFFICIENT_BUFFER);
  c.memory.write(c.word(4), bytes);
  return text.length;
}

const ARGUMENTS =
  'flags: u32, source: pointer, id: u32, language: u32, to: pointer, size: u32, list: pointer';

export const MESSAGE_FUNCTIONS: readonly SystemFunction[] = systemFunctions('kernel', {
  [`FormatMessageA(${ARGUMENTS}): u32`]: (c) => message(c, false),
  [`FormatMessageW(${ARGUMENTS}): u32`]: (c) => message(c, true),
});

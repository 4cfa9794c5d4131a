// @table
/** Texts of errors, and texts with numbered places that are filled: FormatMessage. */
import type { Call } from '../call.ts';
import { ArgumentList, formatText, MSVCRT_NARROW, MSVCRT_WIDE } from '../crt/format.ts';
import { latin1Bytes, wideBytes } from '../process/process-memory.ts';
import { ERROR_INVALID_PARAMETER } from '../process/windows-error.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';
import { ERROR_MESSAGES } from './error-text.ts';

const ALLOCATE_BUFFER = 0x100;
const IGNORE_INSERTS = 0x200;
const FROM_STRING = 0x400;
const FROM_SYSTEM = 0x1000;
const ARGUMENT_ARRAY = 0x2000;
const WIDTH_MASK = 0xff;
const ERROR_INSUFFICIENT_BUFFER = 122;
const ERROR_MR_MID_NOT_FOUND = 317;
const FACILITY_WIN32 = 0x8007_0000;
const ARGUMENT_BYTES = 8;

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

/** Fills `%1` or `%1!format!` and its kin. */
function filled(c: Call, text: string, isWide: boolean): string {
  const first = argumentsAt(c);
  const style = isWide ? MSVCRT_WIDE : MSVCRT_NARROW;
  const single: Readonly<Record<string, string>> = { n: '\r\n', r: '\r', t: '\t', b: ' ', '0': '' };
  return text.replace(/%(?:(\d\d?)(?:!([^!]*)!)?|(.))/gs, (_all, number, format, letter) => {
    if (letter !== undefined) return single[letter] ?? letter;
    if (number === '0') return '';
    const address = first + (Number(number) - 1) * ARGUMENT_BYTES;
    return formatText(`%${format ?? 's'}`, new ArgumentList(c.memory, address), style);
  });
}

function message(c: Call, isWide: boolean): number {
  const flags = c.u32(0);
  if (c.word(4) === 0) return c.fail(ERROR_INVALID_PARAMETER);
  const source = sourceText(c, isWide);
  if (source === null) return c.fail(ERROR_MR_MID_NOT_FOUND);
  const whole = (flags & IGNORE_INSERTS) === 0 ? filled(c, source, isWide) : source;
  // With the largest width, breaks of lines are spaces.
  const text = (flags & WIDTH_MASK) === WIDTH_MASK ? whole.replace(/\r?\n/g, ' ') : whole;
  const bytes = isWide ? wideBytes(`${text}\0`) : latin1Bytes(`${text}\0`);
  if ((flags & ALLOCATE_BUFFER) !== 0) {
    const block = c.process.heaps.allocate(bytes.length);
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

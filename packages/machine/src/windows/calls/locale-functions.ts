// @table
/** Comparing, mapping and classifying text; there is one locale, whose letters are Unicode's. */
import type { Call } from '../call.ts';
import { latin1, TEXT_LIMIT, textBytes, utf16 } from '../process/process-memory.ts';
import {
  ERROR_INSUFFICIENT_BUFFER,
  ERROR_INVALID_PARAMETER,
  ERROR_NOT_ENOUGH_MEMORY,
} from '../process/windows-error.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';
import { giveText } from './process-functions.ts';

/** CSTR_LESS_THAN, CSTR_EQUAL, CSTR_GREATER_THAN. */
const LESS = 1;
const EQUAL = 2;
const GREATER = 3;
const IGNORE_CASE = 1;
const LCMAP_LOWERCASE = 0x100;
const LCMAP_UPPERCASE = 0x200;
const ERROR_INVALID_FLAGS = 1004;
const CT_CTYPE1 = 1;
const US_ENGLISH = 0x409;

/** A text with its length in units, or -1 for one that ends with a zero. */
function textAt(c: Call, address: number, length: number, isWide: boolean): string {
  if (length < 0) return isWide ? c.memory.wideText(address) : c.memory.text(address);
  const bytes = c.memory.read(address, length * (isWide ? 2 : 1));
  return isWide ? utf16(bytes) : latin1(bytes);
}

/** Whether a length that an argument tells is more than a text here can have. */
function isTooLong(c: Call, ...indexes: readonly number[]): boolean {
  return indexes.some((index) => c.i32(index) > TEXT_LIMIT);
}

function order(a: string, b: string): number {
  return a === b ? EQUAL : a < b ? LESS : GREATER;
}

/** As dictionaries have it: letters first by what they are, then by their case, small ones first. */
function compare(a: string, b: string, ignoresCase: boolean): number {
  const first = order(a.toLowerCase(), b.toLowerCase());
  if (first !== EQUAL || ignoresCase) return first;
  return a === b ? EQUAL : a < b ? GREATER : LESS;
}

function compareAt(c: Call, isWide: boolean): number {
  if (isTooLong(c, 3, 5)) return c.fail(ERROR_NOT_ENOUGH_MEMORY);
  const a = textAt(c, c.word(2), c.i32(3), isWide);
  const b = textAt(c, c.word(4), c.i32(5), isWide);
  return compare(a, b, (c.u32(1) & IGNORE_CASE) !== 0);
}

function compareOrdinal(c: Call): number {
  if (isTooLong(c, 1, 3)) return c.fail(ERROR_NOT_ENOUGH_MEMORY);
  const a = textAt(c, c.word(0), c.i32(1), true);
  const b = textAt(c, c.word(2), c.i32(3), true);
  return c.i32(4) === 0 ? order(a, b) : order(a.toUpperCase(), b.toUpperCase());
}

function mapText(c: Call, isWide: boolean): number {
  if (isTooLong(c, 3)) return c.fail(ERROR_NOT_ENOUGH_MEMORY);
  const flags = c.u32(1);
  const length = c.i32(3);
  const source = textAt(c, c.word(2), length, isWide);
  const mapped =
    (flags & LCMAP_UPPERCASE) !== 0
      ? source.toUpperCase()
      : (flags & LCMAP_LOWERCASE) !== 0
        ? source.toLowerCase()
        : source;
  // Letters that would become two stay as they are, as the system has it.
  const same = mapped.length === source.length ? mapped : source;
  const text = length < 0 ? `${same}\0` : same;
  const room = c.i32(5);
  if (room === 0) return text.length;
  if (text.length > room) return c.fail(ERROR_INSUFFICIENT_BUFFER);
  c.memory.write(c.word(4), textBytes(text, isWide));
  return text.length;
}

/** Bits of CT_CTYPE1 by what a character is. */
const CLASSES: readonly (readonly [pattern: RegExp, bits: number])[] = [
  [/\p{Lu}/u, 0x101],
  [/\p{Ll}/u, 0x102],
  [/\p{L}/u, 0x100],
  [/\p{Nd}/u, 0x4],
  [/\s/u, 0x8],
  [/[\p{P}\p{S}]/u, 0x10],
  [/\p{Cc}/u, 0x20],
  [/[ \t]/, 0x40],
  [/[0-9A-Fa-f]/, 0x80],
];

function classOf(letter: string): number {
  return CLASSES.reduce((bits, [pattern, more]) => bits | (pattern.test(letter) ? more : 0), 0x200);
}

function classify(c: Call, first: number, isWide: boolean): number {
  if (c.u32(first - 1) !== CT_CTYPE1) return c.fail(ERROR_INVALID_PARAMETER);
  const length = c.i32(first + 1);
  if (isTooLong(c, first + 1)) return c.fail(ERROR_NOT_ENOUGH_MEMORY);
  const text = textAt(c, c.word(first), length, isWide);
  const whole = length < 0 ? `${text}\0` : text;
  for (let n = 0; n < whole.length && !c.memory.mmu.faulted; n++) {
    c.memory.setU16(c.word(first + 2) + n * 2, classOf(whole[n]!));
  }
  return 1;
}

/** What a program asks of the locale, by LCTYPE. */
const FACTS: Readonly<Record<number, string>> = {
  2: 'English (United States)',
  3: 'ENU',
  7: 'USA',
  12: ',',
  13: '1',
  14: '.',
  15: ',',
  16: '3;0',
  20: '$',
  31: 'M/d/yyyy',
  32: 'dddd, MMMM d, yyyy',
  89: 'en',
  90: 'US',
  92: 'en-US',
  4097: 'English',
  4098: 'United States',
  4099: 'h:mm:ss tt',
  4100: '1252',
};

function fact(c: Call, isWide: boolean): number {
  const NUMBER = 0x2000_0000;
  const type = c.u32(1);
  const text = FACTS[type & 0xffff];
  if (text === undefined) return c.fail(ERROR_INVALID_PARAMETER);
  if ((type & NUMBER) !== 0) {
    const number = Number.parseInt(text, 10);
    if (Number.isNaN(number)) return c.fail(ERROR_INVALID_FLAGS);
    c.memory.setU32(c.word(2), number);
    return isWide ? 2 : 4;
  }
  if (c.u32(3) === 0) return text.length + 1;
  return giveWhole(c, text, c.word(2), c.u32(3), isWide);
}

/** A text with its end: how long it is, or 0 when there is too little room. */
function giveWhole(c: Call, text: string, to: number, room: number, isWide: boolean): number {
  if (text.length >= room) return c.fail(ERROR_INSUFFICIENT_BUFFER);
  return giveText(c, text, to, room, isWide) + 1;
}

/** lstrcmp and lstrcmpi: less than 0, 0, or more. */
function compareTexts(c: Call, isWide: boolean, ignoresCase: boolean): number {
  const [a, b] = [textAt(c, c.word(0), -1, isWide), textAt(c, c.word(1), -1, isWide)];
  return compare(a, b, ignoresCase) - EQUAL;
}

/** CharUpper and CharLower: of a text in its place, or of one character in the pointer's stead. */
function changeCase(c: Call, change: (text: string) => string, isWide: boolean): number {
  const at = c.word(0);
  if (at < 0x1_0000) return change(String.fromCharCode(at)).charCodeAt(0);
  const text = change(textAt(c, at, -1, isWide));
  c.memory.write(at, textBytes(text, isWide));
  return at;
}

const upper = (text: string): string => text.toUpperCase();
const lower = (text: string): string => text.toLowerCase();

const USER_ROWS: FunctionRows = {
  'CharUpperA(text: pointer): pointer': (c) => changeCase(c, upper, false),
  'CharUpperW(text: pointer): pointer': (c) => changeCase(c, upper, true),
  'CharLowerA(text: pointer): pointer': (c) => changeCase(c, lower, false),
  'CharLowerW(text: pointer): pointer': (c) => changeCase(c, lower, true),
  'CharNextA(text: pointer): pointer': (c) => c.word(0) + (c.memory.u8(c.word(0)) === 0 ? 0 : 1),
  'CharPrevA(start: pointer, text: pointer): pointer': (c) => Math.max(c.word(0), c.word(1) - 1),
  'IsCharAlphaA(letter: u32): bool': (c) => Number(/\p{L}/u.test(latin1Of(c))),
  'IsCharAlphaNumericA(letter: u32): bool': (c) => Number(/[\p{L}\p{N}]/u.test(latin1Of(c))),
  'IsCharUpperA(letter: u32): bool': (c) => Number(/\p{Lu}/u.test(latin1Of(c))),
  'IsCharLowerA(letter: u32): bool': (c) => Number(/\p{Ll}/u.test(latin1Of(c))),
};

function latin1Of(c: Call): string {
  return String.fromCharCode(c.u32(0) & 0xff);
}

export const LOCALE_FUNCTIONS: readonly SystemFunction[] = [
  ...systemFunctions('user', USER_ROWS),
  ...systemFunctions('kernel', {
    'CompareStringA(locale: u32, flags: u32, a: pointer, lengthA: i32, b: pointer, lengthB: i32): i32':
      (c) => compareAt(c, false),
    'CompareStringW(locale: u32, flags: u32, a: pointer, lengthA: i32, b: pointer, lengthB: i32): i32':
      (c) => compareAt(c, true),
    'CompareStringEx(locale: wide, flags: u32, a: pointer, lengthA: i32, b: pointer, lengthB: i32, version: pointer, reserved: pointer, parameter: pointer): i32':
      (c) => compareAt(c, true),
    'CompareStringOrdinal(a: pointer, lengthA: i32, b: pointer, lengthB: i32, ignore: bool): i32':
      compareOrdinal,
    'LCMapStringA(locale: u32, flags: u32, from: pointer, length: i32, to: pointer, size: i32): i32':
      (c) => mapText(c, false),
    'LCMapStringW(locale: u32, flags: u32, from: pointer, length: i32, to: pointer, size: i32): i32':
      (c) => mapText(c, true),
    'LCMapStringEx(locale: wide, flags: u32, from: pointer, length: i32, to: pointer, size: i32, version: pointer, reserved: pointer, parameter: pointer): i32':
      (c) => mapText(c, true),
    'GetStringTypeW(kind: u32, from: pointer, length: i32, to: pointer): bool': (c) =>
      classify(c, 1, true),
    'GetStringTypeA(locale: u32, kind: u32, from: pointer, length: i32, to: pointer): bool': (c) =>
      classify(c, 2, false),
    'GetLocaleInfoA(locale: u32, type: u32, to: pointer, size: i32): i32': (c) => fact(c, false),
    'GetLocaleInfoW(locale: u32, type: u32, to: pointer, size: i32): i32': (c) => fact(c, true),
    'GetLocaleInfoEx(locale: wide, type: u32, to: pointer, size: i32): i32': (c) => fact(c, true),
    'GetThreadLocale(): u32': () => US_ENGLISH,
    'SetThreadLocale(locale: u32): bool': (c) => Number(c.u32(0) === US_ENGLISH),
    'IsValidLocale(locale: u32, flags: u32): bool': (c) => Number(c.u32(0) === US_ENGLISH),
    'GetUserDefaultLangID(): u32': () => US_ENGLISH,
    'GetSystemDefaultLangID(): u32': () => US_ENGLISH,
    'GetUserDefaultLocaleName(to: pointer, size: i32): i32': (c) =>
      giveWhole(c, 'en-US', c.word(0), c.u32(1), true),
    'lstrcmpA(a: text, b: text): i32': (c) => compareTexts(c, false, false),
    'lstrcmpW(a: wide, b: wide): i32': (c) => compareTexts(c, true, false),
    'lstrcmpiA(a: text, b: text): i32': (c) => compareTexts(c, false, true),
    'lstrcmpiW(a: wide, b: wide): i32': (c) => compareTexts(c, true, true),
  }),
];

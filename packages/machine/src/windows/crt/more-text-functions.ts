// @table
/** Strings of the C library whose names say how safe, how wide or how old they are. */
import type { Call } from '../call.ts';
import { textBytes } from '../process/process-memory.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';
import { EILSEQ, EINVAL, ERANGE, ERROR_TEXTS, failWith } from './crt-errno.ts';
import { findByte, moveBytes } from './memory-functions.ts';

const TRUNCATE = 2 ** 63;
const STRUNCATE = 80;

function read(c: Call, index: number, isWide: boolean, limit?: number): string {
  const at = c.word(index);
  return isWide ? c.memory.wideText(at, limit) : c.memory.text(at, limit);
}

function put(c: Call, at: number, text: string, isWide: boolean): void {
  c.memory.write(at, textBytes(text, isWide));
}

/** memcpy_s and memmove_s: the room is told, and cleared when it is too small. */
function copyBytes(c: Call, unit: number): number {
  const [to, room, from, count] = [c.word(0), c.word(1), c.word(2), c.word(3)];
  if (count === 0) return 0;
  if (to === 0) return EINVAL;
  if (from === 0 || room < count) {
    c.memory.fill(to, 0, room * unit);
    return from === 0 ? EINVAL : ERANGE;
  }
  moveBytes(c, to, from, count * unit);
  return 0;
}

/** Up to and with a byte: where the copy goes on, or 0 when the byte was not there. */
function copyUntil(c: Call): number {
  const at = findByte(c, c.word(1), c.word(3), c.i32(2));
  moveBytes(c, c.word(0), c.word(1), at < 0 ? c.word(3) : at + 1);
  return at < 0 ? 0 : c.word(0) + at + 1;
}

function compareFolded(c: Call): number {
  const fold = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte);
  const [a, b] = [c.memory.read(c.word(0), c.word(2)), c.memory.read(c.word(1), c.word(2))];
  const at = a.findIndex((byte, n) => fold(byte) !== fold(b[n]!));
  return at < 0 ? 0 : fold(a[at]!) - fold(b[at]!);
}

/** strncat_s: what fits when it is asked to cut, else all or nothing. */
function appendSafely(c: Call, isWide: boolean): number {
  const [to, room, count] = [c.word(0), c.word(1), c.word(3)];
  if (to === 0 || room === 0) return EINVAL;
  const before = read(c, 0, isWide);
  const more = read(c, 2, isWide, count);
  const left = room - before.length - 1;
  const unit = isWide ? 2 : 1;
  if (more.length <= left) {
    put(c, to + before.length * unit, `${more}\0`, isWide);
    return 0;
  }
  if (count >= TRUNCATE) {
    put(c, to + before.length * unit, `${more.slice(0, Math.max(0, left))}\0`, isWide);
    return STRUNCATE;
  }
  put(c, to, '\0', isWide);
  return ERANGE;
}

function changeSafely(c: Call, isWide: boolean, change: (text: string) => string): number {
  const text = read(c, 0, isWide);
  if (c.word(0) === 0 || text.length >= c.word(1)) return EINVAL;
  put(c, c.word(0), change(text), isWide);
  return 0;
}

const lower = (text: string): string => text.replace(/[A-Z]/g, (one) => one.toLowerCase());
const upper = (text: string): string => text.replace(/[a-z]/g, (one) => one.toUpperCase());

/** Digits, and all letters. */
const MOST_BASE = 36;

/** A number in a base, unsigned but for decimal ones of signed kinds; of no base, nothing. */
function digits(c: Call, bits: 32 | 64, isSigned: boolean, base: number): string {
  const value = bits === 64 ? c.big(0) : BigInt(c.i32(0));
  const shown = isSigned && base === 10 ? value : BigInt.asUintN(bits, value);
  return base >= 2 && base <= MOST_BASE ? shown.toString(base) : '';
}

function numberRows(name: string, bits: 32 | 64, isSigned: boolean): FunctionRows {
  const type = `${isSigned ? 'i' : 'u'}${bits}`;
  const rows: Record<string, (c: Call) => number> = {};
  for (const [letter, isWide] of [
    ['a', false],
    ['w', true],
  ] as const) {
    rows[`_${name}to${letter}_s(value: ${type}, to: pointer, size: u64, base: i32): i32`] = (c) => {
      const text = digits(c, bits, isSigned, c.i32(3));
      if (text === '') return EINVAL;
      if (c.word(1) === 0 || c.word(2) <= text.length) return c.word(1) === 0 ? EINVAL : ERANGE;
      put(c, c.word(1), `${text}\0`, isWide);
      return 0;
    };
  }
  rows[`_${name}tow(value: ${type}, to: pointer, base: i32): pointer`] = (c) => {
    put(c, c.word(1), `${digits(c, bits, isSigned, c.i32(2))}\0`, true);
    return c.word(1);
  };
  return rows;
}

const BUFFERS: FunctionRows = {
  'memcpy_s(to: pointer, size: u64, from: pointer, count: u64): i32': (c) => copyBytes(c, 1),
  'memmove_s(to: pointer, size: u64, from: pointer, count: u64): i32': (c) => copyBytes(c, 1),
  'wmemcpy_s(to: pointer, size: u64, from: pointer, count: u64): i32': (c) => copyBytes(c, 2),
  'wmemmove_s(to: pointer, size: u64, from: pointer, count: u64): i32': (c) => copyBytes(c, 2),
  '_memccpy(to: pointer, from: pointer, byte: i32, count: u64): pointer': copyUntil,
  'memccpy(to: pointer, from: pointer, byte: i32, count: u64): pointer': copyUntil,
  '_memicmp(a: pointer, b: pointer, count: u64): i32': compareFolded,
  'memicmp(a: pointer, b: pointer, count: u64): i32': compareFolded,
  '_swab(from: pointer, to: pointer, count: i32)': (c) => {
    const bytes = c.memory.read(c.word(0), c.i32(2) & ~1);
    for (let n = 0; n + 1 < bytes.length; n += 2) {
      [bytes[n], bytes[n + 1]] = [bytes[n + 1]!, bytes[n]!];
    }
    c.memory.write(c.word(1), bytes);
    return 0;
  },
};

/** From one width to the other, all of it or what fits; told is how many it has with its end. */
function convertSafely(c: Call, toWide: boolean): number {
  const [countAt, to, room, most] = [c.word(0), c.word(1), c.word(2), c.word(4)];
  const text = read(c, 3, !toWide, most);
  const isCut = most >= TRUNCATE && to !== 0 && text.length >= room;
  if (countAt !== 0) c.memory.setU64(countAt, 0);
  if (!toWide && hasWide(text)) return failWith(c.process, EILSEQ, EILSEQ);
  if (to !== 0 && room === 0) return EINVAL;
  const kept = isCut ? text.slice(0, room - 1) : text;
  if (to !== 0 && kept.length >= room) {
    put(c, to, '\0', toWide);
    return ERANGE;
  }
  if (countAt !== 0) c.memory.setU64(countAt, kept.length + 1);
  if (to !== 0) put(c, to, `${kept}\0`, toWide);
  return isCut ? STRUNCATE : 0;
}

/** Whether there are characters that one byte does not hold. */
function hasWide(text: string): boolean {
  for (let n = 0; n < text.length; n++) if (text.charCodeAt(n) > 255) return true;
  return false;
}

/** One byte is one character: states of a conversion are always the first. */
const MULTIBYTE: FunctionRows = {
  'mblen(text: pointer, count: u64): i32': (c) =>
    c.word(0) === 0 || c.memory.u8(c.word(0)) === 0 ? 0 : 1,
  'mbrlen(text: pointer, count: u64, state: pointer): u64': (c) =>
    c.word(0) === 0 || c.memory.u8(c.word(0)) === 0 ? 0 : 1,
  'mbrtowc(to: pointer, from: pointer, count: u64, state: pointer): i64': (c) => {
    if (c.word(1) === 0) return 0;
    if (c.word(2) === 0) return -2;
    const byte = c.memory.u8(c.word(1));
    if (c.word(0) !== 0) c.memory.setU16(c.word(0), byte);
    return byte === 0 ? 0 : 1;
  },
  'wcrtomb(to: pointer, unit: u32, state: pointer): i64': (c) => {
    const unit = c.u32(1) & 0xffff;
    if (c.word(0) === 0) return 1;
    if (unit > 255) return failWith(c.process, EILSEQ, -1);
    c.memory.setU8(c.word(0), unit);
    return 1;
  },
  'mbsinit(state: pointer): i32': () => 1,
  'wctob(unit: u32): i32': (c) => ((c.u32(0) & 0xffff) < 256 ? c.u32(0) & 0xff : -1),
  'mbstowcs_s(count: pointer, to: pointer, size: u64, from: text, most: u64): i32': (c) =>
    convertSafely(c, true),
  'wcstombs_s(count: pointer, to: pointer, size: u64, from: wide, most: u64): i32': (c) =>
    convertSafely(c, false),
};

function errorText(c: Call): number {
  const text = ERROR_TEXTS[c.i32(2)] ?? 'Unknown error';
  if (c.word(0) === 0 || c.word(1) === 0) return EINVAL;
  put(c, c.word(0), `${text.slice(0, c.word(1) - 1)}\0`, false);
  return 0;
}

export const MORE_TEXT_FUNCTIONS: readonly SystemFunction[] = systemFunctions('crt', {
  ...BUFFERS,
  ...MULTIBYTE,
  ...numberRows('i', 32, true),
  ...numberRows('l', 32, true),
  ...numberRows('ul', 32, false),
  ...numberRows('i64', 64, true),
  ...numberRows('ui64', 64, false),
  'strncat_s(to: pointer, size: u64, from: text, count: u64): i32': (c) => appendSafely(c, false),
  'wcsncat_s(to: pointer, size: u64, from: wide, count: u64): i32': (c) => appendSafely(c, true),
  '_strlwr_s(text: pointer, size: u64): i32': (c) => changeSafely(c, false, lower),
  '_strupr_s(text: pointer, size: u64): i32': (c) => changeSafely(c, false, upper),
  '_wcslwr_s(text: pointer, size: u64): i32': (c) => changeSafely(c, true, lower),
  '_wcsupr_s(text: pointer, size: u64): i32': (c) => changeSafely(c, true, upper),
  'strerror_s(to: pointer, size: u64, number: i32): i32': errorText,
});

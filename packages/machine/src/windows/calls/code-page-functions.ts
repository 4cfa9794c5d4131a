// @table
/** Code pages: the ANSI one is Latin-1 here, UTF-8 is known too. */
import type { Call } from '../call.ts';
import { latin1, latin1Bytes, TEXT_LIMIT, utf16, wideBytes } from '../process/process-memory.ts';
import {
  ERROR_INSUFFICIENT_BUFFER,
  ERROR_INVALID_PARAMETER,
  ERROR_NOT_ENOUGH_MEMORY,
} from '../process/windows-error.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';

const UTF8 = 65_001;
const ANSI = 1252;
const ERROR_NO_UNICODE_TRANSLATION = 1113;
const MB_ERR_INVALID_CHARS = 8;
/** CP_ACP, CP_OEMCP, CP_THREAD_ACP, and the pages that Latin-1 stands for. */
const LATIN: ReadonlySet<number> = new Set([0, 1, 3, ANSI, 437, 850, 20_127, 28_591]);

function toWide(c: Call): number {
  const page = c.u32(0);
  const [from, length, to, room] = [c.word(2), c.i32(3), c.word(4), c.i32(5)];
  if (length === 0 || from === 0 || room < 0) return c.fail(ERROR_INVALID_PARAMETER);
  if (length > TEXT_LIMIT) return c.fail(ERROR_NOT_ENOUGH_MEMORY);
  if (page !== UTF8 && !LATIN.has(page)) return c.fail(ERROR_INVALID_PARAMETER);
  const count = length < 0 ? c.memory.cString(from).length + 1 : length;
  const bytes = c.memory.read(from, count);
  const text =
    page === UTF8 ? fromUtf8(bytes, (c.u32(1) & MB_ERR_INVALID_CHARS) !== 0) : latin1(bytes);
  if (text === null) return c.fail(ERROR_NO_UNICODE_TRANSLATION);
  if (room === 0) return text.length;
  if (text.length > room) return c.fail(ERROR_INSUFFICIENT_BUFFER);
  c.memory.write(to, wideBytes(text));
  return text.length;
}

/** Null for bytes that are none of UTF-8 when those are an error. */
function fromUtf8(bytes: Uint8Array, isStrict: boolean): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: isStrict, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return null;
  }
}

function fromWide(c: Call): number {
  const page = c.u32(0);
  const [from, length, to, room] = [c.word(2), c.i32(3), c.word(4), c.i32(5)];
  if (length === 0 || from === 0 || room < 0) return c.fail(ERROR_INVALID_PARAMETER);
  if (length > TEXT_LIMIT) return c.fail(ERROR_NOT_ENOUGH_MEMORY);
  const isUtf8 = page === UTF8;
  if (!isUtf8 && !LATIN.has(page)) return c.fail(ERROR_INVALID_PARAMETER);
  // UTF-8 has no default character to tell of.
  if (isUtf8 && (c.word(6) !== 0 || c.word(7) !== 0)) return c.fail(ERROR_INVALID_PARAMETER);
  const text = length < 0 ? `${c.memory.wideText(from)}\0` : utf16(c.memory.read(from, length * 2));
  const bytes = isUtf8 ? new TextEncoder().encode(text) : latin1Bytes(text);
  if (c.word(7) !== 0) {
    const isLossy = [...text].some((letter) => letter.charCodeAt(0) > 255);
    c.memory.setU32(c.word(7), isLossy ? 1 : 0);
  }
  if (room === 0) return bytes.length;
  if (bytes.length > room) return c.fail(ERROR_INSUFFICIENT_BUFFER);
  c.memory.write(to, bytes);
  return bytes.length;
}

function pageInfo(c: Call): number {
  const page = c.u32(0);
  if (page !== UTF8 && !LATIN.has(page)) return c.fail(ERROR_INVALID_PARAMETER);
  c.memory.fill(c.word(1), 0, 20);
  c.memory.setU32(c.word(1), page === UTF8 ? 4 : 1);
  c.memory.setU8(c.word(1) + 4, 0x3f);
  return 1;
}

function setConsolePage(c: Call, which: 'input' | 'output'): number {
  const page = c.u32(0);
  if (page !== UTF8 && !LATIN.has(page)) return c.fail(ERROR_INVALID_PARAMETER);
  c.process.consolePages[which] = page;
  return 1;
}

export const CODE_PAGE_FUNCTIONS: readonly SystemFunction[] = systemFunctions('kernel', {
  'MultiByteToWideChar(page: u32, flags: u32, from: text, length: i32, to: pointer, size: i32): i32':
    toWide,
  'WideCharToMultiByte(page: u32, flags: u32, from: wide, length: i32, to: pointer, size: i32, default: pointer, used: pointer): i32':
    fromWide,
  'IsDBCSLeadByteEx(page: u32, byte: u32): bool': () => 0,
  'IsDBCSLeadByte(byte: u32): bool': () => 0,
  'IsValidCodePage(page: u32): bool': (c) => (c.u32(0) === UTF8 || LATIN.has(c.u32(0)) ? 1 : 0),
  'GetACP(): u32': () => ANSI,
  'GetOEMCP(): u32': () => 437,
  'GetConsoleCP(): u32': (c) => c.process.consolePages.input,
  'GetConsoleOutputCP(): u32': (c) => c.process.consolePages.output,
  'SetConsoleCP(page: u32): bool': (c) => setConsolePage(c, 'input'),
  'SetConsoleOutputCP(page: u32): bool': (c) => setConsolePage(c, 'output'),
  'AreFileApisANSI(): bool': () => 1,
  'SetFileApisToANSI()': () => 0,
  'GetCPInfo(page: u32, to: pointer): bool': pageInfo,
  'GetUserDefaultLCID(): u32': () => 0x409,
  'GetSystemDefaultLCID(): u32': () => 0x409,
  'GetUserDefaultUILanguage(): u32': () => 0x409,
  'lstrlenA(text: text): i32': (c) => (c.word(0) === 0 ? 0 : c.text(0).length),
  'lstrlenW(text: wide): i32': (c) => (c.word(0) === 0 ? 0 : c.wide(0).length),
  'lstrcpyA(to: pointer, from: text): pointer': (c) => {
    c.memory.setText(c.word(0), c.text(1));
    return c.word(0);
  },
  'lstrcpyW(to: pointer, from: wide): pointer': (c) => {
    c.memory.setWideText(c.word(0), c.wide(1));
    return c.word(0);
  },
});

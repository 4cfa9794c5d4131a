// @table
/** The console: a terminal has a size and colours that nobody sees, everything else is none. */
import type { Call } from '../call.ts';
import { isTerminal, readFile, readToWrite, writeFile } from '../process/file-io.ts';
import type { FileObject } from '../process/kernel-object.ts';
import { utf16, wideBytes } from '../process/process-memory.ts';
import { ERROR_INVALID_HANDLE } from '../process/windows-error.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';
import { giveText } from './process-functions.ts';

const COLUMNS = 80;
const ROWS = 25;
/** Grey on black. */
const ATTRIBUTES = 7;
const INPUT_MODE = 7;
const OUTPUT_MODE = 3;
const TITLE = '';

/** Does something with a console of an argument; fails when it is something else. */
function onConsole(action: (c: Call, file: FileObject) => number): (c: Call) => number {
  return (c) => {
    const file = c.process.file(c.word(0));
    const isConsole = file !== null && file.stream >= 0 && isTerminal(c.process, file);
    return isConsole ? action(c, file) : c.fail(ERROR_INVALID_HANDLE);
  };
}

const accept = onConsole(() => 1);

/** Bytes go to it as they are, units of UTF-16 as UTF-8. */
function writeText(c: Call, file: FileObject, isWide: boolean): number {
  const given = readToWrite(c.process, c.word(1), c.u32(2) * (isWide ? 2 : 1));
  if (c.memory.mmu.faulted) return 0;
  const bytes = isWide ? new TextEncoder().encode(utf16(given)) : given;
  const done = writeFile(c.process, file, bytes);
  if (!done.ok) return c.fail(done.error);
  if (c.word(3) !== 0) c.memory.setU32(c.word(3), c.u32(2));
  return 1;
}

/** CONSOLE_SCREEN_BUFFER_INFO: size, cursor, attributes, window, largest window. */
function bufferInfo(c: Call): number {
  const fields = [COLUMNS, ROWS, 0, 0, ATTRIBUTES, 0, 0, COLUMNS - 1, ROWS - 1, COLUMNS, ROWS];
  fields.forEach((value, n) => {
    c.memory.setU16(c.word(1) + n * 2, value);
  });
  return 1;
}

/** At most so many characters of standard input. */
function readText(c: Call, file: FileObject, isWide: boolean): number {
  const read = readFile(c.process, file, c.u32(2));
  if (!read.ok) return c.fail(read.error);
  const text = new TextDecoder().decode(read.value);
  const bytes = isWide ? wideBytes(text) : read.value;
  c.memory.write(c.word(1), bytes);
  c.memory.setU32(c.word(3), isWide ? text.length : bytes.length);
  return 1;
}

const MODES: FunctionRows = {
  'GetConsoleMode(console: handle, to: pointer): bool': onConsole((c, { stream }) => {
    c.memory.setU32(c.word(1), stream === 0 ? INPUT_MODE : OUTPUT_MODE);
    return 1;
  }),
  'SetConsoleMode(console: handle, mode: u32): bool': accept,
  'GetConsoleScreenBufferInfo(console: handle, to: pointer): bool': onConsole(bufferInfo),
  'SetConsoleTextAttribute(console: handle, attributes: u32): bool': accept,
  'SetConsoleCursorPosition(console: handle, position: u32): bool': accept,
  'GetConsoleCursorInfo(console: handle, to: pointer): bool': onConsole((c) => {
    c.memory.setU32(c.word(1), 25);
    c.memory.setU32(c.word(1) + 4, 1);
    return 1;
  }),
  'SetConsoleCursorInfo(console: handle, from: pointer): bool': accept,
  'GetNumberOfConsoleInputEvents(console: handle, to: pointer): bool': onConsole((c) => {
    c.memory.setU32(c.word(1), 0);
    return 1;
  }),
  'FlushConsoleInputBuffer(console: handle): bool': accept,
};

export const CONSOLE_FUNCTIONS: readonly SystemFunction[] = systemFunctions('kernel', {
  ...MODES,
  'WriteConsoleA(console: handle, text: pointer, count: u32, written: pointer, reserved: pointer): bool':
    onConsole((c, file) => writeText(c, file, false)),
  'WriteConsoleW(console: handle, text: pointer, count: u32, written: pointer, reserved: pointer): bool':
    onConsole((c, file) => writeText(c, file, true)),
  'ReadConsoleA(console: handle, to: pointer, count: u32, read: pointer, control: pointer): bool':
    onConsole((c, file) => readText(c, file, false)),
  'ReadConsoleW(console: handle, to: pointer, count: u32, read: pointer, control: pointer): bool':
    onConsole((c, file) => readText(c, file, true)),
  'GetConsoleWindow(): handle': () => 0,
  'GetConsoleTitleA(to: pointer, size: u32): u32': (c) =>
    giveText(c, TITLE, c.word(0), c.u32(1), false),
  'GetConsoleTitleW(to: pointer, size: u32): u32': (c) =>
    giveText(c, TITLE, c.word(0), c.u32(1), true),
  'SetConsoleTitleA(title: text): bool': () => 1,
  'SetConsoleTitleW(title: wide): bool': () => 1,
  // No key of a terminal comes as an event: a handler has nothing to be called for.
  'SetConsoleCtrlHandler(handler: pointer, add: bool): bool': () => 1,
});

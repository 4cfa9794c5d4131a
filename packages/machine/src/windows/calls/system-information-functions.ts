// @table
/** What a program asks about the computer and its user: memory, names, texts with variables. */
import type { Call } from '../call.ts';
import { textBytes } from '../process/process-memory.ts';
import {
  ERROR_FILE_NOT_FOUND,
  ERROR_INSUFFICIENT_BUFFER,
  ERROR_INVALID_PARAMETER,
} from '../process/windows-error.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';

const COMPUTER = 'BAREHEAP';
const USER = 'user';
const PROFILE = 'C:\\users\\user';
const ERROR_BUFFER_OVERFLOW = 111;

/** A name into a buffer whose size is told and given back: without the end when it fits. */
function giveName(c: Call, name: string, first: number, isWide: boolean, tooLong: number): number {
  const [to, sizeAt] = [c.word(first), c.word(first + 1)];
  const room = c.memory.u32(sizeAt);
  c.memory.setU32(sizeAt, name.length + 1);
  if (room <= name.length) return c.fail(tooLong);
  c.memory.write(to, textBytes(`${name}\0`, isWide));
  return 1;
}

function computerName(c: Call, first: number, isWide: boolean): number {
  const done = giveName(c, COMPUTER, first, isWide, ERROR_BUFFER_OVERFLOW);
  // The end is not counted when it fits.
  if (done !== 0) c.memory.setU32(c.word(first + 1), COMPUTER.length);
  return done;
}

const VARIABLE = /%([^%]+)%/g;
/** As documented: a text is no longer than 32 Ki units, with and without its variables. */
const MOST_UNITS = 32_768;

/** Puts variables of the environment in place of their names between percent signs. */
function expand(c: Call, isWide: boolean): number {
  const { environment } = c.process;
  const source = isWide ? c.wide(0) : c.text(0);
  const expanded = (whole: string, name: string): string =>
    environment.get(name.toUpperCase())?.[1] ?? whole;
  let length = source.length + 1;
  for (const [whole, name] of source.matchAll(VARIABLE)) {
    length += expanded(whole, name!).length - whole.length;
  }
  if (length > MOST_UNITS) return c.fail(ERROR_INVALID_PARAMETER);
  const text = source.replace(VARIABLE, expanded);
  if (length > c.u32(2)) return length;
  c.memory.write(c.word(1), textBytes(`${text}\0`, isWide));
  return length;
}

/** No program but this one can be run. */
const noProgram = (c: Call): number => c.fail(ERROR_FILE_NOT_FOUND);

const PROCESSES: FunctionRows = {
  'CreateProcessA(path: text, command: text, security: pointer, thread: pointer, inherit: bool, flags: u32, environment: pointer, folder: text, startup: pointer, information: pointer): bool':
    noProgram,
  'CreateProcessW(path: wide, command: wide, security: pointer, thread: pointer, inherit: bool, flags: u32, environment: pointer, folder: wide, startup: pointer, information: pointer): bool':
    noProgram,
};

export const SYSTEM_INFORMATION_FUNCTIONS: readonly SystemFunction[] = [
  ...systemFunctions('kernel', {
    ...PROCESSES,
    'GetComputerNameA(to: pointer, size: pointer): bool': (c) => computerName(c, 0, false),
    'GetComputerNameW(to: pointer, size: pointer): bool': (c) => computerName(c, 0, true),
    'GetComputerNameExA(kind: i32, to: pointer, size: pointer): bool': (c) =>
      computerName(c, 1, false),
    'GetComputerNameExW(kind: i32, to: pointer, size: pointer): bool': (c) =>
      computerName(c, 1, true),
    'ExpandEnvironmentStringsA(from: text, to: pointer, size: u32): u32': (c) => expand(c, false),
    'ExpandEnvironmentStringsW(from: wide, to: pointer, size: u32): u32': (c) => expand(c, true),
    'GetLargePageMinimum(): u64': () => 0x20_0000,
    'GetCurrentProcessorNumber(): u32': () => 0,
    'GetActiveProcessorCount(group: u32): u32': () => 1,
    'GetMaximumProcessorCount(group: u32): u32': () => 1,
    'GetNumaHighestNodeNumber(to: pointer): bool': (c) => {
      c.memory.setU32(c.word(0), 0);
      return 1;
    },
    'FlushInstructionCache(process: handle, address: pointer, size: u64): bool': () => 1,
    'FlushProcessWriteBuffers()': () => 0,
  }),
  ...systemFunctions('advapi', {
    'GetUserNameA(to: pointer, size: pointer): bool': (c) =>
      giveName(c, USER, 0, false, ERROR_INSUFFICIENT_BUFFER),
    'GetUserNameW(to: pointer, size: pointer): bool': (c) =>
      giveName(c, USER, 0, true, ERROR_INSUFFICIENT_BUFFER),
  }),
  ...systemFunctions('other', {
    'GetUserProfileDirectoryW(token: handle, to: pointer, size: pointer): bool': (c) =>
      giveName(c, PROFILE, 1, true, ERROR_INSUFFICIENT_BUFFER),
  }),
];

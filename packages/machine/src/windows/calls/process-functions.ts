// @table
/** The process and its modules: command line, environment, libraries, the system's version. */
import { PAGE_BYTES } from '@bareheap/mmu';
import type { Call } from '../call.ts';
import type { Steps } from '../call-steps.ts';
import { endProcess } from '../crt/startup-functions.ts';
import type { LoadedModule } from '../module/loaded-module.ts';
import {
  ALLOCATION_GRANULARITY,
  HIGHEST_ADDRESS,
  LOWEST_ADDRESS,
} from '../process/address-space.ts';
import { PROCESS_ID } from '../process/environment-block.ts';
import { textBytes } from '../process/process-memory.ts';
import {
  ERROR_FILENAME_EXCED_RANGE,
  ERROR_INSUFFICIENT_BUFFER,
  ERROR_INVALID_HANDLE,
  ERROR_INVALID_PARAMETER,
  ERROR_MOD_NOT_FOUND,
  ERROR_NOT_ENOUGH_MEMORY,
} from '../process/windows-error.ts';
import { attachModules } from '../startup.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';

const ERROR_ENVVAR_NOT_FOUND = 203;
const ERROR_PROC_NOT_FOUND = 127;
const SELF = -1;
const STARTUP_BYTES = 104;
const STARTUP_USES_HANDLES = 0x100;
const VERSION = { major: 10, minor: 0, build: 19_041 };
const PROCESSOR_LEVEL = 6;
const PROCESSOR_AMD64 = 9;
/** What is less is an ordinal, not the address of a name. */
const ORDINALS = 65_536;

/**
 * Gives a text into a buffer: its length, or the room that it needs, end included.
 */
export function giveText(
  c: Call,
  text: string,
  buffer: number,
  room: number,
  isWide: boolean,
): number {
  if (text.length >= room) return text.length + 1;
  c.memory.write(buffer, textBytes(`${text}\0`, isWide));
  return text.length;
}

/** The same of a full path, and where its name lies if argument `nameAt` asks for that. */
export function givePath(
  c: Call,
  path: string,
  buffer: number,
  room: number,
  nameAt: number,
  isWide: boolean,
): number {
  const length = giveText(c, path, buffer, room, isWide);
  if (nameAt !== 0 && length < room) {
    c.memory.setU64(nameAt, buffer + (path.lastIndexOf('\\') + 1) * (isWide ? 2 : 1));
  }
  return length;
}

function startupInfo(c: Call): number {
  const at = c.word(0);
  c.memory.fill(at, 0, STARTUP_BYTES);
  c.memory.setU32(at, STARTUP_BYTES);
  c.memory.setU32(at + 60, STARTUP_USES_HANDLES);
  c.process.standardHandles.forEach((handle, number) => {
    c.memory.setU64(at + 80 + number * 8, handle);
  });
  return 0;
}

function environmentBlock(c: Call, isWide: boolean): number {
  const entries = [...c.process.environment.values()].map(([name, value]) => `${name}=${value}\0`);
  const bytes = textBytes(`${entries.join('')}\0`, isWide);
  const block = c.process.heaps.allocate(bytes.length);
  if (block === 0) return c.fail(ERROR_NOT_ENOUGH_MEMORY);
  c.memory.write(block, bytes);
  return block;
}

function environmentValue(c: Call, name: string, isWide: boolean): number {
  const value = c.process.environment.get(name.toUpperCase())?.[1];
  if (value === undefined) return c.fail(ERROR_ENVVAR_NOT_FOUND);
  c.lastError = 0;
  return giveText(c, value, c.word(1), c.u32(2), isWide);
}

function setEnvironment(c: Call, name: string, value: string | null): number {
  return c.process.setEnvironment(name, value) ? 1 : c.fail(ERROR_FILENAME_EXCED_RANGE);
}

function moduleHandle(c: Call, name: string | null): number {
  const module = name === null ? c.process.modules[0] : c.process.moduleByName(name);
  // Programs may always ask for the system's own.
  const known = module ?? systemModule(c, name!);
  return known?.base ?? c.fail(ERROR_MOD_NOT_FOUND);
}

const ALWAYS_LOADED = /^((ntdll|kernel32|kernelbase|msvcrt)(\.dll)?|api-ms-win-core-.*)$/i;

function systemModule(c: Call, name: string): LoadedModule | null {
  return ALWAYS_LOADED.test(name) ? (c.process.loader?.loadLibrary(name) ?? null) : null;
}

function procedure(c: Call): number {
  const module = c.process.moduleByHandle(c.word(0));
  if (module === null) return c.fail(ERROR_INVALID_HANDLE);
  const isOrdinal = c.word(1) < ORDINALS;
  const symbol = isOrdinal ? c.u32(1) : c.text(1);
  return c.process.loader?.exportOf(module, symbol) || c.fail(ERROR_PROC_NOT_FOUND);
}

function* loadLibrary(c: Call, name: string): Steps {
  const { process } = c;
  const before = process.modules.length;
  const module = process.loader?.tryLibrary(name) ?? ERROR_MOD_NOT_FOUND;
  if (typeof module === 'number') return c.fail(module);
  yield* attachModules(process, process.modules.slice(before));
  return module.base;
}

function moduleFileName(c: Call, isWide: boolean): number {
  const module = c.process.moduleByHandle(c.word(0));
  if (module === null) return c.fail(ERROR_MOD_NOT_FOUND);
  const room = c.u32(2);
  if (module.path.length < room) return giveText(c, module.path, c.word(1), room, isWide);
  if (room > 0) c.memory.write(c.word(1), textBytes(`${module.path.slice(0, room - 1)}\0`, isWide));
  return c.fail(ERROR_INSUFFICIENT_BUFFER, room);
}

function moduleHandleEx(c: Call, isWide: boolean): number {
  const FROM_ADDRESS = 4;
  const byAddress = (c.u32(0) & FROM_ADDRESS) !== 0;
  const handle = byAddress
    ? (c.process.moduleAt(c.word(1))?.base ?? 0)
    : moduleHandle(c, isWide ? c.wideOrNull(1) : c.textOrNull(1));
  c.memory.setU64(c.word(2), handle);
  return handle === 0 ? c.fail(ERROR_MOD_NOT_FOUND) : 1;
}

/** What has data of its own for each thread has to be told of them. */
function ignoreThreads(c: Call): number {
  const module = c.process.moduleByHandle(c.word(0));
  if (module === null || module.tlsIndex >= 0) return c.fail(ERROR_INVALID_HANDLE);
  module.ignoresThreads = true;
  return 1;
}

function systemInfo(c: Call): number {
  const at = c.word(0);
  const { memory } = c;
  memory.setU32(at, PROCESSOR_AMD64);
  memory.setU32(at + 4, PAGE_BYTES);
  memory.setU64(at + 8, LOWEST_ADDRESS);
  memory.setU64(at + 16, HIGHEST_ADDRESS);
  memory.setU64(at + 24, 1);
  memory.setU32(at + 32, 1);
  memory.setU32(at + 36, 8664);
  memory.setU32(at + 40, ALLOCATION_GRANULARITY);
  memory.setU16(at + 44, PROCESSOR_LEVEL);
  memory.setU16(at + 46, 0);
  return 0;
}

function versionEx(c: Call): number {
  const at = c.word(0) + 4;
  [VERSION.major, VERSION.minor, VERSION.build, 2].forEach((value, n) => {
    c.memory.setU32(at + n * 4, value);
  });
  return 1;
}

const LIBRARIES: FunctionRows = {
  'GetModuleHandleA(name: text): handle': (c) => moduleHandle(c, c.textOrNull(0)),
  'GetModuleHandleW(name: wide): handle': (c) => moduleHandle(c, c.wideOrNull(0)),
  'GetModuleHandleExA(flags: u32, name: pointer, to: pointer): bool': (c) =>
    moduleHandleEx(c, false),
  'GetModuleHandleExW(flags: u32, name: pointer, to: pointer): bool': (c) =>
    moduleHandleEx(c, true),
  'GetModuleFileNameA(module: handle, to: pointer, size: u32): u32': (c) =>
    moduleFileName(c, false),
  'GetModuleFileNameW(module: handle, to: pointer, size: u32): u32': (c) => moduleFileName(c, true),
  'GetProcAddress(module: handle, name: text): pointer': procedure,
  'LoadLibraryA(name: text): handle': (c) => loadLibrary(c, c.text(0)),
  'LoadLibraryW(name: wide): handle': (c) => loadLibrary(c, c.wide(0)),
  'LoadLibraryExA(name: text, file: handle, flags: u32): handle': (c) => loadLibrary(c, c.text(0)),
  'LoadLibraryExW(name: wide, file: handle, flags: u32): handle': (c) => loadLibrary(c, c.wide(0)),
  'FreeLibrary(module: handle): bool': (c) =>
    c.process.moduleByHandle(c.word(0)) === null ? c.fail(ERROR_INVALID_HANDLE) : 1,
  'DisableThreadLibraryCalls(module: handle): bool': ignoreThreads,
};

const ENVIRONMENT: FunctionRows = {
  'GetCommandLineA(): pointer': (c) => c.memory.u64(c.process.crt.variable('_acmdln')),
  'GetCommandLineW(): pointer': (c) => c.memory.u64(c.process.crt.variable('_wcmdln')),
  'GetStartupInfoA(to: pointer)': startupInfo,
  'GetStartupInfoW(to: pointer)': startupInfo,
  'GetEnvironmentStrings(): pointer': (c) => environmentBlock(c, false),
  'GetEnvironmentStringsA(): pointer': (c) => environmentBlock(c, false),
  'GetEnvironmentStringsW(): pointer': (c) => environmentBlock(c, true),
  'FreeEnvironmentStringsA(block: pointer): bool': (c) => Number(c.process.heaps.free(c.word(0))),
  'FreeEnvironmentStringsW(block: pointer): bool': (c) => Number(c.process.heaps.free(c.word(0))),
  'GetEnvironmentVariableA(name: text, to: pointer, size: u32): u32': (c) =>
    environmentValue(c, c.text(0), false),
  'GetEnvironmentVariableW(name: wide, to: pointer, size: u32): u32': (c) =>
    environmentValue(c, c.wide(0), true),
  'SetEnvironmentVariableA(name: text, value: text): bool': (c) =>
    setEnvironment(c, c.text(0), c.textOrNull(1)),
  'SetEnvironmentVariableW(name: wide, value: wide): bool': (c) =>
    setEnvironment(c, c.wide(0), c.wideOrNull(1)),
};

export const PROCESS_FUNCTIONS: readonly SystemFunction[] = systemFunctions('kernel', {
  ...LIBRARIES,
  ...ENVIRONMENT,
  'ExitProcess(code: u32)': (c) => endProcess(c, c.i32(0)),
  'RtlExitUserProcess(code: u32)': (c) => endProcess(c, c.i32(0)),
  'TerminateProcess(process: handle, code: u32): bool': (c) => {
    if (c.signedWord(0) !== SELF) return c.fail(ERROR_INVALID_HANDLE);
    c.process.exit(c.i32(1));
    return 1;
  },
  'GetCurrentProcess(): handle': () => SELF,
  'GetCurrentProcessId(): u32': () => PROCESS_ID,
  'GetProcessId(process: handle): u32': () => PROCESS_ID,
  'GetExitCodeProcess(process: handle, to: pointer): bool': (c) => {
    c.memory.setU32(c.word(1), 259);
    return 1;
  },
  'GetLastError(): u32': (c) => c.lastError,
  'SetLastError(error: u32)': (c) => {
    c.lastError = c.u32(0);
    return 0;
  },
  'RtlGetLastWin32Error(): u32': (c) => c.lastError,
  'RtlSetLastWin32Error(error: u32)': (c) => {
    c.lastError = c.u32(0);
    return 0;
  },
  'SetPriorityClass(process: handle, class: u32): bool': () => 1,
  'GetPriorityClass(process: handle): u32': () => 0x20,
  'SetErrorMode(mode: u32): u32': (c) => {
    const before = c.process.errorMode;
    c.process.errorMode = c.u32(0);
    return before;
  },
  'GetErrorMode(): u32': (c) => c.process.errorMode,
  'IsDebuggerPresent(): bool': () => 0,
  'OutputDebugStringA(text: text)': () => 0,
  'OutputDebugStringW(text: wide)': () => 0,
  'GetSystemInfo(to: pointer)': systemInfo,
  'GetNativeSystemInfo(to: pointer)': systemInfo,
  'GetVersion(): u32': () => VERSION.major | (VERSION.build << 16),
  'GetVersionExA(to: pointer): bool': versionEx,
  'GetVersionExW(to: pointer): bool': versionEx,
  'RtlGetVersion(to: pointer): status': (c) => versionEx(c) - 1,
  'GetProcessAffinityMask(process: handle, own: pointer, system: pointer): bool': (c) => {
    c.memory.setU64(c.word(1), 1);
    c.memory.setU64(c.word(2), 1);
    return 1;
  },
  'SetProcessAffinityMask(process: handle, mask: u64): bool': (c) =>
    c.word(1) === 1 ? 1 : c.fail(ERROR_INVALID_PARAMETER),
  'IsProcessorFeaturePresent(feature: u32): bool': (c) =>
    // Compare-exchange, SSE, SSE2, time stamps, SSE3, compare-exchange of 16 bytes.
    [2, 6, 8, 10, 13, 14].includes(c.u32(0)) ? 1 : 0,
  'IsWow64Process(process: handle, to: pointer): bool': (c) => {
    c.memory.setU32(c.word(1), 0);
    return 1;
  },
  'OpenProcess(access: u32, inherit: bool, id: u32): handle': (c) =>
    c.u32(2) === PROCESS_ID ? SELF : c.fail(ERROR_INVALID_PARAMETER),
  'EncodePointer(pointer: pointer): pointer': (c) => c.big(0),
  'DecodePointer(pointer: pointer): pointer': (c) => c.big(0),
});

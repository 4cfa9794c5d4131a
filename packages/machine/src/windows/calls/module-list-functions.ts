// @table
/** Lists of what the process has loaded: snapshots, and PSAPI's. */
import type { Call } from '../call.ts';
import { PROCESS_ID } from '../process/environment-block.ts';
import { SnapshotObject } from '../process/kernel-object.ts';
import { textBytes } from '../process/process-memory.ts';
import {
  ERROR_INSUFFICIENT_BUFFER,
  ERROR_INVALID_HANDLE,
  ERROR_INVALID_PARAMETER,
  ERROR_NO_MORE_FILES,
} from '../process/windows-error.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';
import { giveText } from './process-functions.ts';

const INVALID_HANDLE = -1;
const SNAPSHOT_MODULES = 0x18;
/** MODULEENTRY32: numbers, then a name and a path. */
const ENTRY = { process: 8, base: 24, size: 32, module: 40, name: 48 } as const;
const NAME_UNITS = 256;
const PATH_UNITS = 260;

/** Writes the next module of a snapshot. */
function giveModule(c: Call, isWide: boolean): number {
  const snapshot = c.process.handles.get(c.word(0));
  if (!(snapshot instanceof SnapshotObject)) return c.fail(ERROR_INVALID_HANDLE);
  const module = snapshot.next();
  if (module === null) return c.fail(ERROR_NO_MORE_FILES);
  const at = c.word(1);
  const unit = isWide ? 2 : 1;
  const text = (what: string, units: number): Uint8Array =>
    textBytes(`${what.slice(0, units - 1)}\0`, isWide);
  c.memory.fill(at + 4, 0, ENTRY.name - 4 + (NAME_UNITS + PATH_UNITS) * unit);
  c.memory.setU32(at + ENTRY.process, PROCESS_ID);
  c.memory.setU64(at + ENTRY.base, module.base);
  c.memory.setU32(at + ENTRY.size, module.sizeBytes);
  c.memory.setU64(at + ENTRY.module, module.base);
  c.memory.write(at + ENTRY.name, text(module.name, NAME_UNITS));
  c.memory.write(at + ENTRY.name + NAME_UNITS * unit, text(module.path, PATH_UNITS));
  return 1;
}

function firstModule(c: Call, isWide: boolean): number {
  const snapshot = c.process.handles.get(c.word(0));
  if (snapshot instanceof SnapshotObject) snapshot.rewind();
  return giveModule(c, isWide);
}

function listModules(c: Call): number {
  const { modules } = c.process;
  const room = Math.floor(c.u32(2) / 8);
  modules.slice(0, room).forEach(({ base }, n) => {
    c.memory.setU64(c.word(1) + n * 8, base);
  });
  c.memory.setU32(c.word(3), modules.length * 8);
  return 1;
}

/** MODULEINFO: base, size, entry. */
function moduleInformation(c: Call): number {
  const module = c.process.moduleByHandle(c.word(1));
  if (module === null) return c.fail(ERROR_INVALID_HANDLE);
  c.memory.setU64(c.word(2), module.base);
  c.memory.setU64(c.word(2) + 8, module.sizeBytes);
  c.memory.setU64(c.word(2) + 16, module.entry);
  return 1;
}

function moduleText(c: Call, part: 'name' | 'path', isWide: boolean): number {
  const module = c.process.moduleByHandle(c.word(1));
  if (module === null) return c.fail(ERROR_INVALID_HANDLE);
  if (c.u32(3) === 0) return c.fail(ERROR_INSUFFICIENT_BUFFER);
  const text = module[part].slice(0, c.u32(3) - 1);
  return giveText(c, text, c.word(2), c.u32(3), isWide);
}

/** PROCESS_MEMORY_COUNTERS: of the pages in use, now and at most. */
function memoryCounters(c: Call): number {
  const BYTES = 72;
  if (c.u32(2) < BYTES) return c.fail(ERROR_INVALID_PARAMETER);
  const { inUse } = c.process.mmu.pool;
  const resident = inUse * 4096;
  c.memory.fill(c.word(1), 0, BYTES);
  c.memory.setU32(c.word(1), BYTES);
  for (const offset of [8, 16, 56, 64]) c.memory.setU64(c.word(1) + offset, resident);
  return 1;
}

const PSAPI: FunctionRows = {
  'EnumProcessModules(process: handle, to: pointer, size: u32, needed: pointer): bool': listModules,
  'GetModuleInformation(process: handle, module: handle, to: pointer, size: u32): bool':
    moduleInformation,
  'GetModuleBaseNameA(process: handle, module: handle, to: pointer, size: u32): u32': (c) =>
    moduleText(c, 'name', false),
  'GetModuleBaseNameW(process: handle, module: handle, to: pointer, size: u32): u32': (c) =>
    moduleText(c, 'name', true),
  'GetModuleFileNameExA(process: handle, module: handle, to: pointer, size: u32): u32': (c) =>
    moduleText(c, 'path', false),
  'GetModuleFileNameExW(process: handle, module: handle, to: pointer, size: u32): u32': (c) =>
    moduleText(c, 'path', true),
  'GetProcessMemoryInfo(process: handle, to: pointer, size: u32): bool': memoryCounters,
};

/** kernel32 has them under a prefix, too. */
const PREFIXED: FunctionRows = Object.fromEntries(
  Object.entries(PSAPI).map(([signature, handler]) => [`K32${signature}`, handler]),
);

export const MODULE_LIST_FUNCTIONS: readonly SystemFunction[] = [
  ...systemFunctions('other', PSAPI),
  ...systemFunctions('kernel', {
    ...PREFIXED,
    'CreateToolhelp32Snapshot(flags: u32, process: u32): handle': (c) =>
      (c.u32(0) & SNAPSHOT_MODULES) === 0
        ? c.fail(ERROR_INVALID_PARAMETER, INVALID_HANDLE)
        : c.process.handles.open(new SnapshotObject(c.process.modules)),
    'Module32First(snapshot: handle, to: pointer): bool': (c) => firstModule(c, false),
    'Module32FirstW(snapshot: handle, to: pointer): bool': (c) => firstModule(c, true),
    'Module32Next(snapshot: handle, to: pointer): bool': (c) => giveModule(c, false),
    'Module32NextW(snapshot: handle, to: pointer): bool': (c) => giveModule(c, true),
  }),
];

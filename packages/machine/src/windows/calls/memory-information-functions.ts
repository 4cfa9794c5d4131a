// @table
/** What the system tells of memory: how much there is, to whom it belongs, whether it can be touched. */
import { PAGE_BYTES } from '@bareheap/mmu';
import { errorOfStatus, NT_STATUS } from '@bareheap/platform-win';
import type { Call } from '../call.ts';
import {
  ALLOCATION_GRANULARITY,
  HIGHEST_ADDRESS,
  LOWEST_ADDRESS,
} from '../process/address-space.ts';
import { PROCESS_ID } from '../process/environment-block.ts';
import { ERROR_INVALID_PARAMETER } from '../process/windows-error.ts';
import type { WindowsProcess } from '../process/windows-process.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';

const KIB = 1024;
const MEMORY_STATUS_BYTES = 64;
const OLD_STATUS_BYTES = 56;
const SELF = -1;
const STATUS_PARTIAL_COPY = 0x8000_000d;
const ERROR_PARTIAL_COPY = 299;
/** Units of 100 ns between two ticks of the clock. */
const TICK = 156_250;

/** Bytes of memory, free ones, and the same with the paging file. */
export interface MemoryFigures {
  readonly total: number;
  readonly free: number;
  readonly commitLimit: number;
  readonly committed: number;
}

export function memoryFigures({ options, mmu, win }: WindowsProcess): MemoryFigures {
  const total = options.memoryBytes;
  const { commitLimitBytes, committedBytes } = win.space;
  return {
    total,
    free: Math.max(0, total - mmu.pool.inUse * PAGE_BYTES),
    commitLimit: commitLimitBytes,
    committed: committedBytes,
  };
}

/** MEMORYSTATUSEX's fields from the load in percent on. */
function statusWords(process: WindowsProcess): { load: number; words: number[] } {
  const { total, free, commitLimit, committed } = memoryFigures(process);
  const addresses = HIGHEST_ADDRESS - LOWEST_ADDRESS + 1;
  const used = committed + LOWEST_ADDRESS;
  return {
    load: Math.floor((total - free) / Math.floor(total / 100)),
    words: [total, free, commitLimit, commitLimit - committed, addresses, addresses - used],
  };
}

function memoryStatusEx(c: Call): number {
  const at = c.word(0);
  if (c.memory.u32(at) !== MEMORY_STATUS_BYTES) return c.fail(ERROR_INVALID_PARAMETER);
  const { load, words } = statusWords(c.process);
  c.memory.setU32(at + 4, load);
  [...words, 0].forEach((value, n) => {
    c.memory.setU64(at + 8 + n * 8, value);
  });
  return 1;
}

function memoryStatus(c: Call): number {
  const at = c.word(0);
  const { load, words } = statusWords(c.process);
  c.memory.setU32(at, OLD_STATUS_BYTES);
  c.memory.setU32(at + 4, load);
  words.forEach((value, n) => {
    c.memory.setU64(at + 8 + n * 8, value);
  });
  return 0;
}

/** Information of a class: its bytes in the system, and the words of 4 or 8 bytes that are known. */
interface Information {
  readonly bytes: number;
  readonly fields: (
    process: WindowsProcess,
  ) => readonly (readonly [offset: number, width: 4 | 8, value: number])[];
}

const SYSTEM_CLASSES: ReadonlyMap<number, Information> = new Map([
  [
    0,
    {
      bytes: 64,
      fields: (process) => [
        [4, 4, TICK],
        [8, 4, PAGE_BYTES],
        [12, 4, memoryFigures(process).total / PAGE_BYTES],
        [16, 4, 1],
        [20, 4, memoryFigures(process).total / PAGE_BYTES],
        [24, 8, ALLOCATION_GRANULARITY],
        [32, 8, LOWEST_ADDRESS],
        [40, 8, HIGHEST_ADDRESS],
        [48, 8, 1],
        [56, 8, 1],
      ],
    },
  ],
  [
    2,
    {
      bytes: 312,
      fields: (process) => {
        const { free, committed, commitLimit } = memoryFigures(process);
        return [
          [44, 4, Math.floor(free / PAGE_BYTES)],
          [48, 4, Math.floor(committed / PAGE_BYTES)],
          [52, 4, Math.floor(commitLimit / PAGE_BYTES)],
          [56, 4, Math.floor(committed / PAGE_BYTES)],
        ];
      },
    },
  ],
]);

const PROCESS_CLASSES: ReadonlyMap<number, Information> = new Map([
  [
    0,
    {
      bytes: 48,
      fields: ({ peb }) => [
        [0, 4, 259],
        [8, 8, peb],
        [16, 8, 1],
        [24, 4, 8],
        [32, 8, PROCESS_ID],
      ],
    },
  ],
  [
    3,
    {
      bytes: 96,
      fields: (process) => {
        const { total, free, committed } = memoryFigures(process);
        return [
          [0, 8, committed],
          [8, 8, committed],
          [24, 8, total - free],
          [32, 8, total - free],
          [72, 8, committed],
          [80, 8, committed],
          [88, 8, committed],
        ];
      },
    },
  ],
]);

/** Answers a question by its class: (…, class, buffer, length, length pointer) from `first` on. */
function answer(c: Call, first: number, classes: ReadonlyMap<number, Information>): number {
  const information = classes.get(c.u32(first));
  if (information === undefined) return NT_STATUS.INVALID_INFO_CLASS;
  const [to, room, lengthAt] = [c.word(first + 1), c.u32(first + 2), c.word(first + 3)];
  const { bytes, fields } = information;
  if (lengthAt !== 0) c.memory.setU32(lengthAt, bytes);
  if (room < bytes) return NT_STATUS.INFO_LENGTH_MISMATCH;
  c.memory.fill(to, 0, bytes);
  for (const [offset, width, value] of fields(c.process)) {
    if (width === 8) c.memory.setU64(to + offset, value);
    else c.memory.setU32(to + offset, value);
  }
  return NT_STATUS.SUCCESS;
}

/**
 * Copies between two places of this process, the only one whose memory there is:
 * (process, from or to, buffer, bytes, count pointer). A status.
 */
function copyMemory(c: Call, isWrite: boolean): number {
  if (c.signedWord(0) !== SELF) return NT_STATUS.INVALID_HANDLE;
  const [from, to] = isWrite ? [c.word(2), c.word(1)] : [c.word(1), c.word(2)];
  const { memory } = c;
  let done = 0;
  const length = c.word(3);
  while (done < length && !memory.mmu.faulted) {
    const at = from + done;
    const piece = memory.read(at, Math.min(length - done, PAGE_BYTES - (at % PAGE_BYTES)));
    if (!memory.mmu.faulted) memory.write(to + done, piece);
    if (!memory.mmu.faulted) done += piece.length;
  }
  const isPartial = memory.mmu.faulted;
  memory.mmu.faulted = false;
  if (c.word(4) !== 0) memory.setU64(c.word(4), done);
  return isPartial ? STATUS_PARTIAL_COPY : NT_STATUS.SUCCESS;
}

/** The same with the error of a failure. */
function copies(isWrite: boolean): (c: Call) => number {
  return (c) => {
    const status = copyMemory(c, isWrite);
    if (status === NT_STATUS.SUCCESS) return 1;
    return c.fail(status === STATUS_PARTIAL_COPY ? ERROR_PARTIAL_COPY : errorOfStatus(status));
  };
}

/** Whether a touch of a range faults; the guard page of the stack stays one. */
function isBad(c: Call, touch: (address: number) => void): number {
  const size = c.word(1);
  if (size === 0) return 0;
  const { memory, thread } = c;
  const end = c.word(0) + size - 1;
  if (c.word(0) < thread.stackLow && end >= thread.stackGuard) return 1;
  for (let at = c.word(0); !memory.mmu.faulted; at += PAGE_BYTES - (at % PAGE_BYTES)) {
    touch(Math.min(at, end));
    if (at + PAGE_BYTES - (at % PAGE_BYTES) > end) break;
  }
  if (!memory.mmu.faulted) touch(end);
  const { faulted } = memory.mmu;
  memory.mmu.faulted = false;
  return faulted ? 1 : 0;
}

const isBadToRead = (c: Call): number => isBad(c, (address) => c.memory.u8(address));
const isBadToWrite = (c: Call): number =>
  isBad(c, (address) => c.memory.setU8(address, c.memory.u8(address)));

export const MEMORY_INFORMATION_FUNCTIONS: readonly SystemFunction[] = systemFunctions('kernel', {
  'GlobalMemoryStatusEx(to: pointer): bool': memoryStatusEx,
  'GlobalMemoryStatus(to: pointer)': memoryStatus,
  'GetPhysicallyInstalledSystemMemory(kib: pointer): bool': (c) => {
    if (c.word(0) === 0) return c.fail(ERROR_INVALID_PARAMETER);
    c.memory.setU64(c.word(0), memoryFigures(c.process).total / KIB);
    return 1;
  },
  'NtQuerySystemInformation(class: u32, to: pointer, size: u32, length: pointer): status': (c) =>
    answer(c, 0, SYSTEM_CLASSES),
  'ZwQuerySystemInformation(class: u32, to: pointer, size: u32, length: pointer): status': (c) =>
    answer(c, 0, SYSTEM_CLASSES),
  'NtQueryInformationProcess(process: handle, class: u32, to: pointer, size: u32, length: pointer): status':
    (c) => (c.signedWord(0) === SELF ? answer(c, 1, PROCESS_CLASSES) : NT_STATUS.INVALID_HANDLE),
  'ReadProcessMemory(process: handle, from: pointer, to: pointer, size: u64, done: pointer): bool':
    copies(false),
  'WriteProcessMemory(process: handle, to: pointer, from: pointer, size: u64, done: pointer): bool':
    copies(true),
  'NtReadVirtualMemory(process: handle, from: pointer, to: pointer, size: u64, done: pointer): status':
    (c) => copyMemory(c, false),
  'NtWriteVirtualMemory(process: handle, to: pointer, from: pointer, size: u64, done: pointer): status':
    (c) => copyMemory(c, true),
  'IsBadReadPtr(address: pointer, size: u64): bool': isBadToRead,
  'IsBadWritePtr(address: pointer, size: u64): bool': isBadToWrite,
  'IsBadHugeReadPtr(address: pointer, size: u64): bool': isBadToRead,
  'IsBadHugeWritePtr(address: pointer, size: u64): bool': isBadToWrite,
  'IsBadCodePtr(address: pointer): bool': (c) => {
    c.memory.u8(c.word(0));
    const { faulted } = c.memory.mmu;
    c.memory.mmu.faulted = false;
    return faulted ? 1 : 0;
  },
});

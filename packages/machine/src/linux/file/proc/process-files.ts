/**
 * The texts of a process's files in /proc.
 * @table
 * @see fs/proc/array.c, base.c of Linux 6.18; proc(5)
 */
import { PAGE_BYTES } from '@bareheap/mmu';
import {
  type AddressSpace,
  allResidentCounts,
  mapsText,
  PAGE_MAP_WORD_BYTES,
  pageMapWords,
  type ResourceLimits,
  residentPages,
  smapsRollupText,
  smapsText,
  statmText,
  TASK_SIZE,
} from '@bareheap/platform-posix';
import { latin1 } from '../../process/guest-memory.ts';
import { EACCES, EINVAL, ESRCH } from '../errno.ts';
import { GUEST_GID, GUEST_UID } from '../file-constants.ts';
import type { ReadResult } from '../file-description.ts';
import { mountsText } from './mounts-text.ts';
import type { ShownProcess, ShownThread } from './process-source.ts';

export interface ShownTask {
  readonly process: ShownProcess;
  readonly thread: ShownThread;
}

interface NamedFile {
  readonly name: string;
  readonly mode: number;
}

export interface TextFile extends NamedFile {
  readonly text: (task: ShownTask) => string | number;
  /** Takes what is written: 0 or a negative error number. */
  readonly write?: (task: ShownTask, text: string) => number;
}

/** A file that is too long to be made whole. */
export interface RangeFile extends NamedFile {
  readonly range: (task: ShownTask, offset: number, length: number) => ReadResult;
}

export type ProcessFile = TextFile | RangeFile;

/** The last line of maps: a page that every process has above all addresses. */
const VSYSCALL_LINE =
  'ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n';
const PAGE_KIB = 4;
const TICK_NS = 1e7;
/** Most bytes of a command line, an environment or a page map that are shown at once. */
const MOST_BYTES = 1 << 20;

/** @see fs/proc/task_mmu.c of Linux 6.18: pagemap_read */
function pageMap({ process }: ShownTask, offset: number, length: number): ReadResult {
  if (offset % PAGE_MAP_WORD_BYTES !== 0 || length % PAGE_MAP_WORD_BYTES !== 0) return -EINVAL;
  const first = offset / PAGE_MAP_WORD_BYTES;
  const wanted = Math.min(length, MOST_BYTES) / PAGE_MAP_WORD_BYTES;
  const left = TASK_SIZE / (PAGE_KIB * 1024) - first;
  return pageMapWords(process.space, first, Math.max(0, Math.min(wanted, left)));
}

function memoryText(space: AddressSpace, [start, end]: readonly [number, number]): string {
  let text = '';
  const bytes = new Uint8Array(Math.max(0, Math.min(end - start, MOST_BYTES)));
  // Page by page: what is not in memory reads as nothing.
  for (let done = 0; done < bytes.length; ) {
    const part = Math.min(bytes.length - done, 4096 - ((start + done) % 4096));
    if (!space.mmu.peek(start + done, bytes.subarray(done, done + part))) return '';
    done += part;
  }
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function statText({ process, thread }: ShownTask): string {
  const { space } = process;
  const ticks = Math.floor(process.cpuTime / TICK_NS);
  const resident = residentPages(allResidentCounts(space));
  const [argumentStart, argumentEnd] = process.argumentRange;
  const [environmentStart, environmentEnd] = process.environmentRange;
  const stack = Math.max(0, space.stackStart);
  const fields = [
    ...[process.parentId, process.groupId, process.sessionId, 0, -1, 0x400000, 0, 0, 0, 0],
    ...[ticks, 0, 0, 0, 20, 0, process.shownThreads.length, 0, 0],
    ...[space.totalPages * 4096, resident, '18446744073709551615', 1, 1, stack],
    ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0],
    ...[0, 0, space.breakStart, argumentStart, argumentEnd, environmentStart, environmentEnd, 0],
  ];
  return `${thread.id} (${thread.name}) ${thread.stateLetter} ${fields.join(' ')}\n`;
}

const STATES: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  T: 'stopped',
  Z: 'zombie',
};

function memoryLines(space: AddressSpace): [string, string][] {
  const counts = allResidentCounts(space);
  const kib = (pages: number): string => `${String(pages * PAGE_KIB).padStart(8)} kB`;
  const resident = residentPages(counts);
  return [
    ['VmPeak', kib(space.totalPages)],
    ['VmSize', kib(space.totalPages)],
    ['VmLck', kib(space.lockedPages)],
    ['VmPin', kib(0)],
    ['VmHWM', kib(space.pages.peakBytes() / PAGE_BYTES)],
    ['VmRSS', kib(resident)],
    ['RssAnon', kib(counts.anonymous)],
    ['RssFile', kib(counts.objectClean)],
    ['RssShmem', kib(counts.objectDirty)],
    ['VmData', kib(space.dataPages)],
    ['VmStk', kib(space.stackPages)],
    ['VmExe', kib(space.executablePages)],
    ['VmLib', kib(0)],
    ['VmPTE', kib(0)],
    ['VmSwap', kib(0)],
  ];
}

function statusText({ process, thread }: ShownTask): string {
  const four = (id: number): string => [id, id, id, id].join('\t');
  const zeros = '0'.repeat(16);
  const lines: [string, string][] = [
    ['Name', thread.name],
    ['Umask', process.umask.toString(8).padStart(4, '0')],
    ['State', `${thread.stateLetter} (${STATES[thread.stateLetter] ?? 'running'})`],
    ['Tgid', String(process.id)],
    ['Ngid', '0'],
    ['Pid', String(thread.id)],
    ['PPid', String(process.parentId)],
    ['TracerPid', '0'],
    ['Uid', four(GUEST_UID)],
    ['Gid', four(GUEST_GID)],
    ['FDSize', '64'],
    ['Groups', `${GUEST_GID} `],
    ['NStgid', String(process.id)],
    ['NSpid', String(thread.id)],
    ['NSpgid', String(process.groupId)],
    ['NSsid', String(process.sessionId)],
    ...memoryLines(process.space),
    ['Threads', String(process.shownThreads.length)],
    ['SigQ', '0/0'],
    ...['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name): [string, string] => [
      name,
      zeros,
    ]),
    ['NoNewPrivs', '0'],
    ['Seccomp', '0'],
    ['Cpus_allowed', '1'],
    ['Cpus_allowed_list', '0'],
  ];
  return lines.map(([name, value]) => `${name}:\t${value}\n`).join('');
}

/** Number, name and unit of each limit, in the order that is shown. */
const LIMITS: readonly (readonly [number, string, string])[] = [
  [0, 'Max cpu time', 'seconds'],
  [1, 'Max file size', 'bytes'],
  [2, 'Max data size', 'bytes'],
  [3, 'Max stack size', 'bytes'],
  [4, 'Max core file size', 'bytes'],
  [5, 'Max resident set', 'bytes'],
  [6, 'Max processes', 'processes'],
  [7, 'Max open files', 'files'],
  [8, 'Max locked memory', 'bytes'],
  [9, 'Max address space', 'bytes'],
  [10, 'Max file locks', 'locks'],
  [11, 'Max pending signals', 'signals'],
  [12, 'Max msgqueue size', 'bytes'],
  [13, 'Max nice priority', ''],
  [14, 'Max realtime priority', ''],
  [15, 'Max realtime timeout', 'us'],
];

function limitsText(limits: ResourceLimits): string {
  const line = (cells: readonly string[]): string =>
    `${cells[0]!.padEnd(25)} ${cells[1]!.padEnd(20)} ${cells[2]!.padEnd(20)} ${cells[3]!.padEnd(10)}\n`;
  const amount = (value: number): string => (Number.isFinite(value) ? String(value) : 'unlimited');
  const rows = LIMITS.map(([number, name, unit]) => {
    const limit = limits.get(number)!;
    return line([name, amount(limit.soft), amount(limit.hard), unit]);
  });
  return line(['Limit', 'Soft Limit', 'Hard Limit', 'Units']) + rows.join('');
}

const MOST_OOM_SCORE = 1000;

/** A process that has ended has no memory any more. */
function ofSpace(text: (space: AddressSpace) => string): TextFile['text'] {
  return ({ process, thread }) => (thread.stateLetter === 'Z' ? '' : text(process.space));
}

/** A program without privileges may not make its own end less likely than it began. */
function setOomScore(process: ShownProcess, text: string): number {
  const [, number] = /^\s*([+-]?\d+)\s*$/.exec(text) ?? [];
  const score = Number(number);
  if (number === undefined || Math.abs(score) > MOST_OOM_SCORE) return -EINVAL;
  if (score < 0) return -EACCES;
  process.oomScore = score;
  return 0;
}

function ofMemory(range: (process: ShownProcess) => readonly [number, number]): TextFile['text'] {
  return ({ process, thread }) =>
    thread.stateLetter === 'Z' ? '' : memoryText(process.space, range(process));
}

export const PROCESS_FILES: readonly ProcessFile[] = [
  { name: 'auxv', mode: 0o400, text: ({ process }) => latin1(process.auxiliaryVector) },
  {
    name: 'cmdline',
    mode: 0o444,
    text: ofMemory(({ argumentRange }) => argumentRange),
  },
  {
    name: 'comm',
    mode: 0o644,
    text: ({ thread }) => `${thread.name}\n`,
    write: ({ thread }, text) => {
      thread.name = text.split('\n')[0]!.slice(0, 15);
      return 0;
    },
  },
  {
    name: 'environ',
    mode: 0o400,
    text: ofMemory(({ environmentRange }) => environmentRange),
  },
  { name: 'limits', mode: 0o444, text: ({ process }) => limitsText(process.space.limits) },
  { name: 'loginuid', mode: 0o644, text: () => '4294967295' },
  { name: 'maps', mode: 0o444, text: ofSpace((space) => mapsText(space) + VSYSCALL_LINE) },
  { name: 'mounts', mode: 0o444, text: ({ process }) => mountsText(process.directory) },
  {
    name: 'oom_score_adj',
    mode: 0o644,
    text: ({ process }) => `${process.oomScore}\n`,
    write: ({ process }, text) => setOomScore(process, text),
  },
  { name: 'pagemap', mode: 0o400, range: pageMap },
  { name: 'smaps', mode: 0o444, text: ofSpace(smapsText) },
  {
    name: 'smaps_rollup',
    mode: 0o444,
    text: ({ process }) =>
      process.space.vmas.size === 0 ? -ESRCH : smapsRollupText(process.space),
  },
  { name: 'stat', mode: 0o444, text: statText },
  { name: 'statm', mode: 0o444, text: ({ process }) => statmText(process.space) },
  { name: 'status', mode: 0o444, text: statusText },
];

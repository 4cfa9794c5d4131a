/**
 * The texts of /proc that are about the whole system.
 * @table
 * @see proc(5)
 */
import type { FramePool } from '@bareheap/mmu';
import { LINUX_6_18, MOST_TASKS } from '@bareheap/platform-posix';
import { SYSTEM_NAMES } from '../../system-names.ts';
import { MOST_DESCRIPTORS } from '../descriptor-table.ts';
import { fileSystemTypes } from '../file-system-kind.ts';
import { gzipText, KERNEL_CONFIG } from './kernel-config.ts';
import type { ProcessSource } from './process-source.ts';
import { processorText } from './processor-text.ts';

export interface ShownSystem {
  readonly pool: FramePool;
  readonly processes: ProcessSource;
  readonly random: (bytes: Uint8Array) => void;
}

/** A text by its path below /proc. */
export interface SystemFile {
  readonly path: string;
  readonly text: (system: ShownSystem) => string;
}

const PAGE_KIB = 4;
const SECOND = 1e9;
const TICKS = 100;

function kib(value: number): string {
  return `${String(value).padStart(8)} kB`;
}

function memoryInformation({ pool }: ShownSystem): string {
  const total = pool.limit * PAGE_KIB;
  const free = (pool.limit - pool.inUse) * PAGE_KIB;
  const rows: readonly (readonly [string, number])[] = [
    ['MemTotal', total],
    ['MemFree', free],
    ['MemAvailable', free],
    ['Buffers', 0],
    ['Cached', 0],
    ['SwapCached', 0],
    ['SwapTotal', 0],
    ['SwapFree', 0],
    ['Dirty', 0],
    ['Shmem', 0],
    ['CommitLimit', total],
    ['Committed_AS', total - free],
  ];
  return rows.map(([name, value]) => `${`${name}:`.padEnd(15)}${kib(value)}\n`).join('');
}

function statistics({ processes }: ShownSystem): string {
  const ticks = Math.floor((processes.uptime() / SECOND) * TICKS);
  const cpu = `${ticks} 0 0 0 0 0 0 0 0 0`;
  const count = processes.ids().length;
  return `cpu  ${cpu}\ncpu0 ${cpu}\nintr 0\nctxt 0\nbtime 1893456000\nprocesses ${count}\nprocs_running 1\nprocs_blocked 0\n`;
}

function uptime({ processes }: ShownSystem): string {
  return `${(processes.uptime() / SECOND).toFixed(2)} 0.00\n`;
}

function uniqueId({ random }: ShownSystem): string {
  const bytes = new Uint8Array(16);
  random(bytes);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}\n`;
}

const { overcommit, overcommitRatio, maxMapCount, mmapMinAddress } = LINUX_6_18;
const { system, node, release, version } = SYSTEM_NAMES;

export const SYSTEM_FILES: readonly SystemFile[] = [
  { path: 'cmdline', text: () => 'quiet\n' },
  { path: 'config.gz', text: () => gzipText(KERNEL_CONFIG) },
  { path: 'cpuinfo', text: ({ processes }) => processorText(processes.cpuid) },
  { path: 'filesystems', text: fileSystemTypes },
  { path: 'loadavg', text: ({ processes }) => `0.00 0.00 0.00 1/${processes.ids().length} 1\n` },
  { path: 'meminfo', text: memoryInformation },
  { path: 'stat', text: statistics },
  { path: 'uptime', text: uptime },
  { path: 'version', text: () => `${system} version ${release} (${node}) ${version}\n` },
  { path: 'sys/fs/file-max', text: () => `${MOST_DESCRIPTORS}\n` },
  { path: 'sys/fs/nr_open', text: () => '65536\n' },
  { path: 'sys/fs/pipe-max-size', text: () => '1048576\n' },
  { path: 'sys/kernel/cap_last_cap', text: () => '40\n' },
  { path: 'sys/kernel/hostname', text: () => `${node}\n` },
  { path: 'sys/kernel/ngroups_max', text: () => '65536\n' },
  { path: 'sys/kernel/osrelease', text: () => `${release}\n` },
  { path: 'sys/kernel/ostype', text: () => `${system}\n` },
  { path: 'sys/kernel/pid_max', text: () => '4194304\n' },
  { path: 'sys/kernel/random/boot_id', text: () => '00000000-0000-4000-8000-000000000001\n' },
  { path: 'sys/kernel/random/uuid', text: uniqueId },
  { path: 'sys/kernel/randomize_va_space', text: () => '0\n' },
  { path: 'sys/kernel/tainted', text: () => '0\n' },
  { path: 'sys/kernel/threads-max', text: () => `${MOST_TASKS}\n` },
  { path: 'sys/vm/max_map_count', text: () => `${maxMapCount}\n` },
  { path: 'sys/vm/mmap_min_addr', text: () => `${mmapMinAddress}\n` },
  { path: 'sys/vm/overcommit_memory', text: () => `${overcommit}\n` },
  { path: 'sys/vm/overcommit_ratio', text: () => `${overcommitRatio}\n` },
];

import { LIFTED_X86_FEATURES, x86Cpuid } from '@bareheap/cpu';
import { FramePool } from '@bareheap/mmu';
import { expect, test } from 'vitest';
import { TextHost } from '../../../../test/text-host.ts';
import { DescriptorTable } from '../descriptor-table.ts';
import { Directory } from '../directory.ts';
import { O_RDONLY, O_WRONLY, S_IFIFO } from '../file-constants.ts';
import { FileSystem } from '../file-system.ts';
import { GeneratedFile } from '../generated-file.ts';
import { Inode } from '../inode.ts';
import { childOf } from '../path-walk.ts';
import { Pipe, PipeEnd, PipeShare } from '../pipe.ts';
import type { Place } from '../place.ts';
import { KERNEL_CONFIG } from './kernel-config.ts';
import { mountsText } from './mounts-text.ts';
import type { ProcessSource, ShownProcess } from './process-source.ts';

const LOOKER = { processId: 1, threadId: 1 };

/** Everything below a place, mounts and all. */
function everything(place: Place): Place[] {
  const { inode } = place;
  if (!(inode instanceof Directory)) return [place];
  const entries = inode.list(LOOKER);
  if (typeof entries === 'number') throw new Error(`${place.path}: ${entries}`);
  return [
    place,
    ...entries.flatMap(({ name, number, type }) => {
      const child = childOf(place, name, LOOKER);
      if (typeof child === 'number') throw new Error(`${place.path}/${name}: ${child}`);
      expect([child.path, child.inode.number, child.inode.type]).toEqual([
        child.path,
        number,
        type,
      ]);
      return everything(child);
    }),
  ];
}

function system(processes?: ProcessSource): FileSystem {
  return new FileSystem({
    pool: new FramePool(1 << 20),
    host: new TextHost(),
    tree: null,
    now: () => ({ seconds: 1, nanoseconds: 0 }),
    random: (bytes) => bytes.fill(0xab),
    processes: processes ?? { shown: () => null, ids: () => [], uptime: () => 1.5e9, cpuid: CPUID },
  });
}

test.each(['proc', 'dev', 'sys', 'tmp'])('/%s: names and numbers are each one file’s', (name) => {
  const root = system().placeAt(`/${name}`)!;
  const places = everything(root);
  const keys = places.map(({ inode }) => `${inode.device}:${inode.number}`);
  expect(new Set(keys).size).toBe(keys.length);
  for (const { inode } of places) expect(inode.uid).toBe(0);
});

const CPUID = x86Cpuid(LIFTED_X86_FEATURES);
const MOUNTS = `/dev/root / ext4 rw,relatime 0 0
proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0
sysfs /sys sysfs ro,nosuid,nodev,noexec,relatime 0 0
devtmpfs /dev devtmpfs rw,nosuid,relatime 0 0
devpts /dev/pts devpts rw,nosuid,noexec,relatime 0 0
tmpfs /dev/shm tmpfs rw,nosuid,nodev 0 0
tmpfs /tmp tmpfs rw,nosuid,nodev 0 0
`;

/** Ids of processes: next to each other, and after very many others. */
const IDS = [1001, 1005, 4_000_000_000];

/** Processes with three threads and many descriptors each. */
function someProcesses(): ProcessSource {
  const files = new DescriptorTable();
  const parts = { number: 1, device: 1, mode: S_IFIFO, time: { seconds: 1, nanoseconds: 0 } };
  const ends = [O_RDONLY, O_WRONLY].map(
    (flags) => new PipeEnd(new Pipe(new Inode(parts), new PipeShare()), flags),
  );
  files.limit = 3000;
  for (let descriptor = 0; descriptor < 300; descriptor++) {
    const end = ends[descriptor % 2]!;
    end.retain();
    files.add(end);
  }
  const shown = (id: number): ShownProcess =>
    ({
      id,
      files,
      shownThreads: [id, id + 1, id + 2].map((thread) => ({
        id: thread,
        name: 'n',
        stateLetter: 'R',
      })),
    }) as unknown as ShownProcess;
  return {
    shown: (id) => (IDS.includes(id) ? shown(id) : null),
    ids: () => IDS,
    uptime: () => 0,
    cpuid: CPUID,
  };
}

test('nor do processes, threads and descriptors share numbers', () => {
  const root = system(someProcesses()).placeAt('/proc')!;
  const numbers = everything(root).map(({ inode }) => inode.number);
  expect(numbers.length).toBeGreaterThan(4000);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(Math.max(...numbers)).toBeLessThan(2 ** 53);
});

test('a number stays the same from one look to the next', () => {
  const files = system();
  const numbers = (): number[] =>
    everything(files.placeAt('/proc')!).map(({ inode }) => inode.number);
  expect(numbers()).toEqual(numbers());
});

test('every file about the system has a text that ends in a line', () => {
  const texts = everything(system().placeAt('/proc')!).flatMap(({ inode }) =>
    inode instanceof GeneratedFile ? [inode.source()] : [],
  );
  expect(texts.length).toBeGreaterThan(20);
  const isPacked = (text: string | number): boolean => String(text).charCodeAt(0) === 0x1f;
  const plain = texts.filter((text) => !isPacked(text));
  expect(texts.length - plain.length).toBe(1);
  for (const text of plain) expect(text).toMatch(/\n$/);
});

/** What an option of the kernel's shows. @see mm/Kconfig, fs/Kconfig of Linux 6.18 */
const SHOWN: readonly (readonly [option: string, path: string])[] = [
  ['CGROUPS', '/proc/cgroups'],
  ['HUGETLB_PAGE', '/sys/kernel/mm/hugepages'],
  ['KSM', '/sys/kernel/mm/ksm'],
  ['MODULES', '/proc/modules'],
  ['PROC_FS', '/proc/meminfo'],
  ['TRANSPARENT_HUGEPAGE', '/sys/kernel/mm/transparent_hugepage'],
];

test.each(SHOWN)('%s is told of as %s is there or not', (option, path) => {
  const isThere = system().placeAt(path) !== null;
  const line = isThere ? `CONFIG_${option}=y` : `# CONFIG_${option} is not set`;
  expect(KERNEL_CONFIG.split('\n')).toContain(line);
});

test('texts are of this system', () => {
  const text = (path: string): unknown => (system().placeAt(path)!.inode as GeneratedFile).source();
  expect(text('/proc/uptime')).toBe('1.50 0.00\n');
  expect(text('/proc/sys/kernel/osrelease')).toBe('6.18.0-bareheap\n');
  expect(text('/proc/version')).toMatch(/^Linux version 6\.18\.0-bareheap \(.*\) #1 SMP /);
  const types = MOUNTS.split('\n').flatMap((line) => line.split(' ')[2] ?? []);
  for (const type of types) expect(text('/proc/filesystems')).toMatch(`\t${type}\n`);
  expect(text('/proc/meminfo')).toMatch(/^MemTotal: {10}1024 kB\nMemFree: {11}1024 kB\n/);
  expect(text('/proc/sys/kernel/random/uuid')).toBe('abababab-abab-4bab-abab-abababababab\n');
  expect(text('/proc/cpuinfo')).toMatch(/^processor\t: 0\nvendor_id\t: GenuineIntel\n/);
  expect(text('/proc/cpuinfo')).toMatch(/^flags\t\t: .*\bsse4_2\b.*\blahf_lm\b/m);
  expect(text('/proc/cpuinfo')).toMatch(/^cache size\t: 8192 KB\n.*^clflush size\t: 64$/ms);
  expect(mountsText(system().root)).toBe(MOUNTS);
  expect(text('/proc/sys/vm/max_map_count')).toBe('65530\n');
});

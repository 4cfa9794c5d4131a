/**
 * /proc/self/smaps and smaps_rollup: what of each VMA is in memory. Frames that forked processes
 * share, and pages that are mapped twice, count in full: Pss is Rss.
 *
 * @see fs/proc/task_mmu.c of Linux 6.18: __show_smap, show_smap_vma_flags
 */
import { PAGE_BYTES, PROT_EXECUTE, PROT_READ, PROT_WRITE } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import {
  has,
  isAnonymous,
  type LinuxVma,
  VM_ACCOUNT,
  VM_DONTDUMP,
  VM_DONTFORK,
  VM_DROPPABLE,
  VM_GROWSDOWN,
  VM_HUGEPAGE,
  VM_LOCKED,
  VM_LOCKONFAULT,
  VM_MAYBE_GUARD,
  VM_MAYEXEC,
  VM_MAYSHARE,
  VM_MAYWRITE,
  VM_MERGEABLE,
  VM_NOHUGEPAGE,
  VM_NORESERVE,
  VM_RANDOM,
  VM_SEALED,
  VM_SEQUENTIAL,
  VM_SHARED,
  VM_WIPEONFORK,
} from './linux-vma.ts';
import { mapsLine } from './process-maps.ts';

const PAGE_KIB = PAGE_BYTES / 1024;
const NAME_COLUMN = 73;

/** Pages of a VMA, or of all, that are in memory, by what they are. */
export interface ResidentCounts {
  readonly size: number;
  /** Memory of the process alone. */
  readonly anonymous: number;
  /** Pages of objects that were stored to through a mapping, and the others. */
  readonly objectDirty: number;
  readonly objectClean: number;
  /** Those in locked VMAs. */
  readonly locked: number;
}

/** The letters of VmFlags, in the kernel's order. */
const FLAG_LETTERS: readonly (readonly [string, (vma: LinuxVma) => boolean])[] = [
  ['rd', (vma) => (vma.protection & PROT_READ) !== 0],
  ['wr', (vma) => (vma.protection & PROT_WRITE) !== 0],
  ['ex', (vma) => (vma.protection & PROT_EXECUTE) !== 0],
  ['sh', (vma) => has(vma, VM_SHARED)],
  ['mr', (): boolean => true],
  ['mw', (vma) => has(vma, VM_MAYWRITE)],
  ['me', (vma) => has(vma, VM_MAYEXEC)],
  ['ms', (vma) => has(vma, VM_MAYSHARE)],
  ['gd', (vma) => has(vma, VM_GROWSDOWN)],
  ['gu', (vma) => has(vma, VM_MAYBE_GUARD)],
  ['lo', (vma) => has(vma, VM_LOCKED)],
  ['sr', (vma) => has(vma, VM_SEQUENTIAL)],
  ['rr', (vma) => has(vma, VM_RANDOM)],
  ['dc', (vma) => has(vma, VM_DONTFORK)],
  ['lf', (vma) => has(vma, VM_LOCKONFAULT)],
  ['ac', (vma) => has(vma, VM_ACCOUNT)],
  ['nr', (vma) => has(vma, VM_NORESERVE)],
  ['wf', (vma) => has(vma, VM_WIPEONFORK)],
  ['dd', (vma) => has(vma, VM_DONTDUMP)],
  ['hg', (vma) => has(vma, VM_HUGEPAGE)],
  ['nh', (vma) => has(vma, VM_NOHUGEPAGE)],
  ['mg', (vma) => has(vma, VM_MERGEABLE)],
  ['dp', (vma) => has(vma, VM_DROPPABLE)],
  ['sl', (vma) => has(vma, VM_SEALED)],
];

/** The flags of a VMA as VmFlags has them: `rd wr mr mw me ac`. */
export function vmFlagsText(vma: LinuxVma): string {
  return FLAG_LETTERS.filter(([, isSet]) => isSet(vma))
    .map(([letters]) => letters)
    .join(' ');
}

/** What of a VMA is in memory; the page of zeros counts nowhere. */
export function residentCounts(space: AddressSpace, vma: LinuxVma): ResidentCounts {
  let anonymous = 0;
  let objectDirty = 0;
  let objectClean = 0;
  for (const shown of space.mmu.vmas.overlapping(vma.start, vma.end)) {
    const end = Math.min(shown.end, vma.end);
    const pages = (end - Math.max(shown.start, vma.start)) / PAGE_BYTES;
    if (shown.backing.kind === 'anonymous') anonymous += pages;
    else if (isAnonymous(vma)) continue;
    else if ((shown.protection & PROT_WRITE) !== 0) objectDirty += pages;
    else objectClean += pages;
  }
  const locked = has(vma, VM_LOCKED) ? anonymous + objectDirty + objectClean : 0;
  return { size: (vma.end - vma.start) / PAGE_BYTES, anonymous, objectDirty, objectClean, locked };
}

/** The same over all VMAs. */
export function allResidentCounts(space: AddressSpace): ResidentCounts {
  const each = space.vmas.all().map((vma) => residentCounts(space, vma));
  const sum = (field: keyof ResidentCounts): number =>
    each.reduce((total, counts) => total + counts[field], 0);
  return {
    size: sum('size'),
    anonymous: sum('anonymous'),
    objectDirty: sum('objectDirty'),
    objectClean: sum('objectClean'),
    locked: sum('locked'),
  };
}

/** Pages in memory. */
export function residentPages(counts: ResidentCounts): number {
  return counts.anonymous + counts.objectDirty + counts.objectClean;
}

function dirtyPages(counts: ResidentCounts): number {
  return counts.anonymous + counts.objectDirty;
}

type Field = readonly [string, (counts: ResidentCounts) => number];

const NOTHING = (): number => 0;
const ROLLUP_PSS: readonly Field[] = [
  ['Pss_Anon', (counts) => counts.anonymous],
  ['Pss_File', (counts) => counts.objectClean],
  ['Pss_Shmem', (counts) => counts.objectDirty],
];
const BEFORE_PSS: readonly Field[] = [
  ['Rss', residentPages],
  ['Pss', residentPages],
  ['Pss_Dirty', dirtyPages],
];
const AFTER_PSS: readonly Field[] = [
  ['Shared_Clean', NOTHING],
  ['Shared_Dirty', NOTHING],
  ['Private_Clean', (counts) => counts.objectClean],
  ['Private_Dirty', dirtyPages],
  ['Referenced', residentPages],
  ['Anonymous', (counts) => counts.anonymous],
  ['KSM', NOTHING],
  ['LazyFree', NOTHING],
  ['AnonHugePages', NOTHING],
  ['ShmemPmdMapped', NOTHING],
  ['FilePmdMapped', NOTHING],
  ['Shared_Hugetlb', NOTHING],
  ['Private_Hugetlb', NOTHING],
  ['Swap', NOTHING],
  ['SwapPss', NOTHING],
  ['Locked', (counts) => counts.locked],
];

function fieldLine(name: string, kib: number): string {
  return `${`${name}:`.padEnd(16)}${String(kib).padStart(8)} kB\n`;
}

function fieldLines(fields: readonly Field[], counts: ResidentCounts): string {
  return fields.map(([name, pages]) => fieldLine(name, pages(counts) * PAGE_KIB)).join('');
}

/** The text of /proc/self/smaps. */
export function smapsText(space: AddressSpace): string {
  return space.vmas
    .all()
    .map((vma) => {
      const counts = residentCounts(space, vma);
      const sizes = [
        fieldLine('Size', counts.size * PAGE_KIB),
        fieldLine('KernelPageSize', PAGE_KIB),
        fieldLine('MMUPageSize', PAGE_KIB),
      ];
      const fields = fieldLines([...BEFORE_PSS, ...AFTER_PSS], counts);
      const last = `THPeligible:           0\nVmFlags: ${vmFlagsText(vma)} \n`;
      return `${mapsLine(space, vma)}\n${sizes.join('')}${fields}${last}`;
    })
    .join('');
}

/** The text of /proc/self/smaps_rollup. */
export function smapsRollupText(space: AddressSpace): string {
  const all = space.vmas.all();
  const hex = (address = 0): string => address.toString(16).padStart(8, '0');
  const range = `${hex(all[0]?.start)}-${hex(all.at(-1)?.end)}`;
  const head = `${range} ---p 00000000 00:00 0 `.padEnd(NAME_COLUMN);
  const fields = [...BEFORE_PSS, ...ROLLUP_PSS, ...AFTER_PSS];
  return `${head}[rollup]\n${fieldLines(fields, allResidentCounts(space))}`;
}

/** The text of /proc/self/statm: pages in all, resident, of objects, code, 0, data and stack, 0. */
export function statmText(space: AddressSpace): string {
  const counts = allResidentCounts(space);
  const fields = [
    space.totalPages,
    residentPages(counts),
    counts.objectClean + counts.objectDirty,
    space.executablePages,
    0,
    space.dataPages + space.stackPages,
    0,
  ];
  return `${fields.join(' ')}\n`;
}

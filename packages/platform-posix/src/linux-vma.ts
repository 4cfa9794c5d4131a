/**
 * A VMA as Linux has it: protection, flags, what is mapped and from where, and the anon_vma that
 * decides whether two touched neighbours may become one. Records never change; a changed VMA is a
 * new record.
 *
 * @see mm/vma.c of Linux 6.18: is_mergeable_vma, is_mergeable_anon_vma
 */
import {
  PAGE_BYTES,
  PROT_EXECUTE,
  PROT_NONE,
  PROT_READ,
  PROT_WRITE,
  type Vma,
} from '@bareheap/mmu';
import type { MappableFile } from './linux-files.ts';
import type { MemoryObject } from './memory-object.ts';

/** Pages of a shared writable file, or of any shared memory. */
export const VM_SHARED = 0x1;
/** Mapped with MAP_SHARED, also where the file may not be written. */
export const VM_MAYSHARE = 0x2;
export const VM_MAYWRITE = 0x4;
export const VM_MAYEXEC = 0x8;
export const VM_GROWSDOWN = 0x10;
export const VM_LOCKED = 0x20;
export const VM_LOCKONFAULT = 0x40;
export const VM_NORESERVE = 0x80;
/** Counted as committed. */
export const VM_ACCOUNT = 0x100;
export const VM_DONTFORK = 0x200;
export const VM_DONTDUMP = 0x400;
export const VM_WIPEONFORK = 0x800;
export const VM_RANDOM = 0x1000;
export const VM_SEQUENTIAL = 0x2000;
export const VM_HUGEPAGE = 0x4000;
export const VM_NOHUGEPAGE = 0x8000;
export const VM_MERGEABLE = 0x10000;
export const VM_SEALED = 0x20000;
export const VM_DROPPABLE = 0x40000;
/** Guard pages were installed once. Sticky: VMAs merge in spite of it, and the result has it. */
export const VM_MAYBE_GUARD = 0x80000;

export interface Mapping {
  readonly flags: number;
  /** What is mapped; null for private anonymous memory. */
  readonly object: MemoryObject | null;
  /** The open file that was mapped: mappings of a file opened twice stay apart. */
  readonly file: MappableFile | null;
  /** Page of the object that the VMA begins with; of anonymous memory its first page number. */
  readonly pageOffset: number;
  /** Identity of the anon_vma: 0 until a private page was written. */
  readonly anonVma: number;
  /** The anon_vma is shared with a process this one was forked from or forked. */
  readonly forked: boolean;
}

export type LinuxVma = Vma<Mapping>;

/** A record of a range; the MMU's own marks of a VMA are not used here. */
export function makeVma(
  start: number,
  end: number,
  protection: number,
  mapping: Mapping,
  name = '',
): LinuxVma {
  const record = { start, end, protection, name, flags: 0, guard: false, backing: mapping };
  return record;
}

export function pagesOf(vma: LinuxVma): number {
  return (vma.end - vma.start) / PAGE_BYTES;
}

export function has(vma: LinuxVma, flags: number): boolean {
  return (vma.backing.flags & flags) !== 0;
}

/** What of a mapping may change while it stays one of the same object. */
export type MappingChange = Partial<Omit<Mapping, 'object' | 'file'>>;

// Records are written out below: copying their fields by name takes many times as long.

/** A VMA with another mapping; what `change` does not name stays. */
export function withMapping(vma: LinuxVma, change: MappingChange): LinuxVma {
  const { start, end, protection, name, flags, guard } = vma;
  const old = vma.backing;
  const backing: Mapping = {
    flags: change.flags ?? old.flags,
    object: old.object,
    file: old.file,
    pageOffset: change.pageOffset ?? old.pageOffset,
    anonVma: change.anonVma ?? old.anonVma,
    forked: change.forked ?? old.forked,
  };
  return { start, end, protection, name, flags, guard, backing };
}

/** A VMA with another protection and other VM_* flags. */
export function withProtection(vma: LinuxVma, protection: number, flags: number): LinuxVma {
  const { start, end, name, guard } = vma;
  const { object, file, pageOffset, anonVma, forked } = vma.backing;
  const backing: Mapping = { flags, object, file, pageOffset, anonVma, forked };
  return { start, end, protection, name, flags: vma.flags, guard, backing };
}

/** The part [start, end) of a VMA; or the VMA, grown to that range. */
export function partOf(vma: LinuxVma, start: number, end: number): LinuxVma {
  const { protection, name, flags, guard } = vma;
  const old = vma.backing;
  const backing: Mapping = {
    flags: old.flags,
    object: old.object,
    file: old.file,
    pageOffset: old.pageOffset + (start - vma.start) / PAGE_BYTES,
    anonVma: old.anonVma,
    forked: old.forked,
  };
  return { start, end, protection, name, flags, guard, backing };
}

/** Page of the object that stands at an address. */
export function pageOffsetAt(vma: LinuxVma, address: number): number {
  return vma.backing.pageOffset + (address - vma.start) / PAGE_BYTES;
}

export function isAnonymous(vma: LinuxVma): boolean {
  return vma.backing.object === null;
}

/** x86 has no pages that can be written or executed and not read. */
export function hardwareProtection(protection: number): number {
  return protection === PROT_NONE ? PROT_NONE : protection | PROT_READ;
}

/** Whether RLIMIT_DATA counts it: private and writable, and no stack. */
export function isData(protection: number, flags: number): boolean {
  return (protection & PROT_WRITE) !== 0 && (flags & (VM_SHARED | VM_GROWSDOWN)) === 0;
}

/** Whether it counts as committed when made: private, writable, not NORESERVE. */
export function isAccountable(protection: number, flags: number): boolean {
  return (protection & PROT_WRITE) !== 0 && (flags & (VM_SHARED | VM_NORESERVE)) === 0;
}

/** Whether stores to a mapping reach its object, now or after mprotect. */
export function mayWriteObject(flags: number): boolean {
  return (flags & VM_SHARED) !== 0 && (flags & VM_MAYWRITE) !== 0;
}

/** What mprotect may not give: bits of PROT_* that the mapping's VM_MAY* flags lack. */
export function forbiddenProtection(flags: number): number {
  const write = (flags & VM_MAYWRITE) === 0 ? PROT_WRITE : 0;
  return write | ((flags & VM_MAYEXEC) === 0 ? PROT_EXECUTE : 0);
}

/** Whether two neighbours differ in nothing but what their anon_vmas may forbid. */
export function continues(low: LinuxVma, high: LinuxVma): boolean {
  return (
    low.end === high.start &&
    low.protection === high.protection &&
    low.name === high.name &&
    ((low.backing.flags ^ high.backing.flags) & ~VM_MAYBE_GUARD) === 0 &&
    low.backing.object === high.backing.object &&
    low.backing.file === high.backing.file &&
    pageOffsetAt(low, low.end) === high.backing.pageOffset
  );
}

/** Whether a VMA may take in another (new or changed) whose anon_vma is `source`'s. */
export function acceptsAnonVma(target: LinuxVma, source: LinuxVma): boolean {
  const { anonVma, forked } = target.backing;
  const other = source.backing;
  if (anonVma === 0 && other.anonVma !== 0) return !other.forked;
  if (anonVma !== 0 && other.anonVma === 0) return !forked;
  return anonVma === other.anonVma;
}

/** Whether the neighbours on both sides of a VMA may become one through it. */
export function sameOrNoAnonVma(low: LinuxVma, high: LinuxVma): boolean {
  const a = low.backing.anonVma;
  const b = high.backing.anonVma;
  return a === 0 || b === 0 || a === b;
}

/** Whether a neighbour's anon_vma can serve a VMA that is about to get its first written page. */
export function lendsAnonVma(neighbour: LinuxVma, low: LinuxVma, high: LinuxVma): boolean {
  return (
    neighbour.backing.anonVma !== 0 &&
    !neighbour.backing.forked &&
    low.end === high.start &&
    ((low.backing.flags ^ high.backing.flags) & ~VM_MAYBE_GUARD) === 0 &&
    low.backing.object === high.backing.object &&
    low.backing.file === high.backing.file &&
    pageOffsetAt(low, low.end) === high.backing.pageOffset
  );
}

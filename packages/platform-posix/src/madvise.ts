/**
 * madvise: one row for each piece of advice. Holes are skipped and make the call end in ENOMEM
 * after everything mapped was advised; a VMA that refuses ends it at once.
 *
 * @see mm/madvise.c of Linux 6.18
 */
import { PROT_WRITE } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import { isPageAligned, pageAlign } from './address-word.ts';
import { EACCES, EINVAL, ENOMEM, EOPNOTSUPP, EPERM } from './errno.ts';
import * as L from './linux-constants.ts';
import {
  has,
  isAnonymous,
  type LinuxVma,
  pageOffsetAt,
  VM_DONTDUMP,
  VM_DONTFORK,
  VM_DROPPABLE,
  VM_HUGEPAGE,
  VM_LOCKED,
  VM_MAYBE_GUARD,
  VM_MAYSHARE,
  VM_MAYWRITE,
  VM_MERGEABLE,
  VM_NOHUGEPAGE,
  VM_RANDOM,
  VM_SEALED,
  VM_SEQUENTIAL,
  VM_SHARED,
  VM_WIPEONFORK,
  withMapping,
} from './linux-vma.ts';
import { giveAnonVma } from './page-fault.ts';
import { populateFor } from './populate.ts';

/**
 * Ranges of guards for each frame of the machine, and beside, after which there is no memory for
 * more of them: the kernel has them in page tables, here each takes the host's memory.
 */
const MOST_GUARDS = { perFrame: 1, beside: 65536 } as const;

/** Advises the part [start, end) of a VMA: 0 or a negative error number. */
type Advise = (space: AddressSpace, vma: LinuxVma, start: number, end: number) => number;

interface Advice {
  readonly name: string;
  readonly value: number;
  readonly advise: Advise;
  /** Takes contents away, here or in a child: a sealed mapping that is read-only refuses. */
  readonly discards?: boolean;
}

/** Advice that changes flags of the VMA; `refused` VMAs give EINVAL. */
function flags(set: number, clear: number, refused?: (vma: LinuxVma) => boolean): Advise {
  return (space, vma, start, end) => {
    if (refused?.(vma)) return -EINVAL;
    const after = (vma.backing.flags & ~clear) | set;
    if (after === vma.backing.flags) return 0;
    const changed = space.modify(vma, start, end, (part) => withMapping(part, { flags: after }));
    return changed === null ? -ENOMEM : 0;
  };
}

/** Advice without an effect that a program can see; `refused` VMAs give EINVAL. */
function unseen(refused?: (vma: LinuxVma) => boolean): Advise {
  return (_space, vma) => (refused?.(vma) ? -EINVAL : 0);
}

const isLocked = (vma: LinuxVma): boolean => has(vma, VM_LOCKED);
const isDroppable = (vma: LinuxVma): boolean => has(vma, VM_DROPPABLE);
const isShared = (vma: LinuxVma): boolean => has(vma, VM_SHARED);

function discard(space: AddressSpace, _vma: LinuxVma, start: number, end: number): number {
  space.pages.drop(start, end);
  return 0;
}

function dontNeed(space: AddressSpace, vma: LinuxVma, start: number, end: number): number {
  return isLocked(vma) ? -EINVAL : discard(space, vma, start, end);
}

/** Nothing here is ever short of memory, so what is free to be taken stays until it is unmapped. */
const free: Advise = unseen((vma) => isLocked(vma) || !isAnonymous(vma));

function remove(space: AddressSpace, vma: LinuxVma, start: number, end: number): number {
  const { object } = vma.backing;
  if (isLocked(vma) || object === null) return -EINVAL;
  if (!has(vma, VM_SHARED) || !has(vma, VM_MAYWRITE)) return -EACCES;
  if (!object.isPunchable) return -EOPNOTSUPP;
  object.punch(pageOffsetAt(vma, start), pageOffsetAt(vma, end));
  space.pages.drop(start, end);
  return 0;
}

function installGuards(space: AddressSpace, vma: LinuxVma, start: number, end: number): number {
  if (!space.profile.hasGuardRegions || isLocked(vma)) return -EINVAL;
  const { pool } = space.mmu;
  if (space.guards.size >= MOST_GUARDS.perFrame * pool.limit + MOST_GUARDS.beside) return -ENOMEM;
  const flagged = vma.backing.flags | (space.profile.marksGuards ? VM_MAYBE_GUARD : 0);
  const marked = space.replace(vma, withMapping(vma, { flags: flagged }));
  const needsAnonVma = isAnonymous(marked) || !space.profile.marksGuards;
  if (needsAnonVma && marked.backing.anonVma === 0) giveAnonVma(space, marked);
  space.pages.drop(start, end);
  space.guards.add(start, end, true);
  return 0;
}

function removeGuards(space: AddressSpace, _vma: LinuxVma, start: number, end: number): number {
  if (!space.profile.hasGuardRegions) return -EINVAL;
  space.guards.remove(start, end);
  return 0;
}

/** What a program may advise; every other number is EINVAL. */
export const ADVICE: readonly Advice[] = [
  { name: 'MADV_NORMAL', value: L.MADV_NORMAL, advise: flags(0, VM_RANDOM | VM_SEQUENTIAL) },
  { name: 'MADV_RANDOM', value: L.MADV_RANDOM, advise: flags(VM_RANDOM, VM_SEQUENTIAL) },
  { name: 'MADV_SEQUENTIAL', value: L.MADV_SEQUENTIAL, advise: flags(VM_SEQUENTIAL, VM_RANDOM) },
  { name: 'MADV_WILLNEED', value: L.MADV_WILLNEED, advise: unseen() },
  { name: 'MADV_DONTNEED', value: L.MADV_DONTNEED, advise: dontNeed, discards: true },
  { name: 'MADV_FREE', value: L.MADV_FREE, advise: free, discards: true },
  { name: 'MADV_REMOVE', value: L.MADV_REMOVE, advise: remove, discards: true },
  { name: 'MADV_DONTFORK', value: L.MADV_DONTFORK, advise: flags(VM_DONTFORK, 0), discards: true },
  { name: 'MADV_DOFORK', value: L.MADV_DOFORK, advise: flags(0, VM_DONTFORK) },
  { name: 'MADV_MERGEABLE', value: L.MADV_MERGEABLE, advise: mergeable },
  { name: 'MADV_UNMERGEABLE', value: L.MADV_UNMERGEABLE, advise: flags(0, VM_MERGEABLE) },
  { name: 'MADV_HUGEPAGE', value: L.MADV_HUGEPAGE, advise: flags(VM_HUGEPAGE, VM_NOHUGEPAGE) },
  { name: 'MADV_NOHUGEPAGE', value: L.MADV_NOHUGEPAGE, advise: flags(VM_NOHUGEPAGE, VM_HUGEPAGE) },
  { name: 'MADV_DONTDUMP', value: L.MADV_DONTDUMP, advise: flags(VM_DONTDUMP, 0) },
  { name: 'MADV_DODUMP', value: L.MADV_DODUMP, advise: flags(0, VM_DONTDUMP, isDroppable) },
  {
    name: 'MADV_WIPEONFORK',
    value: L.MADV_WIPEONFORK,
    advise: flags(VM_WIPEONFORK, 0, (vma) => !isAnonymous(vma) || isShared(vma)),
    discards: true,
  },
  {
    name: 'MADV_KEEPONFORK',
    value: L.MADV_KEEPONFORK,
    advise: flags(0, VM_WIPEONFORK, isDroppable),
  },
  { name: 'MADV_COLD', value: L.MADV_COLD, advise: unseen(isLocked) },
  { name: 'MADV_PAGEOUT', value: L.MADV_PAGEOUT, advise: unseen(isLocked) },
  { name: 'MADV_DONTNEED_LOCKED', value: L.MADV_DONTNEED_LOCKED, advise: discard, discards: true },
  { name: 'MADV_COLLAPSE', value: L.MADV_COLLAPSE, advise: unseen(() => true) },
  {
    name: 'MADV_GUARD_INSTALL',
    value: L.MADV_GUARD_INSTALL,
    advise: installGuards,
    discards: true,
  },
  { name: 'MADV_GUARD_REMOVE', value: L.MADV_GUARD_REMOVE, advise: removeGuards },
];

const BY_VALUE: ReadonlyMap<number, Advice> = new Map(ADVICE.map((row) => [row.value, row]));

/** Same-page merging takes private memory that is no stack; shared memory is left as it is. */
function mergeable(space: AddressSpace, vma: LinuxVma, start: number, end: number): number {
  if (has(vma, VM_SHARED | VM_MAYSHARE | VM_DROPPABLE)) return 0;
  return flags(VM_MERGEABLE, 0)(space, vma, start, end);
}

function isKnown(space: AddressSpace, advice: number): boolean {
  const populates = advice === L.MADV_POPULATE_READ || advice === L.MADV_POPULATE_WRITE;
  if (space.profile.unknownAdvice.includes(advice)) return false;
  return populates || BY_VALUE.has(advice);
}

/** Advises a range: 0 or a negative error number. */
export function madvise(
  space: AddressSpace,
  start: number,
  length: number,
  advice: number,
): number {
  advice |= 0;
  if (!isKnown(space, advice) || !isPageAligned(start)) return -EINVAL;
  const bytes = pageAlign(length);
  if (length !== 0 && bytes === 0) return -EINVAL;
  const end = start + bytes;
  if (bytes < 0 && end < start && start >= 0) return -EINVAL;
  if (end === start) return 0;
  if (start < 0 || bytes < 0) return -EINVAL;
  if (advice === L.MADV_POPULATE_READ) return populateFor(space, start, end, false);
  if (advice === L.MADV_POPULATE_WRITE) return populateFor(space, start, end, true);
  return adviseVmas(space, start, end, BY_VALUE.get(advice)!);
}

function adviseVmas(space: AddressSpace, start: number, end: number, advice: Advice): number {
  let result = 0;
  for (let at = start; at < end; ) {
    const vma = space.vmas.firstEndingAfter(at);
    if (vma === null) return -ENOMEM;
    if (vma.start > at) {
      result = -ENOMEM;
      at = vma.start;
      if (at >= end) break;
    }
    const to = Math.min(end, vma.end);
    if (advice.discards && isSealedAgainstIt(vma)) return -EPERM;
    const failed = advice.advise(space, vma, at, to);
    if (failed !== 0) return failed;
    at = to;
  }
  return result;
}

function isSealedAgainstIt(vma: LinuxVma): boolean {
  return has(vma, VM_SEALED) && isAnonymous(vma) && (vma.protection & PROT_WRITE) === 0;
}

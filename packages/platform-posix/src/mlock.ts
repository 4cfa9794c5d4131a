/**
 * mlock and its kin. Locked pages are resident; nothing here is ever paged out, so what is left to
 * show is the limit, the flag and what it makes other calls refuse.
 *
 * @see mm/mlock.c of Linux 6.18
 */
import { PAGE_BYTES } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import { pageAlign, pageFloor, TASK_SIZE, unsigned } from './address-word.ts';
import { EINVAL, ENOMEM, EPERM } from './errno.ts';
import {
  MCL_CURRENT,
  MCL_FUTURE,
  MCL_ONFAULT,
  MLOCK_ONFAULT,
  RLIMIT_MEMLOCK,
} from './linux-constants.ts';
import {
  has,
  type LinuxVma,
  VM_DROPPABLE,
  VM_LOCKED,
  VM_LOCKONFAULT,
  withMapping,
} from './linux-vma.ts';
import { populate } from './populate.ts';

const LOCK_FLAGS = VM_LOCKED | VM_LOCKONFAULT;

/** Locks the pages of a range in memory: 0, -ENOMEM, -EPERM, or -EINVAL when it wraps. */
export function mlock(space: AddressSpace, start: number, length: number): number {
  return lock(space, start, length, VM_LOCKED);
}

/** mlock with flags: MLOCK_ONFAULT locks pages when they are touched. */
export function mlock2(space: AddressSpace, start: number, length: number, flags: number): number {
  if ((flags & ~MLOCK_ONFAULT) !== 0) return -EINVAL;
  const onFault = (flags & MLOCK_ONFAULT) !== 0;
  return lock(space, start, length, onFault ? LOCK_FLAGS : VM_LOCKED);
}

export function munlock(space: AddressSpace, start: number, length: number): number {
  const from = pageFloor(start);
  return applyFlags(space, from, from + pageAlign(length + (start - from)), 0);
}

/** Locks everything, now (MCL_CURRENT), from now on (MCL_FUTURE), or both. */
export function mlockall(space: AddressSpace, flags: number): number {
  const known = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT;
  if (flags === 0 || (flags & ~known) !== 0 || flags === MCL_ONFAULT) return -EINVAL;
  const limit = lockLimit(space);
  if (limit < 1 && space.limits.soft(RLIMIT_MEMLOCK) === 0) return -EPERM;
  const current = (flags & MCL_CURRENT) !== 0;
  if (current && space.totalPages > limit) return -ENOMEM;
  const wanted = (flags & MCL_ONFAULT) === 0 ? VM_LOCKED : LOCK_FLAGS;
  space.defaultFlags &= ~LOCK_FLAGS;
  if ((flags & MCL_FUTURE) !== 0) space.defaultFlags |= wanted;
  if (!current) return 0;
  lockEverything(space, wanted);
  for (const vma of space.vmas.all()) populate(space, vma.start, vma.end);
  return 0;
}

export function munlockall(space: AddressSpace): number {
  space.defaultFlags &= ~LOCK_FLAGS;
  lockEverything(space, 0);
  return 0;
}

function lockLimit(space: AddressSpace): number {
  return Math.floor(space.limits.soft(RLIMIT_MEMLOCK) / PAGE_BYTES);
}

function lockEverything(space: AddressSpace, flags: number): void {
  for (let at = 0; ; ) {
    const vma = space.vmas.firstEndingAfter(at);
    if (vma === null) return;
    const changed = withFlags(space, vma, vma.start, vma.end, flags) ?? vma;
    at = Math.max(vma.end, Math.min(changed.end, vma.end));
  }
}

function lock(space: AddressSpace, start: number, length: number, flags: number): number {
  if (space.limits.soft(RLIMIT_MEMLOCK) === 0) return -EPERM;
  const from = pageFloor(start);
  const bytes = pageAlign(length + (start - from));
  const limit = lockLimit(space);
  let pages = space.lockedPages + bytes / PAGE_BYTES;
  if (bytes < 0) return -ENOMEM;
  if (pages > limit) pages -= lockedIn(space, from, from + bytes);
  if (pages > limit) return -ENOMEM;
  const failed = applyFlags(space, from, from + bytes, flags);
  if (failed !== 0) return failed;
  return populate(space, from, from + bytes);
}

function lockedIn(space: AddressSpace, start: number, end: number): number {
  return (
    space.vmas
      .overlapping(start, end)
      .filter((vma) => has(vma, VM_LOCKED))
      .reduce((sum, vma) => sum + Math.min(end, vma.end) - Math.max(start, vma.start), 0) /
    PAGE_BYTES
  );
}

/** Sets the lock flags of a range up to the first hole: 0, -EINVAL or -ENOMEM. */
function applyFlags(space: AddressSpace, start: number, end: number, flags: number): number {
  if (unsigned(end) < unsigned(start)) return -EINVAL;
  if (end < 0 || end > TASK_SIZE) return -ENOMEM;
  for (let at = start; at < end; ) {
    const vma = space.vmas.find(at);
    if (vma === null) return -ENOMEM;
    const to = Math.min(end, vma.end);
    if (withFlags(space, vma, at, to, flags) === null) return -ENOMEM;
    at = to;
  }
  return 0;
}

function withFlags(
  space: AddressSpace,
  vma: LinuxVma,
  start: number,
  end: number,
  lockFlags: number,
): LinuxVma | null {
  const flags = (vma.backing.flags & ~LOCK_FLAGS) | lockFlags;
  if (flags === vma.backing.flags || has(vma, VM_DROPPABLE)) return vma;
  return space.modify(vma, start, end, (part) => withMapping(part, { flags }));
}

/** Touching pages ahead of the program: MAP_POPULATE, mlock, MADV_POPULATE_*. */
import { PAGE_BYTES, PROT_NONE, PROT_READ, PROT_WRITE } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import { EFAULT, EINVAL, ENOMEM } from './errno.ts';
import { has, type LinuxVma, VM_LOCKONFAULT, VM_SHARED } from './linux-vma.ts';
import { touch } from './page-fault.ts';

/**
 * Makes the pages of a range resident as mlock and MAP_POPULATE do: written where they are private
 * and writable. 0, or -ENOMEM at the first page that cannot be had; those before it are resident.
 */
export function populate(space: AddressSpace, start: number, end: number): number {
  for (const vma of space.vmas.overlapping(start, end)) {
    if (has(vma, VM_LOCKONFAULT)) continue;
    const write = (vma.protection & PROT_WRITE) !== 0 && !has(vma, VM_SHARED);
    if (vma.protection === PROT_NONE) return -ENOMEM;
    if (touchRange(space, vma, start, end, write) !== 0) return -ENOMEM;
  }
  return 0;
}

/**
 * MADV_POPULATE_READ and MADV_POPULATE_WRITE: 0; -ENOMEM at a hole, -EINVAL where the protection
 * forbids the access, -EFAULT where the access would give a signal.
 */
export function populateFor(
  space: AddressSpace,
  start: number,
  end: number,
  write: boolean,
): number {
  for (let at = start; at < end; ) {
    const vma = space.vmas.find(at);
    if (vma === null) return -ENOMEM;
    const needed = write ? PROT_WRITE : PROT_READ;
    if ((vma.protection & needed) === 0) return -EINVAL;
    if (touchRange(space, vma, at, end, write) !== 0) return -EFAULT;
    at = vma.end;
  }
  return 0;
}

function touchRange(
  space: AddressSpace,
  vma: LinuxVma,
  start: number,
  end: number,
  write: boolean,
): number {
  const from = Math.max(start, vma.start);
  const to = Math.min(end, vma.end);
  // Plain accesses: execute-only pages are readable on x86, and reads are enough for them.
  const access = write ? 'write' : 'read';
  // Reading is for ever: no more pages than the machine has frames are touched ahead.
  const last = Math.min(to, from + space.mmu.pool.limit * PAGE_BYTES);
  for (let page = from; page < last; page += PAGE_BYTES) {
    if (touch(space, page, access) !== 'filled') return -EFAULT;
  }
  return 0;
}

/**
 * Registering ranges for userfaultfd, and putting pages there. A file of userfaultfd may outlive the
 * space that it is of.
 *
 * @see fs/userfaultfd.c, mm/userfaultfd.c of Linux 6.18
 */
import { NO_FRAME, PAGE_BYTES, PROT_READ, PROT_WRITE } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import { EBUSY, EEXIST, EINVAL, ENOENT, ENOMEM } from './errno.ts';
import { hardwareProtection, has, isAnonymous, type LinuxVma, VM_SHARED } from './linux-vma.ts';
import { giveAnonVma } from './page-fault.ts';
import type { PageBringer } from './user-faults.ts';

const mayBring = (vma: LinuxVma): boolean => isAnonymous(vma) && !has(vma, VM_SHARED);

/**
 * Lets one bring the pages that are mapped in [start, end), page multiples: 0; -EINVAL where nothing
 * is mapped, or other than private memory without a file; -EBUSY where another brings them; -ENOMEM
 * when there are too many ranges, each of which parts a VMA in three, or when the space is gone.
 */
export function awaitPages(
  space: AddressSpace,
  start: number,
  end: number,
  bringer: PageBringer,
): number {
  const { userFaults, profile, isDisposed } = space;
  if (isDisposed) return -ENOMEM;
  const vmas = space.vmas.overlapping(start, end);
  if (vmas.length === 0 || !vmas.every(mayBring)) return -EINVAL;
  if (userFaults.isOfOthers(start, end, bringer)) return -EBUSY;
  if (space.vmas.size + 2 * userFaults.size >= profile.maxMapCount) return -ENOMEM;
  for (const vma of vmas) {
    userFaults.add(Math.max(start, vma.start), Math.min(end, vma.end), bringer);
  }
  return 0;
}

/** Ends that, also where it never began: 0, -EINVAL as {@link awaitPages} and of others, -ENOMEM. */
export function leavePages(
  space: AddressSpace,
  start: number,
  end: number,
  bringer: PageBringer,
): number {
  if (space.isDisposed) return -ENOMEM;
  const vmas = space.vmas.overlapping(start, end);
  if (vmas.length === 0 || !vmas.every(mayBring)) return -EINVAL;
  if (space.userFaults.isOfOthers(start, end, bringer)) return -EINVAL;
  space.userFaults.remove(start, end);
  return 0;
}

/**
 * Puts a page where none is: 0; -ENOENT where the bringer has none to bring, -EEXIST, -ENOMEM.
 *
 * @param bytes  of the page, which may replace a guard; null: zeros, which may not
 */
export function bringPage(
  space: AddressSpace,
  page: number,
  bringer: PageBringer,
  bytes: Uint8Array | null,
): number {
  const { pages, mmu, guards, userFaults } = space;
  const vma = space.vmas.find(page);
  if (vma === null || userFaults.bringerOf(page) !== bringer) return -ENOENT;
  if (pages.isResident(page) || (bytes === null && guards.at(page) !== undefined)) return -EEXIST;
  if (vma.backing.anonVma === 0) giveAnonVma(space, vma);
  if (!pages.own(page, NO_FRAME, PROT_READ | PROT_WRITE)) return -ENOMEM;
  guards.remove(page, page + PAGE_BYTES);
  if (bytes !== null) mmu.pool.u8.set(bytes, mmu.hostOffset(page, 'write'));
  mmu.protect(page, PAGE_BYTES, hardwareProtection(vma.protection));
  return 0;
}

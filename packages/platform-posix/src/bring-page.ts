/** Putting pages where userfaultfd is to bring them. @see mm/userfaultfd.c of Linux 6.18 */
import { NO_FRAME, PAGE_BYTES, PROT_READ, PROT_WRITE } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import { EEXIST, ENOENT, ENOMEM } from './errno.ts';
import { hardwareProtection, has, isAnonymous, VM_SHARED } from './linux-vma.ts';
import { giveAnonVma } from './page-fault.ts';

/** Whether a range is mapped, and all of it private memory without a file. */
export function mayBringPages(space: AddressSpace, start: number, end: number): boolean {
  const vmas = space.vmas.overlapping(start, end);
  return vmas.length > 0 && vmas.every((vma) => isAnonymous(vma) && !has(vma, VM_SHARED));
}

/** Puts a page where none is: 0, -ENOENT, -EEXIST or -ENOMEM. @param bytes  null: zeros */
export function bringPage(space: AddressSpace, page: number, bytes: Uint8Array | null): number {
  const vma = space.vmas.find(page);
  if (vma === null || space.userFaults.bringerOf(page) === null) return -ENOENT;
  const { pages, mmu } = space;
  if (pages.isResident(page)) return -EEXIST;
  if (vma.backing.anonVma === 0) giveAnonVma(space, vma);
  if (!pages.own(page, NO_FRAME, PROT_READ | PROT_WRITE)) return -ENOMEM;
  if (bytes !== null) mmu.pool.u8.set(bytes, mmu.hostOffset(page, 'write'));
  mmu.protect(page, PAGE_BYTES, hardwareProtection(vma.protection));
  return 0;
}

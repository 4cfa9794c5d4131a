/**
 * mprotect. What comes before a hole, or before a VMA that refuses, is changed although the call
 * fails.
 *
 * @see mm/mprotect.c: do_mprotect_pkey, mprotect_fixup (Linux 6.18)
 */
import { PAGE_BYTES, PROT_EXECUTE, PROT_READ, PROT_WRITE } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import { isPageAligned, pageAlign } from './address-word.ts';
import { EACCES, EINVAL, ENOMEM, EPERM } from './errno.ts';
import { PROT_GROWSDOWN, PROT_GROWSUP, PROT_SEM } from './linux-constants.ts';
import {
  forbiddenProtection,
  has,
  isAnonymous,
  type LinuxVma,
  VM_ACCOUNT,
  VM_GROWSDOWN,
  VM_LOCKED,
  VM_NORESERVE,
  VM_SEALED,
  VM_SHARED,
  withProtection,
} from './linux-vma.ts';
import { populate } from './populate.ts';

const PROT_ALL = PROT_READ | PROT_WRITE | PROT_EXECUTE;

/** `key` of a call that has none. */
const NO_KEY = -1;

/**
 * Changes the protection of a range: 0 or a negative error number.
 *
 * @param key  a protection key, which no process has: any but -1 is -EINVAL
 */
export function mprotect(
  space: AddressSpace,
  start: number,
  length: number,
  prot: number,
  key: number = NO_KEY,
): number {
  const grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP);
  const wanted = prot - grows;
  if (grows === (PROT_GROWSDOWN | PROT_GROWSUP)) return -EINVAL;
  if (!isPageAligned(start)) return -EINVAL;
  if (length === 0) return 0;
  const end = start + pageAlign(length);
  if (end <= start || start < 0) return -ENOMEM;
  if (wanted !== (wanted & (PROT_ALL | PROT_SEM))) return -EINVAL;
  if (key !== NO_KEY) return -EINVAL;
  const first = space.vmas.firstEndingAfter(start);
  if (first === null || first.start >= end) return -ENOMEM;
  const from = (grows & PROT_GROWSDOWN) !== 0 ? first.start : start;
  if ((grows & PROT_GROWSDOWN) !== 0 && !has(first, VM_GROWSDOWN)) return -EINVAL;
  if (first.start > from) return -ENOMEM;
  // No VMA of this architecture grows up.
  if ((grows & PROT_GROWSUP) !== 0) return -EINVAL;
  return protectRange(space, from, end, wanted & PROT_ALL);
}

function protectRange(space: AddressSpace, start: number, end: number, protection: number): number {
  for (let at = start; at < end; ) {
    const vma = space.vmas.find(at);
    if (vma === null) return -ENOMEM;
    if ((protection & forbiddenProtection(vma.backing.flags)) !== 0) return -EACCES;
    const to = Math.min(end, vma.end);
    const failed = protectPart(space, vma, at, to, protection);
    if (failed !== 0) return failed;
    at = to;
  }
  return 0;
}

function protectPart(
  space: AddressSpace,
  vma: LinuxVma,
  start: number,
  end: number,
  protection: number,
): number {
  if (has(vma, VM_SEALED)) return -EPERM;
  if (vma.protection === protection) return 0;
  let { flags } = vma.backing;
  if ((protection & PROT_WRITE) !== 0) {
    const pages = (end - start) / PAGE_BYTES;
    const fits = space.mayExpand(protection, flags, pages);
    if (!fits && space.mayExpand(vma.protection, flags, pages)) return -ENOMEM;
    const counted =
      (flags & (VM_ACCOUNT | VM_SHARED | VM_NORESERVE)) !== 0 ||
      (vma.protection & PROT_WRITE) !== 0;
    if (!counted) {
      if (!space.enoughMemory(pages)) return -ENOMEM;
      flags |= VM_ACCOUNT;
    }
  } else if (isAnonymous(vma) && vma.backing.anonVma === 0) {
    flags &= ~VM_ACCOUNT;
  }
  const changed = space.modify(vma, start, end, (part) => withProtection(part, protection, flags));
  if (changed === null) return -ENOMEM;
  space.protectPages(start, end, protection);
  const becomesWritable = (protection & ~vma.protection & PROT_WRITE) !== 0;
  if (becomesWritable && has(vma, VM_LOCKED) && !has(vma, VM_SHARED)) populate(space, start, end);
  return 0;
}

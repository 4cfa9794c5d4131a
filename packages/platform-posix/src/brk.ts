/**
 * The program break. It is kept to the byte; memory is mapped in pages. A break that cannot move
 * is no error: the call returns the break as it is.
 *
 * @see mm/mmap.c: sys_brk; mm/vma.c: do_brk_flags (Linux 6.18)
 */
import { PAGE_BYTES, PROT_READ, PROT_WRITE } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import { pageAlign, TASK_SIZE, unsigned } from './address-word.ts';
import { RLIMIT_DATA } from './linux-constants.ts';
import { makeVma, VM_ACCOUNT, VM_LOCKED, VM_MAYEXEC, VM_MAYWRITE } from './linux-vma.ts';
import { mayLock } from './mmap.ts';
import { gapStart } from './placement.ts';
import { populate } from './populate.ts';

/** Moves the break to an address; the break after the call, moved or not. */
export function brk(space: AddressSpace, address: number): number {
  const target = unsigned(address);
  if (target < space.breakStart || exceedsData(space, target)) return space.breakEnd;
  const before = pageAlign(space.breakEnd);
  const after = pageAlign(target);
  const moved =
    after === before ||
    (target <= space.breakEnd ? shrink(space, after, before) : grow(space, before, after));
  if (moved) space.breakEnd = target;
  return space.breakEnd;
}

function exceedsData(space: AddressSpace, target: number): boolean {
  const bytes = target - space.breakStart + space.dataBytes;
  return bytes > space.limits.soft(RLIMIT_DATA);
}

/** Gives pages back, whatever else was mapped over the break. */
function shrink(space: AddressSpace, after: number, before: number): boolean {
  const first = space.vmas.firstEndingAfter(after);
  if (first === null || first.start >= before) return false;
  return space.unmap(after, before) === 0;
}

function grow(space: AddressSpace, before: number, after: number): boolean {
  const length = after - before;
  if (length <= 0 || after > TASK_SIZE || !mayLock(space, space.defaultFlags, length)) return false;
  const next = space.vmas.firstEndingAfter(before);
  // At least a page stays free between the break and what comes next.
  if (next !== null && after + PAGE_BYTES > gapStart(space, next)) return false;
  const protection = PROT_READ | PROT_WRITE;
  const flags = space.defaultFlags | VM_MAYWRITE | VM_MAYEXEC | VM_ACCOUNT;
  const pages = length / PAGE_BYTES;
  if (!space.mayExpand(protection, flags, pages)) return false;
  if (space.vmas.size > space.profile.maxMapCount || !space.enoughMemory(pages)) return false;
  const pageOffset = before / PAGE_BYTES;
  const mapping = { flags, object: null, file: null, pageOffset, anonVma: 0, forked: false };
  space.insertNew(makeVma(before, after, protection, mapping));
  if ((flags & VM_LOCKED) !== 0) populate(space, before, after);
  return true;
}

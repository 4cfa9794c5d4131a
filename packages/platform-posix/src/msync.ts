/** msync: writes shared file pages back. @see mm/msync.c of Linux 6.18 */
import type { AddressSpace } from './address-space.ts';
import { isPageAligned, pageAlign } from './address-word.ts';
import { EBUSY, EINVAL, ENOMEM } from './errno.ts';
import { MS_ASYNC, MS_INVALIDATE, MS_SYNC } from './linux-constants.ts';
import { has, type LinuxVma, pageOffsetAt, VM_LOCKED, VM_SHARED } from './linux-vma.ts';

/**
 * Writes back the pages of a range: 0; -EINVAL; -EBUSY for a locked VMA with MS_INVALIDATE;
 * -ENOMEM when there are holes, with the mapped pages written.
 */
export function msync(space: AddressSpace, start: number, length: number, flags: number): number {
  if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) !== 0 || !isPageAligned(start)) {
    return -EINVAL;
  }
  if ((flags & MS_ASYNC) !== 0 && (flags & MS_SYNC) !== 0) return -EINVAL;
  const end = start + pageAlign(length);
  if (end < start) return -ENOMEM;
  let result = 0;
  for (let at = start; at < end; ) {
    const vma = space.vmas.firstEndingAfter(at);
    if (vma === null) return -ENOMEM;
    if (vma.start > at) {
      if (flags === MS_ASYNC || vma.start >= end) return -ENOMEM;
      result = -ENOMEM;
      at = vma.start;
    }
    if ((flags & MS_INVALIDATE) !== 0 && has(vma, VM_LOCKED)) return -EBUSY;
    const to = Math.min(end, vma.end);
    if ((flags & MS_SYNC) !== 0) writeBack(vma, at, to);
    at = to;
  }
  return result;
}

function writeBack(vma: LinuxVma, start: number, end: number): void {
  if (!has(vma, VM_SHARED)) return;
  vma.backing.object?.writeBack(pageOffsetAt(vma, start), pageOffsetAt(vma, end));
}

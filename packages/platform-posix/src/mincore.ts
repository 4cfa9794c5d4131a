/** mincore: which pages are in memory. @see mm/mincore.c of Linux 6.18 */
import { PAGE_BYTES, Supervisor } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import { isPageAligned, TASK_SIZE, unsigned } from './address-word.ts';
import { EFAULT, EINVAL, ENOMEM } from './errno.ts';
import { pageOffsetAt } from './linux-vma.ts';

/** Bytes of the vector that are copied out at once. */
const STEP = PAGE_BYTES;

/**
 * Writes a byte for each page of the range to the vector: 0; -EINVAL, -EFAULT, or -ENOMEM at a
 * hole, with the bytes of the pages before it written.
 */
export function mincore(
  space: AddressSpace,
  start: number,
  length: number,
  vector: number,
): number {
  if (!isPageAligned(start)) return -EINVAL;
  if (unsigned(length) > TASK_SIZE - start || unsigned(start) > TASK_SIZE) return -ENOMEM;
  const pages = Math.ceil(length / PAGE_BYTES);
  if (unsigned(vector) > TASK_SIZE - pages) return -EFAULT;
  const supervisor = new Supervisor(space.mmu);
  for (let done = 0; done < pages; ) {
    const bytes = residency(space, start + done * PAGE_BYTES, Math.min(STEP, pages - done));
    if (bytes.length === 0) return -ENOMEM;
    const copied = supervisor.copyIn(vector + done, bytes);
    if (copied < bytes.length) {
      space.mmu.faulted = false;
      return -EFAULT;
    }
    done += bytes.length;
  }
  return 0;
}

/** A byte for each page from an address to the end of its VMA, at most `limit`; none in a hole. */
export function residency(space: AddressSpace, start: number, limit: number): Uint8Array {
  const vma = space.vmas.find(start);
  if (vma === null) return new Uint8Array(0);
  const pages = Math.min(limit, (vma.end - start) / PAGE_BYTES);
  const bytes = new Uint8Array(pages);
  for (const span of space.pages.spans(start, start + pages * PAGE_BYTES)) {
    bytes.fill(1, (span.start - start) / PAGE_BYTES, (span.end - start) / PAGE_BYTES);
  }
  const { object } = vma.backing;
  if (object === null) return bytes;
  const first = pageOffsetAt(vma, start);
  for (let page = 0; page < pages; page++) if (object.isResident(first + page)) bytes[page] = 1;
  return bytes;
}

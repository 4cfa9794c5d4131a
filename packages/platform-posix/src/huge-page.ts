/** Huge pages of x86-64. None is reserved: what asks for one learns that there is no memory. */
import { HUGE_MASK, HUGE_SHIFT } from './linux-constants.ts';

/** By the binary logarithm of their bytes: 2 MiB, the default, and 1 GiB. */
const HUGE_PAGES: Readonly<Record<number, number>> = { 0: 2 ** 21, 21: 2 ** 21, 30: 2 ** 30 };

/** Bytes of the huge pages that flags of mmap or memfd_create choose; 0 where there are none. */
export function hugePageOf(flags: number): number {
  return HUGE_PAGES[(flags >>> HUGE_SHIFT) & HUGE_MASK] ?? 0;
}

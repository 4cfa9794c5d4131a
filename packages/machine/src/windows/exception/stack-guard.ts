/**
 * Stacks grow by their guard page: a touch commits the page below it as the next guard. The last
 * pages are kept for the handler that is told of the stack's end.
 *
 * @see Microsoft, "Thread stack size"; the limits as programs that switch stacks put them into the TEB
 */
import { type Fault, PAGE_BYTES } from '@bareheap/mmu';
import { TEB } from '../process/environment-block.ts';
import { PAGE_GUARD, PAGE_READWRITE } from '../process/page-access.ts';
import type { Thread } from '../process/thread.ts';
import type { WindowsProcess } from '../process/windows-process.ts';

/** At a stack's low end: one page that is never there, and two of a guard. */
const KEPT_PAGES = 3;

/** What a touched guard page comes to. */
export type GuardOutcome = 'grown' | 'overflow' | 'other';

/** Looks whether a fault is that of the guard of the thread's stack, and does what follows. */
export function touchGuard(
  process: WindowsProcess,
  thread: Thread,
  { kind, address }: Readonly<Fault>,
): GuardOutcome {
  if (kind !== 'guard') return 'other';
  const { memory, space } = process;
  const low = memory.u64(thread.teb + TEB.deallocationStack);
  const high = memory.u64(thread.teb + TEB.stackBase);
  if (memory.mmu.faulted || address < low || address >= high) return 'other';
  const page = address - (address % PAGE_BYTES);
  const kept = low + KEPT_PAGES * PAGE_BYTES;
  if (page < kept) {
    // Both pages of the guard are the handler's to use.
    space.protect(low + PAGE_BYTES, kept - low - PAGE_BYTES, PAGE_READWRITE);
    memory.setU64(thread.teb + TEB.stackLimit, low + PAGE_BYTES);
    return 'overflow';
  }
  if (page > kept && !space.commit(page - PAGE_BYTES, PAGE_BYTES, PAGE_READWRITE | PAGE_GUARD)) {
    return 'overflow';
  }
  memory.setU64(thread.teb + TEB.stackLimit, page);
  return 'grown';
}

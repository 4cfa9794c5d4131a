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

/** Of the guard at a stack's low end, behind one page that is never there. */
const LEAST_GUARD_BYTES: number = 2 * PAGE_BYTES;

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
  const kept = guardEnd(process, thread, low);
  if (page < kept) {
    // All pages of the guard are the handler's to use.
    space.commit(low + PAGE_BYTES, kept - low - PAGE_BYTES, PAGE_READWRITE);
    memory.setU64(thread.teb + TEB.stackLimit, low + PAGE_BYTES);
    return 'overflow';
  }
  if (page > kept && !space.commit(page - PAGE_BYTES, PAGE_BYTES, PAGE_READWRITE | PAGE_GUARD)) {
    return 'overflow';
  }
  memory.setU64(thread.teb + TEB.stackLimit, page);
  return 'grown';
}

/** Where the pages end that are kept for a handler. */
function guardEnd({ memory }: WindowsProcess, thread: Thread, low: number): number {
  const guaranteed = memory.u32(thread.teb + TEB.guaranteedBytes);
  return low + PAGE_BYTES + Math.max(LEAST_GUARD_BYTES, guaranteed);
}

/**
 * Keeps more of a stack for the handler of its end; less is never kept.
 *
 * @returns what was kept before in bytes, or null when the stack has not so much
 * @see Microsoft, SetThreadStackGuarantee
 */
export function guaranteeStack(
  { memory, space }: WindowsProcess,
  thread: Thread,
  bytes: number,
): number | null {
  const { teb } = thread;
  const before = memory.u32(teb + TEB.guaranteedBytes);
  if (bytes === 0) return before;
  const low = memory.u64(teb + TEB.deallocationStack);
  const kept = Math.max(LEAST_GUARD_BYTES, Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES);
  const end = low + PAGE_BYTES + kept;
  if (end > memory.u64(teb + TEB.stackBase)) return null;
  if (kept <= before) return before;
  if (memory.u64(teb + TEB.stackLimit) < end) {
    if (!space.commit(low + PAGE_BYTES, kept, PAGE_READWRITE | PAGE_GUARD)) return null;
    memory.setU64(teb + TEB.stackLimit, end);
  }
  memory.setU32(teb + TEB.guaranteedBytes, kept);
  return before;
}

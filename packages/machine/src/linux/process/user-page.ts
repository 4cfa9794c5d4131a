/** Threads that wait for a page which userfaultfd is to bring. */
import { UserFaultFile } from '../file/user-fault-file.ts';
import type { Thread } from './thread.ts';

/**
 * Whether the access that stopped a thread waits for such a page: it is made again when pages were
 * brought.
 */
export function waitsForPage(thread: Thread): boolean {
  const { space } = thread;
  if (space.userFaults.isEmpty) return false;
  const { address, access } = space.mmu.fault;
  const bringer = space.userFaults.take(address);
  if (!(bringer instanceof UserFaultFile)) return false;
  bringer.wanted(address, access === 'write');
  thread.block([bringer.brought]);
  return true;
}

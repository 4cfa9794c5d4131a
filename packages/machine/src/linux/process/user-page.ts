/** Threads that wait for a page which userfaultfd is to bring. */
import { UserFaultFile } from '../file/user-fault-file.ts';
import type { Thread } from './thread.ts';

/**
 * Whether the access that stopped a thread waits for such a page: it is made again when the page was
 * brought.
 */
export function waitsForPage(thread: Thread): boolean {
  const { mmu, userFaults } = thread.space;
  const { awaited } = userFaults;
  if (!(awaited instanceof UserFaultFile)) return false;
  userFaults.awaited = null;
  const { address, access } = mmu.fault;
  thread.block([awaited.ask(address, access === 'write')]);
  return true;
}

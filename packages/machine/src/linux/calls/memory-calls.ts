/**
 * The memory calls are platform-posix's: a thread's call is one on its process. memfd_create makes a
 * file, and is with those.
 */
import { MEMORY_CALLS } from '@bareheap/platform-posix';
import type { SystemCall } from '../system-call.ts';

export const MEMORY_SYSTEM_CALLS: readonly SystemCall[] = MEMORY_CALLS.filter(
  (row) => row.name !== 'memfd_create',
).map((row) => ({
  name: row.name,
  number: row.number,
  arguments: row.arguments,
  result: row.result,
  call: (thread, words) => row.call(thread.process, words),
}));

/** Every system call that there is, by its number. */
import { assert } from '../../assert.ts';
import { FILE_CALLS } from '../file/file-calls.ts';
import { MESSAGE_CALLS } from '../ipc/message-calls.ts';
import { SEMAPHORE_CALLS } from '../ipc/semaphore-calls.ts';
import { SHARED_MEMORY_CALLS } from '../ipc/shared-memory-calls.ts';
import { NET_CALLS } from '../net/net-calls.ts';
import { EXECVE_CALLS } from '../process/execve.ts';
import { FORK_CALLS } from '../process/fork.ts';
import { ID_CALLS } from '../process/id-calls.ts';
import { WAIT_CALLS } from '../process/wait-calls.ts';
import { KILL_CALLS } from '../signal/kill-calls.ts';
import { SIGNAL_CALLS } from '../signal/signal-calls.ts';
import { TIMER_CALLS } from '../signal/timer-calls.ts';
import type { SystemCall } from '../system-call.ts';
import { FUTEX_CALLS } from '../thread/futex-calls.ts';
import { NICE_CALLS } from '../thread/nice-calls.ts';
import { RESTARTABLE_CALLS } from '../thread/restartable.ts';
import { THREAD_CALLS } from '../thread/thread-calls.ts';
import { EXIT_CALLS } from './exit-calls.ts';
import { INFO_CALLS } from './info-calls.ts';
import { MEMORY_SYSTEM_CALLS } from './memory-calls.ts';
import { PROCESSOR_CALLS } from './processor-calls.ts';
import { TIME_CALLS } from './time-calls.ts';

const FAMILIES: readonly (readonly SystemCall[])[] = [
  MEMORY_SYSTEM_CALLS,
  SHARED_MEMORY_CALLS,
  SEMAPHORE_CALLS,
  MESSAGE_CALLS,
  PROCESSOR_CALLS,
  EXIT_CALLS,
  FILE_CALLS,
  NET_CALLS,
  SIGNAL_CALLS,
  KILL_CALLS,
  TIMER_CALLS,
  FUTEX_CALLS,
  THREAD_CALLS,
  NICE_CALLS,
  RESTARTABLE_CALLS,
  FORK_CALLS,
  EXECVE_CALLS,
  WAIT_CALLS,
  ID_CALLS,
  TIME_CALLS,
  INFO_CALLS,
];

function byNumber(): ReadonlyMap<number, SystemCall> {
  const table = new Map<number, SystemCall>();
  for (const row of FAMILIES.flat()) {
    assert(!table.has(row.number), `two rows for system call ${row.number}, ${row.name}`);
    table.set(row.number, row);
  }
  return table;
}

export const SYSTEM_CALL_TABLE: ReadonlyMap<number, SystemCall> = byNumber();

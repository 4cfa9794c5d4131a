/** Every system call that there is, by its number. */
import { assert } from '../../assert.ts';
import { FILE_CALLS } from '../file/file-calls.ts';
import type { SystemCall } from '../system-call.ts';
import { EXIT_CALLS } from './exit-calls.ts';
import { MEMORY_SYSTEM_CALLS } from './memory-calls.ts';
import { PROCESSOR_CALLS } from './processor-calls.ts';

const FAMILIES: readonly (readonly SystemCall[])[] = [
  MEMORY_SYSTEM_CALLS,
  PROCESSOR_CALLS,
  EXIT_CALLS,
  FILE_CALLS,
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

/** Every call on files. */
import type { SystemCall } from '../system-call.ts';
import { DESCRIPTOR_CALLS } from './calls/descriptor-calls.ts';
import { READ_WRITE_CALLS } from './calls/read-write-calls.ts';

export const FILE_CALLS: readonly SystemCall[] = [...READ_WRITE_CALLS, ...DESCRIPTOR_CALLS];

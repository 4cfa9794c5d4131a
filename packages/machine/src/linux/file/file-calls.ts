/** Every call on files. */
import type { SystemCall } from '../system-call.ts';
import { ATTRIBUTE_CALLS } from './calls/attribute-calls.ts';
import { CONTENT_CALLS } from './calls/content-calls.ts';
import { DESCRIPTOR_CALLS } from './calls/descriptor-calls.ts';
import { DIRECTORY_CALLS } from './calls/directory-calls.ts';
import { EPOLL_CALLS } from './calls/epoll-calls.ts';
import { EVENT_CALLS } from './calls/event-calls.ts';
import { EXTENDED_ATTRIBUTE_CALLS } from './calls/extended-attribute-calls.ts';
import { LOCK_CALLS } from './calls/lock-calls.ts';
import { NAME_CALLS } from './calls/name-calls.ts';
import { OPEN_CALLS } from './calls/open-calls.ts';
import { POLL_CALLS } from './calls/poll-calls.ts';
import { READ_WRITE_CALLS } from './calls/read-write-calls.ts';
import { STAT_CALLS } from './calls/stat-calls.ts';

export const FILE_CALLS: readonly SystemCall[] = [
  ...READ_WRITE_CALLS,
  ...DESCRIPTOR_CALLS,
  ...OPEN_CALLS,
  ...STAT_CALLS,
  ...DIRECTORY_CALLS,
  ...NAME_CALLS,
  ...ATTRIBUTE_CALLS,
  ...CONTENT_CALLS,
  ...EVENT_CALLS,
  ...POLL_CALLS,
  ...EPOLL_CALLS,
  ...LOCK_CALLS,
  ...EXTENDED_ATTRIBUTE_CALLS,
];

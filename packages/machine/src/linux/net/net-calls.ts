/** Every call on sockets. */
import type { SystemCall } from '../system-call.ts';
import { MESSAGE_CALLS } from './calls/message-calls.ts';
import { OPTION_CALLS } from './calls/option-calls.ts';
import { SOCKET_CALLS } from './calls/socket-calls.ts';

export const NET_CALLS: readonly SystemCall[] = [
  ...SOCKET_CALLS,
  ...MESSAGE_CALLS,
  ...OPTION_CALLS,
];

/** getsockopt and setsockopt. @see net/socket.c: do_sock_setsockopt of Linux 6.18 */
import { EFAULT, EINVAL, ENOPROTOOPT, EOPNOTSUPP } from '../../file/errno.ts';
import type { Thread } from '../../process/thread.ts';
import type { SystemCall, Words } from '../../system-call.ts';
import type { Socket } from '../socket.ts';
import { AF_INET, AF_UNIX } from '../socket-constants.ts';
import { findOption } from '../socket-options.ts';
import { socketOf } from './socket-argument.ts';

/** Numbers of options are below it in every level; what is above is none of Linux's. */
const MOST_OPTIONS = 128;

/** An option that Linux may have, and bareheap has not. */
function missing(thread: Thread, call: string, level: number, name: number): number {
  if (name >= 0 && name < MOST_OPTIONS) {
    thread.process.kernel.tellMissing(`${call}, level ${level} option ${name}`);
  }
  return -ENOPROTOOPT;
}

/** Which error it is depends on who hands the call on last. */
const foreign = ({ family }: Socket, sets: boolean): number =>
  family === AF_UNIX || (family === AF_INET && !sets) ? -EOPNOTSUPP : -ENOPROTOOPT;

function get(thread: Thread, words: Words): number {
  const socket = socketOf(thread, words[0]!);
  if (typeof socket === 'number') return socket;
  const { memory } = thread;
  const room = memory.i32(words[4]!);
  if (room === null) return -EFAULT;
  if (room < 0) return -EINVAL;
  const level = words[1]! | 0;
  const name = words[2]! | 0;
  const option = findOption(socket, level, name);
  if (option === 'unknown') return missing(thread, 'getsockopt', level, name);
  if (option === 'foreign') return foreign(socket, false);
  const value = option.get(socket);
  if (typeof value === 'number') return value;
  const part = value.subarray(0, room);
  return memory.write(words[3]!, part) && memory.storeU32(words[4]!, part.length) ? 0 : -EFAULT;
}

function set(thread: Thread, words: Words): number {
  const socket = socketOf(thread, words[0]!);
  if (typeof socket === 'number') return socket;
  const level = words[1]! | 0;
  const name = words[2]! | 0;
  const length = words[4]! | 0;
  if (length < 0) return -EINVAL;
  const option = findOption(socket, level, name);
  if (option === 'unknown') return missing(thread, 'setsockopt', level, name);
  if (option === 'foreign') return foreign(socket, true);
  if (length < option.bytes) return -EINVAL;
  const bytes = thread.memory.read(words[3]!, option.bytes);
  return bytes === null ? -EFAULT : option.set(socket, new DataView(bytes.buffer));
}

export const OPTION_CALLS: readonly SystemCall[] = [
  {
    name: 'setsockopt',
    number: 54,
    arguments: ['descriptor', 'int', 'int', 'address', 'int'],
    result: 'int',
    call: set,
  },
  {
    name: 'getsockopt',
    number: 55,
    arguments: ['descriptor', 'int', 'int', 'int-out', 'int-out'],
    result: 'int',
    call: get,
  },
];

/**
 * sendto, recvfrom, sendmsg, recvmsg, sendmmsg and recvmmsg.
 * @table
 * @see net/socket.c of Linux 6.18; send(2), recv(2)
 */

import { oneBuffer } from '../../file/calls/transfer.ts';
import { readTimeout } from '../../file/calls/waiting.ts';
import { EFAULT, EINVAL } from '../../file/errno.ts';
import type { Thread } from '../../process/thread.ts';
import { BLOCKED, type SystemCall, type Words } from '../../system-call.ts';
import { dropCargo, type Socket } from '../socket.ts';
import { MSG_DONTWAIT, MSG_WAITFORONE } from '../socket-constants.ts';
import {
  outgoingOf,
  type Progress,
  readHeader,
  receiveMessage,
  resultOf,
  sendMessage,
  storeHeader,
} from './message.ts';
import { readAddress, socketOf, storeAddress } from './socket-argument.ts';

/** struct mmsghdr: a msghdr and the number of bytes. */
const ENTRY_BYTES = 64;
const LENGTH_AT = 56;
/** Most messages of one call, UIO_MAXIOV. */
const MOST_MESSAGES = 1024;

function sendTo(thread: Thread, words: Words): number {
  const socket = socketOf(thread, words[0]!);
  if (typeof socket === 'number') return socket;
  const buffers = oneBuffer(words[1]!, words[2]!);
  if (typeof buffers === 'number') return buffers;
  const to = words[4] === 0 ? null : readAddress(thread, words[4]!, words[5]! | 0);
  if (typeof to === 'number') return to;
  const outgoing = { buffers, to, control: null, flags: words[3]! | 0 };
  return sendMessage(thread, socket, outgoing, thread);
}

function receiveFrom(thread: Thread, words: Words): number {
  const socket = socketOf(thread, words[0]!);
  if (typeof socket === 'number') return socket;
  const buffers = oneBuffer(words[1]!, words[2]!);
  if (typeof buffers === 'number') return buffers;
  const flags = words[3]! | 0;
  const incoming = receiveMessage(thread, socket, buffers, flags);
  if (typeof incoming === 'number') return incoming;
  dropCargo(incoming.received);
  const result = resultOf(socket, incoming, flags);
  if (words[4] === 0) return result;
  return storeAddress(thread, incoming.received.from, words[4]!, words[5]!) || result;
}

function sendOne(
  thread: Thread,
  socket: Socket,
  at: number,
  flags: number,
  progress: Progress,
): number {
  const header = readHeader(thread, at);
  if (typeof header === 'number') return header;
  const outgoing = outgoingOf(thread, header, flags);
  if (typeof outgoing === 'number') return outgoing;
  return sendMessage(thread, socket, outgoing, progress);
}

function receiveOne(thread: Thread, socket: Socket, at: number, flags: number): number {
  const header = readHeader(thread, at);
  if (typeof header === 'number') return header;
  const incoming = receiveMessage(thread, socket, header.buffers, flags);
  if (typeof incoming === 'number') return incoming;
  return storeHeader(thread, socket, header, incoming, flags) || resultOf(socket, incoming, flags);
}

/** Messages that are done of a call for many, while it waits for the next one. */
interface Many {
  done: number;
  partial: number;
}

/** Moves messages one by one: how many, or the first one's error. */
function moveMany(
  thread: Thread,
  words: Words,
  flags: number,
  move: (socket: Socket, at: number, flags: number, progress: Many) => number,
): number {
  const socket = socketOf(thread, words[0]!);
  if (typeof socket === 'number') return socket;
  const many = (thread.kept as Many | null) ?? { done: 0, partial: 0 };
  const count = Math.min(words[2]! >>> 0, MOST_MESSAGES);
  let rest = flags;
  while (many.done < count) {
    const at = words[1]! + many.done * ENTRY_BYTES;
    if (many.done > 0 && (flags & MSG_WAITFORONE) !== 0) rest |= MSG_DONTWAIT;
    const result = move(socket, at, rest & ~MSG_WAITFORONE, many);
    if (result === BLOCKED) {
      thread.kept = many;
      thread.partial = many.done;
      return result;
    }
    if (result < 0) return many.done > 0 ? many.done : result;
    if (!thread.memory.storeU32(at + LENGTH_AT, result)) {
      return many.done > 0 ? many.done : -EFAULT;
    }
    many.done++;
    many.partial = 0;
  }
  return many.done;
}

function receiveMany(thread: Thread, words: Words): number {
  const timeout = words[4] === 0 ? 0 : readTimeout(thread, words[4]!, 1e9);
  if (timeout < 0) return timeout === -EFAULT ? timeout : -EINVAL;
  return moveMany(thread, words, words[3]! | 0, (socket, at, flags) => {
    // What is counted while the call waits are messages; none of them comes in parts.
    thread.partial = 0;
    return receiveOne(thread, socket, at, flags);
  });
}

export const MESSAGE_CALLS: readonly SystemCall[] = [
  {
    name: 'sendto',
    number: 44,
    arguments: ['descriptor', 'bytes-in', 'size', 'hex', 'address', 'int'],
    result: 'int',
    call: sendTo,
  },
  {
    name: 'recvfrom',
    number: 45,
    arguments: ['descriptor', 'bytes-out', 'size', 'hex', 'address', 'address'],
    result: 'int',
    call: receiveFrom,
  },
  {
    name: 'sendmsg',
    number: 46,
    arguments: ['descriptor', 'address', 'hex'],
    result: 'int',
    call: (t, w) => {
      const socket = socketOf(t, w[0]!);
      return typeof socket === 'number' ? socket : sendOne(t, socket, w[1]!, w[2]! | 0, t);
    },
  },
  {
    name: 'recvmsg',
    number: 47,
    arguments: ['descriptor', 'address', 'hex'],
    result: 'int',
    call: (t, w) => {
      const socket = socketOf(t, w[0]!);
      return typeof socket === 'number' ? socket : receiveOne(t, socket, w[1]!, w[2]! | 0);
    },
  },
  {
    name: 'recvmmsg',
    number: 299,
    arguments: ['descriptor', 'address', 'unsigned', 'hex', 'timespec-in'],
    result: 'int',
    call: receiveMany,
  },
  {
    name: 'sendmmsg',
    number: 307,
    arguments: ['descriptor', 'address', 'unsigned', 'hex'],
    result: 'int',
    call: (t, w) =>
      moveMany(t, w, w[3]! | 0, (socket, at, flags, many) => sendOne(t, socket, at, flags, many)),
  },
];

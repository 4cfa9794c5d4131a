/**
 * sendto, recvfrom, sendmsg, recvmsg, sendmmsg and recvmmsg.
 * @table
 * @see net/socket.c of Linux 6.18; send(2), recv(2)
 */

import { type GuestBuffer, oneBuffer } from '../../file/calls/transfer.ts';
import { readTimeout, storeRest } from '../../file/calls/waiting.ts';
import { EAGAIN, EFAULT } from '../../file/errno.ts';
import { MAX_RW_COUNT } from '../../file/file-constants.ts';
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

/** The buffer of sendto and recvfrom; a length that is too large is cut before it is looked at. */
function messageBuffer(words: Words): readonly GuestBuffer[] | number {
  const length = words[2]!;
  return oneBuffer(words[1]!, length < 0 ? MAX_RW_COUNT : Math.min(length, MAX_RW_COUNT));
}

function sendTo(thread: Thread, words: Words): number {
  const socket = socketOf(thread, words[0]!);
  if (typeof socket === 'number') return socket;
  const buffers = messageBuffer(words);
  if (typeof buffers === 'number') return buffers;
  const to = words[4] === 0 ? null : readAddress(thread, words[4]!, words[5]! | 0);
  if (typeof to === 'number') return to;
  const outgoing = { buffers, to, control: null, flags: words[3]! | 0 };
  return sendMessage(thread, socket, outgoing, thread);
}

function receiveFrom(thread: Thread, words: Words): number {
  const socket = socketOf(thread, words[0]!);
  if (typeof socket === 'number') return socket;
  const buffers = messageBuffer(words);
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
  /** When the next one is not waited for any more, ns of the guest's clock. */
  readonly until: number;
}

/** Moves messages one by one: how many, or the first one's error. */
function moveMany(
  thread: Thread,
  words: Words,
  many: Many,
  move: (socket: Socket, at: number, flags: number) => number,
  isOver: () => boolean = () => false,
): number {
  const socket = socketOf(thread, words[0]!);
  if (typeof socket === 'number') return socket;
  const flags = words[3]! | 0;
  const count = Math.min(words[2]! >>> 0, MOST_MESSAGES);
  let rest = flags;
  while (many.done < count) {
    const at = words[1]! + many.done * ENTRY_BYTES;
    if (many.done > 0 && (flags & MSG_WAITFORONE) !== 0) rest |= MSG_DONTWAIT;
    const result = move(socket, at, rest & ~MSG_WAITFORONE);
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
    if (isOver()) break;
  }
  return many.done;
}

function sendMany(thread: Thread, words: Words): number {
  const known = thread.kept as Many | null;
  const many = known ?? { done: 0, partial: 0, until: Number.POSITIVE_INFINITY };
  return moveMany(thread, words, many, (socket, at, flags) =>
    sendOne(thread, socket, at, flags, many),
  );
}

/** The time is looked at after each message: the first one is waited for however long it takes. */
function receiveMany(thread: Thread, words: Words): number {
  const known = thread.kept as Many | null;
  const { kernel } = thread.process;
  const isTimed = words[4] !== 0;
  const timeout =
    isTimed && known === null ? readTimeout(thread, words[4]!, 1e9) : Number.POSITIVE_INFINITY;
  if (timeout < 0) return timeout;
  const many = known ?? { done: 0, partial: 0, until: kernel.now + timeout };
  const receive = (socket: Socket, at: number, flags: number): number => {
    // What is counted while the call waits are messages; none of them comes in parts.
    thread.partial = 0;
    const result = receiveOne(thread, socket, at, flags);
    // The call tells how many came, and the next one what went wrong then.
    const isError = result < 0 && result !== BLOCKED && result !== -EAGAIN;
    if (isError && many.done > 0) socket.error = -result;
    return result;
  };
  return moveMany(thread, words, many, receive, () => {
    if (isTimed) storeRest(thread, words[4]!, many.until, 1e9);
    return kernel.now >= many.until;
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
    call: sendMany,
  },
];

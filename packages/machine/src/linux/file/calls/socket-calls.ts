/**
 * A guest has no network: the one kind of socket there is are the two ends that socketpair makes.
 * @table
 * @see net/socket.c, net/unix/af_unix.c of Linux 6.18
 */
import type { Thread } from '../../process/thread.ts';
import type { SystemCall } from '../../system-call.ts';
import {
  EACCES,
  EAFNOSUPPORT,
  EBADF,
  EFAULT,
  EINVAL,
  EISCONN,
  ENOPROTOOPT,
  ENOTSOCK,
  EOPNOTSUPP,
  EPROTONOSUPPORT,
  ESOCKTNOSUPPORT,
} from '../errno.ts';
import { O_CLOEXEC, O_NONBLOCK, S_IFSOCK } from '../file-constants.ts';
import { SOCKET_DEVICE } from '../file-system.ts';
import { Inode } from '../inode.ts';
import { SocketEnd } from '../socket-pair.ts';
import { openFile } from './descriptor-argument.ts';
import { addPair } from './event-calls.ts';
import { oneBuffer, readFile, vectorBuffers, writeFile } from './transfer.ts';

const AF_UNIX = 1;
/** AF_INET, AF_INET6, AF_NETLINK, AF_PACKET: what a system has, and this one does not open. */
const KNOWN_FAMILIES: readonly number[] = [AF_UNIX, 2, 10, 16, 17];
const TYPE_MASK = 0xf;
const SOCK_STREAM = 1;
/** SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET. */
const PAIR_TYPES: readonly number[] = [SOCK_STREAM, 2, 5];
const SOL_SOCKET = 1;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x40000000;
const HINTS = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_CMSG_CLOEXEC;
const HEADER_BYTES = 56;

function socket(family: number, type: number): number {
  if (!KNOWN_FAMILIES.includes(family)) return -EAFNOSUPPORT;
  return (type & TYPE_MASK) > 5 ? -EINVAL : -EACCES;
}

function socketPair(thread: Thread, words: ArrayLike<number>): number {
  const type = words[1]! | 0;
  const flags = type & ~TYPE_MASK;
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) return -EINVAL;
  if ((words[0]! | 0) !== AF_UNIX) {
    return KNOWN_FAMILIES.includes(words[0]! | 0) ? -EOPNOTSUPP : -EAFNOSUPPORT;
  }
  if (words[2] !== 0 && words[2] !== AF_UNIX) return -EPROTONOSUPPORT;
  if (!PAIR_TYPES.includes(type & TYPE_MASK)) return -ESOCKTNOSUPPORT;
  const { kernel, files } = thread.process;
  const inode = (): Inode => new Inode(kernel.files.parts(SOCKET_DEVICE, S_IFSOCK | 0o777));
  const ends = SocketEnd.pair([inode(), inode()], type & TYPE_MASK, flags, kernel.files.pipes);
  return addPair(thread, ends, (flags & O_CLOEXEC) !== 0, (first, second) => {
    const { memory } = thread;
    if (memory.storeU32(words[3]!, first) && memory.storeU32(words[3]! + 4, second)) return 0;
    files.close(first);
    files.close(second);
    return -EFAULT;
  });
}

/** The socket of a descriptor, or a negative error number. */
function socketOf(thread: Thread, descriptor: number): SocketEnd | number {
  const file = openFile(thread, descriptor);
  if (file === null) return -EBADF;
  return file instanceof SocketEnd ? file : -ENOTSOCK;
}

/** Moves bytes as read and write do, without waiting where MSG_DONTWAIT asks for that. */
function moved(thread: Thread, descriptor: number, flags: number, move: () => number): number {
  const end = socketOf(thread, descriptor);
  if (typeof end === 'number') return end;
  if ((flags & ~HINTS) !== 0) return -EOPNOTSUPP;
  if ((flags & MSG_DONTWAIT) === 0) return move();
  const before = end.flags;
  end.flags |= O_NONBLOCK;
  const result = move();
  end.flags = before;
  return result;
}

function send(thread: Thread, w: ArrayLike<number>): number {
  if (w[4] !== 0) return -EISCONN;
  return moved(thread, w[0]!, w[3]! | 0, () =>
    writeFile(thread, w[0]!, oneBuffer(w[1]!, w[2]!), null, (w[3]! & MSG_NOSIGNAL) !== 0),
  );
}

function receive(thread: Thread, w: ArrayLike<number>): number {
  return moved(thread, w[0]!, w[3]! | 0, () => {
    const result = readFile(thread, w[0]!, oneBuffer(w[1]!, w[2]!), null);
    // The other end has no address.
    if (result >= 0 && w[4] !== 0 && !thread.memory.storeU32(w[5]!, 0)) return -EFAULT;
    return result;
  });
}

/** struct msghdr without a name; what comes with the bytes, such as descriptors, is not offered. */
function message(
  thread: Thread,
  w: ArrayLike<number>,
  move: (buffers: ReturnType<typeof vectorBuffers>) => number,
  receives: boolean,
): number {
  const { memory } = thread;
  const header = w[1]!;
  const bytes = memory.read(header, HEADER_BYTES);
  if (bytes === null) return -EFAULT;
  const buffers = vectorBuffers(thread, memory.word(header + 16)!, memory.word(header + 24)!);
  const hasControl = memory.word(header + 40)! !== 0;
  if (hasControl && !receives) return -EOPNOTSUPP;
  return moved(thread, w[0]!, w[2]! | 0, () => {
    const result = move(buffers);
    if (result < 0 || !receives) return result;
    const isStored =
      memory.storeU32(header + 8, 0) &&
      memory.storeWord(header + 40, 0) &&
      memory.storeU32(header + 48, 0);
    return isStored ? result : -EFAULT;
  });
}

function shutDown(thread: Thread, descriptor: number, how: number): number {
  const end = socketOf(thread, descriptor);
  if (typeof end === 'number') return end;
  if (how < 0 || how > 2) return -EINVAL;
  end.shutDown(how !== 1, how !== 0);
  return 0;
}

/** Both ends have the empty address: a family alone. */
function putName(thread: Thread, descriptor: number, address: number, length: number): number {
  const end = socketOf(thread, descriptor);
  if (typeof end === 'number') return end;
  const room = thread.memory.i32(length);
  if (room === null) return -EFAULT;
  if (room < 0) return -EINVAL;
  const family = Uint8Array.of(AF_UNIX, 0).subarray(0, room);
  const isStored = thread.memory.write(address, family) && thread.memory.storeU32(length, 2);
  return isStored ? 0 : -EFAULT;
}

/** SO_TYPE, SO_ERROR, SO_SNDBUF, SO_RCVBUF, SO_ACCEPTCONN, SO_PROTOCOL, SO_DOMAIN. */
const OPTIONS: Readonly<Record<number, (end: SocketEnd) => number>> = {
  3: (end) => end.type,
  4: () => 0,
  7: () => 212992,
  8: () => 212992,
  30: () => 0,
  38: () => 0,
  39: () => AF_UNIX,
};

function getOption(thread: Thread, w: ArrayLike<number>): number {
  const end = socketOf(thread, w[0]!);
  if (typeof end === 'number') return end;
  const room = thread.memory.i32(w[4]!);
  if (room === null) return -EFAULT;
  if (room < 0) return -EINVAL;
  const option = (w[1]! | 0) === SOL_SOCKET ? OPTIONS[w[2]! | 0] : undefined;
  if (option === undefined) return -ENOPROTOOPT;
  const value = new Uint8Array(Int32Array.of(option(end)).buffer).subarray(0, room);
  const isStored = thread.memory.write(w[3]!, value) && thread.memory.storeU32(w[4]!, value.length);
  return isStored ? 0 : -EFAULT;
}

function setOption(thread: Thread, w: ArrayLike<number>): number {
  const end = socketOf(thread, w[0]!);
  if (typeof end === 'number') return end;
  return (w[1]! | 0) === SOL_SOCKET ? 0 : -EOPNOTSUPP;
}

export const SOCKET_CALLS: readonly SystemCall[] = [
  {
    name: 'socket',
    number: 41,
    arguments: ['int', 'int', 'int'],
    result: 'descriptor',
    call: (_t, w) => socket(w[0]! | 0, w[1]! | 0),
  },
  {
    name: 'sendto',
    number: 44,
    arguments: ['descriptor', 'bytes-in', 'size', 'hex', 'address', 'int'],
    result: 'int',
    call: send,
  },
  {
    name: 'recvfrom',
    number: 45,
    arguments: ['descriptor', 'bytes-out', 'size', 'hex', 'address', 'address'],
    result: 'int',
    call: receive,
  },
  {
    name: 'sendmsg',
    number: 46,
    arguments: ['descriptor', 'address', 'hex'],
    result: 'int',
    call: (t, w) => message(t, w, (buffers) => writeFile(t, w[0]!, buffers, null), false),
  },
  {
    name: 'recvmsg',
    number: 47,
    arguments: ['descriptor', 'address', 'hex'],
    result: 'int',
    call: (t, w) => message(t, w, (buffers) => readFile(t, w[0]!, buffers, null), true),
  },
  {
    name: 'shutdown',
    number: 48,
    arguments: ['descriptor', 'int'],
    result: 'int',
    call: (t, w) => shutDown(t, w[0]!, w[1]! | 0),
  },
  {
    name: 'getsockname',
    number: 51,
    arguments: ['descriptor', 'address', 'address'],
    result: 'int',
    call: (t, w) => putName(t, w[0]!, w[1]!, w[2]!),
  },
  {
    name: 'getpeername',
    number: 52,
    arguments: ['descriptor', 'address', 'address'],
    result: 'int',
    call: (t, w) => putName(t, w[0]!, w[1]!, w[2]!),
  },
  {
    name: 'socketpair',
    number: 53,
    arguments: ['int', 'int', 'int', 'pipe-out'],
    result: 'int',
    call: socketPair,
  },
  {
    name: 'setsockopt',
    number: 54,
    arguments: ['descriptor', 'int', 'int', 'address', 'int'],
    result: 'int',
    call: setOption,
  },
  {
    name: 'getsockopt',
    number: 55,
    arguments: ['descriptor', 'int', 'int', 'int-out', 'int-out'],
    result: 'int',
    call: getOption,
  },
];

/**
 * Making sockets, giving them names, and connecting them.
 * @table
 * @see net/socket.c, net/unix/af_unix.c, net/ipv4/af_inet.c of Linux 6.18
 */
import { addFile } from '../../file/calls/descriptor-argument.ts';
import { addPair } from '../../file/calls/event-calls.ts';
import {
  EACCES,
  EAFNOSUPPORT,
  EAGAIN,
  EFAULT,
  EINPROGRESS,
  EINVAL,
  EOPNOTSUPP,
  EPERM,
  EPROTONOSUPPORT,
  ESOCKTNOSUPPORT,
} from '../../file/errno.ts';
import { O_CLOEXEC, O_NONBLOCK, S_IFSOCK } from '../../file/file-constants.ts';
import { SOCKET_DEVICE } from '../../file/file-system-kind.ts';
import { Inode } from '../../file/inode.ts';
import type { Thread } from '../../process/thread.ts';
import type { SystemCall, Words } from '../../system-call.ts';
import type { Socket, SocketParts } from '../socket.ts';
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IPPROTO_UDPLITE,
  MOST_BACKLOG,
  SHUT_RD,
  SHUT_RDWR,
  SOCK_DGRAM,
  SOCK_PACKET,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOCK_TYPE_MASK,
} from '../socket-constants.ts';
import { TcpSocket } from '../tcp-socket.ts';
import { UdpSocket } from '../udp-socket.ts';
import { UnixDatagram } from '../unix-datagram.ts';
import { UnixStream } from '../unix-stream.ts';
import { callerOf, readAddress, socketOf, storeAddress, waitFor } from './socket-argument.ts';

const FLAGS = O_CLOEXEC | O_NONBLOCK;
/** Types are below it. */
const MOST_TYPES = 11;
/** IPPROTO_MPTCP and those before it. */
const MOST_PROTOCOLS = 263;

function newInode(thread: Thread): Inode {
  return new Inode(thread.process.kernel.files.parts(SOCKET_DEVICE, S_IFSOCK | 0o777));
}

function partsOf(thread: Thread, family: number, type: number, protocol: number): SocketParts {
  return {
    network: thread.process.kernel.network,
    inode: newInode(thread),
    family,
    type: type & SOCK_TYPE_MASK,
    protocol,
    flags: type & O_NONBLOCK,
    maker: callerOf(thread).credentials,
  };
}

function makeUnix(
  thread: Thread,
  type: number,
  protocol: number,
): UnixStream | UnixDatagram | number {
  if (protocol !== 0 && protocol !== AF_UNIX) return -EPROTONOSUPPORT;
  switch (type & SOCK_TYPE_MASK) {
    case SOCK_STREAM:
    case SOCK_SEQPACKET:
      return new UnixStream(partsOf(thread, AF_UNIX, type, 0), () => newInode(thread));
    case SOCK_RAW:
    case SOCK_DGRAM: {
      const flags = type & ~SOCK_TYPE_MASK;
      return new UnixDatagram(partsOf(thread, AF_UNIX, SOCK_DGRAM | flags, 0));
    }
    default:
      return -ESOCKTNOSUPPORT;
  }
}

function makeInternet(
  thread: Thread,
  family: number,
  type: number,
  protocol: number,
): Socket | number {
  if (protocol < 0 || protocol >= MOST_PROTOCOLS) return -EINVAL;
  const is = (number: number): boolean => protocol === 0 || protocol === number;
  switch (type & SOCK_TYPE_MASK) {
    case SOCK_STREAM: {
      if (!is(IPPROTO_TCP)) return -EPROTONOSUPPORT;
      return new TcpSocket(partsOf(thread, family, type, IPPROTO_TCP), () => newInode(thread));
    }
    case SOCK_DGRAM: {
      // Asking who answers is for groups that the system names: none.
      if (protocol === (family === AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6)) return -EACCES;
      const isLite = protocol === IPPROTO_UDPLITE;
      if (!isLite && !is(IPPROTO_UDP)) return -EPROTONOSUPPORT;
      return new UdpSocket(partsOf(thread, family, type, isLite ? protocol : IPPROTO_UDP));
    }
    case SOCK_RAW:
      return protocol === 0 ? -EPROTONOSUPPORT : -EPERM;
    default:
      return -ESOCKTNOSUPPORT;
  }
}

function make(thread: Thread, words: Words): Socket | number {
  const family = words[0]! | 0;
  const type = words[1]! | 0;
  const protocol = words[2]! | 0;
  if ((type & ~SOCK_TYPE_MASK & ~FLAGS) !== 0) return -EINVAL;
  if ((type & SOCK_TYPE_MASK) >= MOST_TYPES) return -EINVAL;
  switch (family) {
    case AF_UNIX:
      return makeUnix(thread, type, protocol);
    case AF_INET:
      // What packets were once asked for by.
      if ((type & SOCK_TYPE_MASK) === SOCK_PACKET) return -EPERM;
      return makeInternet(thread, family, type, protocol);
    case AF_INET6:
      return makeInternet(thread, family, type, protocol);
    case AF_PACKET:
      return -EPERM;
    case AF_NETLINK:
      thread.process.kernel.tellMissing('socket of AF_NETLINK');
      return -EAFNOSUPPORT;
    default:
      return -EAFNOSUPPORT;
  }
}

const closesOnExec = (flags: number): boolean => (flags & O_CLOEXEC) !== 0;

function socket(thread: Thread, words: Words): number {
  const made = make(thread, words);
  return typeof made === 'number' ? made : addFile(thread, made, closesOnExec(words[1]!));
}

function pair(thread: Thread, words: Words): number {
  const one = make(thread, words);
  if (typeof one === 'number') return one;
  const other = make(thread, words);
  if (one instanceof UnixStream && other instanceof UnixStream) UnixStream.join(one, other);
  else if (one instanceof UnixDatagram && other instanceof UnixDatagram) {
    UnixDatagram.join(one, other);
  } else return -EOPNOTSUPP;
  const { memory, process } = thread;
  return addPair(thread, [one, other], closesOnExec(words[1]!), (first, second) => {
    if (memory.storeU32(words[3]!, first) && memory.storeU32(words[3]! + 4, second)) return 0;
    process.files.close(first);
    process.files.close(second);
    return -EFAULT;
  });
}

function bind(thread: Thread, words: Words): number {
  const found = socketOf(thread, words[0]!);
  if (typeof found === 'number') return found;
  const address = readAddress(thread, words[1]!, words[2]! | 0);
  return typeof address === 'number' ? address : found.bind(address, callerOf(thread));
}

function listen(thread: Thread, words: Words): number {
  const found = socketOf(thread, words[0]!);
  if (typeof found === 'number') return found;
  return found.listen(Math.min(words[1]! >>> 0, MOST_BACKLOG), callerOf(thread));
}

/** A connection of the internet's goes on while its call waits; one of AF_UNIX is tried again. */
function connect(thread: Thread, words: Words): number {
  const found = socketOf(thread, words[0]!);
  if (typeof found === 'number') return found;
  const address = readAddress(thread, words[1]!, words[2]! | 0);
  if (typeof address === 'number') return address;
  const isGoingOn = thread.kept === found;
  const result = isGoingOn ? found.connection : found.connect(address, callerOf(thread));
  if (result !== -EAGAIN) return result;
  const isInternet = found.family !== AF_UNIX;
  if (isInternet) thread.kept = found;
  const waited = waitFor(thread, found, found.sendTimeout);
  return waited === -EAGAIN && isInternet ? -EINPROGRESS : waited;
}

function accept(thread: Thread, words: Words, flags: number): number {
  if ((flags & ~FLAGS) !== 0) return -EINVAL;
  const listener = socketOf(thread, words[0]!);
  if (typeof listener === 'number') return listener;
  const { files } = thread.process;
  if (files.refusal !== 0) return files.refusal;
  const made = listener.accept();
  if (made === -EAGAIN) return waitFor(thread, listener, listener.receiveTimeout);
  if (typeof made === 'number') return made;
  made.flags |= flags & O_NONBLOCK;
  const address = made.peerAddress;
  const descriptor = addFile(thread, made, closesOnExec(flags));
  if (descriptor < 0 || words[1] === 0) return descriptor;
  const bytes = typeof address === 'number' ? new Uint8Array(0) : address;
  const stored = storeAddress(thread, bytes, words[1]!, words[2]!);
  if (stored === 0) return descriptor;
  files.close(descriptor);
  return stored;
}

function storeName(
  thread: Thread,
  words: Words,
  nameOf: (socket: Socket) => Uint8Array | number,
): number {
  const found = socketOf(thread, words[0]!);
  if (typeof found === 'number') return found;
  const name = nameOf(found);
  return typeof name === 'number' ? name : storeAddress(thread, name, words[1]!, words[2]!);
}

function shutDown(thread: Thread, words: Words): number {
  const found = socketOf(thread, words[0]!);
  if (typeof found === 'number') return found;
  const how = words[1]! | 0;
  return how < SHUT_RD || how > SHUT_RDWR ? -EINVAL : found.shutDown(how);
}

export const SOCKET_CALLS: readonly SystemCall[] = [
  {
    name: 'socket',
    number: 41,
    arguments: ['int', 'int', 'int'],
    result: 'descriptor',
    call: socket,
  },
  {
    name: 'connect',
    number: 42,
    arguments: ['descriptor', 'address', 'int'],
    result: 'int',
    call: connect,
  },
  {
    name: 'accept',
    number: 43,
    arguments: ['descriptor', 'address', 'address'],
    result: 'descriptor',
    call: (t, w) => accept(t, w, 0),
  },
  {
    name: 'shutdown',
    number: 48,
    arguments: ['descriptor', 'int'],
    result: 'int',
    call: shutDown,
  },
  {
    name: 'bind',
    number: 49,
    arguments: ['descriptor', 'address', 'int'],
    result: 'int',
    call: bind,
  },
  {
    name: 'listen',
    number: 50,
    arguments: ['descriptor', 'int'],
    result: 'int',
    call: listen,
  },
  {
    name: 'getsockname',
    number: 51,
    arguments: ['descriptor', 'address', 'address'],
    result: 'int',
    call: (t, w) => storeName(t, w, (found) => found.localAddress),
  },
  {
    name: 'getpeername',
    number: 52,
    arguments: ['descriptor', 'address', 'address'],
    result: 'int',
    call: (t, w) => storeName(t, w, (found) => found.peerAddress),
  },
  {
    name: 'socketpair',
    number: 53,
    arguments: ['int', 'int', 'int', 'pipe-out'],
    result: 'int',
    call: pair,
  },
  {
    name: 'accept4',
    number: 288,
    arguments: ['descriptor', 'address', 'address', 'hex'],
    result: 'descriptor',
    call: (t, w) => accept(t, w, w[3]! | 0),
  },
];

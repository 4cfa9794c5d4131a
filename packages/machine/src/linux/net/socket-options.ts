/**
 * What getsockopt tells and setsockopt sets.
 * @table
 * @see net/core/sock.c: sk_setsockopt, net/ipv4/tcp.c, ip_sockglue.c of Linux 6.18; socket(7)
 */
import { EACCES, EDOM, EINVAL, ENODATA, ENOPROTOOPT, ENOTCONN, EPERM } from '../file/errno.ts';
import { credentialBytes } from './control-message.ts';
import { InternetSocket } from './internet-socket.ts';
import type { Socket } from './socket.ts';
import {
  AF_INET6,
  AF_UNIX,
  DEFAULT_BUFFER,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  LEAST_RECEIVE_BUFFER,
  LEAST_SEND_BUFFER,
  MOST_BUFFER,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_ERROR,
  SO_LINGER,
  SO_PASSCRED,
  SO_PEERCRED,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SO_SNDTIMEO,
  SO_TYPE,
  SOCK_STREAM,
  SOL_SOCKET,
} from './socket-constants.ts';
import { TcpSocket } from './tcp-socket.ts';

const SECOND = 1e9;
const MICROSECOND = 1e3;
const INT_BYTES = 4;
const LINGER_BYTES = 8;
const TIME_BYTES = 16;

export interface SocketOption {
  /** Its value's bytes, or a negative error number. */
  readonly get: (socket: Socket) => Uint8Array | number;
  /** Sets it from at least `bytes` bytes: 0 or a negative error number. */
  readonly set: (socket: Socket, value: DataView) => number;
  readonly bytes: number;
}

const int = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer);
const refuse = (error: number) => (): number => -error;

/** A number that is a property of the socket. */
function number(
  get: (socket: Socket) => number,
  set: (socket: Socket, value: number) => number | undefined = refuse(ENOPROTOOPT),
): SocketOption {
  return {
    get: (socket) => int(get(socket)),
    set: (socket, value) => set(socket, value.getInt32(0, true)) ?? 0,
    bytes: INT_BYTES,
  };
}

const flag = (name: 'reusesAddress' | 'reusesPort' | 'passesCredentials'): SocketOption =>
  number(
    (socket) => Number(socket[name]),
    (socket, value) => {
      socket[name] = value !== 0;
      return 0;
    },
  );

/**
 * A number that is told as it was set.
 *
 * @param act  what it changes; most change nothing on a loopback
 */
function kept(
  key: string,
  initial: number,
  normal: (value: number) => number,
  act: (socket: Socket, value: number) => void = () => {},
): SocketOption {
  return {
    get: (socket) => socket.settings.get(key) ?? int(initial),
    set: (socket, value) => {
      const checked = normal(value.getInt32(0, true));
      if (Number.isNaN(checked)) return -EINVAL;
      socket.settings.set(key, int(checked));
      act(socket, checked);
      return 0;
    },
    bytes: INT_BYTES,
  };
}

const push = (socket: Socket, value: number): void => {
  if (socket instanceof TcpSocket && value !== 0) socket.push();
};
const cork = (socket: Socket, value: number): void => {
  if (socket instanceof TcpSocket) socket.cork(value !== 0);
};
const bindAnyHost = (socket: Socket, value: number): void => {
  if (socket instanceof InternetSocket) socket.bindsAnyHost = value !== 0;
};

const truth = (value: number): number => Number(value !== 0);
const within =
  (least: number, most: number) =>
  (value: number): number =>
    value < least || value > most ? Number.NaN : value;
const any = (value: number): number => value;

/** Buffers count double of what was asked for. */
function buffer(key: string, least: number, most: number): SocketOption {
  return {
    get: (socket) => socket.settings.get(key) ?? int(bufferOf(socket, key)),
    set: (socket, value) => {
      const asked = Math.min(value.getUint32(0, true), most);
      const bytes = Math.max(2 * asked, least);
      socket.settings.set(key, int(bytes));
      if (key === 'send') socket.account.limit = bytes;
      return 0;
    },
    bytes: INT_BYTES,
  };
}

/** What TCP starts with; the others have the system's default. */
function bufferOf({ family, type }: Socket, key: string): number {
  if (family === AF_UNIX || type !== SOCK_STREAM) return DEFAULT_BUFFER;
  return key === 'send' ? 16384 : 131072;
}

/** struct timeval; none waits for ever. */
function timeout(name: 'receiveTimeout' | 'sendTimeout'): SocketOption {
  return {
    get: (socket) => {
      const time = Number.isFinite(socket[name]) ? socket[name] : 0;
      const seconds = Math.floor(time / SECOND);
      const rest = Math.floor((time - seconds * SECOND) / MICROSECOND);
      return new Uint8Array(BigInt64Array.of(BigInt(seconds), BigInt(rest)).buffer);
    },
    set: (socket, value) => {
      const [seconds, rest] = [0, 8].map((at) => Number(value.getBigInt64(at, true)));
      if (rest! < 0 || rest! >= 1e6) return -EDOM;
      const time = seconds! * SECOND + rest! * MICROSECOND;
      socket[name] = time === 0 ? Number.POSITIVE_INFINITY : Math.max(0, time);
      return 0;
    },
    bytes: TIME_BYTES,
  };
}

/** struct linger: whether, and for how many seconds. Only no time at all makes a difference. */
const LINGER: SocketOption = {
  get: (socket) => socket.settings.get('linger') ?? new Uint8Array(LINGER_BYTES),
  set: (socket, value) => {
    const isOn = value.getInt32(0, true) !== 0;
    const seconds = value.getInt32(4, true);
    socket.lingers = isOn && seconds === 0;
    const told = Int32Array.of(Number(isOn), isOn ? seconds : 0);
    socket.settings.set('linger', new Uint8Array(told.buffer));
    return 0;
  },
  bytes: LINGER_BYTES,
};

const PEER: SocketOption = {
  get: (socket) => credentialBytes(socket.peerCredentials ?? { process: 0, user: -1, group: -1 }),
  set: refuse(ENOPROTOOPT),
  bytes: INT_BYTES,
};

const PRIORITY = 12;
const OF_SOCKET: Readonly<Record<number, SocketOption>> = {
  /** SO_DEBUG is for the privileged. */
  1: number(
    () => 0,
    (_socket, value) => (value === 0 ? 0 : -EACCES),
  ),
  [SO_REUSEADDR]: flag('reusesAddress'),
  [SO_TYPE]: number(({ type }) => type),
  [SO_ERROR]: number((socket) => -socket.takeError()),
  /** SO_DONTROUTE, SO_BROADCAST. */
  5: kept('route', 0, truth),
  6: kept('broadcast', 0, truth),
  [SO_SNDBUF]: buffer('send', LEAST_SEND_BUFFER, MOST_BUFFER),
  [SO_RCVBUF]: buffer('receive', LEAST_RECEIVE_BUFFER, MOST_BUFFER),
  /** SO_KEEPALIVE, SO_OOBINLINE, SO_NO_CHECK, SO_PRIORITY. */
  9: kept('keepalive', 0, truth),
  10: kept('inline', 0, truth),
  11: kept('unchecked', 0, truth),
  [PRIORITY]: {
    ...kept('priority', 0, any),
    set: (socket, value) => {
      const priority = value.getInt32(0, true);
      if (priority < 0 || priority > 6) return -EPERM;
      socket.settings.set('priority', int(priority));
      return 0;
    },
  },
  [SO_LINGER]: LINGER,
  [SO_REUSEPORT]: flag('reusesPort'),
  [SO_PASSCRED]: flag('passesCredentials'),
  [SO_PEERCRED]: PEER,
  /** SO_SNDLOWAT is fixed. */
  19: number(() => 1),
  [SO_RCVTIMEO]: timeout('receiveTimeout'),
  [SO_SNDTIMEO]: timeout('sendTimeout'),
  [SO_ACCEPTCONN]: number(({ isListening }) => Number(isListening)),
  [SO_SNDBUFFORCE]: { get: refuse(ENOPROTOOPT), set: refuse(EPERM), bytes: INT_BYTES },
  [SO_RCVBUFFORCE]: { get: refuse(ENOPROTOOPT), set: refuse(EPERM), bytes: INT_BYTES },
  /** SO_MARK. */
  36: number(() => 0, refuse(EPERM)),
  [SO_PROTOCOL]: number(({ protocol }) => protocol),
  [SO_DOMAIN]: number(({ family }) => family),
  /** SO_PEERSEC, where no security module is. */
  31: { get: refuse(ENOPROTOOPT), set: refuse(ENOPROTOOPT), bytes: INT_BYTES },
  /** SO_PEERGROUPS: the guest's user is in none. */
  59: {
    get: (socket) => (socket.peerCredentials === null ? -ENODATA : new Uint8Array(0)),
    set: refuse(ENOPROTOOPT),
    bytes: INT_BYTES,
  },
};

/** TCP_NODELAY and the like: most are of timers and packets that a loopback has none of. */
const OF_TCP: Readonly<Record<number, SocketOption>> = {
  1: kept('nodelay', 0, truth, push),
  2: kept('segment', 536, within(88, 32767)),
  3: kept('cork', 0, truth, cork),
  4: kept('idle', 7200, within(1, 32767)),
  5: kept('interval', 75, within(1, 32767)),
  6: kept('count', 9, within(1, 127)),
  7: kept('tries', 6, within(1, 127)),
  8: kept('linger2', 60, any),
  9: kept('defer', 0, any),
  12: kept('quick', 1, truth),
  18: kept('timeout', 0, within(0, 2 ** 31 - 1)),
};

/** IP_TOS, IP_TTL, IP_MTU_DISCOVER, IP_FREEBIND, IP_MULTICAST_TTL and _LOOP. */
const OF_IP: Readonly<Record<number, SocketOption>> = {
  1: kept('tos', 0, any),
  2: kept('ttl', 64, (value) => (value === -1 ? 64 : within(1, 255)(value))),
  10: kept('discover', 1, within(0, 5)),
  /** IP_MTU of the loopback. */
  14: {
    get: (socket) => (typeof socket.peerAddress === 'number' ? -ENOTCONN : int(65536)),
    set: refuse(ENOPROTOOPT),
    bytes: INT_BYTES,
  },
  15: kept('freebind', 0, truth, bindAnyHost),
  33: kept('multicast-ttl', 1, within(0, 255)),
  34: kept('multicast-loop', 1, truth),
};

/** IPV6_UNICAST_HOPS, _MULTICAST_HOPS, _MULTICAST_LOOP, _MTU_DISCOVER, _TCLASS. */
const OF_IP6: Readonly<Record<number, SocketOption>> = {
  16: kept('hops', 64, (value) => (value === -1 ? 64 : within(0, 255)(value))),
  18: kept('multicast-hops', 1, within(-1, 255)),
  19: kept('multicast-loop6', 1, within(0, 1)),
  23: kept('discover6', 1, within(0, 5)),
  [IPV6_V6ONLY]: {
    get: (socket) => int(Number(socket instanceof InternetSocket && socket.onlyVersion6)),
    set: (socket, value) => {
      if (!(socket instanceof InternetSocket) || socket.port !== 0) return -EINVAL;
      socket.onlyVersion6 = value.getInt32(0, true) !== 0;
      return 0;
    },
    bytes: INT_BYTES,
  },
  67: kept('class', 0, within(-1, 255)),
};

/** The options of a level that a socket knows; null where it knows no such level. */
function optionsOf(socket: Socket, level: number): Readonly<Record<number, SocketOption>> | null {
  const isInternet = socket.family !== AF_UNIX;
  if (level === SOL_SOCKET) return OF_SOCKET;
  if (level === IPPROTO_TCP && isInternet && socket.type === SOCK_STREAM) return OF_TCP;
  if (level === IPPROTO_IP && isInternet) return OF_IP;
  return level === IPPROTO_IPV6 && socket.family === AF_INET6 ? OF_IP6 : null;
}

/** An option of a socket; `unknown` where there is none here, `foreign` where none is on Linux. */
export function findOption(
  socket: Socket,
  level: number,
  name: number,
): SocketOption | 'unknown' | 'foreign' {
  const options = optionsOf(socket, level);
  return options === null ? 'foreign' : (options[name] ?? 'unknown');
}

// @table
/**
 * Windows Sockets without a network: the library starts, numbers and addresses are changed into each
 * other, and whoever asks for a socket or a name is told that the network is down.
 */
import type { Call } from '../call.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';

const INVALID_SOCKET = -1;
const SOCKET_ERROR = -1;
const WSAEFAULT = 10_014;
const WSAENETDOWN = 10_050;
const WSAENOTSOCK = 10_038;
const WSAHOST_NOT_FOUND = 11_001;
const VERSION = 0x0202;
/** WSADATA: two versions, sockets, bytes of a datagram, a pointer, then two texts. */
const DATA_BYTES = 408;
const NONE = 0xffff_ffff;
const HOST_NAME = 'bareheap';

function start(c: Call): number {
  const at = c.word(1);
  if (at === 0) return WSAEFAULT;
  c.memory.fill(at, 0, DATA_BYTES);
  c.memory.setU16(at, Math.min(c.u32(0), VERSION));
  c.memory.setU16(at + 2, VERSION);
  return 0;
}

const down = (c: Call): number => c.fail(WSAENETDOWN, INVALID_SOCKET);
/** There are no sockets: whatever the number is, it is none's. */
const noSocket = (c: Call): number => c.fail(WSAENOTSOCK, SOCKET_ERROR);

function swap16(value: number): number {
  return ((value & 0xff) << 8) | ((value >>> 8) & 0xff);
}

function swap32(value: number): number {
  return ((swap16(value & 0xffff) << 16) | swap16(value >>> 16)) >>> 0;
}

/** Four numbers with dots between them, in the network's order. */
function address(text: string): number {
  const parts = (/^\d+\.\d+\.\d+\.\d+$/.exec(text)?.[0] ?? '').split('.').map(Number);
  const isAddress = parts.length === 4 && parts.every((part) => part <= 255);
  return isAddress ? parts.reduceRight((all, part) => all * 256 + part, 0) : NONE;
}

const ON_SOCKETS: FunctionRows = {
  'socket(family: i32, type: i32, protocol: i32): handle': down,
  'WSASocketA(family: i32, type: i32, protocol: i32, information: pointer, group: u32, flags: u32): handle':
    down,
  'WSASocketW(family: i32, type: i32, protocol: i32, information: pointer, group: u32, flags: u32): handle':
    down,
  'closesocket(socket: handle): i32': noSocket,
  'bind(socket: handle, address: pointer, length: i32): i32': noSocket,
  'connect(socket: handle, address: pointer, length: i32): i32': noSocket,
  'listen(socket: handle, backlog: i32): i32': noSocket,
  'accept(socket: handle, address: pointer, length: pointer): handle': noSocket,
  'send(socket: handle, from: pointer, size: i32, flags: i32): i32': noSocket,
  'recv(socket: handle, to: pointer, size: i32, flags: i32): i32': noSocket,
  'sendto(socket: handle, from: pointer, size: i32, flags: i32, address: pointer, length: i32): i32':
    noSocket,
  'recvfrom(socket: handle, to: pointer, size: i32, flags: i32, address: pointer, length: pointer): i32':
    noSocket,
  'shutdown(socket: handle, how: i32): i32': noSocket,
  'ioctlsocket(socket: handle, command: i32, argument: pointer): i32': noSocket,
  'getsockopt(socket: handle, level: i32, name: i32, to: pointer, length: pointer): i32': noSocket,
  'setsockopt(socket: handle, level: i32, name: i32, from: pointer, length: i32): i32': noSocket,
  'getsockname(socket: handle, address: pointer, length: pointer): i32': noSocket,
  'getpeername(socket: handle, address: pointer, length: pointer): i32': noSocket,
  'select(count: i32, read: pointer, write: pointer, except: pointer, time: pointer): i32':
    noSocket,
  'getaddrinfo(node: text, service: text, hints: pointer, to: pointer): i32': () =>
    WSAHOST_NOT_FOUND,
  'freeaddrinfo(list: pointer)': () => 0,
  'gethostbyname(name: text): pointer': (c) => c.fail(WSAHOST_NOT_FOUND),
};

export const SOCKET_FUNCTIONS: readonly SystemFunction[] = systemFunctions('socket', {
  ...ON_SOCKETS,
  'WSAStartup(version: u32, data: pointer): i32': start,
  'WSACleanup(): i32': () => 0,
  'WSAGetLastError(): i32': (c) => c.lastError,
  'WSASetLastError(error: i32)': (c) => {
    c.lastError = c.i32(0);
    return 0;
  },
  'gethostname(to: pointer, size: i32): i32': (c) => {
    if (c.i32(1) <= HOST_NAME.length) return c.fail(WSAEFAULT, SOCKET_ERROR);
    c.memory.setText(c.word(0), HOST_NAME);
    return 0;
  },
  'htons(value: u32): u32': (c) => swap16(c.u32(0)),
  'ntohs(value: u32): u32': (c) => swap16(c.u32(0)),
  'htonl(value: u32): u32': (c) => swap32(c.u32(0)),
  'ntohl(value: u32): u32': (c) => swap32(c.u32(0)),
  'inet_addr(text: text): u32': (c) => address(c.text(0)),
});

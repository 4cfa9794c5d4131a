/**
 * Addresses of sockets: of a path or a name, and of a host and a port.
 *
 * A host is text: `127.0.0.1`, or the 32 hexadecimal digits of an IPv6 address. One that stands for
 * an IPv4 address, ::ffff:a.b.c.d, is that address here; which form a program sees is the family of
 * its socket.
 *
 * @see unix(7), ip(7), ipv6(7)
 */
import { EAFNOSUPPORT, EINVAL } from '../file/errno.ts';
import { latin1, latin1Bytes } from '../process/guest-memory.ts';
import { AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC } from './socket-constants.ts';

/** Bytes of struct sockaddr_un, sockaddr_in and the first version of sockaddr_in6. */
const UNIX_BYTES = 110;
const INET_BYTES = 16;
const LEAST_INET6_BYTES = 24;
const INET6_BYTES = 28;
export const FAMILY_BYTES = 2;
const MAPPED = '00000000000000000000ffff';
const ANY6 = '0'.repeat(32);
const LOOPBACK6 = `${'0'.repeat(31)}1`;

/** A name: none, a path, or one that begins with a NUL and stands in no file system. */
export interface UnixAddress {
  readonly name: string;
}

export interface InternetAddress {
  readonly host: string;
  readonly port: number;
}

export const UNNAMED: UnixAddress = { name: '' };
export const ANY: InternetAddress = { host: '0.0.0.0', port: 0 };
export const LOOPBACK = '127.0.0.1';

/** Whether a name stands in no file system. @see unix(7): abstract */
export const isAbstract = ({ name }: UnixAddress): boolean => name.startsWith('\0');
/** INADDR_ANY or in6addr_any. */
export const isAnyHost = (host: string): boolean => host === ANY.host || host === ANY6;
/** Whether a host is an IPv4 address, which those that stand for one are here too. */
export const isVersion4 = (host: string): boolean => host.includes('.');
/** Whether a host is this machine, which is all that there is. */
export const isLoopback = (host: string): boolean =>
  isVersion4(host) ? host.startsWith('127.') : host === LOOPBACK6;

/** The host that is meant by any host: this one. */
export function reached(host: string): string {
  if (!isAnyHost(host)) return host;
  return isVersion4(host) ? LOOPBACK : LOOPBACK6;
}

/** The host that a socket with no address of its own sends from to another. */
export const sourceFor = (host: string): string => (isVersion4(host) ? LOOPBACK : LOOPBACK6);

/** The address that every host has for a family's sockets. */
export const anyOf = (family: number): InternetAddress =>
  family === AF_INET ? ANY : { host: ANY6, port: 0 };

/**
 * What a struct sockaddr_un says, a family alone being no name; -EINVAL when it is too short or too
 * long, or of another family.
 */
export function parseUnix(bytes: Uint8Array): UnixAddress | number {
  if (bytes.length < FAMILY_BYTES || bytes.length > UNIX_BYTES) return -EINVAL;
  if (familyOf(bytes) !== AF_UNIX) return -EINVAL;
  const name = bytes.subarray(FAMILY_BYTES);
  if (name[0] === 0) return { name: latin1(name) };
  const end = name.indexOf(0);
  return { name: latin1(end < 0 ? name : name.subarray(0, end)) };
}

/** A struct sockaddr_un, a path with its NUL; the family alone of no name. */
export function unixBytes({ name }: UnixAddress): Uint8Array {
  const end = name === '' || name.startsWith('\0') ? '' : '\0';
  return Uint8Array.of(AF_UNIX, 0, ...latin1Bytes(name + end));
}

/** The family that an address begins with; AF_UNSPEC of none. */
export function familyOf(bytes: Uint8Array): number {
  return bytes.length < FAMILY_BYTES ? AF_UNSPEC : bytes[0]! | (bytes[1]! << 8);
}

/**
 * What a struct sockaddr_in or sockaddr_in6 says to a socket of a family; -EINVAL when it is too
 * short, -EAFNOSUPPORT when it is of another family.
 */
export function parseInternet(bytes: Uint8Array, family: number): InternetAddress | number {
  if (bytes.length < (family === AF_INET ? INET_BYTES : LEAST_INET6_BYTES)) return -EINVAL;
  if (familyOf(bytes) !== family) return -EAFNOSUPPORT;
  const port = (bytes[2]! << 8) | bytes[3]!;
  if (family === AF_INET) return { host: [...bytes.subarray(4, 8)].join('.'), port };
  const digits = Array.from(bytes.subarray(8, 24), (byte) => byte.toString(16).padStart(2, '0'));
  const host = digits.join('');
  if (!host.startsWith(MAPPED)) return { host, port };
  return { host: [...bytes.subarray(20, 24)].join('.'), port };
}

/** A struct sockaddr_in or sockaddr_in6, as the socket's family has it; the port in network order. */
export function internetBytes({ host, port }: InternetAddress, family: number): Uint8Array {
  const bytes = new Uint8Array(family === AF_INET ? INET_BYTES : INET6_BYTES);
  bytes.set([family, 0, port >> 8, port & 0xff]);
  const numbers = host.split('.').map(Number);
  if (family === AF_INET) {
    bytes.set(numbers, 4);
  } else if (isVersion4(host)) {
    // The unspecified address is so in both families.
    if (host !== ANY.host) bytes.set([0xff, 0xff, ...numbers], 18);
  } else {
    bytes.set(
      Array.from({ length: 16 }, (_, at) => Number.parseInt(host.slice(2 * at, 2 * at + 2), 16)),
      8,
    );
  }
  return bytes;
}

/** Whether an address is of IPv6 or IPv4, which a socket of AF_INET6 both may be. */
export const versionOf = (host: string): number => (isVersion4(host) ? AF_INET : AF_INET6);

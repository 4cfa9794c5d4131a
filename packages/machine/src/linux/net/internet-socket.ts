/**
 * Sockets of AF_INET and AF_INET6: the machine has its loopback and no other network.
 *
 * @see net/ipv4/af_inet.c: __inet_bind, net/ipv6/af_inet6.c of Linux 6.18
 */
import {
  EACCES,
  EADDRINUSE,
  EADDRNOTAVAIL,
  EAFNOSUPPORT,
  EINVAL,
  ENETUNREACH,
  ENOTCONN,
} from '../file/errno.ts';
import type { PortTable, PortUser } from './port-table.ts';
import { Socket, type SocketParts } from './socket.ts';
import {
  anyOf,
  familyOf,
  type InternetAddress,
  internetBytes,
  isAnyHost,
  isLoopback,
  isVersion4,
  parseInternet,
  reached,
} from './socket-address.ts';
import { AF_INET, AF_INET6, AF_UNSPEC } from './socket-constants.ts';

/** /proc/sys/net/ipv4/ip_unprivileged_port_start: lower ones are for the privileged. */
const FIRST_FREE_PORT = 1024;

export abstract class InternetSocket extends Socket implements PortUser {
  /** IPV6_V6ONLY. */
  onlyVersion6 = false;
  /** IP_FREEBIND: hosts that are not here, too. */
  bindsAnyHost = false;
  protected local: InternetAddress;
  protected remote: InternetAddress | null = null;
  protected hasPort = false;
  protected readonly ports: PortTable;
  /** Whether it asked for its address and port itself. */
  private wasBound = false;

  constructor(parts: SocketParts, ports: PortTable) {
    super(parts);
    this.ports = ports;
    this.local = anyOf(parts.family);
  }

  get host(): string {
    return this.local.host;
  }

  get port(): number {
    return this.local.port;
  }

  override get localAddress(): Uint8Array {
    return internetBytes(this.local, this.family);
  }

  override get peerAddress(): Uint8Array | number {
    return this.remote === null ? -ENOTCONN : internetBytes(this.remote, this.family);
  }

  override bind(bytes: Uint8Array): number {
    const address = this.parseToBind(bytes);
    if (typeof address === 'number') return address;
    const { host, port } = address;
    if (!isAnyHost(host) && !isLoopback(host) && !this.bindsAnyHost) return -EADDRNOTAVAIL;
    if (!isAnyHost(host) && isVersion4(host) && this.onlyVersion6) return -EINVAL;
    if (port !== 0 && port < FIRST_FREE_PORT) return -EACCES;
    if (this.hasPort) return -EINVAL;
    const result = this.take(host, port);
    this.wasBound = result === 0;
    return result;
  }

  /** Gives the socket a port where it has none: 0 or a negative error number. */
  protected bindAnywhere(): number {
    return this.hasPort ? 0 : this.take(this.local.host, 0);
  }

  /** Where an address leads to; or a negative error number. */
  protected destination(bytes: Uint8Array): InternetAddress | number {
    // A socket of IPv6 may be told an address of IPv4 outright.
    const address = parseInternet(bytes, this.family);
    if (typeof address === 'number') return address;
    const host = reached(address.host);
    if (this.family === AF_INET6 && isVersion4(host) && this.onlyVersion6) return -ENETUNREACH;
    return isLoopback(host) ? { host, port: address.port } : -ENETUNREACH;
  }

  protected leavePort(): void {
    if (this.hasPort) this.ports.remove(this);
    this.hasPort = false;
  }

  /**
   * Leaves an address and port that it did not ask for, as disconnecting does.
   *
   * @param told  the port that it tells from now on
   */
  protected leaveGivenPort(told: number): void {
    if (this.wasBound) return;
    this.leavePort();
    this.local = { ...anyOf(this.family), port: told };
  }

  /** Holds a port along with others, as accepted connections do their listener's. */
  protected share(address: InternetAddress): void {
    this.local = address;
    this.ports.hold(this);
    this.hasPort = true;
  }

  private take(host: string, wanted: number): number {
    const before = this.local;
    const port = wanted === 0 ? this.ports.free() : wanted;
    if (port === 0) return -EADDRINUSE;
    this.local = { host, port };
    if (this.ports.conflicts(this)) {
      this.local = before;
      return -EADDRINUSE;
    }
    this.ports.add(this);
    this.hasPort = true;
    return 0;
  }

  /** AF_UNSPEC stands for any host of IPv4. */
  private parseToBind(bytes: Uint8Array): InternetAddress | number {
    if (this.family !== AF_INET || familyOf(bytes) !== AF_UNSPEC) {
      return parseInternet(bytes, this.family);
    }
    const address = parseInternet(Uint8Array.of(AF_INET, 0, ...bytes.subarray(2)), AF_INET);
    if (typeof address === 'number') return address;
    return isAnyHost(address.host) ? address : -EAFNOSUPPORT;
  }
}

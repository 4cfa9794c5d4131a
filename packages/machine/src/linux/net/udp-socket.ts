/**
 * UDP over the loopback, and UDP-Lite, which differs in sums that nobody needs here.
 *
 * @see net/ipv4/udp.c: udp_sendmsg, __udp4_lib_lookup of Linux 6.18; udp(7)
 */
import {
  EACCES,
  EAGAIN,
  ECONNREFUSED,
  EDESTADDRREQ,
  EINVAL,
  EMSGSIZE,
  ENOBUFS,
  ENOTCONN,
  EPIPE,
} from '../file/errno.ts';
import { HeldBytes } from './held-bytes.ts';
import { InternetSocket } from './internet-socket.ts';
import type { PortUser } from './port-table.ts';
import { type Credentials, SendAccount } from './receive-queue.ts';
import type { Received, Sending, SocketParts } from './socket.ts';
import {
  FAMILY_BYTES,
  familyOf,
  type InternetAddress,
  internetBytes,
  isAnyHost,
  sourceFor,
} from './socket-address.ts';
import { AF_UNSPEC, DEFAULT_BUFFER, IPPROTO_UDPLITE } from './socket-constants.ts';

/** Bytes of a datagram: 65535 without the headers of IP and UDP. */
const MOST_BYTES = 65507;
const BROADCAST = '255.255.255.255';

export class UdpSocket extends InternetSocket {
  /** What has arrived, by its bytes: one that finds no room is lost, as on any network. */
  private readonly arrived: SendAccount;
  /** Where a datagram goes that is to become longer, and its bytes so far. */
  private begun: InternetAddress | null = null;
  private readonly held: HeldBytes;

  constructor(parts: SocketParts) {
    const { udpPorts, udpLitePorts } = parts.network;
    super(parts, parts.protocol === IPPROTO_UDPLITE ? udpLitePorts : udpPorts);
    this.arrived = new SendAccount(parts.network.share, DEFAULT_BUFFER);
    this.held = new HeldBytes(parts.network.share, MOST_BYTES);
  }

  override connect(address: Uint8Array): number {
    if (address.length < FAMILY_BYTES) return -EINVAL;
    if (familyOf(address) === AF_UNSPEC) {
      this.disconnect();
      return 0;
    }
    const to = this.destination(address);
    if (typeof to === 'number') return to;
    const failed = this.bindAnywhere();
    if (failed !== 0) return failed;
    if (isAnyHost(this.local.host)) this.local = { ...this.local, host: sourceFor(to.host) };
    this.remote = to;
    return 0;
  }

  override send({ bytes, to: address, caller, hasMore }: Sending): number {
    if (bytes.length > MOST_BYTES) return -EMSGSIZE;
    const target = address === null ? this.remote : this.destination(address);
    if (typeof target === 'number') return this.isBroadcast(address!) ? -EACCES : target;
    if (target === null) return -EDESTADDRREQ;
    if (target.port === 0) return -EINVAL;
    if (this.error !== 0) return this.takeError();
    if (this.sendsNoMore) return -EPIPE;
    const failed = this.bindAnywhere();
    if (failed !== 0) return failed;
    if (this.held.length + bytes.length > MOST_BYTES) return -EMSGSIZE;
    const to = this.begun ?? target;
    if (hasMore && !this.held.add(bytes)) return -ENOBUFS;
    this.begun = hasMore ? to : null;
    if (hasMore) return bytes.length;
    const from = isAnyHost(this.host) ? sourceFor(to.host) : this.host;
    const whole = this.held.takeWith(bytes);
    this.deliver(to, { host: from, port: this.port }, whole, caller.credentials);
    return bytes.length;
  }

  override receive(length: number, peeks: boolean): Received | number {
    if (this.error !== 0) return this.takeError();
    if (!this.incoming.isEmpty) return this.takeMessage(length, peeks);
    this.blockedOn = [this.incoming.filled];
    return -EAGAIN;
  }

  override shutDown(how: number): number {
    this.end(how);
    return this.remote === null ? -ENOTCONN : 0;
  }

  override poll(): number {
    return this.pollEnds(this.account.isWritable);
  }

  protected override close(): void {
    this.leavePort();
    this.incoming.clear();
    this.held.clear();
  }

  /** Hands a datagram to who it reaches. */
  private deliver(
    to: InternetAddress,
    from: InternetAddress,
    bytes: Uint8Array,
    credentials: Credentials,
  ): void {
    const takes = (user: PortUser): user is UdpSocket =>
      user instanceof UdpSocket && user.takesFrom(from);
    const isPeer = (user: PortUser): user is UdpSocket => takes(user) && user.hasPeer;
    const { ports } = this;
    const other = ports.find(to.host, to.port, isPeer) ?? ports.find(to.host, to.port, takes);
    if (other === null) {
      // Only a socket with a peer learns that nobody was there.
      if (this.remote !== null) {
        this.error = ECONNREFUSED;
        this.wakeAll();
      }
      return;
    }
    const { family } = other;
    const account = other.arrived;
    if (!account.isOpen || other.receivesNoMore) return;
    const source = internetBytes(from, family);
    const packet = {
      bytes: bytes.slice(),
      from: source,
      credentials,
      cargo: [],
      account,
      start: 0,
    };
    other.incoming.push(packet);
  }

  private get hasPeer(): boolean {
    return this.remote !== null;
  }

  private takesFrom({ host, port }: InternetAddress): boolean {
    const { remote } = this;
    return remote === null || (remote.host === host && remote.port === port);
  }

  private disconnect(): void {
    this.remote = null;
    this.leaveGivenPort(0);
  }

  private isBroadcast(address: Uint8Array): boolean {
    return address.subarray(4, 8).join('.') === BROADCAST;
  }
}

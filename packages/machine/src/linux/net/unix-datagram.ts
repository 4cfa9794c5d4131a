/**
 * Sockets of AF_UNIX for messages without connections.
 *
 * @see net/unix/af_unix.c of Linux 6.18: unix_dgram_sendmsg, unix_dgram_connect
 */
import {
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EMSGSIZE,
  ENOTCONN,
  EPERM,
  EPIPE,
  EPROTOTYPE,
} from '../file/errno.ts';
import type { Waiter } from '../process/wait-queue.ts';
import { NO_ADDRESS, type Received, type Sending } from './socket.ts';
import { familyOf, unixBytes } from './socket-address.ts';
import type { SocketCaller } from './socket-caller.ts';
import { AF_UNSPEC } from './socket-constants.ts';
import { UnixSocket } from './unix-socket.ts';

/** /proc/sys/net/unix/max_dgram_qlen: messages beyond which only a peer's are taken. */
const MOST_WAITING = 10;
const RESERVED = 32;

export class UnixDatagram extends UnixSocket {
  private peer: UnixDatagram | null = null;
  private isDead = false;
  /** Waits at a full peer for whoever polls: once, however often that is. */
  private readonly atPeer: Waiter = { wake: () => this.account.drained.wake() };

  static join(one: UnixDatagram, other: UnixDatagram): void {
    one.peer = other;
    other.peer = one;
  }

  override get peerAddress(): Uint8Array | number {
    return this.peer === null ? -ENOTCONN : unixBytes(this.peer.address);
  }

  override connect(address: Uint8Array, caller: SocketCaller): number {
    const other = familyOf(address) === AF_UNSPEC ? null : this.target(address, caller);
    if (typeof other === 'number') return other;
    this.leavePeer();
    this.peer = other;
    return 0;
  }

  override send({ bytes, to, cargo, caller }: Sending): number {
    const { account } = this;
    if (to === null && this.peer === null) return -ENOTCONN;
    if (bytes.length > account.limit - RESERVED) return -EMSGSIZE;
    if (this.error !== 0) return this.takeError();
    if (this.sendsNoMore) return -EPIPE;
    this.blockedOn = [account.drained];
    if (!account.isOpen) return -EAGAIN;
    const other = to === null ? this.connected() : this.target(to, caller);
    if (typeof other === 'number') return other;
    if (other.receivesNoMore) return -EPIPE;
    this.blockedOn = [account.drained, other.incoming.drained];
    if (this.isKeptOutBy(other)) return -EAGAIN;
    const from = this.address.name === '' ? NO_ADDRESS : this.localAddress;
    const { credentials } = caller;
    other.incoming.push({ bytes: bytes.slice(), from, credentials, cargo, account, start: 0 });
    return bytes.length;
  }

  override receive(length: number, peeks: boolean): Received | number {
    if (!this.incoming.isEmpty) return this.takeMessage(length, peeks);
    if (this.error !== 0) return this.takeError();
    this.blockedOn = [this.incoming.filled];
    return -EAGAIN;
  }

  override poll(): number {
    const { peer, account } = this;
    const isFull = peer !== null && this.isKeptOutBy(peer);
    if (isFull) peer.incoming.drained.add(this.atPeer);
    return this.pollEnds(account.isWritable && !isFull);
  }

  protected override close(): void {
    this.isDead = true;
    const { peer } = this;
    peer?.incoming.drained.remove(this.atPeer);
    peer?.wakeAll();
    super.close();
  }

  private isKeptOutBy(other: UnixDatagram): boolean {
    return other.peer !== this && other.incoming.count > MOST_WAITING;
  }

  /** The peer, or a negative error number; one that is gone is told of once. */
  private connected(): UnixDatagram | number {
    const { peer } = this;
    if (peer === null) return -ENOTCONN;
    if (!peer.isDead) return peer;
    this.leavePeer();
    this.peer = null;
    return -ECONNREFUSED;
  }

  /** What was received and not read is lost with the peer, who learns that. */
  private leavePeer(): void {
    const { peer } = this;
    peer?.incoming.drained.remove(this.atPeer);
    if (peer === null || this.incoming.isEmpty) return;
    this.incoming.clear();
    if (peer.isDead || peer.peer !== this) return;
    peer.error = ECONNRESET;
    peer.wakeAll();
  }

  /** Whoever has an address and takes messages of this one's. */
  private target(address: Uint8Array, caller: SocketCaller): UnixDatagram | number {
    const other = this.find(address, caller);
    if (typeof other === 'number') return other;
    if (!(other instanceof UnixDatagram)) return -EPROTOTYPE;
    return other.peer === null || other.peer === this ? other : -EPERM;
  }
}

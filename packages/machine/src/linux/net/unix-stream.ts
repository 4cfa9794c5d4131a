/**
 * Sockets of AF_UNIX with connections: streams, and sequences of messages.
 *
 * @see net/unix/af_unix.c of Linux 6.18: unix_stream_connect, unix_release_sock
 */
import {
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EINVAL,
  EISCONN,
  EMSGSIZE,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
} from '../file/errno.ts';
import { POLLHUP, POLLIN, POLLRDNORM } from '../file/file-constants.ts';
import type { Inode } from '../file/inode.ts';
import { WaitQueue } from '../process/wait-queue.ts';
import type { Credentials } from './receive-queue.ts';
import { END, NO_ADDRESS, type Received, type Sending, type SocketParts } from './socket.ts';
import { familyOf, unixBytes } from './socket-address.ts';
import type { SocketCaller } from './socket-caller.ts';
import { AF_UNIX, SHUT_RDWR } from './socket-constants.ts';
import { mirrored, UnixSocket } from './unix-socket.ts';

/** Bytes of a send buffer that no message may fill. */
const RESERVED = 32;

export class UnixStream extends UnixSocket {
  private state: 'closed' | 'listening' | 'connected' = 'closed';
  private peer: UnixStream | null = null;
  private backlog = 0;
  private readonly pending: UnixStream[] = [];
  /** Woken when a connection was accepted. */
  private readonly accepted = new WaitQueue();
  /** Who listens, or who has connected. */
  private atOtherEnd: Credentials | null = null;
  private isDead = false;
  private readonly newInode: () => Inode;

  constructor(parts: SocketParts, newInode: () => Inode) {
    super(parts);
    this.newInode = newInode;
  }

  /** Connects two that have no names, as socketpair does. */
  static join(one: UnixStream, other: UnixStream): void {
    one.meet(other, other.maker);
    other.meet(one, one.maker);
  }

  override get isListening(): boolean {
    return this.state === 'listening';
  }

  override get peerCredentials(): Credentials | null {
    return this.atOtherEnd;
  }

  override get peerAddress(): Uint8Array | number {
    return this.peer === null ? -ENOTCONN : unixBytes(this.peer.address);
  }

  override listen(backlog: number, caller: SocketCaller): number {
    if (this.address.name === '' || this.state === 'connected') return -EINVAL;
    this.state = 'listening';
    this.backlog = backlog;
    this.atOtherEnd = caller.credentials;
    this.accepted.wake();
    return 0;
  }

  override connect(address: Uint8Array, caller: SocketCaller): number {
    if (familyOf(address) !== AF_UNIX) return -EINVAL;
    const other = this.find(address, caller);
    if (typeof other === 'number') return other;
    if (!(other instanceof UnixStream) || other.state !== 'listening') return -ECONNREFUSED;
    if (other.receivesNoMore) return -ECONNREFUSED;
    if (other.pending.length > other.backlog || !this.network.takesPending) {
      this.blockedOn = [other.accepted];
      return -EAGAIN;
    }
    if (this.state === 'connected') return -EISCONN;
    if (this.state === 'listening') return -EINVAL;
    this.meetNew(other, caller);
    return 0;
  }

  override accept(): UnixStream | number {
    if (this.state !== 'listening') return -EINVAL;
    const socket = this.pending.shift();
    if (socket === undefined) {
      this.blockedOn = [this.incoming.filled];
      return this.receivesNoMore ? -EINVAL : -EAGAIN;
    }
    this.network.countPending(-1);
    this.accepted.wake();
    return socket;
  }

  override send({ bytes, to, cargo, caller }: Sending): number {
    const { peer, account } = this;
    if (to !== null && !this.hasMessages) return this.peer === null ? -EOPNOTSUPP : -EISCONN;
    if (peer === null) return -ENOTCONN;
    if (this.sendsNoMore || peer.isDead || peer.receivesNoMore) return -EPIPE;
    if (this.hasMessages && bytes.length > account.limit - RESERVED) return -EMSGSIZE;
    if (bytes.length === 0 && !this.hasMessages) return 0;
    this.blockedOn = [account.drained];
    if (!account.isOpen) return -EAGAIN;
    const room = this.hasMessages ? bytes.length : account.room;
    if (room === 0 && bytes.length > 0) return -EAGAIN;
    const part = bytes.slice(0, room);
    const from = this.address.name === '' ? NO_ADDRESS : this.localAddress;
    const { credentials } = caller;
    peer.incoming.push({ bytes: part, from, credentials, cargo, account, start: 0 });
    return part.length;
  }

  override receive(length: number, peeks: boolean): Received | number {
    if (this.state !== 'connected') return this.hasMessages ? -ENOTCONN : -EINVAL;
    if (!this.incoming.isEmpty) {
      return this.hasMessages ? this.takeMessage(length, peeks) : this.takeStream(length, peeks);
    }
    if (this.error !== 0) return this.takeError();
    if (this.receivesNoMore) return END;
    this.blockedOn = [this.incoming.filled];
    return -EAGAIN;
  }

  override shutDown(how: number): number {
    super.shutDown(how);
    this.peer?.end(mirrored(how));
    return 0;
  }

  override poll(): number {
    const isListening = this.state === 'listening';
    let events = this.pollEnds(!isListening && this.account.isWritable);
    if (this.state === 'closed') events |= POLLHUP;
    if (this.pending.length > 0) events |= POLLIN | POLLRDNORM;
    return events;
  }

  protected override close(): void {
    this.isDead = true;
    this.network.countPending(-this.pending.length);
    for (const socket of this.pending.splice(0)) {
      socket.error = ECONNRESET;
      socket.release();
    }
    this.accepted.wake();
    const { peer } = this;
    if (peer !== null && !peer.isDead) {
      // Who was never accepted, or not read to the end, learns that.
      if (!this.incoming.isEmpty || this.error === ECONNRESET) peer.error = ECONNRESET;
      peer.end(SHUT_RDWR);
    }
    super.close();
  }

  private meet(peer: UnixStream, who: Credentials): void {
    this.peer = peer;
    this.state = 'connected';
    this.atOtherEnd = who;
  }

  private meetNew(listener: UnixStream, caller: SocketCaller): void {
    const { network, family, type, protocol, maker } = listener;
    const parts = { network, family, type, protocol, maker, inode: this.newInode(), flags: 0 };
    const other = new UnixStream(parts, this.newInode);
    other.address = listener.address;
    other.passesCredentials = listener.passesCredentials;
    other.meet(this, caller.credentials);
    this.meet(other, listener.atOtherEnd!);
    listener.pending.push(other);
    network.countPending(1);
    listener.incoming.filled.wake();
    this.wakeAll();
  }
}

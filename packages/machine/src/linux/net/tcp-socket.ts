/**
 * TCP over the loopback: connections are made, and bytes arrive, in the call that asks for it.
 *
 * @see net/ipv4/tcp.c, af_inet.c: __inet_stream_connect of Linux 6.18; tcp(7)
 */
import {
  EADDRINUSE,
  EADDRNOTAVAIL,
  EAGAIN,
  EALREADY,
  ECONNREFUSED,
  ECONNRESET,
  EINPROGRESS,
  EINVAL,
  EISCONN,
  ENOTCONN,
  EPIPE,
} from '../file/errno.ts';
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRNORM,
} from '../file/file-constants.ts';
import type { Inode } from '../file/inode.ts';
import type { Timer } from '../process/timer-queue.ts';
import { HeldBytes } from './held-bytes.ts';
import { InternetSocket } from './internet-socket.ts';
import type { PortUser } from './port-table.ts';
import type { Credentials } from './receive-queue.ts';
import { END, NO_ADDRESS, type Received, type Sending, type SocketParts } from './socket.ts';
import {
  FAMILY_BYTES,
  familyOf,
  type InternetAddress,
  isAnyHost,
  sourceFor,
} from './socket-address.ts';
import { AF_UNSPEC, DEFAULT_BUFFER, SHUT_RD, SHUT_RDWR, SHUT_WR } from './socket-constants.ts';

/** What a connection takes on its way: send and receive buffer as they grow on a loopback. */
const ON_WAY = 12 * DEFAULT_BUFFER;

/** What is held back for more at most: bytes, and ns. @see tcp(7): TCP_CORK */
const SEGMENT_BYTES = 32768;
const MOST_DELAY = 200e6;

type State = 'closed' | 'listening' | 'connecting' | 'connected';

const isListener = (user: PortUser): user is TcpSocket =>
  user instanceof TcpSocket && user.isListening;

export class TcpSocket extends InternetSocket {
  private state: State = 'closed';
  private peer: TcpSocket | null = null;
  private backlog = 0;
  /** Connections that nobody has accepted yet, and who wants to become such, by what it calls. */
  private readonly pending: TcpSocket[] = [];
  private readonly callers = new Map<TcpSocket, InternetAddress>();
  /** Whose caller it is while it is connecting. */
  private called: TcpSocket | null = null;
  /** Connecting was to go on by itself: whoever asks again learns how it ended. */
  private isUntold = false;
  private readonly held: HeldBytes;
  /** TCP_CORK: every send is as if more were to follow. */
  private isCorked = false;
  /** When what is held is sent all the same. */
  private holding: Timer | null = null;
  /** The peer sends no more. */
  private hasEnded = false;
  private isClosed = false;
  private readonly newInode: () => Inode;

  constructor(parts: SocketParts, newInode: () => Inode) {
    super(parts, parts.network.tcpPorts);
    this.newInode = newInode;
    this.account.limit = ON_WAY;
    this.held = new HeldBytes(parts.network.share, SEGMENT_BYTES);
  }

  override get isListening(): boolean {
    return this.state === 'listening';
  }

  override get peerAddress(): Uint8Array | number {
    return this.state === 'connected' ? super.peerAddress : -ENOTCONN;
  }

  override get connection(): number {
    if (this.state === 'connected') return 0;
    return this.state === 'connecting' ? -EAGAIN : this.takeError() || -ECONNREFUSED;
  }

  override listen(backlog: number): number {
    if (this.state !== 'closed' && this.state !== 'listening') return -EINVAL;
    const failed = this.bindAnywhere();
    if (failed !== 0) return failed;
    const before = this.state;
    this.state = 'listening';
    if (before === 'closed' && this.network.tcpPorts.conflicts(this)) {
      this.state = before;
      return -EADDRINUSE;
    }
    this.backlog = backlog;
    return 0;
  }

  override connect(address: Uint8Array): number {
    if (address.length < FAMILY_BYTES) return -EINVAL;
    if (familyOf(address) === AF_UNSPEC) return this.disconnect();
    if (this.state === 'connecting') return -EALREADY;
    if (this.isUntold) return this.tellConnection();
    if (this.state !== 'closed') return -EISCONN;
    const to = this.destination(address);
    if (typeof to === 'number') return to;
    if (this.bindAnywhere() !== 0) return -EADDRNOTAVAIL;
    this.receivesNoMore = false;
    this.sendsNoMore = false;
    const listener = this.network.tcpPorts.find(to.host, to.port, isListener);
    if (listener === null) {
      this.fail(ECONNREFUSED);
      if (!this.isNonblocking) return this.takeError();
    } else if (listener.pending.length > listener.backlog || !this.network.takesPending) {
      this.state = 'connecting';
      this.called = listener;
      listener.callers.set(this, to);
      this.blockedOn = this.queues;
    } else {
      this.meet(listener, to);
    }
    if (!this.isNonblocking) return this.isConnected ? 0 : -EAGAIN;
    this.isUntold = true;
    return -EINPROGRESS;
  }

  override accept(): TcpSocket | number {
    if (this.state !== 'listening') return -EINVAL;
    const [next] = this.callers;
    if (next !== undefined) next[0].meet(this, next[1]);
    const socket = this.pending.shift();
    if (socket !== undefined) {
      this.network.countPending(-1);
      return socket;
    }
    this.blockedOn = [this.incoming.filled];
    return -EAGAIN;
  }

  override send({ bytes, caller, hasMore }: Sending): number {
    this.blockedOn = [this.account.drained];
    if (this.state === 'connecting') return -EAGAIN;
    if (this.error !== 0) return this.takeError();
    const { peer, account } = this;
    if (this.sendsNoMore || peer === null) return -EPIPE;
    if (bytes.length === 0) return 0;
    if (peer.isClosed) {
      // The answer to bytes that nobody will read comes after this call.
      this.fail(EPIPE);
      return bytes.length;
    }
    const part = bytes.slice(0, account.room);
    if (part.length === 0) return -EAGAIN;
    const fits = this.held.length + part.length < SEGMENT_BYTES;
    if ((hasMore || this.isCorked) && fits && this.held.add(part)) {
      this.holding ??= this.network.later(MOST_DELAY, () => this.flush(caller.credentials));
    } else {
      this.transmit(peer, part, caller.credentials);
    }
    return part.length;
  }

  /** Sends bytes after those that were held back. */
  private transmit(peer: TcpSocket, following: Uint8Array, credentials: Credentials): void {
    const { account } = this;
    const bytes = this.held.takeWith(following);
    this.stopHolding();
    peer.incoming.push({ bytes, from: NO_ADDRESS, credentials, cargo: [], account, start: 0 });
  }

  /** Sets or clears TCP_CORK; what was held back is sent when it is cleared. */
  cork(isCorked: boolean): void {
    this.isCorked = isCorked;
    if (!isCorked) this.push();
  }

  /** Sends what was held back, as setting TCP_NODELAY does. */
  push(): void {
    this.flush(this.network.writer.credentials);
  }

  /** Sends what was held back. */
  private flush(credentials: Credentials): void {
    const { peer } = this;
    if (this.held.length === 0 || peer === null) return;
    if (peer.isClosed) this.fail(EPIPE);
    else this.transmit(peer, NO_ADDRESS, credentials);
  }

  /** What is held back is not sent any more. */
  private stopHolding(): void {
    this.held.clear();
    if (this.holding !== null) this.network.takeBack(this.holding);
    this.holding = null;
  }

  override receive(length: number, peeks: boolean): Received | number {
    if (this.state === 'listening') return -ENOTCONN;
    if (!this.incoming.isEmpty) return this.takeStream(length, peeks);
    if (this.hasEnded) return END;
    if (this.error !== 0) return this.takeError();
    if (this.receivesNoMore) return END;
    if (this.state === 'closed') return -ENOTCONN;
    this.blockedOn = [this.incoming.filled];
    return -EAGAIN;
  }

  override shutDown(how: number): number {
    if (this.state === 'closed' || (this.hasEnded && this.sendsNoMore)) {
      this.end(how);
      return -ENOTCONN;
    }
    if (this.state === 'listening' && how === SHUT_WR) return 0;
    if (this.state === 'listening' || this.state === 'connecting') return this.disconnect();
    const endsSending = how !== SHUT_RD && !this.sendsNoMore;
    this.flush(this.maker);
    this.end(how);
    if (endsSending) this.peer?.peerEnds();
    return 0;
  }

  override poll(): number {
    if (this.state === 'listening') return this.pending.length > 0 ? POLLIN | POLLRDNORM : 0;
    let events = this.error === 0 ? 0 : POLLERR;
    const isOver = this.receivesNoMore && this.sendsNoMore;
    if (isOver || this.state === 'closed') events |= POLLHUP;
    if (this.receivesNoMore) events |= POLLIN | POLLRDNORM | POLLRDHUP;
    if (this.state === 'connecting') return events;
    if (!this.incoming.isEmpty) events |= POLLIN | POLLRDNORM;
    if (this.sendsNoMore || this.account.isWritable) events |= POLLOUT | POLLWRNORM;
    return events;
  }

  protected override close(): void {
    if (this.state === 'listening') this.stopListening();
    this.stopCalling();
    const closesFirst = this.state === 'connected' && !this.hasEnded;
    const wasUnread = !this.incoming.isEmpty;
    this.isClosed = true;
    this.incoming.clear();
    const { peer } = this;
    if (this.state === 'connected' && peer !== null && !peer.isClosed) {
      this.flush(this.maker);
      if (wasUnread || this.lingers) peer.reset();
      else if (!this.sendsNoMore) peer.peerEnds();
      peer.wakeAll();
    }
    this.stopHolding();
    const held = this.hasPort;
    this.leavePort();
    if (held && closesFirst && !wasUnread && !this.lingers) this.network.lingerAt(this);
    this.state = 'closed';
  }

  private get isConnected(): boolean {
    return this.state === 'connected';
  }

  private tellConnection(): number {
    this.isUntold = false;
    if (this.state === 'connected') return 0;
    return this.takeError() || -ECONNREFUSED;
  }

  /** Makes the socket a new one but for what it was bound to: 0. @see net/ipv4/tcp.c: tcp_disconnect */
  private disconnect(): number {
    const isUp = this.state === 'connected' && !(this.hasEnded && this.sendsNoMore);
    if (isUp || this.state === 'connecting') this.error = ECONNRESET;
    this.stopCalling();
    if (this.state === 'connected') this.peer?.reset();
    if (this.state === 'listening') this.stopListening();
    this.state = 'closed';
    this.peer = null;
    this.remote = null;
    this.isUntold = false;
    this.leaveGivenPort(this.port);
    this.stopHolding();
    this.incoming.clear();
    this.receivesNoMore = false;
    this.sendsNoMore = false;
    this.hasEnded = false;
    this.wakeAll();
    return 0;
  }

  /** Makes a connection with a listener, which is to accept it. */
  private meet(listener: TcpSocket, to: InternetAddress): void {
    this.stopCalling();
    const { network, family, type, protocol, maker } = listener;
    const parts = { network, family, type, protocol, maker, inode: this.newInode(), flags: 0 };
    const other = new TcpSocket(parts, this.newInode);
    if (isAnyHost(this.local.host)) this.local = { ...this.local, host: sourceFor(to.host) };
    this.remote = to;
    other.takeAfter(listener);
    other.remote = this.local;
    other.share(to);
    other.peer = this;
    other.state = 'connected';
    this.peer = other;
    this.state = 'connected';
    listener.pending.push(other);
    network.countPending(1);
    listener.incoming.filled.wake();
    this.wakeAll();
  }

  /** What an accepted connection has of its listener. */
  private takeAfter(listener: TcpSocket): void {
    for (const [option, value] of listener.settings) this.settings.set(option, value);
    this.reusesAddress = listener.reusesAddress;
    this.reusesPort = listener.reusesPort;
    this.onlyVersion6 = listener.onlyVersion6;
    this.lingers = listener.lingers;
    this.isCorked = listener.isCorked;
    this.receiveTimeout = listener.receiveTimeout;
    this.sendTimeout = listener.sendTimeout;
  }

  private stopListening(): void {
    this.state = 'closed';
    this.network.countPending(-this.pending.length);
    for (const socket of this.pending.splice(0)) {
      socket.peer?.reset();
      socket.leavePort();
      socket.peer = null;
      socket.release();
    }
    for (const caller of [...this.callers.keys()]) caller.fail(ECONNREFUSED);
    this.wakeAll();
  }

  private peerEnds(): void {
    this.hasEnded = true;
    this.end(SHUT_RD);
  }

  private stopCalling(): void {
    this.called?.callers.delete(this);
    this.called = null;
  }

  /** The peer has thrown the connection away. */
  private reset(): void {
    this.fail(this.hasEnded ? EPIPE : ECONNRESET);
  }

  private fail(error: number): void {
    this.stopCalling();
    this.stopHolding();
    this.error = error;
    this.state = 'closed';
    this.end(SHUT_RDWR);
  }
}

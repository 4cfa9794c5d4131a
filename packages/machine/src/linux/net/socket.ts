/**
 * An open socket. All sockets are of this guest: what one sends, another one of the same guest
 * receives, and nothing leaves it. Kinds of sockets are in the files beside this one.
 *
 * Nothing here waits: -EAGAIN says that a call would have to, and `blockedOn` for what.
 *
 * @see net/socket.c of Linux 6.18
 */
import { EAGAIN, EFAULT, EINVAL, ENOTTY, EOPNOTSUPP } from '../file/errno.ts';
import {
  O_NONBLOCK,
  O_RDWR,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
} from '../file/file-constants.ts';
import { FileDescription, type IoctlCaller, type ReadResult } from '../file/file-description.ts';
import type { Inode } from '../file/inode.ts';
import type { WaitQueue } from '../process/wait-queue.ts';
import type { Network } from './network.ts';
import { type Cargo, type Credentials, ReceiveQueue, SendAccount } from './receive-queue.ts';
import type { SocketCaller } from './socket-caller.ts';
import { DEFAULT_BUFFER, SHUT_RD, SHUT_WR, SOCK_DGRAM, SOCK_STREAM } from './socket-constants.ts';

const FIONREAD = 0x541b;
const TIOCOUTQ = 0x5411;

export interface SocketParts {
  readonly network: Network;
  readonly inode: Inode;
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
  /** O_NONBLOCK or 0. */
  readonly flags: number;
  /** Who makes it. */
  readonly maker: Credentials;
}

export interface Sending {
  readonly bytes: Uint8Array;
  /** An address; null for the peer's. */
  readonly to: Uint8Array | null;
  readonly cargo: readonly Cargo[];
  readonly caller: SocketCaller;
  /** More is to follow, and this is to wait for it. */
  readonly hasMore: boolean;
}

export interface Received {
  readonly bytes: Uint8Array;
  /** Of the whole message, of which `bytes` may be the first. */
  readonly length: number;
  readonly from: Uint8Array;
  readonly cargo: readonly Cargo[];
  /** Null where nobody sent anything: at the end. */
  readonly credentials: Credentials | null;
}

export const NO_ADDRESS: Uint8Array = new Uint8Array(0);
/** What a read gives at the end. */
export const END: Received = {
  bytes: NO_ADDRESS,
  length: 0,
  from: NO_ADDRESS,
  cargo: [],
  credentials: null,
};

export abstract class Socket extends FileDescription {
  readonly network: Network;
  readonly inode: Inode;
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
  readonly maker: Credentials;
  readonly incoming: ReceiveQueue = new ReceiveQueue();
  readonly account: SendAccount;
  override readonly queues: readonly WaitQueue[];
  /** Options that were set and have no effect but to be told, by level and number. */
  readonly settings: Map<string, Uint8Array> = new Map();
  /** An error that the next call tells, or 0. */
  error = 0;
  receivesNoMore = false;
  sendsNoMore = false;
  reusesAddress = false;
  reusesPort = false;
  passesCredentials = false;
  /** SO_LINGER with no time: closing throws away what is on its way. */
  lingers = false;
  /** What a call that gave -EAGAIN waits for. */
  blockedOn: readonly WaitQueue[];

  constructor(parts: SocketParts) {
    super(O_RDWR | (parts.flags & O_NONBLOCK));
    this.network = parts.network;
    this.inode = parts.inode;
    this.family = parts.family;
    this.type = parts.type;
    this.protocol = parts.protocol;
    this.maker = parts.maker;
    this.account = new SendAccount(parts.network.share, DEFAULT_BUFFER);
    this.queues = [this.incoming.filled, this.account.drained];
    this.blockedOn = this.queues;
  }

  /** Gives the socket an address: 0 or a negative error number. */
  abstract bind(address: Uint8Array, caller: SocketCaller): number;
  /** 0, a negative error number; -EAGAIN: it has to wait; -EINPROGRESS: it goes on by itself. */
  abstract connect(address: Uint8Array, caller: SocketCaller): number;
  /** Bytes that were sent, or a negative error number. */
  abstract send(sending: Sending): number;
  /**
   * What has come, at most `length` bytes of it; a negative error number.
   *
   * @param peeks  whether it stays to be received again
   */
  abstract receive(length: number, peeks: boolean): Received | number;
  /** Ends what one of SHUT_* says: 0 or a negative error number. */
  abstract shutDown(how: number): number;
  /** The address as a program sees it. */
  abstract get localAddress(): Uint8Array;
  /** The same of whom it is connected with; -ENOTCONN. */
  abstract get peerAddress(): Uint8Array | number;

  /** What became of connecting that had to wait: as {@link connect}. */
  get connection(): number {
    return 0;
  }

  /** Who is at the other end, as SO_PEERCRED tells it. */
  get peerCredentials(): Credentials | null {
    return null;
  }

  get isListening(): boolean {
    return false;
  }

  /** Lets up to `backlog` + 1 connections wait to be accepted: 0 or a negative error number. */
  listen(_backlog: number, _caller: SocketCaller): number {
    return -EOPNOTSUPP;
  }

  /** The connection that waits longest; a negative error number. */
  accept(): Socket | number {
    return -EOPNOTSUPP;
  }

  override get signalsBrokenPipe(): boolean {
    return !this.hasMessages;
  }

  override get writeQueues(): readonly WaitQueue[] {
    return this.blockedOn;
  }

  override get name(): string {
    return `socket:[${this.inode.number}]`;
  }

  /** Whether messages without a connection were ended: who would wait for one is told so. */
  get isOver(): boolean {
    return this.type === SOCK_DGRAM && this.receivesNoMore;
  }

  /** Whether messages keep their borders. */
  get hasMessages(): boolean {
    return this.type !== SOCK_STREAM;
  }

  override read(length: number): ReadResult {
    if (length === 0) return NO_ADDRESS;
    const received = this.receive(length, false);
    if (received === -EAGAIN && this.isOver && !this.isNonblocking) return NO_ADDRESS;
    if (typeof received === 'number') return received;
    dropCargo(received);
    return received.bytes;
  }

  override write(bytes: Uint8Array): number {
    const { writer } = this.network;
    return this.send({ bytes, to: null, cargo: [], caller: writer, hasMore: false });
  }

  override ioctl(request: number, argument: number, caller: IoctlCaller): number {
    if (request === FIONREAD) {
      if (this.isListening) return -EINVAL;
      const { first, length } = this.incoming;
      const value = this.hasMessages ? (first?.bytes.length ?? 0) : length;
      return caller.memory.storeU32(argument, value) ? 0 : -EFAULT;
    }
    if (request !== TIOCOUTQ) return -ENOTTY;
    return caller.memory.storeU32(argument, this.account.inTransit) ? 0 : -EFAULT;
  }

  /** The pending error, negative, which is told once; or 0. */
  takeError(): number {
    const { error } = this;
    this.error = 0;
    return -error;
  }

  /** What of poll's events all kinds but TCP have alike. */
  protected pollEnds(isWritable: boolean): number {
    let events = this.error === 0 ? 0 : POLLERR;
    if (this.receivesNoMore && this.sendsNoMore) events |= POLLHUP;
    if (this.receivesNoMore) events |= POLLRDHUP | POLLIN | POLLRDNORM;
    if (!this.incoming.isEmpty) events |= POLLIN | POLLRDNORM;
    if (isWritable) events |= POLLOUT | POLLWRNORM | POLLWRBAND;
    return events;
  }

  /** Both directions or one are over, as far as this socket knows. */
  protected end(how: number): void {
    if (how !== SHUT_WR) this.receivesNoMore = true;
    if (how !== SHUT_RD) this.sendsNoMore = true;
    this.wakeAll();
  }

  wakeAll(): void {
    this.incoming.filled.wake();
    this.account.drained.wake();
  }

  /** Takes bytes of a stream: what is there, up to a length. */
  protected takeStream(length: number, peeks: boolean): Received {
    const parts: Uint8Array[] = [];
    let cargo: readonly Cargo[] = [];
    let from = NO_ADDRESS;
    let credentials: Credentials | null = null;
    for (const { packet, part } of this.incoming.along(length)) {
      parts.push(part);
      ({ from, credentials } = packet);
      if (packet.cargo.length > 0) cargo = packet.cargo;
      if (peeks) continue;
      this.incoming.unload(packet);
      this.incoming.consume(packet, part.length);
    }
    if (peeks) for (const one of cargo) one.retain();
    const bytes = joined(parts);
    return { bytes, length: bytes.length, from, cargo, credentials };
  }

  /** Takes the first message, as much of it as there is room for. */
  protected takeMessage(length: number, peeks: boolean): Received {
    const packet = this.incoming.first!;
    const { bytes, from, cargo, credentials } = packet;
    if (peeks) {
      for (const one of cargo) one.retain();
    } else {
      this.incoming.unload(packet);
      this.incoming.remove(packet);
    }
    return { bytes: bytes.subarray(0, length), length: bytes.length, from, cargo, credentials };
  }
}

/** Lets go what came along and nobody asked for. */
export function dropCargo({ cargo }: Received): void {
  for (const file of cargo) file.release();
}

/** Parts as one. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

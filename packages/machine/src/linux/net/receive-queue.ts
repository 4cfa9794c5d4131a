/**
 * What a socket was sent and has not read yet: bytes in a row, or messages. Whoever sent something
 * is told when it is read, since that is when it may send more.
 */
import { WaitQueue } from '../process/wait-queue.ts';

/** Open files that travel with bytes. */
export interface Cargo {
  retain(): void;
  release(): void;
}

/** Who sent something, as SCM_CREDENTIALS tells it. */
export interface Credentials {
  readonly process: number;
  readonly user: number;
  readonly group: number;
}

export interface Packet {
  /** Of a stream: what of it is still to be read begins at `start`. */
  readonly bytes: Uint8Array;
  /** The address that it came from, as a program sees it. */
  readonly from: Uint8Array;
  readonly credentials: Credentials;
  /** Goes with the first byte that is read. */
  cargo: readonly Cargo[];
  /** Who is told when it is read. */
  readonly account: SendAccount;
  start: number;
}

/** What is counted of a packet besides its bytes, as the kernel's own record of it is. */
const PACKET_COST = 512;
/** Bytes on their way in all sockets together: they are not in the guest's own memory. */
export const MOST_IN_TRANSIT: number = 64 << 20;

/** What all sockets of a guest have on their way together. */
export interface TransitShare {
  /** Bytes. */
  used: number;
  /** Open files that travel. */
  files: number;
}

/** What one sender has on its way. */
export class SendAccount {
  /** Woken when something was read. */
  readonly drained: WaitQueue = new WaitQueue();
  /** Most bytes on their way. */
  limit: number;
  private readonly share: TransitShare;
  private onWay = 0;

  constructor(share: TransitShare, limit: number) {
    this.share = share;
    this.limit = limit;
  }

  get inTransit(): number {
    return this.onWay;
  }

  /** Whether another message may be sent, whatever its length. */
  get isOpen(): boolean {
    return this.onWay < this.limit && this.share.used < MOST_IN_TRANSIT;
  }

  /** Bytes that may still be sent. */
  get room(): number {
    const left = Math.min(this.limit - this.onWay, MOST_IN_TRANSIT - this.share.used);
    return Math.max(0, left - PACKET_COST);
  }

  /** Whether enough is free for poll to say so: three quarters. @see net/unix/af_unix.c */
  get isWritable(): boolean {
    return this.onWay * 4 <= this.limit && this.room > 0;
  }

  charge(bytes: number, files: number): void {
    this.onWay += bytes + PACKET_COST;
    this.share.used += bytes + PACKET_COST;
    this.share.files += files;
  }

  /** Open files have arrived. */
  unload(files: number): void {
    this.share.files -= files;
  }

  giveBack(bytes: number): void {
    this.onWay -= bytes + PACKET_COST;
    this.share.used -= bytes + PACKET_COST;
    this.drained.wake();
  }
}

export class ReceiveQueue {
  /** Woken when there is something to read, or never will be. */
  readonly filled: WaitQueue = new WaitQueue();
  /** Woken when something was read, whoever sent it. */
  readonly drained: WaitQueue = new WaitQueue();
  private readonly packets: Packet[] = [];

  get isEmpty(): boolean {
    return this.packets.length === 0;
  }

  get count(): number {
    return this.packets.length;
  }

  /** The packet that is read next, or null. */
  get first(): Packet | null {
    return this.packets[0] ?? null;
  }

  /** Bytes of all packets. */
  get length(): number {
    return this.packets.reduce((sum, { bytes, start }) => sum + bytes.length - start, 0);
  }

  /** Puts a packet in, whose cargo is the queue's from now on. */
  push(packet: Packet): void {
    packet.account.charge(packet.bytes.length, packet.cargo.length);
    this.packets.push(packet);
    this.filled.wake();
  }

  /**
   * The packets that a read of a stream takes bytes of, the last one with cargo or where the length
   * is reached.
   */
  *along(length: number): Generator<{ readonly packet: Packet; readonly part: Uint8Array }> {
    let left = length;
    for (const packet of [...this.packets]) {
      if (left <= 0) return;
      const part = packet.bytes.subarray(packet.start, packet.start + left);
      left -= part.length;
      const isLast = packet.cargo.length > 0;
      yield { packet, part };
      if (isLast) return;
    }
  }

  /** Takes what travels with a packet: it is the taker's. */
  unload(packet: Packet): readonly Cargo[] {
    const { cargo } = packet;
    packet.cargo = [];
    packet.account.unload(cargo.length);
    return cargo;
  }

  /** Takes bytes of the first packet, and it with its last byte. */
  consume(packet: Packet, bytes: number): void {
    packet.start += bytes;
    if (packet.start >= packet.bytes.length) this.remove(packet);
  }

  /** Takes a packet out. */
  remove(packet: Packet): void {
    const at = this.packets.indexOf(packet);
    if (at < 0) return;
    this.packets.splice(at, 1);
    packet.account.giveBack(packet.bytes.length);
    this.drained.wake();
  }

  /** Throws everything away. */
  clear(): void {
    for (const packet of [...this.packets]) {
      this.remove(packet);
      for (const cargo of this.unload(packet)) cargo.release();
    }
  }
}

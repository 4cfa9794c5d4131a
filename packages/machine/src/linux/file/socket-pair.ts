/** The two ends that socketpair makes: a pipe each way. Other sockets are not there. */
import type { WaitQueue } from '../process/wait-queue.ts';
import { EFAULT, ENOTTY, EPIPE } from './errno.ts';
import {
  O_DIRECT,
  O_NONBLOCK,
  O_RDWR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRNORM,
} from './file-constants.ts';
import { FileDescription, type IoctlCaller, type ReadResult } from './file-description.ts';
import type { Inode } from './inode.ts';
import { Pipe, type PipeShare } from './pipe.ts';

const FIONREAD = 0x541b;
/** Bytes each way, as net.core.wmem_default allows about. */
const BUFFER_BYTES = 1 << 18;

export class SocketEnd extends FileDescription {
  readonly inode: Inode;
  /** SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET. */
  readonly type: number;
  override readonly queues: readonly WaitQueue[];
  private readonly incoming: Pipe;
  private readonly outgoing: Pipe;
  private hasReader = true;
  private hasWriter = true;

  private constructor(inode: Inode, type: number, flags: number, incoming: Pipe, outgoing: Pipe) {
    super(O_RDWR | (flags & O_NONBLOCK));
    this.inode = inode;
    this.type = type;
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.queues = [incoming.filled, outgoing.drained];
    incoming.readers++;
    outgoing.writers++;
  }

  static pair(
    inodes: readonly [Inode, Inode],
    type: number,
    flags: number,
    share: PipeShare,
  ): SocketEnd[] {
    const [first, second] = inodes;
    const there = new Pipe(first, share);
    const back = new Pipe(second, share);
    there.resize(BUFFER_BYTES);
    back.resize(BUFFER_BYTES);
    return [
      new SocketEnd(first, type, flags, back, there),
      new SocketEnd(second, type, flags, there, back),
    ];
  }

  override get name(): string {
    return `socket:[${this.inode.number}]`;
  }

  override read(length: number): ReadResult {
    return this.incoming.read(length);
  }

  override write(bytes: Uint8Array): number {
    if (!this.hasWriter) return -EPIPE;
    return this.outgoing.write(bytes, this.type !== 1 || (this.flags & O_DIRECT) !== 0);
  }

  /** Ends what is received, or sent, or both. */
  shutDown(receives: boolean, sends: boolean): void {
    if (receives && this.hasReader) {
      this.hasReader = false;
      this.incoming.readers--;
      this.incoming.drained.wake();
      this.incoming.filled.wake();
    }
    if (sends && this.hasWriter) {
      this.hasWriter = false;
      this.outgoing.writers--;
      this.outgoing.filled.wake();
      this.outgoing.drained.wake();
    }
  }

  override poll(): number {
    const isOver = this.incoming.writers === 0 || !this.hasReader;
    let events = this.outgoing.isFull ? 0 : POLLOUT | POLLWRNORM;
    if (!this.incoming.isEmpty || isOver) events |= POLLIN | POLLRDNORM;
    if (isOver) events |= POLLRDHUP;
    if (isOver && (this.outgoing.readers === 0 || !this.hasWriter)) events |= POLLHUP;
    return events;
  }

  override ioctl(request: number, argument: number, caller: IoctlCaller): number {
    if (request !== FIONREAD) return -ENOTTY;
    return caller.memory.storeU32(argument, this.incoming.length) ? 0 : -EFAULT;
  }

  protected override close(): void {
    this.shutDown(true, true);
    for (const pipe of [this.incoming, this.outgoing]) {
      if (pipe.readers + pipe.writers === 0) pipe.dispose();
    }
  }
}

/** eventfd: a 64-bit counter that is read and written. @see fs/eventfd.c of Linux 6.18 */
import { WaitQueue } from '../process/wait-queue.ts';
import { EAGAIN, EINVAL } from './errno.ts';
import { O_RDWR, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from './file-constants.ts';
import { FileDescription, type ReadResult } from './file-description.ts';
import type { Inode } from './inode.ts';

const WORD_BYTES = 8;
/** The counter stays below this; a write that would reach it waits. */
const LIMIT = 0xffffffffffffffffn;

export class EventCounter extends FileDescription {
  readonly inode: Inode;
  override readonly queues: readonly WaitQueue[];
  private readonly changed = new WaitQueue();
  private readonly isSemaphore: boolean;
  private count: bigint;

  constructor(inode: Inode, count: number, flags: number, isSemaphore: boolean) {
    super(O_RDWR | flags);
    this.inode = inode;
    this.count = BigInt(count);
    this.isSemaphore = isSemaphore;
    this.queues = [this.changed];
  }

  override get name(): string {
    return 'anon_inode:[eventfd]';
  }

  /** All of the count, or one as a semaphore. */
  override read(length: number): ReadResult {
    if (length < WORD_BYTES) return -EINVAL;
    if (this.count === 0n) return -EAGAIN;
    const taken = this.isSemaphore ? 1n : this.count;
    this.count -= taken;
    const bytes = new Uint8Array(WORD_BYTES);
    new DataView(bytes.buffer).setBigUint64(0, taken, true);
    this.changed.wake();
    return bytes;
  }

  override write(bytes: Uint8Array): number {
    if (bytes.length < WORD_BYTES) return -EINVAL;
    const value = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
    if (value === LIMIT) return -EINVAL;
    if (this.count + value >= LIMIT) return -EAGAIN;
    this.count += value;
    this.changed.wake();
    return WORD_BYTES;
  }

  /** There is no position, and no complaint about that. */
  override seek(): number {
    return 0;
  }

  override poll(): number {
    const readable = this.count > 0n ? POLLIN | POLLRDNORM : 0;
    const writable = this.count < LIMIT - 1n ? POLLOUT | POLLWRNORM : 0;
    return readable | writable;
  }
}

/**
 * What an open descriptor refers to; descriptors that were duplicated, and those of forked
 * processes, refer to the same one. Nothing here waits: where a call would have to, the answer is
 * -EAGAIN, and the row that made it waits for `changed` unless O_NONBLOCK is set.
 */
import type { MappableFile, MemoryObject } from '@bareheap/platform-posix';
import type { GuestMemory } from '../process/guest-memory.ts';
import type { WaitQueue } from '../process/wait-queue.ts';
import { EINVAL, ENOTTY, ENXIO, ESPIPE } from './errno.ts';
import {
  O_ACCMODE,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_WRONLY,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
} from './file-constants.ts';
import type { Inode } from './inode.ts';
import type { Place } from './place.ts';

/** Bytes that were read, or a negative error number. */
export type ReadResult = Uint8Array | number;

/** What ioctl needs of the process that calls it. */
export interface IoctlCaller {
  readonly memory: GuestMemory;
  readonly groupId: number;
  readonly sessionId: number;
}

/** Events of files that never wait. */
export const ALWAYS_READY: number = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

export abstract class FileDescription implements MappableFile {
  abstract readonly inode: Inode;
  /** Access mode and status flags, O_*. */
  flags: number;
  /** Byte offset of the next read or write. */
  position = 0;
  /** Where it was opened; null for what has no name in the tree. */
  readonly place: Place | null = null;
  /** Queues that are woken when events change; empty for files that never wait. */
  readonly queues: readonly WaitQueue[] = [];
  /** How long a call waits for it at most, ns, as SO_RCVTIMEO and SO_SNDTIMEO have it. */
  receiveTimeout: number = Number.POSITIVE_INFINITY;
  sendTimeout: number = Number.POSITIVE_INFINITY;
  /** Process or group that F_SETOWN named. */
  owner = 0;
  /** Told when the last descriptor is closed. */
  readonly whenClosed: Set<() => void> = new Set();
  private holders = 1;

  constructor(flags: number) {
    this.flags = flags;
  }

  get readable(): boolean {
    return (this.flags & O_PATH) === 0 && (this.flags & O_ACCMODE) !== O_WRONLY;
  }

  get writable(): boolean {
    return (this.flags & O_PATH) === 0 && (this.flags & O_ACCMODE) !== O_RDONLY;
  }

  /** Opened by O_PATH: a name, and nothing to read or write. */
  get isPathOnly(): boolean {
    return (this.flags & O_PATH) !== 0;
  }

  get isNonblocking(): boolean {
    return (this.flags & O_NONBLOCK) !== 0;
  }

  get object(): MemoryObject | null {
    return null;
  }

  get appends(): boolean {
    return false;
  }

  get noExecute(): boolean {
    return false;
  }

  get tellsResidency(): boolean {
    return this.inode.isOwned || this.inode.allows(2);
  }

  /** One read or write takes what there is, and no more is asked of it: pipes, terminals. */
  get isStream(): boolean {
    return true;
  }

  /** Whether SIGPIPE goes with an EPIPE of its. */
  get signalsBrokenPipe(): boolean {
    return true;
  }

  /** What a write that cannot be done yet waits for. */
  get writeQueues(): readonly WaitQueue[] {
    return this.queues;
  }

  /** Whether epoll takes it: files that always are ready are not worth watching. */
  get isWatchable(): boolean {
    return this.queues.length > 0;
  }

  /** As readlink of /proc/self/fd/N has it. */
  get name(): string {
    return this.place?.path ?? `anon_inode:[${this.inode.number}]`;
  }

  /** Reads at most `length` bytes at the position and moves it. */
  read(_length: number): ReadResult {
    return -EINVAL;
  }

  /** Writes bytes at the position and moves it: how many, or a negative error number. */
  write(_bytes: Uint8Array): number {
    return -EINVAL;
  }

  readAt(_length: number, _offset: number): ReadResult {
    return -ESPIPE;
  }

  writeAt(_bytes: Uint8Array, _offset: number): number {
    return -ESPIPE;
  }

  /** The new position, or a negative error number. */
  seek(_offset: number, _whence: number): number {
    return -ESPIPE;
  }

  ioctl(_request: number, _argument: number, _caller: IoctlCaller): number {
    return -ENOTTY;
  }

  /** Events that are there now, POLL*. */
  poll(): number {
    return ALWAYS_READY;
  }

  /** Sets the size: 0 or a negative error number. */
  resize(_bytes: number): number {
    return -EINVAL;
  }

  /** Hands what was written to the host where it goes through: 0 or a negative error number. */
  sync(): number {
    return -EINVAL;
  }

  /** Opens the same again, as a path below /proc/self/fd does; or a negative error number. */
  reopen(_flags: number): FileDescription | number {
    return -ENXIO;
  }

  retain(): void {
    this.holders++;
  }

  /** Lets go for one descriptor; the last one closes. */
  release(): void {
    if (--this.holders > 0) return;
    for (const tell of [...this.whenClosed]) tell();
    this.inode.unlock(this);
    this.close();
  }

  protected close(): void {}
}

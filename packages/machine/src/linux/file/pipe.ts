/**
 * Pipes, with names and without. A pipe is a queue of slots of a page each, as Linux has it: what
 * fits and when it is writable follows from slots, not from bytes.
 *
 * @see fs/pipe.c of Linux 6.18
 */
import { WaitQueue } from '../process/wait-queue.ts';
import { EAGAIN, EBUSY, EFAULT, EINVAL, ENOTTY, EPERM, EPIPE } from './errno.ts';
import {
  O_DIRECT,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
} from './file-constants.ts';
import { FileDescription, type IoctlCaller, type ReadResult } from './file-description.ts';
import type { Inode } from './inode.ts';
import type { Place } from './place.ts';

const SLOT_BYTES = 4096;
const DEFAULT_SLOTS = 16;
/** /proc/sys/fs/pipe-max-size. */
const MOST_BYTES = 1 << 20;
const FIONREAD = 0x541b;

interface Slot {
  readonly bytes: Uint8Array;
  start: number;
  end: number;
  /** Written with O_DIRECT: what one read does not take of it is lost. */
  readonly isPacket: boolean;
}

/** Slots that all pipes of a guest may have, beyond which new ones get few: 64 MiB. */
const MOST_SLOTS_OF_ALL = 1 << 14;
const LEAST_SLOTS = 2;

/** How many slots all pipes together have; one for all. @see pipe-user-pages-soft, pipe(7) */
export class PipeShare {
  private taken = 0;

  /** Whether there are `slots` more to be had; it takes them. */
  take(slots: number): boolean {
    if (this.taken + slots > MOST_SLOTS_OF_ALL) return false;
    this.taken += slots;
    return true;
  }

  /** Takes what a new pipe gets: as many as usual, or few. */
  takeInitial(): number {
    if (this.take(DEFAULT_SLOTS)) return DEFAULT_SLOTS;
    this.taken += LEAST_SLOTS;
    return LEAST_SLOTS;
  }

  giveBack(slots: number): void {
    this.taken -= slots;
  }
}

export class Pipe {
  readonly inode: Inode;
  /** Woken when there is something to read, or nobody left to write. */
  readonly filled: WaitQueue = new WaitQueue();
  /** Woken when there is room, or nobody left to read. */
  readonly drained: WaitQueue = new WaitQueue();
  /** Woken when somebody opens an end. */
  readonly opened: WaitQueue = new WaitQueue();
  readers = 0;
  writers = 0;
  /** How often an end was opened. */
  readerOpens = 0;
  writerOpens = 0;
  private readonly slots: Slot[] = [];
  /** Room of a slot that was read, for the next one. */
  private spare: Uint8Array | null = null;
  private readonly share: PipeShare;
  private mostSlots: number;

  constructor(inode: Inode, share: PipeShare) {
    this.inode = inode;
    this.share = share;
    this.mostSlots = share.takeInitial();
  }

  get isDisposed(): boolean {
    return this.mostSlots === 0;
  }

  /** Nobody has an end of it any more. */
  dispose(): void {
    this.slots.length = 0;
    this.spare = null;
    this.share.giveBack(this.mostSlots);
    this.mostSlots = 0;
  }

  get isFull(): boolean {
    return this.slots.length >= this.mostSlots;
  }

  get isEmpty(): boolean {
    return this.slots.length === 0;
  }

  /** Bytes in it. */
  get length(): number {
    return this.slots.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  get capacity(): number {
    return this.mostSlots * SLOT_BYTES;
  }

  /** Sets the capacity, rounded up: that, or a negative error number. */
  resize(bytes: number): number {
    if (bytes < 0 || bytes > 2 ** 31) return -EINVAL;
    let slots = 1;
    while (slots * SLOT_BYTES < bytes) slots *= 2;
    if (slots * SLOT_BYTES > MOST_BYTES) return -EPERM;
    if (slots < this.slots.length) return -EBUSY;
    if (slots > this.mostSlots && !this.share.take(slots - this.mostSlots)) return -EPERM;
    if (slots < this.mostSlots) this.share.giveBack(this.mostSlots - slots);
    this.mostSlots = slots;
    this.drained.wake();
    return this.capacity;
  }

  /** Bytes, none when nobody writes any more; or -EAGAIN. */
  read(length: number): ReadResult {
    if (length === 0) return new Uint8Array(0);
    if (this.isEmpty) return this.writers === 0 ? new Uint8Array(0) : -EAGAIN;
    const first = this.slots[0]!;
    if (length < first.end - first.start && !first.isPacket) {
      const start = first.start;
      first.start += length;
      return first.bytes.slice(start, start + length);
    }
    const bytes = new Uint8Array(Math.min(length, this.length));
    let done = 0;
    while (done < bytes.length) {
      const slot = this.slots[0]!;
      const part = Math.min(bytes.length - done, slot.end - slot.start);
      bytes.set(slot.bytes.subarray(slot.start, slot.start + part), done);
      slot.start += part;
      done += part;
      if (slot.start === slot.end || slot.isPacket) this.takeFirst();
      if (slot.isPacket) break;
    }
    this.drained.wake();
    return bytes.subarray(0, done);
  }

  /** How many bytes there was room for; -EAGAIN when for none, -EPIPE when nobody reads. */
  write(bytes: Uint8Array, asPackets: boolean): number {
    if (bytes.length === 0) return 0;
    if (this.readers === 0) return -EPIPE;
    let done = this.merge(bytes, asPackets);
    while (done < bytes.length && !this.isFull) {
      const isWhole = done === 0 && bytes.length <= SLOT_BYTES;
      const part = isWhole ? bytes : bytes.subarray(done, done + SLOT_BYTES);
      const room = asPackets ? new Uint8Array(part.length) : this.newRoom();
      room.set(part);
      this.slots.push({ bytes: room, start: 0, end: part.length, isPacket: asPackets });
      done += part.length;
    }
    if (done > 0) this.filled.wake();
    return done === 0 ? -EAGAIN : done;
  }

  private takeFirst(): void {
    const { bytes } = this.slots.shift()!;
    if (bytes.length === SLOT_BYTES) this.spare = bytes;
  }

  private newRoom(): Uint8Array {
    const room = this.spare ?? new Uint8Array(SLOT_BYTES);
    this.spare = null;
    return room;
  }

  /** Puts what is no whole page behind the last slot's bytes when all of it fits there. */
  private merge(bytes: Uint8Array, asPackets: boolean): number {
    const part = bytes.length % SLOT_BYTES;
    const last = this.slots.at(-1);
    if (part === 0 || last === undefined || last.isPacket || asPackets) return 0;
    if (last.end + part > SLOT_BYTES) return 0;
    last.bytes.set(bytes.subarray(0, part), last.end);
    last.end += part;
    return part;
  }
}

/** One end of a pipe, or both. */
export class PipeEnd extends FileDescription {
  readonly inode: Inode;
  readonly pipe: Pipe;
  override readonly place: Place | null;
  override readonly queues: readonly WaitQueue[];
  /** Writers that had opened the pipe before this end was. */
  private readonly writersBefore: number;

  constructor(pipe: Pipe, flags: number, place: Place | null = null) {
    super(flags);
    this.pipe = pipe;
    this.inode = pipe.inode;
    this.place = place;
    this.writersBefore = pipe.writers > 0 ? -1 : pipe.writerOpens;
    // An end hears of what concerns it alone: an edge for a reader is not one for a writer.
    this.queues = [
      ...(this.readable ? [pipe.filled] : []),
      ...(this.writable ? [pipe.drained] : []),
    ];
    if (this.readable) {
      pipe.readers++;
      pipe.readerOpens++;
    }
    if (this.writable) {
      pipe.writers++;
      pipe.writerOpens++;
    }
    pipe.opened.wake();
  }

  override get name(): string {
    return this.place?.path ?? `pipe:[${this.inode.number}]`;
  }

  override read(length: number): ReadResult {
    return this.pipe.read(length);
  }

  override write(bytes: Uint8Array): number {
    return this.pipe.write(bytes, (this.flags & O_DIRECT) !== 0);
  }

  override poll(): number {
    const { pipe } = this;
    let events = 0;
    if (this.readable) {
      if (!pipe.isEmpty) events |= POLLIN | POLLRDNORM;
      if (pipe.writers === 0 && this.writersBefore !== pipe.writerOpens) events |= POLLHUP;
    }
    if (this.writable) {
      if (!pipe.isFull) events |= POLLOUT | POLLWRNORM;
      if (pipe.readers === 0) events |= POLLERR;
    }
    return events;
  }

  override ioctl(request: number, argument: number, caller: IoctlCaller): number {
    if (request !== FIONREAD) return -ENOTTY;
    return caller.memory.storeU32(argument, this.pipe.length) ? 0 : -EFAULT;
  }

  override reopen(flags: number): FileDescription | number {
    return new PipeEnd(this.pipe, flags, this.place);
  }

  protected override close(): void {
    const { pipe } = this;
    if (this.readable) pipe.readers--;
    if (this.writable) pipe.writers--;
    if (pipe.readers === 0) pipe.drained.wake();
    if (pipe.writers === 0) pipe.filled.wake();
    if (pipe.readers + pipe.writers === 0) pipe.dispose();
  }
}

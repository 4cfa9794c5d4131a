/**
 * Moves bytes between open files and a program's buffers: what all of read, write and their kin
 * have in common. Large transfers go in parts, so that a length alone takes no memory.
 *
 * @see fs/read_write.c of Linux 6.18
 */
import { TASK_SIZE } from '@bareheap/platform-posix';
import type { Thread } from '../../process/thread.ts';
import type { WaitQueue } from '../../process/wait-queue.ts';
import { sendThreadSignal } from '../../signal/send-signal.ts';
import { sentInfo } from '../../signal/signal-info.ts';
import { SI_USER, SIGPIPE } from '../../signal/signal-numbers.ts';
import { EAGAIN, EBADF, EFAULT, EFBIG, EINVAL, EPIPE } from '../errno.ts';
import { IOV_MAX, MAX_RW_COUNT, O_APPEND, RLIMIT_FSIZE } from '../file-constants.ts';
import type { FileDescription } from '../file-description.ts';
import { openFile } from './descriptor-argument.ts';

/** Bytes that are moved at once. */
const PART_BYTES = 1 << 20;
const IOVEC_BYTES = 16;
const SIGXFSZ = 25;

export interface GuestBuffer {
  readonly address: number;
  readonly length: number;
}

/** One buffer; or a negative error number. */
export function oneBuffer(address: number, length: number): readonly GuestBuffer[] | number {
  if (!isUserRange(address, length)) return -EFAULT;
  return [{ address, length: Math.min(length, MAX_RW_COUNT) }];
}

/** The buffers of an array of struct iovec; or a negative error number. */
export function vectorBuffers(
  thread: Thread,
  address: number,
  count: number,
): readonly GuestBuffer[] | number {
  if (count < 0 || count > IOV_MAX) return -EINVAL;
  const bytes = thread.memory.read(address, count * IOVEC_BYTES);
  if (bytes === null) return -EFAULT;
  const view = new DataView(bytes.buffer);
  const word = (offset: number): number =>
    view.getInt32(offset + 4, true) * 2 ** 32 + view.getUint32(offset, true);
  const buffers: GuestBuffer[] = [];
  let left = MAX_RW_COUNT;
  for (let at = 0; at < bytes.length; at += IOVEC_BYTES) {
    const length = word(at + 8);
    if (length < 0) return -EINVAL;
    if (!isUserRange(word(at), length)) return -EFAULT;
    buffers.push({ address: word(at), length: Math.min(length, left) });
    left -= Math.min(length, left);
  }
  return buffers;
}

function isUserRange(address: number, length: number): boolean {
  return address >= 0 && length >= 0 && address + length <= TASK_SIZE;
}

export function sum(buffers: readonly GuestBuffer[]): number {
  return buffers.reduce((total, { length }) => total + length, 0);
}

/**
 * Reads into buffers, from the file's position or from `offset`: bytes, a negative error number, or
 * BLOCKED.
 */
export function readFile(
  thread: Thread,
  descriptor: number,
  buffers: readonly GuestBuffer[] | number,
  offset: number | null,
): number {
  const file = openFile(thread, descriptor);
  if (file === null || !file.readable) return -EBADF;
  if (typeof buffers === 'number') return buffers;
  const wanted = sum(buffers);
  let done = 0;
  do {
    const part = Math.min(wanted - done, PART_BYTES);
    const bytes = offset === null ? file.read(part) : file.readAt(part, offset + done);
    if (typeof bytes === 'number') {
      return done > 0 ? done : waitOr(thread, file, bytes);
    }
    const stored = scatter(thread, buffers, done, bytes);
    done += stored;
    if (stored < bytes.length) {
      if (offset === null && !file.isStream) file.position -= bytes.length - stored;
      return done > 0 ? done : -EFAULT;
    }
    if (bytes.length < part || file.isStream) break;
  } while (done < wanted);
  return done;
}

/** Stores bytes into buffers from the `skip`th byte on: how many before a fault. */
export function scatter(
  thread: Thread,
  buffers: readonly GuestBuffer[],
  skip: number,
  bytes: Uint8Array,
): number {
  let stored = 0;
  for (const { address, length } of buffers) {
    const from = Math.min(skip, length);
    skip -= from;
    const part = Math.min(length - from, bytes.length - stored);
    if (part === 0) continue;
    const count = thread.memory.writeSome(address + from, bytes.subarray(stored, stored + part));
    stored += count;
    if (count < part) break;
  }
  return stored;
}

/** Bytes of buffers from the `skip`th on, at most `most`; fewer at a fault. */
export function gather(
  thread: Thread,
  buffers: readonly GuestBuffer[],
  skip: number,
  most: number,
): Uint8Array {
  const parts: Uint8Array[] = [];
  let count = 0;
  for (const { address, length } of buffers) {
    const from = Math.min(skip, length);
    skip -= from;
    const part = Math.min(length - from, most - count);
    if (part === 0) continue;
    const bytes = thread.memory.readSome(address + from, part);
    parts.push(bytes);
    count += bytes.length;
    if (bytes.length < part) break;
  }
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(count);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Writes buffers at the file's position or at `offset`: bytes, an error number, or BLOCKED.
 */
export function writeFile(
  thread: Thread,
  descriptor: number,
  buffers: readonly GuestBuffer[] | number,
  offset: number | null,
): number {
  const file = openFile(thread, descriptor);
  if (file === null || !file.writable) return -EBADF;
  if (typeof buffers === 'number') return buffers;
  const room = roomFor(thread, file, offset);
  const wanted = Math.min(sum(buffers), room);
  if (wanted === 0 && room === 0 && sum(buffers) > 0) {
    sendOwn(thread, SIGXFSZ);
    return -EFBIG;
  }
  let done = thread.partial;
  do {
    const part = Math.min(wanted - done, PART_BYTES);
    const bytes = gather(thread, buffers, done, part);
    if (bytes.length === 0 && part > 0) return done > 0 ? done : -EFAULT;
    const count = offset === null ? file.write(bytes) : file.writeAt(bytes, offset + done);
    if (count === -EAGAIN && !file.isNonblocking) {
      if (thread.timedOut) return done > 0 ? done : count;
      thread.partial = done;
      return waitAtMost(thread, file.writeQueues, file.sendTimeout);
    }
    if (count === -EPIPE && file.signalsBrokenPipe) sendOwn(thread, SIGPIPE);
    if (count < 0) return done > 0 ? done : count;
    done += count;
    if (bytes.length < part) return done;
    if (count < bytes.length && (!file.isStream || file.isNonblocking)) return done;
  } while (done < wanted);
  return done;
}

/** The signal that goes with a failed write, as if the thread had sent it itself. */
export function sendOwn(thread: Thread, signal: number): void {
  const { process } = thread;
  sendThreadSignal(thread, sentInfo(signal, SI_USER, process.id, process.kernel.userId));
}

/** Bytes that RLIMIT_FSIZE leaves a file from where it is written. */
function roomFor(thread: Thread, file: FileDescription, offset: number | null): number {
  const limit = thread.space.limits.soft(RLIMIT_FSIZE);
  if (!file.inode.isRegular || limit === Number.POSITIVE_INFINITY) return MAX_RW_COUNT;
  const appends = (file.flags & O_APPEND) !== 0;
  const at = appends ? file.inode.size : (offset ?? file.position);
  return Math.max(0, Math.min(limit - at, MAX_RW_COUNT));
}

/** Waits where a file says that it would have to, unless it may not. */
export function waitOr(thread: Thread, file: FileDescription, result: number): number {
  if (result !== -EAGAIN || file.isNonblocking || file.queues.length === 0) return result;
  if (thread.timedOut) return result;
  return waitAtMost(thread, file.queues, file.receiveTimeout);
}

/** Waits for a time at most, ns: a call that has such a limit is not made again after a handler. */
export function waitAtMost(
  thread: Thread,
  queues: readonly WaitQueue[],
  nanoseconds: number,
): number {
  if (nanoseconds !== Number.POSITIVE_INFINITY) thread.interruption = 'handler';
  return thread.block(queues, thread.process.kernel.now + nanoseconds);
}

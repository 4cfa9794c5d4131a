/** Sends and receives one message or a part of a stream. @see net/socket.c of Linux 6.18 */
import { addFile, openFile } from '../../file/calls/descriptor-argument.ts';
import {
  type GuestBuffer,
  gather,
  scatter,
  sendOwn,
  sum,
  vectorBuffers,
} from '../../file/calls/transfer.ts';
import {
  EAGAIN,
  EFAULT,
  EINVAL,
  EMSGSIZE,
  ENOBUFS,
  EOPNOTSUPP,
  EPIPE,
  ETOOMANYREFS,
} from '../../file/errno.ts';
import { IOV_MAX, RLIMIT_NOFILE } from '../../file/file-constants.ts';
import { FileDescription } from '../../file/file-description.ts';
import type { Thread } from '../../process/thread.ts';
import { SIGPIPE } from '../../signal/signal-numbers.ts';
import { BLOCKED } from '../../system-call.ts';
import { type Control, ControlWriter, parseControl } from '../control-message.ts';
import type { Cargo } from '../receive-queue.ts';
import { dropCargo, NO_ADDRESS, type Received, type Socket } from '../socket.ts';
import type { SocketCaller } from '../socket-caller.ts';
import {
  AF_UNIX,
  MSG_CMSG_CLOEXEC,
  MSG_ERRQUEUE,
  MSG_MORE,
  MSG_NOSIGNAL,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
} from '../socket-constants.ts';
import { callerOf, readAddress, waitFor } from './socket-argument.ts';

/** struct msghdr, with padding. */
export const HEADER_BYTES = 56;
/** Bytes of a stream that go at once, and bytes that no message has. */
const PART_BYTES = 1 << 18;
const MOST_MESSAGE = 1 << 20;
/** net.core.optmem_max: control data of one message. */
const MOST_CONTROL = 131072;

/** struct msghdr. */
export interface MessageHeader {
  readonly at: number;
  readonly name: number;
  readonly nameBytes: number;
  readonly buffers: readonly GuestBuffer[];
  readonly control: number;
  readonly controlBytes: number;
}

/** The struct msghdr at an address; -EFAULT, -EINVAL or, of too many buffers, -EMSGSIZE. */
export function readHeader(thread: Thread, at: number): MessageHeader | number {
  const { memory } = thread;
  const bytes = memory.read(at, HEADER_BYTES);
  if (bytes === null) return -EFAULT;
  const view = new DataView(bytes.buffer);
  const word = (offset: number): number =>
    view.getInt32(offset + 4, true) * 2 ** 32 + view.getUint32(offset, true);
  const name = word(0);
  const nameBytes = name === 0 ? 0 : view.getInt32(8, true);
  if (nameBytes < 0) return -EINVAL;
  const count = word(24);
  if (count < 0 || count > IOV_MAX) return -EMSGSIZE;
  const buffers = vectorBuffers(thread, word(16), count);
  if (typeof buffers === 'number') return buffers;
  return { at, name, nameBytes, buffers, control: word(32), controlBytes: word(40) };
}

/** What is to be sent, and how far it has got in a call that waits. */
export interface Outgoing {
  readonly buffers: readonly GuestBuffer[];
  /** An address, or null. */
  readonly to: Uint8Array | null;
  readonly control: Uint8Array<ArrayBuffer> | null;
  readonly flags: number;
}

/** What of a message is sent already: where bytes are counted while its call waits. */
export interface Progress {
  partial: number;
}

/** What a header says is to be sent, or a negative error number. */
export function outgoingOf(
  thread: Thread,
  header: MessageHeader,
  flags: number,
): Outgoing | number {
  const { name, nameBytes, buffers, control, controlBytes } = header;
  const to = name === 0 || nameBytes === 0 ? null : readAddress(thread, name, nameBytes);
  if (typeof to === 'number') return to;
  if (controlBytes < 0 || controlBytes > MOST_CONTROL) return -ENOBUFS;
  const bytes = controlBytes === 0 ? null : thread.memory.read(control, controlBytes);
  if (controlBytes > 0 && bytes === null) return -EFAULT;
  return { buffers, to, control: bytes, flags };
}

const NO_CONTROL: Control = { cargo: [] };

/** Descriptors travel between sockets of AF_UNIX only; others do not look. */
function controlOf(
  thread: Thread,
  socket: Socket,
  { control }: Outgoing,
  { credentials }: SocketCaller,
): Control | number {
  if (control === null || socket.family !== AF_UNIX) return NO_CONTROL;
  const parsed = parseControl(control, credentials, (number) => openFile(thread, number));
  if (typeof parsed === 'number' || parsed.cargo.length === 0) return parsed;
  if (socket.network.share.files <= thread.space.limits.soft(RLIMIT_NOFILE)) return parsed;
  for (const file of parsed.cargo) file.release();
  return -ETOOMANYREFS;
}

/** Sends: bytes, a negative error number, or BLOCKED. */
export function sendMessage(
  thread: Thread,
  socket: Socket,
  outgoing: Outgoing,
  progress: Progress,
): number {
  if ((outgoing.flags & MSG_OOB) !== 0) return refuseUrgent(thread);
  const wanted = sum(outgoing.buffers);
  if (socket.hasMessages && wanted > MOST_MESSAGE) return -EMSGSIZE;
  let done = progress.partial;
  do {
    const result = sendPart(thread, socket, outgoing, done, wanted);
    if (result < 0) {
      if (result === -EAGAIN) {
        const waited = waitFor(thread, socket, socket.sendTimeout, outgoing.flags);
        if (waited === BLOCKED) progress.partial = done;
        return waited === BLOCKED || done === 0 ? waited : done;
      }
      return done > 0 ? done : tellPipe(thread, socket, outgoing, result);
    }
    done += result;
    if (socket.hasMessages) break;
  } while (done < wanted);
  return done;
}

function sendPart(
  thread: Thread,
  socket: Socket,
  outgoing: Outgoing,
  done: number,
  wanted: number,
): number {
  const length = socket.hasMessages ? wanted : Math.min(PART_BYTES, wanted - done);
  const bytes = gather(thread, outgoing.buffers, done, length);
  if (bytes.length < length && (socket.hasMessages || bytes.length === 0)) return -EFAULT;
  const caller = callerOf(thread);
  const control = done === 0 ? controlOf(thread, socket, outgoing, caller) : NO_CONTROL;
  if (typeof control === 'number') return control;
  const { cargo } = control;
  const hasMore = (outgoing.flags & MSG_MORE) !== 0;
  const result = socket.send({ bytes, to: outgoing.to, cargo, caller, hasMore });
  if (result < 0) for (const one of cargo) one.release();
  return result;
}

function tellPipe(thread: Thread, socket: Socket, { flags }: Outgoing, result: number): number {
  const isTold = result === -EPIPE && (flags & MSG_NOSIGNAL) === 0 && socket.signalsBrokenPipe;
  if (isTold) sendOwn(thread, SIGPIPE);
  return result;
}

function refuseUrgent(thread: Thread): number {
  thread.process.kernel.tellMissing('urgent data, MSG_OOB');
  return -EOPNOTSUPP;
}

/** What was received: how much, and what came with it. */
export interface Incoming {
  readonly count: number;
  readonly received: Received;
}

/** Receives into buffers: what came, a negative error number, or BLOCKED. */
export function receiveMessage(
  thread: Thread,
  socket: Socket,
  buffers: readonly GuestBuffer[],
  flags: number,
): Incoming | number {
  // Nobody can have sent urgent data, which streams alone have.
  if ((flags & MSG_OOB) !== 0) return socket.hasMessages ? -EOPNOTSUPP : -EINVAL;
  // Nothing is put aside for who asks for errors.
  if ((flags & MSG_ERRQUEUE) !== 0) return -EAGAIN;
  const wanted = sum(buffers);
  const peeks = (flags & MSG_PEEK) !== 0;
  const takesAll = (flags & MSG_WAITALL) !== 0 && !peeks && !socket.hasMessages;
  let done = thread.partial;
  for (;;) {
    const received = socket.receive(wanted - done, peeks);
    if (typeof received === 'number') {
      if (received !== -EAGAIN) return done > 0 ? short(done) : received;
      const waited = waitFor(thread, socket, socket.receiveTimeout, flags);
      if (waited === BLOCKED && socket.isOver) return forget(thread);
      if (waited === BLOCKED) thread.partial = done;
      return waited === BLOCKED || done === 0 ? waited : short(done);
    }
    const stored = scatter(thread, buffers, done, received.bytes);
    if (stored < received.bytes.length) {
      dropCargo(received);
      return done > 0 ? short(done) : -EFAULT;
    }
    done += stored;
    const isOver = received.credentials === null || received.cargo.length > 0;
    if (!takesAll || isOver || done >= wanted) return { count: done, received };
  }
}

/** Nothing will come: the call does not wait after all. */
function forget(thread: Thread): Incoming {
  thread.wake();
  return short(0);
}

/** What a call gives that got some bytes before it failed. */
function short(count: number): Incoming {
  const received = { bytes: NO_ADDRESS, length: count, from: NO_ADDRESS, cargo: [] };
  return { count, received: { ...received, credentials: null } };
}

/** The result of a call that received: with MSG_TRUNC the whole message counts. */
export function resultOf(socket: Socket, { count, received }: Incoming, flags: number): number {
  return socket.hasMessages && (flags & MSG_TRUNC) !== 0 ? received.length : count;
}

/** Stores what a header is told: its name, control data and flags. 0 or -EFAULT. */
export function storeHeader(
  thread: Thread,
  socket: Socket,
  header: MessageHeader,
  incoming: Incoming,
  flags: number,
): number {
  const { memory } = thread;
  const { received } = incoming;
  const writer = new ControlWriter(Math.min(MOST_CONTROL, Math.max(0, header.controlBytes)));
  if (socket.passesCredentials && received.credentials !== null) {
    writer.addCredentials(received.credentials);
  }
  const closes = (flags & MSG_CMSG_CLOEXEC) !== 0;
  writer.addCargo(received.cargo, (file) => open(thread, file, closes));
  const isCut = socket.hasMessages && received.length > received.bytes.length;
  const told = writer.flags | (isCut ? MSG_TRUNC : 0) | (flags & MSG_CMSG_CLOEXEC);
  const { written } = writer;
  const isNamed = header.name !== 0;
  const isStored =
    (!isNamed || memory.write(header.name, received.from.subarray(0, header.nameBytes))) &&
    (!isNamed || memory.storeU32(header.at + 8, received.from.length)) &&
    memory.write(header.control, written) &&
    memory.storeWord(header.at + 40, written.length) &&
    memory.storeU32(header.at + 48, told);
  return isStored ? 0 : -EFAULT;
}

function open(thread: Thread, file: Cargo, closes: boolean): number {
  return file instanceof FileDescription ? addFile(thread, file, closes) : -1;
}

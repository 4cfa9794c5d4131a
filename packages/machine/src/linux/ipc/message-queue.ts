/**
 * Message queues of System V: messages that have types, and those who wait to send and to receive.
 *
 * @see ipc/msg.c of Linux 6.18; msgrcv(2)
 */
import { E2BIG, EAGAIN, EIDRM, ENOMEM } from '../file/errno.ts';
import { type Waiter, WaitQueue } from '../process/wait-queue.ts';
import { IpcObject, type IpcOptions, IpcTable } from './ipc-object.ts';

/** MSGMAX and MSGMNB: bytes of a message, and of all in a queue. */
export const MOST_OF_MESSAGE = 8192;
export const MOST_OF_QUEUE = 16384;
/** MSGMNI. */
export const MOST_QUEUES = 32000;
/**
 * Bytes of all messages, and what each is counted as besides: they are not in the guest's memory.
 * An empty one was measured to take 253 bytes of the host's.
 */
const MOST_OF_ALL = 64 << 20;
const MESSAGE_COST = 256;

export interface Message {
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** Which message is wanted: of any type, of one, of every other one, or the least up to one. */
export interface Wanted {
  readonly kind: 'any' | 'type' | 'others' | 'least';
  readonly type: number;
  /** Bytes that there is room for; infinite where the rest of a message may be lost. */
  readonly room: number;
}

/** Somebody who waits for a message. */
export interface Receiver {
  readonly thread: Waiter;
  readonly process: number;
  readonly wanted: Wanted;
  /** What came of it: a message, a negative error number; null while it waits. */
  result: Message | number | null;
}

const FITS: Readonly<Record<Wanted['kind'], (type: number, wanted: number) => boolean>> = {
  any: () => true,
  type: (type, wanted) => type === wanted,
  others: (type, wanted) => type !== wanted,
  least: (type, wanted) => type <= wanted,
};

/** Bytes of all queues' messages. */
export interface MessageShare {
  used: number;
}

export class MessageQueue extends IpcObject {
  mostBytes: number = MOST_OF_QUEUE;
  /** Seconds since 1970; 0: never. */
  sendTime = 0;
  receiveTime = 0;
  lastSender = 0;
  lastReceiver = 0;
  /** Woken when there is room. */
  readonly drained: WaitQueue = new WaitQueue();
  private readonly messages: Message[] = [];
  private readonly receivers = new Set<Receiver>();
  private readonly share: MessageShare;
  private readonly now: () => number;
  private bytes = 0;

  constructor(id: number, options: IpcOptions, share: MessageShare, now: () => number) {
    super(id, options);
    this.share = share;
    this.now = now;
  }

  get count(): number {
    return this.messages.length;
  }

  /** Bytes of all messages in it. */
  get length(): number {
    return this.bytes;
  }

  /** Puts a message in, or hands it to who waits for it: 0, -EAGAIN or -ENOMEM. */
  send(message: Message, process: number): number {
    const { length } = message.bytes;
    if (length + this.bytes > this.mostBytes || this.count + 1 > this.mostBytes) return -EAGAIN;
    if (this.share.used + length + MESSAGE_COST > MOST_OF_ALL) return -ENOMEM;
    this.lastSender = process;
    this.sendTime = this.now();
    if (this.handOver(message)) return 0;
    this.messages.push(message);
    this.bytes += length;
    this.share.used += length + MESSAGE_COST;
    return 0;
  }

  /** Takes a message out: it, -EAGAIN when there is none, or -E2BIG. */
  receive(wanted: Wanted, process: number): Message | number {
    const at = this.find(wanted);
    if (at < 0) return -EAGAIN;
    const message = this.messages[at]!;
    if (message.bytes.length > wanted.room) return -E2BIG;
    this.messages.splice(at, 1);
    this.forget(message);
    this.took(process);
    this.drained.wake();
    return message;
  }

  /** The message at a place of those that are there, which stays; or null. */
  peek(index: number): Message | null {
    return this.messages[index] ?? null;
  }

  add(receiver: Receiver): void {
    this.receivers.add(receiver);
  }

  remove(receiver: Receiver): void {
    this.receivers.delete(receiver);
  }

  /** Makes all who wait look again, as they do when the mode has changed. */
  wakeAll(): void {
    for (const receiver of [...this.receivers]) receiver.thread.wake();
    this.drained.wake();
  }

  /** Tells all who wait that the queue is gone, with its messages. */
  dismiss(): void {
    this.isRemoved = true;
    for (const receiver of [...this.receivers]) this.finish(receiver, -EIDRM);
    this.drained.wake();
    for (const message of this.messages.splice(0)) this.forget(message);
  }

  private handOver(message: Message): boolean {
    for (const receiver of [...this.receivers]) {
      const { kind, type, room } = receiver.wanted;
      if (!FITS[kind](message.type, type)) continue;
      const fits = message.bytes.length <= room;
      this.finish(receiver, fits ? message : -E2BIG);
      if (!fits) continue;
      this.took(receiver.process);
      return true;
    }
    return false;
  }

  private finish(receiver: Receiver, result: Message | number): void {
    receiver.result = result;
    this.receivers.delete(receiver);
    receiver.thread.wake();
  }

  private find({ kind, type }: Wanted): number {
    let found = -1;
    for (const [index, message] of this.messages.entries()) {
      if (!FITS[kind](message.type, type)) continue;
      if (kind !== 'least') return index;
      if (found < 0 || message.type < this.messages[found]!.type) found = index;
    }
    return found;
  }

  private took(process: number): void {
    this.lastReceiver = process;
    this.receiveTime = this.now();
  }

  private forget({ bytes }: Message): void {
    this.bytes -= bytes.length;
    this.share.used -= bytes.length + MESSAGE_COST;
  }
}

export class MessageQueues extends IpcTable<MessageQueue> {
  private readonly share: MessageShare = { used: 0 };

  constructor() {
    super(MOST_QUEUES);
  }

  /** Makes a queue: its number or -ENOSPC. */
  make(options: IpcOptions, now: () => number): number {
    return this.add((id) => new MessageQueue(id, options, this.share, now));
  }

  remove(queue: MessageQueue): void {
    if (queue.isRemoved) return;
    this.delete(queue);
    queue.dismiss();
  }
}

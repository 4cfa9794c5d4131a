/** msgget, msgsnd, msgrcv and msgctl. @see ipc/msg.c of Linux 6.18 */
import { EACCES, EAGAIN, EFAULT, EIDRM, EINVAL, ENOMSG, EPERM } from '../file/errno.ts';
import type { Thread } from '../process/thread.ts';
import type { SystemCall, Words } from '../system-call.ts';
import { IPC_INFO, IPC_NOWAIT, READ, WRITE } from './ipc-object.ts';
import {
  type Command,
  commonCommands,
  getObject,
  type IpcKind,
  ipcOptions,
  permissionRecord,
  putInts,
  putLongs,
  storeRecord,
  systemCommands,
} from './ipc-request.ts';
import {
  type Message,
  type MessageQueue,
  type MessageQueues,
  MOST_OF_MESSAGE,
  MOST_OF_QUEUE,
  MOST_QUEUES,
  type Receiver,
  type Wanted,
} from './message-queue.ts';

const MSG_NOERROR = 0o10000;
const MSG_EXCEPT = 0o20000;
const MSG_COPY = 0o40000;
const [MSG_STAT, MSG_INFO, MSG_STAT_ANY] = [11, 12, 13] as const;
/** struct msqid64_ds of x86-64; its msg_qbytes; struct msginfo. */
const RECORD_BYTES = 120;
const MOST_BYTES_AT = 88;
const INFO_BYTES = 32;
/** struct msgbuf begins with the type. */
const TYPE_BYTES = 8;

function queuesOf(thread: Thread): MessageQueues {
  return thread.process.kernel.messageQueues;
}

function get(thread: Thread, words: Words): number {
  const key = words[0]! | 0;
  const flags = words[1]! | 0;
  const queues = queuesOf(thread);
  const { kernel } = thread.process;
  const make = (): number =>
    queues.make(ipcOptions(thread, key, flags), () => kernel.wallClock.seconds);
  return getObject(queues, key, flags, () => 0, make);
}

/** What a call that waits is about. */
interface Sending {
  readonly queue: MessageQueue;
  readonly message: Message;
}

function send(thread: Thread, words: Words): number {
  const known = thread.kept as Sending | null;
  const sending = known ?? prepare(thread, words);
  if (typeof sending === 'number') return sending;
  const { queue, message } = sending;
  if (queue.isRemoved) return -EIDRM;
  if (!queue.allows(WRITE)) return -EACCES;
  const result = queue.send(message, thread.process.id);
  if (result !== -EAGAIN || ((words[3]! | 0) & IPC_NOWAIT) !== 0) return result;
  thread.kept = sending;
  thread.interruption = 'handler';
  return thread.block([queue.drained]);
}

function prepare(thread: Thread, words: Words): Sending | number {
  const { memory } = thread;
  const type = memory.word(words[1]!);
  if (type === null) return -EFAULT;
  const id = words[0]! | 0;
  const length = words[2]!;
  if (length < 0 || length > MOST_OF_MESSAGE || id < 0 || type < 1) return -EINVAL;
  const bytes = memory.read(words[1]! + TYPE_BYTES, length);
  if (bytes === null) return -EFAULT;
  const queue = queuesOf(thread).get(id);
  return queue === null ? -EINVAL : { queue, message: { type, bytes } };
}

function wantedOf(type: number, flags: number, length: number): Wanted {
  const room = (flags & MSG_NOERROR) === 0 ? length : Number.POSITIVE_INFINITY;
  if (type === 0) return { kind: 'any', type, room };
  if (type < 0) return { kind: 'least', type: -type, room };
  return { kind: (flags & MSG_EXCEPT) === 0 ? 'type' : 'others', type, room };
}

function receive(thread: Thread, words: Words): number {
  const known = thread.kept as Receiver | null;
  if (known !== null && known.result !== null) return deliver(thread, words, known.result);
  const id = words[0]! | 0;
  const length = words[2]!;
  const flags = words[4]! | 0;
  if (id < 0 || length < 0) return -EINVAL;
  if ((flags & MSG_COPY) !== 0 && (flags & (MSG_EXCEPT | IPC_NOWAIT)) !== IPC_NOWAIT) {
    return -EINVAL;
  }
  const queue = queuesOf(thread).get(id);
  if (queue === null) return -EINVAL;
  if (!queue.allows(READ)) return -EACCES;
  if ((flags & MSG_COPY) !== 0) {
    return deliver(thread, words, queue.peek(words[3]!) ?? -ENOMSG);
  }
  const wanted = wantedOf(words[3]!, flags, length);
  const result = queue.receive(wanted, thread.process.id);
  if (result !== -EAGAIN) return deliver(thread, words, result);
  if ((flags & IPC_NOWAIT) !== 0) return -ENOMSG;
  const receiver: Receiver = { thread, process: thread.process.id, wanted, result: null };
  queue.add(receiver);
  thread.onFinish?.();
  thread.kept = receiver;
  thread.onFinish = () => queue.remove(receiver);
  thread.interruption = 'handler';
  return thread.block([]);
}

function deliver(thread: Thread, words: Words, message: Message | number): number {
  if (typeof message === 'number') return message;
  const { memory } = thread;
  const bytes = message.bytes.subarray(0, words[2]!);
  if (!memory.storeWord(words[1]!, message.type)) return -EFAULT;
  return memory.write(words[1]! + TYPE_BYTES, bytes) ? bytes.length : -EFAULT;
}

function recordOf(queue: MessageQueue): DataView {
  const record = permissionRecord(queue, RECORD_BYTES);
  const { sendTime, receiveTime, changeTime, length, count, mostBytes } = queue;
  putLongs(record, 48, sendTime, receiveTime, changeTime, length, count, mostBytes);
  record.setInt32(96, queue.lastSender, true);
  record.setInt32(100, queue.lastReceiver, true);
  return record;
}

/** msg_qbytes of a record. */
const roomOf = (record: DataView): number => Number(record.getBigUint64(MOST_BYTES_AT, true));

/** Takes it; who waits looks again. */
function takeRoom(queue: MessageQueue, record: DataView): void {
  queue.mostBytes = roomOf(record);
  queue.wakeAll();
}

const KIND: IpcKind<MessageQueue> = {
  remove: (thread, queue) => queuesOf(thread).remove(queue),
  recordOf,
  bytes: RECORD_BYTES,
  refusal: (record) => (roomOf(record) > MOST_OF_QUEUE ? -EPERM : 0),
  take: takeRoom,
};
const COMMANDS: ReadonlyMap<number, Command<MessageQueue>> = new Map([
  ...commonCommands(KIND),
  ...systemCommands(KIND, MSG_STAT, MSG_STAT_ANY),
]);

/** struct msginfo: limits, and for MSG_INFO what is in use. Returns the highest number in use. */
function information(thread: Thread, command: number, address: number): number {
  const queues = queuesOf(thread);
  const all = [...queues.all()];
  const inUse = command === MSG_INFO;
  const messages = all.reduce((sum, { count }) => sum + count, 0);
  const bytes = all.reduce((sum, { length }) => sum + length, 0);
  const [POOL, TABLE, SEGMENT, SEGMENTS] = [512000, 16384, 16, 0xffff];
  const record = new DataView(new ArrayBuffer(INFO_BYTES));
  const [first, second, last] = inUse
    ? [queues.count, messages, bytes]
    : [POOL, MOST_OF_QUEUE, TABLE];
  putInts(record, first!, second!, MOST_OF_MESSAGE, MOST_OF_QUEUE, MOST_QUEUES, SEGMENT, last!);
  record.setUint16(28, SEGMENTS, true);
  return storeRecord(thread.memory, address, record, queues.highest);
}

function control(thread: Thread, words: Words): number {
  const id = words[0]! | 0;
  const number = words[1]! | 0;
  if (id < 0 || number < 0) return -EINVAL;
  if (number === IPC_INFO || number === MSG_INFO) return information(thread, number, words[2]!);
  const command = COMMANDS.get(number);
  const queue = queuesOf(thread).get(id);
  if (command === undefined || queue === null) return -EINVAL;
  return command(thread, queue, words[2]!, words);
}

export const MESSAGE_CALLS: readonly SystemCall[] = [
  {
    name: 'msgget',
    number: 68,
    arguments: ['hex', 'octal'],
    result: 'int',
    call: get,
  },
  {
    name: 'msgsnd',
    number: 69,
    arguments: ['int', 'address', 'size', 'hex'],
    result: 'int',
    call: send,
  },
  {
    name: 'msgrcv',
    number: 70,
    arguments: ['int', 'address', 'size', 'int', 'hex'],
    result: 'int',
    call: receive,
  },
  {
    name: 'msgctl',
    number: 71,
    arguments: ['int', 'int', 'address'],
    result: 'int',
    call: control,
  },
];

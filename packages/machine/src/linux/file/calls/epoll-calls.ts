/**
 * epoll.
 * @table
 * @see fs/eventpoll.c of Linux 6.18
 */
import type { Thread } from '../../process/thread.ts';
import type { SystemCall } from '../../system-call.ts';
import { EBADF, EFAULT, EINVAL, ELOOP, EPERM } from '../errno.ts';
import { EventPoll, type PolledEvent } from '../event-poll.ts';
import { O_CLOEXEC, S_IFREG } from '../file-constants.ts';
import { ANONYMOUS_DEVICE } from '../file-system-kind.ts';
import { Inode } from '../inode.ts';
import { addFile, openFile } from './descriptor-argument.ts';
import { blockSignals, FOREVER, readTimeout, waitForAny } from './waiting.ts';

const EVENT_BYTES = 12;
const MOST_EVENTS = Math.floor((2 ** 31 - 1) / EVENT_BYTES);
/** More are not gathered at once, however many a program has room for. */
const GATHERED = 4096;
const MILLISECOND = 1e6;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;
const EPOLLEXCLUSIVE = 2 ** 28;

function create(thread: Thread, flags: number): number {
  if ((flags & ~O_CLOEXEC) !== 0) return -EINVAL;
  const parts = thread.process.kernel.files.parts(ANONYMOUS_DEVICE, S_IFREG | 0o600);
  return addFile(thread, new EventPoll(new Inode(parts)), (flags & O_CLOEXEC) !== 0);
}

function control(thread: Thread, words: ArrayLike<number>): number {
  const operation = words[1]! | 0;
  let event: PolledEvent = { events: 0, data: new Uint8Array(8) };
  if (operation !== EPOLL_CTL_DEL) {
    const bytes = thread.memory.read(words[3]!, EVENT_BYTES);
    if (bytes === null) return -EFAULT;
    event = { events: new DataView(bytes.buffer).getUint32(0, true), data: bytes.slice(4) };
  }
  const poll = openFile(thread, words[0]!);
  const descriptor = words[2]! | 0;
  const file = openFile(thread, descriptor);
  if (poll === null || file === null) return -EBADF;
  if (!file.isWatchable) return -EPERM;
  if (!(poll instanceof EventPoll) || poll === file) return -EINVAL;
  if (operation === EPOLL_CTL_DEL) return poll.remove(descriptor, file);
  if (operation === EPOLL_CTL_MOD) {
    return (event.events & EPOLLEXCLUSIVE) === 0 ? poll.modify(descriptor, file, event) : -EINVAL;
  }
  if (operation !== EPOLL_CTL_ADD) return -EINVAL;
  if (file instanceof EventPoll && reaches(file, poll)) return -ELOOP;
  return poll.add(descriptor, file, event);
}

/** Whether one watches another one, also through others; the kernel allows five levels. */
function reaches(from: EventPoll, to: EventPoll, level = 0): boolean {
  if (level > 4) return true;
  return from.watchedFiles.some(
    (file) => file instanceof EventPoll && (file === to || reaches(file, to, level + 1)),
  );
}

function wait(thread: Thread, words: ArrayLike<number>, timeout: number): number {
  const most = words[2]! | 0;
  if (most <= 0 || most > MOST_EVENTS) return -EINVAL;
  const poll = openFile(thread, words[0]!);
  if (poll === null) return -EBADF;
  if (!(poll instanceof EventPoll)) return -EINVAL;
  const files = [poll, ...poll.watchedFiles.filter((file) => file.queues.length === 0)];
  return waitForAny(thread, files, timeout, () =>
    storeEvents(thread, words[1]!, poll.collect(Math.min(most, GATHERED))),
  );
}

function storeEvents(thread: Thread, address: number, found: readonly PolledEvent[]): number {
  const bytes = new Uint8Array(found.length * EVENT_BYTES);
  const view = new DataView(bytes.buffer);
  found.forEach(({ events, data }, index) => {
    view.setUint32(index * EVENT_BYTES, events, true);
    bytes.set(data, index * EVENT_BYTES + 4);
  });
  return thread.memory.write(address, bytes) ? found.length : -EFAULT;
}

function waitMilliseconds(thread: Thread, words: ArrayLike<number>): number {
  const timeout = words[3]! | 0;
  return wait(thread, words, timeout < 0 ? FOREVER : timeout * MILLISECOND);
}

function pwait(thread: Thread, words: ArrayLike<number>): number {
  const failed = blockSignals(thread, words[4]!, words[5]!);
  return failed === 0 ? waitMilliseconds(thread, words) : failed;
}

function pwait2(thread: Thread, words: ArrayLike<number>): number {
  const timeout = words[3] === 0 ? FOREVER : readTimeout(thread, words[3]!, 1e9);
  if (timeout < 0) return timeout;
  const failed = blockSignals(thread, words[4]!, words[5]!);
  return failed === 0 ? wait(thread, words, timeout) : failed;
}

export const EPOLL_CALLS: readonly SystemCall[] = [
  {
    name: 'epoll_create',
    number: 213,
    arguments: ['int'],
    result: 'descriptor',
    call: (t, w) => ((w[0]! | 0) <= 0 ? -EINVAL : create(t, 0)),
  },
  {
    name: 'epoll_wait',
    number: 232,
    arguments: ['descriptor', 'epoll-events-out', 'int', 'int'],
    result: 'int',
    call: waitMilliseconds,
  },
  {
    name: 'epoll_ctl',
    number: 233,
    arguments: ['descriptor', 'epoll-operation', 'descriptor', 'epoll-event-in'],
    result: 'int',
    call: control,
  },
  {
    name: 'epoll_pwait',
    number: 281,
    arguments: ['descriptor', 'epoll-events-out', 'int', 'int', 'signal-set-in', 'size'],
    result: 'int',
    call: pwait,
  },
  {
    name: 'epoll_create1',
    number: 291,
    arguments: ['epoll-flags'],
    result: 'descriptor',
    call: (t, w) => create(t, w[0]! | 0),
  },
  {
    name: 'epoll_pwait2',
    number: 441,
    arguments: ['descriptor', 'epoll-events-out', 'int', 'timespec-in', 'signal-set-in', 'size'],
    result: 'int',
    call: pwait2,
  },
];

/**
 * poll, select and their kin.
 * @table
 * @see fs/select.c of Linux 6.18
 */
import type { Thread } from '../../process/thread.ts';
import { BLOCKED, type SystemCall } from '../../system-call.ts';
import { EBADF, EFAULT, EINVAL } from '../errno.ts';
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLPRI,
  POLLRDBAND,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
} from '../file-constants.ts';
import type { FileDescription } from '../file-description.ts';
import { openFile } from './descriptor-argument.ts';
import { blockSignals, FOREVER, readTimeout, storeRest, waitForAny } from './waiting.ts';

const POLLFD_BYTES = 8;
const MILLISECOND = 1e6;
const BITS = 8;
/** What each of select's three sets asks for. */
const READ_EVENTS = POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR;
const WRITE_EVENTS = POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR;
const SET_EVENTS = [READ_EVENTS, WRITE_EVENTS, POLLPRI] as const;

function pollFiles(thread: Thread, address: number, count: number, timeout: number): number {
  if (count >>> 0 !== count || count > thread.process.files.limit) return -EINVAL;
  const bytes = thread.memory.read(address, count * POLLFD_BYTES);
  if (bytes === null) return -EFAULT;
  const view = new DataView(bytes.buffer);
  const files = new Map<number, FileDescription | null>();
  for (let at = 0; at < bytes.length; at += POLLFD_BYTES) {
    const descriptor = view.getInt32(at, true);
    if (descriptor >= 0) files.set(at, openFile(thread, descriptor));
  }
  const collect = (): number => {
    let found = 0;
    for (let at = 0; at < bytes.length; at += POLLFD_BYTES) {
      const file = files.get(at);
      const asked = view.getUint16(at + 4, true) | POLLERR | POLLHUP;
      const events = file === undefined ? 0 : file === null ? POLLNVAL : file.poll() & asked;
      view.setUint16(at + 6, events, true);
      if (events !== 0) found++;
    }
    return found;
  };
  const open = [...files.values()].filter((file) => file !== null);
  const result = waitForAny(thread, open, timeout, collect);
  if (result === BLOCKED) return result;
  return thread.memory.write(address, bytes) ? result : -EFAULT;
}

function poll(thread: Thread, address: number, count: number, timeout: number): number {
  const wait = timeout < 0 ? FOREVER : timeout * MILLISECOND;
  return pollFiles(thread, address, count, wait);
}

/** Waits with a timeout in memory, which is told what is left of it. */
function withTimeout(
  thread: Thread,
  address: number,
  partsPerSecond: number,
  wait: (timeout: number) => number,
): number {
  const timeout = address === 0 ? FOREVER : readTimeout(thread, address, partsPerSecond);
  if (timeout < 0) return timeout;
  const deadline = thread.attempt > 0 ? thread.deadline : thread.process.kernel.now + timeout;
  const result = wait(timeout);
  if (address === 0) return result;
  const store = (): void => storeRest(thread, address, deadline, partsPerSecond);
  if (result === BLOCKED) thread.onInterrupt = store;
  else store();
  return result;
}

function ppoll(thread: Thread, words: ArrayLike<number>): number {
  const failed = blockSignals(thread, words[3]!, words[4]!);
  if (failed !== 0) return failed;
  return withTimeout(thread, words[2]!, 1e9, (timeout) =>
    pollFiles(thread, words[0]!, words[1]!, timeout),
  );
}

/** One of select's sets: its bits as asked for, and as found. */
interface DescriptorSet {
  readonly address: number;
  readonly asked: Uint8Array;
  readonly found: Uint8Array;
}

function readSet(thread: Thread, address: number, bytes: number): DescriptorSet | number {
  const asked = address === 0 ? new Uint8Array(bytes) : thread.memory.read(address, bytes);
  return asked === null ? -EFAULT : { address, asked, found: new Uint8Array(bytes) };
}

function isIn(bits: Uint8Array, descriptor: number): boolean {
  return (bits[descriptor >> 3]! & (1 << (descriptor % BITS))) !== 0;
}

function selectFiles(thread: Thread, words: ArrayLike<number>, timeout: number): number {
  const most = Math.min(words[0]! | 0, Math.ceil(thread.process.files.limit / 64) * 64);
  if (most < 0) return -EINVAL;
  const sets: DescriptorSet[] = [];
  for (const address of [words[1]!, words[2]!, words[3]!]) {
    const set = readSet(thread, address, Math.ceil(most / 64) * 8);
    if (typeof set === 'number') return set;
    sets.push(set);
  }
  const files = new Map<number, FileDescription>();
  for (let descriptor = 0; descriptor < most; descriptor++) {
    if (!sets.some(({ asked }) => isIn(asked, descriptor))) continue;
    const file = openFile(thread, descriptor);
    if (file === null) return -EBADF;
    files.set(descriptor, file);
  }
  const result = waitForAny(thread, [...files.values()], timeout, () => collectSets(sets, files));
  if (result === BLOCKED) return result;
  for (const { address, found } of sets) {
    if (address !== 0 && !thread.memory.write(address, found)) return -EFAULT;
  }
  return result;
}

/** Marks what is there in each set: how many marks. */
function collectSets(
  sets: readonly DescriptorSet[],
  files: ReadonlyMap<number, FileDescription>,
): number {
  let count = 0;
  for (const { found } of sets) found.fill(0);
  for (const [descriptor, file] of files) {
    const events = file.poll();
    sets.forEach(({ asked, found }, index) => {
      if (!isIn(asked, descriptor) || (events & SET_EVENTS[index]!) === 0) return;
      found[descriptor >> 3]! |= 1 << (descriptor % BITS);
      count++;
    });
  }
  return count;
}

/** The last argument is the address of a mask's address and size. */
function pselect(thread: Thread, words: ArrayLike<number>): number {
  if (words[5] !== 0) {
    const address = thread.memory.word(words[5]!);
    const size = thread.memory.word(words[5]! + 8);
    if (address === null || size === null) return -EFAULT;
    const failed = blockSignals(thread, address, size);
    if (failed !== 0) return failed;
  }
  return withTimeout(thread, words[4]!, 1e9, (timeout) => selectFiles(thread, words, timeout));
}

export const POLL_CALLS: readonly SystemCall[] = [
  {
    name: 'poll',
    number: 7,
    arguments: ['pollfds', 'unsigned', 'int'],
    result: 'int',
    call: (t, w) => poll(t, w[0]!, w[1]! >>> 0, w[2]! | 0),
  },
  {
    name: 'select',
    number: 23,
    arguments: ['int', 'fd-set', 'fd-set', 'fd-set', 'timeval-in'],
    result: 'int',
    call: (t, w) => withTimeout(t, w[4]!, 1e6, (timeout) => selectFiles(t, w, timeout)),
  },
  {
    name: 'pselect6',
    number: 270,
    arguments: ['int', 'fd-set', 'fd-set', 'fd-set', 'timespec-in', 'address'],
    result: 'int',
    call: pselect,
  },
  {
    name: 'ppoll',
    number: 271,
    arguments: ['pollfds', 'unsigned', 'timespec-in', 'signal-set-in', 'size'],
    result: 'int',
    call: ppoll,
  },
];

/**
 * Reading and writing open files.
 * @table
 */
import type { Thread } from '../../process/thread.ts';
import type { SystemCall, Words } from '../../system-call.ts';
import { EBADF, EINVAL, EOPNOTSUPP } from '../errno.ts';
import { openFile } from './descriptor-argument.ts';
import { type GuestBuffer, oneBuffer, readFile, vectorBuffers, writeFile } from './transfer.ts';

/** RWF_HIPRI, RWF_DSYNC, RWF_SYNC, RWF_NOWAIT: hints where nothing waits. */
const RWF_HINTS = 0xf;

type Transfer = typeof readFile;

/** At an offset that has to be in the file's range, and on a file that has offsets. */
function at(
  transfer: Transfer,
  thread: Thread,
  words: Words,
  buffers: readonly GuestBuffer[] | number,
): number {
  if (words[3]! < 0) return -EINVAL;
  return transfer(thread, words[0]!, buffers, words[3]!);
}

/** preadv2 and pwritev2: -1 is the file's own position. */
function atWithFlags(transfer: Transfer, thread: Thread, words: Words): number {
  if (openFile(thread, words[0]!) === null) return -EBADF;
  if ((words[5]! & ~RWF_HINTS) !== 0) return -EOPNOTSUPP;
  const buffers = vectorBuffers(thread, words[1]!, words[2]!);
  if (words[3] === -1) return transfer(thread, words[0]!, buffers, null);
  return at(transfer, thread, words, buffers);
}

export const READ_WRITE_CALLS: readonly SystemCall[] = [
  {
    name: 'read',
    number: 0,
    arguments: ['descriptor', 'bytes-out', 'size'],
    result: 'int',
    call: (t, w) => readFile(t, w[0]!, oneBuffer(w[1]!, w[2]!), null),
  },
  {
    name: 'write',
    number: 1,
    arguments: ['descriptor', 'bytes-in', 'size'],
    result: 'int',
    call: (t, w) => writeFile(t, w[0]!, oneBuffer(w[1]!, w[2]!), null),
  },
  {
    name: 'pread64',
    number: 17,
    arguments: ['descriptor', 'bytes-out', 'size', 'offset'],
    result: 'int',
    call: (t, w) => at(readFile, t, w, oneBuffer(w[1]!, w[2]!)),
  },
  {
    name: 'pwrite64',
    number: 18,
    arguments: ['descriptor', 'bytes-in', 'size', 'offset'],
    result: 'int',
    call: (t, w) => at(writeFile, t, w, oneBuffer(w[1]!, w[2]!)),
  },
  {
    name: 'readv',
    number: 19,
    arguments: ['descriptor', 'iovec-out', 'int'],
    result: 'int',
    call: (t, w) => readFile(t, w[0]!, vectorBuffers(t, w[1]!, w[2]!), null),
  },
  {
    name: 'writev',
    number: 20,
    arguments: ['descriptor', 'iovec-in', 'int'],
    result: 'int',
    call: (t, w) => writeFile(t, w[0]!, vectorBuffers(t, w[1]!, w[2]!), null),
  },
  {
    name: 'preadv',
    number: 295,
    arguments: ['descriptor', 'iovec-out', 'int', 'offset'],
    result: 'int',
    call: (t, w) => at(readFile, t, w, vectorBuffers(t, w[1]!, w[2]!)),
  },
  {
    name: 'pwritev',
    number: 296,
    arguments: ['descriptor', 'iovec-in', 'int', 'offset'],
    result: 'int',
    call: (t, w) => at(writeFile, t, w, vectorBuffers(t, w[1]!, w[2]!)),
  },
  {
    name: 'preadv2',
    number: 327,
    arguments: ['descriptor', 'iovec-out', 'int', 'offset', 'int', 'int'],
    result: 'int',
    call: (t, w) => atWithFlags(readFile, t, w),
  },
  {
    name: 'pwritev2',
    number: 328,
    arguments: ['descriptor', 'iovec-in', 'int', 'offset', 'int', 'int'],
    result: 'int',
    call: (t, w) => atWithFlags(writeFile, t, w),
  },
];

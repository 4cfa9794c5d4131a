/**
 * Opening files by path.
 * @table
 * @see fs/open.c of Linux 6.18
 */
import type { Thread } from '../../process/thread.ts';
import type { SystemCall } from '../../system-call.ts';
import { E2BIG, EFAULT, EINVAL } from '../errno.ts';
import {
  AT_FDCWD,
  O_CLOEXEC,
  O_CREAT,
  O_PATH,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  RLIMIT_NOFILE,
} from '../file-constants.ts';
import { openPath, waitsForPeer } from '../open-place.ts';
import { PipeEnd } from '../pipe.ts';
import { addFile } from './descriptor-argument.ts';
import { baseOf, pathText, visitorOf } from './path-argument.ts';

/** Flags that openat2 knows; open takes no notice of others. */
const KNOWN_FLAGS = 0o37777703;
const OPEN_HOW_BYTES = 24;
const MOST_HOW_BYTES = 4096;
/** No restriction of how the path is resolved: others are not offered. */
const RESOLVE_NONE = 0;

function open(
  thread: Thread,
  descriptor: number,
  address: number,
  flags: number,
  mode: number,
): number {
  // A fifo waits for its other end: it was opened at the first attempt.
  if (thread.kept instanceof PipeEnd) return finishFifo(thread, thread.kept, flags);
  const path = pathText(thread, address);
  if (typeof path === 'number') return path;
  const base = path === '' ? thread.process.directory : baseOf(thread, descriptor, path);
  if (typeof base === 'number') return base;
  const { files } = thread.process;
  files.limit = thread.space.limits.soft(RLIMIT_NOFILE);
  const refused = files.refusal;
  if (refused !== 0) return refused;
  const file = openPath(visitorOf(thread), base, path, flags, mode);
  if (typeof file === 'number') return file;
  if (file instanceof PipeEnd) return finishFifo(thread, file, flags);
  return addFile(thread, file, (flags & O_CLOEXEC) !== 0);
}

function finishFifo(thread: Thread, end: PipeEnd, flags: number): number {
  if (waitsForPeer(end)) {
    thread.kept = end;
    // A signal may end the call: then nobody has the file.
    thread.onFinish = () => end.release();
    return thread.block([end.pipe.opened]);
  }
  thread.onFinish = null;
  return addFile(thread, end, (flags & O_CLOEXEC) !== 0);
}

/** Stricter than open: flags and modes that mean nothing are refused. */
function openHow(thread: Thread, words: ArrayLike<number>): number {
  const size = words[3]!;
  if (size < OPEN_HOW_BYTES) return -EINVAL;
  if (size > MOST_HOW_BYTES) return -E2BIG;
  const how = thread.memory.read(words[2]!, size);
  if (how === null) return -EFAULT;
  if (how.subarray(OPEN_HOW_BYTES).some((byte) => byte !== 0)) return -E2BIG;
  const view = new DataView(how.buffer);
  const flags = view.getUint32(0, true);
  const mode = view.getUint32(8, true);
  const highs = view.getUint32(4, true) | view.getUint32(12, true) | view.getUint32(20, true);
  if (highs !== 0 || (flags & ~KNOWN_FLAGS) !== 0) return -EINVAL;
  const creates = (flags & O_CREAT) !== 0 || (flags & O_TMPFILE) === O_TMPFILE;
  if ((mode & ~0o7777) !== 0 || (!creates && mode !== 0)) return -EINVAL;
  if ((flags & O_PATH) !== 0 && creates) return -EINVAL;
  if (view.getUint32(16, true) !== RESOLVE_NONE) return -EINVAL;
  return open(thread, words[0]!, words[1]!, flags, mode);
}

export const OPEN_CALLS: readonly SystemCall[] = [
  {
    name: 'open',
    number: 2,
    arguments: ['path', 'open-flags', 'mode'],
    result: 'descriptor',
    call: (t, w) => open(t, AT_FDCWD, w[0]!, w[1]! | 0, w[2]!),
  },
  {
    name: 'creat',
    number: 85,
    arguments: ['path', 'mode'],
    result: 'descriptor',
    call: (t, w) => open(t, AT_FDCWD, w[0]!, O_CREAT | O_WRONLY | O_TRUNC, w[1]!),
  },
  {
    name: 'openat',
    number: 257,
    arguments: ['directory', 'path', 'open-flags', 'mode'],
    result: 'descriptor',
    call: (t, w) => open(t, w[0]!, w[1]!, w[2]! | 0, w[3]!),
  },
  {
    name: 'openat2',
    number: 437,
    arguments: ['directory', 'path', 'address', 'size'],
    result: 'descriptor',
    call: openHow,
  },
];

/**
 * Calls on descriptors themselves.
 * @table
 */
import type { Thread } from '../../process/thread.ts';
import type { SystemCall } from '../../system-call.ts';
import { EBADF, EFAULT, EINVAL } from '../errno.ts';
import { O_CLOEXEC, O_NONBLOCK } from '../file-constants.ts';
import { statRecord } from '../stat-record.ts';
import { addFile, anyFile, openFile } from './descriptor-argument.ts';
import { fcntl } from './fcntl.ts';

const FIONCLEX = 0x5450;
const FIOCLEX = 0x5451;
const FIONBIO = 0x5421;
const CLOSE_RANGE_UNSHARE = 2;
const CLOSE_RANGE_CLOEXEC = 4;

function fstat(thread: Thread, descriptor: number, address: number): number {
  const file = anyFile(thread, descriptor);
  if (file === null) return -EBADF;
  return thread.memory.write(address, statRecord(file.inode)) ? 0 : -EFAULT;
}

/** What every open file knows is answered here, the rest by the file. */
function ioctl(thread: Thread, descriptor: number, request: number, argument: number): number {
  const file = openFile(thread, descriptor);
  if (file === null) return -EBADF;
  const { files } = thread.process;
  switch (request) {
    case FIOCLEX:
    case FIONCLEX:
      files.setClosesOnExec(descriptor | 0, request === FIOCLEX);
      return 0;
    case FIONBIO: {
      const on = thread.memory.i32(argument);
      if (on === null) return -EFAULT;
      file.flags = on === 0 ? file.flags & ~O_NONBLOCK : file.flags | O_NONBLOCK;
      return 0;
    }
    default: {
      const { groupId, sessionId, memory } = thread.process;
      return file.ioctl(request, argument, { memory, groupId, sessionId });
    }
  }
}

function duplicate(thread: Thread, descriptor: number): number {
  const file = anyFile(thread, descriptor);
  if (file === null) return -EBADF;
  file.retain();
  return addFile(thread, file, false);
}

function duplicateTo(thread: Thread, from: number, to: number, closesOnExec: boolean): number {
  const file = anyFile(thread, from);
  if (file === null) return -EBADF;
  if ((from | 0) === (to | 0)) return to | 0;
  file.retain();
  const result = thread.process.files.put(to | 0, file, closesOnExec);
  if (result < 0) file.release();
  return result;
}

function dup3(thread: Thread, from: number, to: number, flags: number): number {
  if ((flags & ~O_CLOEXEC) !== 0 || (from | 0) === (to | 0)) return -EINVAL;
  return duplicateTo(thread, from, to, (flags & O_CLOEXEC) !== 0);
}

function closeRange(thread: Thread, first: number, last: number, flags: number): number {
  if ((flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) !== 0) return -EINVAL;
  const from = first >>> 0;
  const to = last >>> 0;
  if (from > to) return -EINVAL;
  const { files } = thread.process;
  for (const descriptor of files.numbers()) {
    if (descriptor < from || descriptor > to) continue;
    if ((flags & CLOSE_RANGE_CLOEXEC) !== 0) files.setClosesOnExec(descriptor, true);
    else files.close(descriptor);
  }
  return 0;
}

export const DESCRIPTOR_CALLS: readonly SystemCall[] = [
  {
    name: 'close',
    number: 3,
    arguments: ['descriptor'],
    result: 'int',
    call: (t, w) => t.process.files.close(w[0]! | 0),
  },
  {
    name: 'fstat',
    number: 5,
    arguments: ['descriptor', 'stat-out'],
    result: 'int',
    call: (t, w) => fstat(t, w[0]!, w[1]!),
  },
  {
    name: 'lseek',
    number: 8,
    arguments: ['descriptor', 'offset', 'whence'],
    result: 'int',
    call: (t, w) => openFile(t, w[0]!)?.seek(w[1]!, w[2]! | 0) ?? -EBADF,
  },
  {
    name: 'ioctl',
    number: 16,
    arguments: ['descriptor', 'ioctl-request', 'ioctl-argument'],
    result: 'int',
    call: (t, w) => ioctl(t, w[0]!, w[1]! | 0, w[2]!),
  },
  {
    name: 'dup',
    number: 32,
    arguments: ['descriptor'],
    result: 'descriptor',
    call: (t, w) => duplicate(t, w[0]!),
  },
  {
    name: 'dup2',
    number: 33,
    arguments: ['descriptor', 'descriptor'],
    result: 'descriptor',
    call: (t, w) => duplicateTo(t, w[0]!, w[1]!, false),
  },
  {
    name: 'fcntl',
    number: 72,
    arguments: ['descriptor', 'fcntl-command', 'fcntl-argument'],
    result: 'int',
    call: (t, w) => fcntl(t, w[0]!, w[1]! | 0, w[2]!),
  },
  {
    name: 'dup3',
    number: 292,
    arguments: ['descriptor', 'descriptor', 'open-flags'],
    result: 'descriptor',
    call: (t, w) => dup3(t, w[0]!, w[1]!, w[2]! | 0),
  },
  {
    name: 'close_range',
    number: 436,
    arguments: ['descriptor', 'descriptor', 'hex'],
    result: 'int',
    call: (t, w) => closeRange(t, w[0]!, w[1]!, w[2]! | 0),
  },
];

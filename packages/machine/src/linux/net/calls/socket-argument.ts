/** Sockets and their addresses as calls are given them. */

import { openFile } from '../../file/calls/descriptor-argument.ts';
import { visitorOf, walkText } from '../../file/calls/path-argument.ts';
import { waitAtMost } from '../../file/calls/transfer.ts';
import {
  EACCES,
  EADDRINUSE,
  EAGAIN,
  EBADF,
  ECONNREFUSED,
  EFAULT,
  EINVAL,
  ENOENT,
  ENOTSOCK,
  EPERM,
} from '../../file/errno.ts';
import { AT_FDCWD, MAY_WRITE, S_IFSOCK } from '../../file/file-constants.ts';
import { addFile as addName, type NewFile } from '../../file/tree-changes.ts';
import type { Thread } from '../../process/thread.ts';
import { Socket } from '../socket.ts';
import type { SocketCaller } from '../socket-caller.ts';
import { MSG_DONTWAIT } from '../socket-constants.ts';
import { SocketInode } from '../socket-inode.ts';

/** struct sockaddr_storage. */
const MOST_ADDRESS_BYTES = 128;
const PERMISSIONS = 0o777;

/** The socket of a descriptor, or a negative error number. */
export function socketOf(thread: Thread, descriptor: number): Socket | number {
  const file = openFile(thread, descriptor);
  if (file === null) return -EBADF;
  return file instanceof Socket ? file : -ENOTSOCK;
}

/** Who makes a thread's calls, with paths as its process sees them. */
export function callerOf(thread: Thread): SocketCaller {
  const { process } = thread;
  const { userId, groupId } = process.kernel;
  return {
    credentials: { process: process.id, user: userId, group: groupId },
    find: (path) => findSocket(thread, path),
    make: (path) => makeSocket(thread, path),
  };
}

function findSocket(thread: Thread, path: string): SocketInode | number {
  const end = walkText(thread, AT_FDCWD, path, true);
  if (typeof end === 'number') return end;
  const inode = end.place?.inode;
  if (inode === undefined) return -ENOENT;
  if (!inode.allows(MAY_WRITE)) return -EACCES;
  return inode instanceof SocketInode ? inode : -ECONNREFUSED;
}

function makeSocket(thread: Thread, path: string): SocketInode | number {
  const visitor = visitorOf(thread);
  const end = walkText(thread, AT_FDCWD, path, 'never');
  if (typeof end === 'number') return end;
  const mode = S_IFSOCK | (PERMISSIONS & ~visitor.umask);
  const file: NewFile = {
    make: (device) => new SocketInode(visitor.system.parts(device, mode)),
    onHost: () => -EPERM,
  };
  const place = end.place === null ? addName(visitor, end, file) : -EADDRINUSE;
  if (typeof place === 'number') return place;
  return place.inode as SocketInode;
}

/** The bytes of an address; or a negative error number. */
export function readAddress(thread: Thread, address: number, length: number): Uint8Array | number {
  if (length < 0 || length > MOST_ADDRESS_BYTES) return -EINVAL;
  return thread.memory.read(address, length) ?? -EFAULT;
}

/** Stores an address, as much of it as there is room for, and its whole length: 0 or an error. */
export function storeAddress(
  thread: Thread,
  bytes: Uint8Array,
  address: number,
  lengthAddress: number,
): number {
  const { memory } = thread;
  const room = memory.i32(lengthAddress);
  if (room === null) return -EFAULT;
  if (room < 0) return -EINVAL;
  const isStored =
    memory.write(address, bytes.subarray(0, room)) && memory.storeU32(lengthAddress, bytes.length);
  return isStored ? 0 : -EFAULT;
}

/** What a call does that a socket makes wait: -EAGAIN where it may not, or has for long enough. */
export function waitFor(thread: Thread, socket: Socket, nanoseconds: number, flags = 0): number {
  const mayNot = socket.isNonblocking || (flags & MSG_DONTWAIT) !== 0;
  if (mayNot || thread.timedOut) return -EAGAIN;
  return waitAtMost(thread, socket.blockedOn, nanoseconds);
}

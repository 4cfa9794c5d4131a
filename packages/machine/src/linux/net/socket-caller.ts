/** Who makes a call on a socket, and paths as it sees them. */
import type { Credentials } from './receive-queue.ts';
import type { SocketInode } from './socket-inode.ts';

export interface SocketCaller {
  readonly credentials: Credentials;
  /** The socket's file at a path, or a negative error number. */
  readonly find: (path: string) => SocketInode | number;
  /** Makes a socket's file: it, or a negative error number. */
  readonly make: (path: string) => SocketInode | number;
}

/** The file of a path that a socket is bound to. */
import { S_IFSOCK } from '../file/file-constants.ts';
import { Inode, type InodeParts } from '../file/inode.ts';

/** Whoever is bound to it. */
export interface BoundSocket {
  readonly type: number;
}

export class SocketInode extends Inode {
  /** Null when nobody has it open any more: the name stays. */
  bound: BoundSocket | null = null;

  constructor(parts: InodeParts) {
    super({ ...parts, mode: S_IFSOCK | (parts.mode & 0o7777) });
  }
}

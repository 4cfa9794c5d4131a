/** The file of a path that a socket is bound to. */
import { Inode } from '../file/inode.ts';

/** Whoever is bound to it. */
export interface BoundSocket {
  readonly type: number;
}

export class SocketInode extends Inode {
  /** Null when nobody has it open any more: the name stays. */
  bound: BoundSocket | null = null;
}

/** A pipe with a name. */
import { S_IFIFO } from './file-constants.ts';
import { Inode, type InodeParts } from './inode.ts';
import { Pipe } from './pipe.ts';

export class Fifo extends Inode {
  private current: Pipe | null = null;

  constructor(parts: InodeParts) {
    super({ ...parts, mode: S_IFIFO | (parts.mode & 0o7777) });
  }

  /** The pipe while anybody has it open: what nobody read is gone with the last one. */
  get pipe(): Pipe {
    const { current } = this;
    if (current !== null && current.readers + current.writers > 0) return current;
    this.current = new Pipe(this);
    return this.current;
  }
}

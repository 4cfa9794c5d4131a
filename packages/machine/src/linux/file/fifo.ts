/** A pipe with a name. */
import { S_IFIFO } from './file-constants.ts';
import { Inode, type InodeParts } from './inode.ts';
import { Pipe, type PipeShare } from './pipe.ts';

export class Fifo extends Inode {
  private readonly share: PipeShare;
  private current: Pipe | null = null;

  constructor(parts: InodeParts, share: PipeShare) {
    super({ ...parts, mode: S_IFIFO | (parts.mode & 0o7777) });
    this.share = share;
  }

  /** The pipe while anybody has it open: what nobody read is gone with the last one. */
  get pipe(): Pipe {
    const { current } = this;
    if (current !== null && !current.isDisposed) return current;
    this.current = new Pipe(this, this.share);
    return this.current;
  }
}

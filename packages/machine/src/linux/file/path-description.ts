/** What O_PATH opens: a place to start from, nothing to read or write. */
import { EBADF } from './errno.ts';
import { FileDescription } from './file-description.ts';
import type { Inode } from './inode.ts';
import type { Place } from './place.ts';

export class PathDescription extends FileDescription {
  readonly inode: Inode;
  override readonly place: Place;

  constructor(place: Place, flags: number) {
    super(flags);
    this.place = place;
    this.inode = place.inode;
  }

  override resize(): number {
    return -EBADF;
  }

  override sync(): number {
    return -EBADF;
  }
}

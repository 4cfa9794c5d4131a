/** An open directory: its entries as they were when reading began. */
import type { Directory, DirectoryEntry, Looker } from './directory.ts';
import { EINVAL, EISDIR } from './errno.ts';
import { S_IFDIR, SEEK_CUR, SEEK_SET } from './file-constants.ts';
import { FileDescription, type ReadResult } from './file-description.ts';
import type { Place } from './place.ts';

export class DirectoryDescription extends FileDescription {
  readonly inode: Directory;
  override readonly place: Place;
  private entries: readonly DirectoryEntry[] | null = null;

  constructor(inode: Directory, flags: number, place: Place) {
    super(flags);
    this.inode = inode;
    this.place = place;
  }

  override get isStream(): boolean {
    return false;
  }

  /** Entries from the position on, `.` and `..` first; or a negative error number. */
  rest(looker: Looker): readonly DirectoryEntry[] | number {
    if (this.entries === null || this.position === 0) {
      const listed = this.inode.list(looker);
      if (typeof listed === 'number') return listed;
      const parent = this.place.parent ?? this.place;
      this.entries = [
        { name: '.', number: this.inode.number, type: S_IFDIR },
        { name: '..', number: parent.inode.number, type: S_IFDIR },
        ...listed,
      ];
    }
    return this.entries.slice(this.position);
  }

  override read(): ReadResult {
    return -EISDIR;
  }

  override readAt(): ReadResult {
    return -EISDIR;
  }

  /** Positions are counts of entries. */
  override seek(offset: number, whence: number): number {
    if (whence !== SEEK_SET && whence !== SEEK_CUR) return -EINVAL;
    const position = whence === SEEK_SET ? offset : this.position + offset;
    if (position < 0) return -EINVAL;
    this.position = position;
    return position;
  }

  override sync(): number {
    return 0;
  }
}

/** Files whose text is made when they are opened, and directories of them: /proc, /sys. */
import { Directory, type DirectoryEntry, type Looker } from './directory.ts';
import { EINVAL, ENOENT } from './errno.ts';
import { S_IFDIR, S_IFREG, SEEK_CUR, SEEK_END, SEEK_SET } from './file-constants.ts';
import { FileDescription, type ReadResult } from './file-description.ts';
import { Inode, type InodeParts } from './inode.ts';
import type { Place } from './place.ts';

/** st_blksize of /proc. */
const BLOCK_BYTES = 1024;

/** The text, as characters that are bytes; or a negative error number. */
export type TextSource = () => string | number;
/** Bytes from an offset on, at most so many; or a negative error number. */
export type RangeSource = (offset: number, length: number) => ReadResult;
/** Takes what is written: 0 or a negative error number. */
export type TextSink = (text: string) => number;

/** A file whose bytes are made when it is read. */
export abstract class GeneratedInode extends Inode {
  readonly sink: TextSink | null;

  constructor(parts: InodeParts, sink: TextSink | null) {
    super({ ...parts, mode: S_IFREG | (parts.mode & 0o7777) });
    this.sink = sink;
  }

  override get blockBytes(): number {
    return BLOCK_BYTES;
  }

  /** What one description of it reads. */
  abstract open(): RangeSource;
}

export class GeneratedFile extends GeneratedInode {
  readonly source: TextSource;

  constructor(parts: InodeParts, source: TextSource, sink: TextSink | null = null) {
    super(parts, sink);
    this.source = source;
  }

  /** The text is made when reading begins, and again when it begins again. */
  override open(): RangeSource {
    let text: string | null = null;
    return (offset, length) => {
      if (text === null || offset === 0) {
        const made = this.source();
        if (typeof made === 'number') return made;
        text = made;
      }
      const part = text.slice(offset, offset + length);
      return Uint8Array.from(part, (character) => character.charCodeAt(0));
    };
  }
}

/** A file that is too long to be made whole: /proc/self/pagemap. */
export class GeneratedRange extends GeneratedInode {
  private readonly range: RangeSource;

  constructor(parts: InodeParts, range: RangeSource) {
    super(parts, null);
    this.range = range;
  }

  override open(): RangeSource {
    return this.range;
  }
}

export class GeneratedDescription extends FileDescription {
  readonly inode: GeneratedInode;
  override readonly place: Place;
  private readonly range: RangeSource;

  constructor(inode: GeneratedInode, flags: number, place: Place) {
    super(flags);
    this.inode = inode;
    this.place = place;
    this.range = inode.open();
  }

  override get isStream(): boolean {
    return false;
  }

  override read(length: number): ReadResult {
    const bytes = this.readAt(length, this.position);
    if (typeof bytes !== 'number') this.position += bytes.length;
    return bytes;
  }

  override readAt(length: number, offset: number): ReadResult {
    return this.range(offset, length);
  }

  override write(bytes: Uint8Array): number {
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    const failed = this.inode.sink?.(text) ?? -EINVAL;
    return failed === 0 ? bytes.length : failed;
  }

  override seek(offset: number, whence: number): number {
    if (whence === SEEK_END || (whence !== SEEK_SET && whence !== SEEK_CUR)) return -EINVAL;
    const position = whence === SEEK_SET ? offset : this.position + offset;
    if (position < 0) return -EINVAL;
    this.position = position;
    return position;
  }
}

/** A directory of names that come from somewhere else and cannot be changed. */
export class GeneratedDirectory extends Directory {
  override get blockBytes(): number {
    return BLOCK_BYTES;
  }

  override readonly isLasting = false;
  private readonly find: (name: string, looker: Looker) => Inode | null;
  private readonly names: (looker: Looker) => readonly string[];

  constructor(
    parts: InodeParts,
    find: (name: string, looker: Looker) => Inode | null,
    names: (looker: Looker) => readonly string[],
  ) {
    super({ ...parts, mode: S_IFDIR | (parts.mode & 0o7777), links: 2 });
    this.find = find;
    this.names = names;
  }

  override lookup(name: string, looker: Looker): Inode | number {
    return this.find(name, looker) ?? -ENOENT;
  }

  override list(looker: Looker): DirectoryEntry[] {
    return this.names(looker).flatMap((name) => {
      const inode = this.find(name, looker);
      return inode === null ? [] : [{ name, number: inode.number, type: inode.type }];
    });
  }
}

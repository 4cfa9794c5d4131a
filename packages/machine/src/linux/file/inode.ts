/**
 * A file as the tree and open descriptors share it: what stat tells of it. What its contents are is
 * the business of the kinds of inodes in the files beside this one.
 */
import {
  GUEST_GID,
  GUEST_UID,
  MAY_EXECUTE,
  MAY_READ,
  MAY_WRITE,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from './file-constants.ts';
import { FileLocks } from './file-locks.ts';
import { type FileTime, isLater } from './file-time.ts';

const DAY_SECONDS = 24 * 60 * 60;

export interface InodeParts {
  /** Number in its file system, as stat and getdents have it. */
  readonly number: number;
  /** The file system's number as stat's st_dev: makedev(major, minor). */
  readonly device: number;
  /** Type and permission bits. */
  readonly mode: number;
  readonly time: FileTime;
  readonly uid?: number;
  readonly gid?: number;
  readonly links?: number;
  /** What a device file is, makedev(major, minor). */
  readonly special?: number;
}

export class Inode {
  readonly number: number;
  readonly device: number;
  mode: number;
  uid: number;
  gid: number;
  links: number;
  readonly special: number;
  accessed: FileTime;
  modified: FileTime;
  /** When the record itself changed last, ctime. */
  changed: FileTime;
  born: FileTime;
  private ranges: FileLocks | null = null;
  private whole: FileLocks | null = null;

  constructor(parts: InodeParts) {
    this.number = parts.number;
    this.device = parts.device;
    this.mode = parts.mode;
    this.uid = parts.uid ?? GUEST_UID;
    this.gid = parts.gid ?? GUEST_GID;
    this.links = parts.links ?? 1;
    this.special = parts.special ?? 0;
    this.accessed = parts.time;
    this.modified = parts.time;
    this.changed = parts.time;
    this.born = parts.time;
  }

  get size(): number {
    return 0;
  }

  /** What a program had best read at once: st_blksize. */
  get blockBytes(): number {
    return 4096;
  }

  /** Units of 512 bytes, as st_blocks has it. */
  get blocks(): number {
    return 0;
  }

  get type(): number {
    return this.mode & S_IFMT;
  }

  get isDirectory(): boolean {
    return this.type === S_IFDIR;
  }

  get isRegular(): boolean {
    return this.type === S_IFREG;
  }

  get isLink(): boolean {
    return this.type === S_IFLNK;
  }

  /** Whether the guest's user owns the file. */
  get isOwned(): boolean {
    return this.uid === GUEST_UID;
  }

  /** Whether the mode allows the guest's user an access: bits of MAY_*. */
  allows(access: number): boolean {
    const shift = this.isOwned ? 6 : this.gid === GUEST_GID ? 3 : 0;
    const wanted = access & (MAY_READ | MAY_WRITE | MAY_EXECUTE);
    return ((this.mode >> shift) & wanted) === wanted;
  }

  /** Locks of fcntl. */
  get rangeLocks(): FileLocks {
    this.ranges ??= new FileLocks();
    return this.ranges;
  }

  /** Locks of flock. */
  get wholeLocks(): FileLocks {
    this.whole ??= new FileLocks();
    return this.whole;
  }

  /** An owner of locks is gone, or has closed the file. */
  unlock(owner: object): void {
    this.ranges?.remove(owner);
    this.whole?.remove(owner);
  }

  /**
   * Notes that the file was read, where that is news since it was changed, or for a day: mounts are
   * relatime. @see fs/inode.c: relatime_need_update
   */
  noteRead(now: FileTime): void {
    const { accessed } = this;
    const isOld = now.seconds - accessed.seconds >= DAY_SECONDS;
    const isNews = !isLater(accessed, this.modified) || !isLater(accessed, this.changed);
    if (isOld || isNews) this.accessed = now;
  }

  /** Sets mtime and ctime. */
  touch(time: FileTime): void {
    this.modified = time;
    this.changed = time;
  }

  /** A name of the file is gone, or the last descriptor: 0 links and nobody has it open. */
  dispose(): void {}
}

/** A device number as user programs have it. @see include/linux/kdev_t.h: new_encode_dev */
export function deviceNumber(major: number, minor: number): number {
  return (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
}

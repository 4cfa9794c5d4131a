/** An open regular file: a position in it. @see fs/read_write.c, mm/shmem.c of Linux 6.18 */
import type { MemoryObject } from '@bareheap/platform-posix';
import { EFAULT, EFBIG, EINVAL, ENOSPC, ENOTTY, ENXIO, EOPNOTSUPP, EPERM } from './errno.ts';
import {
  MAX_FILE_BYTES,
  O_APPEND,
  O_NOATIME,
  SEEK_CUR,
  SEEK_DATA,
  SEEK_END,
  SEEK_HOLE,
  SEEK_SET,
} from './file-constants.ts';
import { FileDescription, type IoctlCaller, type ReadResult } from './file-description.ts';
import type { Place } from './place.ts';
import { F_SEAL_GROW, F_SEAL_SHRINK, type RegularFile, WRITE_SEALS } from './regular-file.ts';

const PAGE_BYTES = 4096;
const FIONREAD = 0x541b;
const FIGETBSZ = 2;
/** Copies that share their blocks, which not every file system has. */
const FICLONE = 0x40049409;
const FICLONERANGE = 0x4020940d;

export class RegularDescription extends FileDescription {
  readonly inode: RegularFile;
  override readonly place: Place | null;
  private readonly label: string | null;

  /** @param label  the name of a file that is in no tree */
  constructor(inode: RegularFile, flags: number, place: Place | null, label: string | null = null) {
    super(flags);
    this.inode = inode;
    this.place = place;
    this.label = label;
  }

  override get isStream(): boolean {
    return false;
  }

  override get name(): string {
    return this.label ?? super.name;
  }

  override get object(): MemoryObject {
    return this.inode.pages(this.name);
  }

  get seals(): number {
    return this.inode.seals;
  }

  get hugePageBytes(): number {
    return this.inode.hugePageBytes;
  }

  override read(length: number): ReadResult {
    const bytes = this.readAt(length, this.position);
    if (typeof bytes !== 'number') this.position += bytes.length;
    return bytes;
  }

  override readAt(length: number, offset: number): ReadResult {
    const { inode } = this;
    if (length > 0 && (this.flags & O_NOATIME) === 0) inode.noteRead(inode.storage.now());
    return inode.read(offset, length);
  }

  override write(bytes: Uint8Array): number {
    const appends = (this.flags & O_APPEND) !== 0;
    const at = appends ? this.inode.size : this.position;
    const count = this.writeAt(bytes, at);
    if (count >= 0) this.position = at + count;
    return count;
  }

  /** With O_APPEND the offset counts for nothing, as Linux has it against POSIX. */
  override writeAt(bytes: Uint8Array, offset: number): number {
    const at = (this.flags & O_APPEND) !== 0 ? this.inode.size : offset;
    if (bytes.length === 0) return 0;
    if (this.hugePageBytes !== 0) return -EINVAL;
    if (at >= MAX_FILE_BYTES) return -EFBIG;
    const { seals } = this;
    if ((seals & WRITE_SEALS) !== 0) return -EPERM;
    if ((seals & F_SEAL_GROW) !== 0 && at + bytes.length > this.inode.size) return -EPERM;
    const count = this.inode.write(at, bytes, this.name);
    return count === 0 ? -ENOSPC : count;
  }

  override seek(offset: number, whence: number): number {
    const { size } = this.inode;
    const bases: Readonly<Record<number, number>> = {
      [SEEK_SET]: 0,
      [SEEK_CUR]: this.position,
      [SEEK_END]: size,
    };
    const base = bases[whence];
    let position: number;
    if (base !== undefined) position = base + offset;
    else if (whence === SEEK_DATA || whence === SEEK_HOLE) {
      position = this.search(offset, whence === SEEK_DATA);
    } else return -EINVAL;
    if (position === -ENXIO) return position;
    if (position < 0 || position >= 2 ** 63) return -EINVAL;
    this.position = position;
    return position;
  }

  override ioctl(request: number, argument: number, caller: IoctlCaller): number {
    const put = (value: number): number => (caller.memory.storeU32(argument, value) ? 0 : -EFAULT);
    if (request === FIONREAD) return put(this.inode.size - this.position);
    if (request === FIGETBSZ) return put(PAGE_BYTES);
    if (request === FICLONE || request === FICLONERANGE) return -EOPNOTSUPP;
    return -ENOTTY;
  }

  override resize(bytes: number): number {
    if (bytes > MAX_FILE_BYTES) return -EFBIG;
    const { seals, size, hugePageBytes } = this.inode;
    if (hugePageBytes !== 0 && bytes % hugePageBytes !== 0) return -EINVAL;
    if ((seals & F_SEAL_SHRINK) !== 0 && bytes < size) return -EPERM;
    if ((seals & F_SEAL_GROW) !== 0 && bytes > size) return -EPERM;
    this.inode.resize(bytes);
    return 0;
  }

  override sync(): number {
    this.inode.sync();
    return 0;
  }

  override reopen(flags: number): FileDescription | number {
    const failed = this.inode.opened();
    return failed || new RegularDescription(this.inode, flags, this.place, this.label);
  }

  protected override close(): void {
    this.inode.closed();
  }

  /** The first byte from `offset` that is data or in a hole; the end of the file is a hole. */
  private search(offset: number, data: boolean): number {
    const { size } = this.inode;
    if (offset < 0 || offset >= size) return -ENXIO;
    let at = offset;
    while (at < size && this.inode.holdsData(Math.floor(at / PAGE_BYTES)) !== data) {
      at = (Math.floor(at / PAGE_BYTES) + 1) * PAGE_BYTES;
    }
    if (at < size) return at;
    return data ? -ENXIO : size;
  }
}

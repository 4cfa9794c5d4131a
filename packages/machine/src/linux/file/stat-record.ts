/** struct stat, statx and statfs as x86-64 has them. @see arch/x86/include/uapi/asm/stat.h */
import type { FileTime } from './file-time.ts';
import type { Inode } from './inode.ts';

const STAT_BYTES = 144;
const STATX_BYTES = 256;
const STATFS_BYTES = 120;
export const BLOCK_BYTES = 4096;
/** STATX_BASIC_STATS and STATX_BTIME. */
const STATX_MASK = 0xfff;
const HIGH = 2 ** 32;

class Record {
  readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly view: DataView;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.view = new DataView(this.bytes.buffer);
  }

  u16(offset: number, value: number): void {
    this.view.setUint16(offset, value, true);
  }

  u32(offset: number, value: number): void {
    this.view.setUint32(offset, value, true);
  }

  u64(offset: number, value: number): void {
    this.view.setUint32(offset, value % HIGH, true);
    this.view.setInt32(offset + 4, Math.floor(value / HIGH), true);
  }
}

export function statRecord(inode: Inode): Uint8Array {
  const record = new Record(STAT_BYTES);
  record.u64(0, inode.device);
  record.u64(8, inode.number);
  record.u64(16, inode.links);
  record.u32(24, inode.mode);
  record.u32(28, inode.uid);
  record.u32(32, inode.gid);
  record.u64(40, inode.special);
  record.u64(48, inode.size);
  record.u64(56, inode.blockBytes);
  record.u64(64, inode.blocks);
  [inode.accessed, inode.modified, inode.changed].forEach((time, index) => {
    record.u64(72 + index * 16, time.seconds);
    record.u64(80 + index * 16, time.nanoseconds);
  });
  return record.bytes;
}

/** Major and minor of a device number. @see include/linux/kdev_t.h: new_decode_dev */
function putDevice(record: Record, offset: number, device: number): void {
  record.u32(offset, (device >>> 8) & 0xfff);
  record.u32(offset + 4, (device & 0xff) | ((device >>> 12) & 0xfff00));
}

function putTime(record: Record, offset: number, time: FileTime): void {
  record.u64(offset, time.seconds);
  record.u32(offset + 8, time.nanoseconds);
}

/** @see struct statx of include/uapi/linux/stat.h */
export function statxRecord(inode: Inode): Uint8Array {
  const record = new Record(STATX_BYTES);
  record.u32(0, STATX_MASK);
  record.u32(4, inode.blockBytes);
  record.u32(16, inode.links);
  record.u32(20, inode.uid);
  record.u32(24, inode.gid);
  record.u16(28, inode.mode);
  record.u64(32, inode.number);
  record.u64(40, inode.size);
  record.u64(48, inode.blocks);
  putTime(record, 64, inode.accessed);
  putTime(record, 80, inode.born);
  putTime(record, 96, inode.changed);
  putTime(record, 112, inode.modified);
  putDevice(record, 128, inode.special);
  putDevice(record, 136, inode.device);
  return record.bytes;
}

/** What statfs tells of a file system. Sizes are in its blocks. */
export interface FileSystemStatus {
  /** Its magic number. */
  readonly type: number;
  readonly blockBytes: number;
  readonly blocks: number;
  readonly freeBlocks: number;
  readonly files: number;
  readonly freeFiles: number;
  /** ST_* flags. */
  readonly flags: number;
}

/** @see struct statfs of include/uapi/asm-generic/statfs.h */
export function statfsRecord(status: FileSystemStatus): Uint8Array {
  const record = new Record(STATFS_BYTES);
  record.u64(0, status.type);
  record.u64(8, status.blockBytes);
  record.u64(16, status.blocks);
  record.u64(24, status.freeBlocks);
  record.u64(32, status.freeBlocks);
  record.u64(40, status.files);
  record.u64(48, status.freeFiles);
  record.u64(64, 255);
  record.u64(72, status.blockBytes);
  record.u64(80, status.flags);
  return record.bytes;
}

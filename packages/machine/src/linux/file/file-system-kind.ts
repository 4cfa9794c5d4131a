/**
 * The file systems of the tree, and those of files without a name, by the device that stat tells.
 * @table
 * @see include/uapi/linux/magic.h of Linux 6.18; proc_mounts(5)
 */
import { deviceNumber } from './inode.ts';

/** How a file system is mounted, as /proc/mounts has it. */
export interface MountKind {
  readonly source: string;
  readonly type: string;
  readonly options: string;
}

export interface FileSystemKind {
  /** What statfs calls its type. */
  readonly magic: number;
  /** It has files and bytes that may run out. */
  readonly isCounted: boolean;
  /** Null: only the kernel has it mounted. */
  readonly mount: MountKind | null;
}

/** Of memfd_create. */
export const MEMORY_DEVICE: number = deviceNumber(0, 1);
export const DEVICES_DEVICE: number = deviceNumber(0, 6);
export const SOCKET_DEVICE: number = deviceNumber(0, 8);
export const PIPE_DEVICE: number = deviceNumber(0, 14);
/** Of eventfd, epoll and their kin. */
export const ANONYMOUS_DEVICE: number = deviceNumber(0, 15);
export const PROC_DEVICE: number = deviceNumber(0, 20);
export const SYSTEM_DEVICE: number = deviceNumber(0, 21);
export const TERMINALS_DEVICE: number = deviceNumber(0, 24);
export const SHARED_MEMORY_DEVICE: number = deviceNumber(0, 28);
export const TEMPORARY_DEVICE: number = deviceNumber(0, 30);
/** Of the root, also where no folder of the host's is it. */
export const ROOT_DEVICE: number = deviceNumber(8, 1);

const TMPFS_MAGIC = 0x01021994;

function unnamed(magic: number): FileSystemKind {
  return { magic, isCounted: false, mount: null };
}

function made(magic: number, type: string, options: string): FileSystemKind {
  return { magic, isCounted: false, mount: { source: type, type, options } };
}

function inMemory(type: string, options: string): FileSystemKind {
  return { ...made(TMPFS_MAGIC, type, options), isCounted: true };
}

const KINDS: ReadonlyMap<number, FileSystemKind> = new Map([
  [MEMORY_DEVICE, unnamed(TMPFS_MAGIC)],
  [DEVICES_DEVICE, inMemory('devtmpfs', 'rw,nosuid,relatime')],
  [SOCKET_DEVICE, unnamed(0x534f434b)],
  [PIPE_DEVICE, unnamed(0x50495045)],
  [ANONYMOUS_DEVICE, unnamed(0x09041934)],
  [PROC_DEVICE, made(0x9fa0, 'proc', 'rw,nosuid,nodev,noexec,relatime')],
  [SYSTEM_DEVICE, made(0x62656572, 'sysfs', 'ro,nosuid,nodev,noexec,relatime')],
  [TERMINALS_DEVICE, made(0x1cd1, 'devpts', 'rw,nosuid,noexec,relatime')],
  [SHARED_MEMORY_DEVICE, inMemory('tmpfs', 'rw,nosuid,nodev')],
  [TEMPORARY_DEVICE, inMemory('tmpfs', 'rw,nosuid,nodev')],
]);

const DISK_TYPE = 'ext4';
/** A folder of the host's is a disk. */
const DISK: FileSystemKind = {
  magic: 0xef53,
  isCounted: true,
  mount: { source: '/dev/root', type: DISK_TYPE, options: 'rw,relatime' },
};

/** /proc/filesystems: the types of those that are mounted; `nodev` before what is not on a disk. */
export function fileSystemTypes(): string {
  const types = [...KINDS.values()].flatMap(({ mount }) => (mount === null ? [] : [mount.type]));
  const lines = [...new Set(types)].map((type) => `nodev\t${type}\n`);
  return [...lines, `\t${DISK_TYPE}\n`].join('');
}

/** The kind of the file system that a device is. */
export function fileSystemKind(device: number): FileSystemKind {
  return KINDS.get(device) ?? DISK;
}

/**
 * The folder that `--root` names, as a guest's tree asks for it, and the part of it that `--write`
 * lets writes through to. Paths are the guest's bytes, found name by name by the guest's tree; here
 * no link is ever followed and only regular files open. Where the host is told to write it makes
 * files and folders, and neither links nor devices.
 */
import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { sep } from 'node:path';
import type { HostFile, HostKind, HostStatus, HostTime, HostTree } from '@bareheap/machine';
import { errnoOf } from './host-error.ts';

const EACCES = 13;
const EIO = 5;
const ENOENT = 2;
const ENOTDIR = 20;
const ENFILE = 23;
const EMFILE = 24;
/** The guest's user and group, which whoever runs it appears as. */
const GUEST_ID = 1000;
const BILLION = 1_000_000_000n;

export interface FolderOptions {
  /** A resolved path of the host's. */
  readonly root: string;
  /** A resolved path inside the root, or null. */
  readonly writable: string | null;
}

export class FolderTree implements HostTree {
  private readonly root: Buffer;
  /** The writable folder from the root, `/` between names; null when nothing is written. */
  private readonly writable: string | null;

  constructor(options: FolderOptions) {
    this.root = Buffer.from(options.root);
    this.writable = options.writable === null ? null : inside(options.root, options.writable);
  }

  status(path: string): HostStatus | number {
    return guarded(() => {
      const status = lstatSync(this.hostPath(path), { bigint: true });
      return statusOf(status, this.writesThrough(path));
    });
  }

  list(path: string): readonly string[] | number {
    return guarded(() => {
      const host = this.hostPath(path);
      // readdir would follow a link.
      if (!lstatSync(host).isDirectory()) return -ENOTDIR;
      return readdirSync(host, { encoding: 'buffer' }).map((name) => name.toString('latin1'));
    });
  }

  readLink(path: string): string | number {
    return guarded(() =>
      readlinkSync(this.hostPath(path), { encoding: 'buffer' }).toString('latin1'),
    );
  }

  open(path: string): HostFile | number {
    const writes = this.writesThrough(path);
    const mode = writes ? constants.O_RDWR : constants.O_RDONLY;
    // O_NONBLOCK: should a fifo be there by now, opening it must not wait.
    const flags = mode | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    return guarded(() => {
      const descriptor = openSync(this.hostPath(path), flags);
      const status = fstatSync(descriptor);
      if (status.isFile()) return new FolderFile(descriptor, status.size, writes);
      closeSync(descriptor);
      return -EACCES;
    });
  }

  writesThrough(path: string): boolean {
    const { writable } = this;
    if (writable === null) return false;
    return writable === '' || path === writable || path.startsWith(`${writable}/`);
  }

  createFile(path: string, mode: number): number {
    return guarded(() => {
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
      closeSync(openSync(this.hostPath(path), flags, mode));
      return 0;
    });
  }

  createDirectory(path: string, mode: number): number {
    return done(() => mkdirSync(this.hostPath(path), { mode }));
  }

  remove(path: string, isDirectory: boolean): number {
    const host = this.hostPath(path);
    return done(() => (isDirectory ? rmdirSync(host) : unlinkSync(host)));
  }

  rename(from: string, to: string): number {
    return done(() => renameSync(this.hostPath(from), this.hostPath(to)));
  }

  link(from: string, to: string): number {
    return done(() => linkSync(this.hostPath(from), this.hostPath(to)));
  }

  /** A link would be followed: the guest's tree never asks for one, this makes sure. */
  setMode(path: string, mode: number): number {
    const host = this.hostPath(path);
    return done(() => {
      if (!lstatSync(host).isSymbolicLink()) chmodSync(host, mode & 0o777);
    });
  }

  setTimes(path: string, accessed: HostTime, modified: HostTime): number {
    const seconds = (time: HostTime): number => time.seconds + time.nanoseconds / 1e9;
    const host = this.hostPath(path);
    return done(() => {
      if (lstatSync(host).isSymbolicLink()) return;
      utimesSync(host, seconds(accessed), seconds(modified));
    });
  }

  /** @throws NoSuchName  when a name could mean something else to the host: told as ENOENT */
  private hostPath(path: string): Buffer {
    if (path === '') return this.root;
    const names = path.split('/');
    if (!names.every(isPlain)) throw new NoSuchName();
    if (this.writesThrough(path)) this.requireFolders(names.slice(0, -1));
    return this.joined(names);
  }

  /**
   * A guest that writes here may have put one of the host's links where a folder was; a folder that
   * it still has open must not lead through it.
   */
  private requireFolders(names: readonly string[]): void {
    for (let count = 1; count <= names.length; count++) {
      if (!lstatSync(this.joined(names.slice(0, count))).isDirectory()) throw new NoSuchName();
    }
  }

  private joined(names: readonly string[]): Buffer {
    const name = Buffer.from(sep + names.join(sep), 'latin1');
    const path = Buffer.alloc(this.root.length + name.length);
    path.set(this.root);
    path.set(name, this.root.length);
    return path;
  }
}

/** A name that no file of the host's can have. */
class NoSuchName extends Error {}

function isPlain(name: string): boolean {
  if (name === '' || name === '.' || name === '..' || name.includes('\0')) return false;
  return process.platform !== 'win32' || !/[\\:]/.test(name);
}

/** `/` between names; the folder is inside the root or it. */
function inside(root: string, folder: string): string {
  const rest = folder.slice(root.length).split(sep).filter(Boolean).join('/');
  return Buffer.from(rest).toString('latin1');
}

class FolderFile implements HostFile {
  readonly size: number;
  readonly write?: (offset: number, bytes: Uint8Array) => number;
  readonly resize?: (bytes: number) => number;
  private readonly descriptor: number;

  constructor(descriptor: number, size: number, writes: boolean) {
    this.descriptor = descriptor;
    this.size = size;
    if (!writes) return;
    this.write = (offset, bytes) => guarded(() => writeAll(descriptor, offset, bytes));
    this.resize = (length) => done(() => ftruncateSync(descriptor, length));
  }

  read(offset: number, bytes: Uint8Array): number {
    return guarded(() => {
      let count = 0;
      while (count < bytes.length) {
        const part = readSync(this.descriptor, bytes, count, bytes.length - count, offset + count);
        if (part === 0) break;
        count += part;
      }
      return count;
    });
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

function writeAll(descriptor: number, offset: number, bytes: Uint8Array): number {
  let count = 0;
  while (count < bytes.length) {
    count += writeSync(descriptor, bytes, count, bytes.length - count, offset + count);
  }
  return count;
}

function kindOf(status: BigIntStats): HostKind {
  if (status.isFile()) return 'file';
  if (status.isDirectory()) return 'directory';
  return status.isSymbolicLink() ? 'link' : 'other';
}

/**
 * Files of whoever runs the guest are the guest's own. The administrator's are not, but for those
 * that the guest may write.
 */
function ownerOf(id: bigint, own: number, isWritten: boolean): number {
  return (own !== 0 || isWritten) && Number(id) === own ? GUEST_ID : Number(id);
}

function timeOf(time: bigint): HostTime {
  return { seconds: Number(time / BILLION), nanoseconds: Number(time % BILLION) };
}

function statusOf(status: BigIntStats, isWritten: boolean): HostStatus {
  return {
    kind: kindOf(status),
    mode: Number(status.mode),
    number: Number(status.ino),
    device: Number(status.dev),
    links: Number(status.nlink),
    uid: ownerOf(status.uid, process.getuid?.() ?? GUEST_ID, isWritten),
    gid: ownerOf(status.gid, process.getgid?.() ?? GUEST_ID, isWritten),
    size: Number(status.size),
    special: Number(status.rdev),
    accessed: timeOf(status.atimeNs),
    modified: timeOf(status.mtimeNs),
    changed: timeOf(status.ctimeNs),
    born: timeOf(status.birthtimeNs),
  };
}

/** Turns the host's refusal into a negative error number; its lack of descriptors is not the guest's. */
function guarded<T>(call: () => T): T | number {
  try {
    return call();
  } catch (error) {
    if (error instanceof NoSuchName) return -ENOENT;
    const errno = errnoOf(error);
    return -(errno === EMFILE ? ENFILE : errno || EIO);
  }
}

function done(call: () => unknown): number {
  return guarded(() => {
    call();
    return 0;
  });
}

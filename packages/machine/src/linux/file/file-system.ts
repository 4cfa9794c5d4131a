/**
 * All files of a guest: the tree with what is mounted in it, and what makes new files.
 *
 * The guest is an ordinary user, GUEST_UID and GUEST_GID, and modes and owners decide what it may
 * do. Its root is a folder of the host's, or an empty one of its own, with /proc, /dev, an empty
 * /sys, and /tmp where the host has none that it may write. What it writes stays in memory, in
 * frames of the guest's, unless the host lets it through. Not here: mounting, chroot, devices of the
 * host's, programs that are busy because they run.
 */
import type { FramePool } from '@bareheap/mmu';
import { assert } from '../../assert.ts';
import type { HostPort } from '../../host-port.ts';
import type { HostTree } from '../../host-tree.ts';
import { deviceDirectory } from './device-directory.ts';
import { type Directory, TreeDirectory } from './directory.ts';
import { ENOENT } from './errno.ts';
import type { FileStorage } from './file-storage.ts';
import { ROOT_DEVICE, TEMPORARY_DEVICE } from './file-system-kind.ts';
import type { FileTime } from './file-time.ts';
import { HostMount } from './host-mount.ts';
import type { InodeParts } from './inode.ts';
import { PageCache } from './page-cache.ts';
import { walk } from './path-walk.ts';
import { PipeShare } from './pipe.ts';
import { Place } from './place.ts';
import { ProcessDirectory } from './proc/process-directory.ts';
import type { ProcessSource } from './proc/process-source.ts';
import { RegularFile } from './regular-file.ts';
import { StandardStreams } from './standard-files.ts';
import { systemDirectory } from './system-directory.ts';

export interface FileSystemOptions {
  readonly pool: FramePool;
  readonly host: HostPort;
  /** What the guest sees as its root; null for an empty one. */
  readonly tree: HostTree | null;
  readonly now: () => FileTime;
  readonly random: (bytes: Uint8Array) => void;
  readonly processes: ProcessSource;
  /** Names that the guest may make; default: {@link MOST_NEW_FILES}. */
  readonly mostNewFiles?: number;
}

/** Names that a guest may make, and bytes of them and of links: they are not in its own memory. */
const MOST_NEW_FILES = 1 << 17;
const MOST_NEW_BYTES = 64 << 20;
/** A share of memory that pages of closed files may keep. */
const CACHE_SHARE = 8;
/** Numbers of files that the guest makes, beyond those of any host's. */
const FIRST_NUMBER = 2 ** 40;

export class FileSystem {
  readonly root: Place;
  readonly storage: FileStorage;
  readonly streams: StandardStreams;
  readonly pipes: PipeShare = new PipeShare();
  private readonly options: FileSystemOptions;
  private lastNumber = FIRST_NUMBER;
  private newFiles = 0;
  private newBytes = 0;

  constructor(options: FileSystemOptions) {
    this.options = options;
    this.storage = {
      pool: options.pool,
      cache: new PageCache(Math.floor(options.pool.limit / CACHE_SHARE)),
      now: options.now,
    };
    this.streams = new StandardStreams(options.host, options.now());
    this.root = new Place(this.rootDirectory(), null, '/');
    this.mount('proc', new ProcessDirectory(this, options.processes, options.random).root());
    this.mount('sys', systemDirectory(this));
    this.mount('dev', deviceDirectory(this, options));
    this.mountTemporary();
  }

  /** What a new file has; `mode` with its type. */
  parts(device: number, mode: number): InodeParts {
    return { number: ++this.lastNumber, device, mode, time: this.storage.now() };
  }

  /** Counts a new name, and bytes of it and of a link's text: false when there are too many. */
  mayAdd(bytes: number): boolean {
    const most = this.options.mostNewFiles ?? MOST_NEW_FILES;
    if (this.newFiles >= most || this.newBytes + bytes > MOST_NEW_BYTES) return false;
    this.newFiles++;
    this.newBytes += bytes;
    return true;
  }

  /** A name is gone. */
  dropped(bytes: number): void {
    this.newFiles = Math.max(0, this.newFiles - 1);
    this.newBytes = Math.max(0, this.newBytes - bytes);
  }

  directory(device: number, mode: number, owner?: number): TreeDirectory {
    const parts = this.parts(device, mode);
    return new TreeDirectory(owner === undefined ? parts : { ...parts, uid: owner, gid: owner });
  }

  file(device: number, mode: number): RegularFile {
    return new RegularFile(this.storage, this.parts(device, mode));
  }

  mount(name: string, directory: Directory, parent: Place = this.root): Place {
    const place = new Place(directory, parent, name);
    parent.mount(place);
    return place;
  }

  /** The place of an absolute path without links, or null. */
  placeAt(path: string): Place | null {
    const found = this.find(path);
    return typeof found === 'number' ? null : found;
  }

  /** The place of an absolute path without links, or a negative error number. */
  find(path: string): Place | number {
    const looker = { processId: 0, threadId: 0 };
    const end = walk({ root: this.root, base: this.root, looker }, path, false);
    return typeof end === 'number' ? end : (end.place ?? -ENOENT);
  }

  /**
   * What the regular file of an absolute path has, read past the guest's memory; null for others, and
   * for one of more than `most` bytes, which a guest may make as large as it likes.
   */
  bytesAt(path: string, most: number): Uint8Array | null {
    const inode = this.placeAt(path)?.inode;
    if (!(inode instanceof RegularFile) || inode.size > most) return null;
    return inode.read(0, inode.size);
  }

  private rootDirectory(): TreeDirectory {
    const { tree } = this.options;
    if (tree === null) return this.directory(ROOT_DEVICE, 0o755);
    const host = new HostMount(tree, this.storage).root();
    assert(typeof host !== 'number', 'the host has no folder for the root');
    return host;
  }

  /** A place for temporary files, unless the host's root has one. */
  private mountTemporary(): void {
    const found = (this.root.inode as TreeDirectory).lookup('tmp');
    if (typeof found !== 'number' && found.isDirectory && found.allows(3)) return;
    this.mount('tmp', this.directory(TEMPORARY_DEVICE, 0o1777, 0));
  }
}

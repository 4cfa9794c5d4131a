/**
 * A folder of the host's as part of a guest's tree. Files and folders become inodes when they are
 * found; files with several names are one inode.
 */

import type { HostStatus, HostTree } from '../../host-tree.ts';
import { type LowerDirectory, TreeDirectory } from './directory.ts';
import { S_IFDIR } from './file-constants.ts';
import type { FileStorage } from './file-storage.ts';
import { HostOriginal } from './host-original.ts';
import { Inode } from './inode.ts';
import { RegularFile } from './regular-file.ts';
import { SymbolicLink } from './symbolic-link.ts';

export class HostMount {
  readonly tree: HostTree;
  private readonly storage: FileStorage;
  /** Files with several names, by their number. */
  private readonly linked = new Map<string, Inode>();

  constructor(tree: HostTree, storage: FileStorage) {
    this.tree = tree;
    this.storage = storage;
  }

  /** The folder itself; or a negative error number. */
  root(): TreeDirectory | number {
    const status = this.tree.status('');
    return typeof status === 'number' ? status : this.directory('', status);
  }

  /** The names of a folder of the host's. */
  below(path: string): LowerDirectory {
    return {
      path,
      through: this.tree.writesThrough(path) ? this.tree : null,
      find: (name) => this.find(join(path, name)),
      list: () => this.tree.list(path),
      at: (other) => this.below(other),
    };
  }

  /** The file at a path; or a negative error number. */
  find(path: string): Inode | number {
    const status = this.tree.status(path);
    if (typeof status === 'number') return status;
    if (status.links < 2 || status.kind === 'directory') return this.make(path, status);
    const key = `${status.device}:${status.number}`;
    const known = this.linked.get(key);
    if (known !== undefined) {
      if (known instanceof RegularFile) known.original?.gained(path);
      return known;
    }
    const inode = this.make(path, status);
    if (typeof inode !== 'number') this.linked.set(key, inode);
    return inode;
  }

  private make(path: string, status: HostStatus): Inode | number {
    switch (status.kind) {
      case 'directory':
        return this.directory(path, status);
      case 'file': {
        const original = new HostOriginal(this.tree, path, status.size);
        return withTimes(new RegularFile(this.storage, partsOf(status), original), status);
      }
      case 'link': {
        const target = this.tree.readLink(path);
        if (typeof target === 'number') return target;
        return withTimes(new SymbolicLink(partsOf(status), target), status);
      }
      default:
        return withTimes(new Inode(partsOf(status)), status);
    }
  }

  private directory(path: string, status: HostStatus): TreeDirectory {
    const parts = { ...partsOf(status), mode: S_IFDIR | (status.mode & 0o7777) };
    return withTimes(new TreeDirectory(parts, this.below(path)), status);
  }
}

export function join(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}

function partsOf(status: HostStatus) {
  const { number, device, mode, uid, gid, links, special } = status;
  return { number, device, mode, uid, gid, links, special, time: status.changed };
}

function withTimes<T extends Inode>(inode: T, status: HostStatus): T {
  inode.accessed = status.accessed;
  inode.modified = status.modified;
  inode.changed = status.changed;
  inode.born = status.born;
  return inode;
}

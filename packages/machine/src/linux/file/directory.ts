/**
 * Directories: what a path walk and getdents ask of any, and those that a guest can change. Of a
 * folder of the host's the names are found when asked for; what the guest makes, moves or removes
 * stays in memory, over it.
 */

import type { HostTree } from '../../host-tree.ts';
import { ENOENT } from './errno.ts';
import { S_IFDIR } from './file-constants.ts';
import type { FileTime } from './file-time.ts';
import { Inode, type InodeParts } from './inode.ts';

/** Whoever looks: /proc/self depends on it. */
export interface Looker {
  readonly processId: number;
  readonly threadId: number;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly number: number;
  /** S_IF*. */
  readonly type: number;
}

export abstract class Directory extends Inode {
  /** Whether what is found may be kept as the name's file. */
  readonly isLasting: boolean = true;

  /** The file of a name, or a negative error number. */
  abstract lookup(name: string, looker: Looker): Inode | number;

  /** Everything in it but `.` and `..`; or a negative error number. */
  abstract list(looker: Looker): DirectoryEntry[] | number;
}

/** Where a directory's names come from before the guest changed them. */
export interface LowerDirectory {
  /** The file of a name, or a negative error number. */
  find(name: string): Inode | number;
  list(): readonly string[] | number;
  /** Where it is; changes below it are made there when `through` is not null. */
  readonly path: string;
  readonly through: HostTree | null;
  /** The names of another folder. */
  at(path: string): LowerDirectory;
}

const SLOT_BYTES = 20;
const BLOCK_BYTES = 4096;

export class TreeDirectory extends Directory {
  /** Null: there is no such file, whatever is below. */
  private readonly entries = new Map<string, Inode | null>();
  private below: LowerDirectory | null;
  private subdirectories = 0;

  constructor(parts: InodeParts, lower: LowerDirectory | null = null) {
    super({ ...parts, mode: S_IFDIR | (parts.mode & 0o7777), links: parts.links ?? 2 });
    this.below = lower;
  }

  get lower(): LowerDirectory | null {
    return this.below;
  }

  /** A block on a disk; in memory, as tmpfs counts it. */
  override get size(): number {
    return this.isOnDisk ? BLOCK_BYTES : this.entries.size * SLOT_BYTES;
  }

  override get blocks(): number {
    return this.isOnDisk ? BLOCK_BYTES / 512 : 0;
  }

  /** Devices without a driver have the major number 0. */
  private get isOnDisk(): boolean {
    return (this.device & 0xfff00) !== 0;
  }

  override lookup(name: string): Inode | number {
    const known = this.entries.get(name);
    if (known !== undefined) return known ?? -ENOENT;
    const found = this.lower?.find(name) ?? -ENOENT;
    if (typeof found !== 'number') this.entries.set(name, found);
    return found;
  }

  override list(): DirectoryEntry[] | number {
    const below = this.lower?.list() ?? [];
    if (typeof below === 'number') return below;
    const names = below.filter((name) => !this.entries.has(name));
    for (const [name, inode] of this.entries) if (inode !== null) names.push(name);
    if (this.lower !== null) names.sort();
    return names.flatMap((name) => {
      const inode = this.lookup(name);
      return typeof inode === 'number' ? [] : [{ name, number: inode.number, type: inode.type }];
    });
  }

  /** Whether it can be removed; one that cannot be read cannot. */
  get isEmpty(): boolean {
    const entries = this.list();
    return typeof entries !== 'number' && entries.length === 0;
  }

  /** Adds a name, or gives it another file. */
  set(name: string, inode: Inode, time: FileTime): void {
    this.count(name, -1);
    // An entry that is set again goes to the end of the list, as a new one does.
    this.entries.delete(name);
    this.entries.set(name, inode);
    this.count(name, 1);
    this.touch(time);
  }

  remove(name: string, time: FileTime): void {
    this.count(name, -1);
    if (this.lower === null || this.lower.through !== null) this.entries.delete(name);
    else this.entries.set(name, null);
    this.touch(time);
  }

  /** Forgets everything that was found: the names come from somewhere else now. */
  relocate(path: string): void {
    this.entries.clear();
    this.below = this.below?.at(path) ?? null;
  }

  /** Directories in it have a `..` that is a link to it. */
  private count(name: string, change: number): void {
    if (!(this.entries.get(name)?.isDirectory ?? false)) return;
    this.subdirectories += change;
    this.links = Math.max(2, this.links + change);
  }
}

/**
 * A name in the tree of files: which directory it is in and what it names. A file with hard links
 * has several places; an open directory keeps its place when it is renamed, so that its path and
 * its `..` stay right.
 */
import type { Inode } from './inode.ts';

export class Place {
  readonly inode: Inode;
  /** Null for the root of the tree. */
  parent: Place | null;
  name: string;
  /** The name was taken away. */
  isRemoved = false;
  /** Roots of other file systems, which hide what else has their names. */
  mounts: Map<string, Place> | null = null;

  private found: Map<string, Place> | null = null;

  constructor(inode: Inode, parent: Place | null, name: string) {
    this.inode = inode;
    this.parent = parent;
    this.name = name;
  }

  /** Places in this directory that were found so far. */
  get children(): Map<string, Place> {
    this.found ??= new Map();
    return this.found;
  }

  /** The path from the root, ` (deleted)` after it when the name is gone. */
  get path(): string {
    const names: string[] = [];
    for (let at: Place = this; at.parent !== null; at = at.parent) names.push(at.name);
    const path = `/${names.reverse().join('/')}`;
    return this.isRemoved ? `${path} (deleted)` : path;
  }

  /** Whether it is `directory` or somewhere in it. */
  isInside(directory: Place): boolean {
    for (let at: Place | null = this; at !== null; at = at.parent)
      if (at === directory) return true;
    return false;
  }

  /** The place of a file that is made here without a name. */
  unnamed(inode: Inode): Place {
    const place = new Place(inode, this, `#${inode.number}`);
    place.isRemoved = true;
    return place;
  }

  mount(root: Place): void {
    this.mounts ??= new Map();
    this.mounts.set(root.name, root);
  }
}

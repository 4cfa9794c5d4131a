/**
 * Follows a path name by name. All resolution is done here, on the guest's own tree: nothing of a
 * path is left to the host, so no `..` and no link leads out.
 *
 * @see path_resolution(7); fs/namei.c of Linux 6.18
 */
import { Directory, type Looker } from './directory.ts';
import { EACCES, EISDIR, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR } from './errno.ts';
import { MAY_EXECUTE, NAME_MAX } from './file-constants.ts';
import { Place } from './place.ts';
import { DirectLink, SymbolicLink } from './symbolic-link.ts';

/** Links that are followed in one path, MAXSYMLINKS. */
const MOST_LINKS = 40;

/** Whether a link at the end is followed: `false` does when a slash is behind it, `never` does not. */
export type Following = boolean | 'never';

/** What the last name of a path was. */
export type LastName = 'name' | '.' | '..' | '/';

/** Where a path leads: the directory of its last name, and what has that name. */
export interface WalkEnd {
  readonly parent: Place;
  readonly name: string;
  /** Null when there is no such file. */
  readonly place: Place | null;
  readonly last: LastName;
  /** Only a directory may have the name. */
  readonly endsInSlash: boolean;
}

export interface WalkStart {
  readonly root: Place;
  /** Where paths begin that do not begin with a slash. */
  readonly base: Place;
  readonly looker: Looker;
  /** The last name is one to be made: a slash behind it is EISDIR, whatever is there. */
  readonly creates?: boolean;
}

/** The file of a name in a directory, or a negative error number. */
export function childOf(parent: Place, name: string, looker: Looker): Place | number {
  const mounted = parent.mounts?.get(name) ?? parent.children.get(name);
  if (mounted !== undefined) return mounted;
  const directory = parent.inode as Directory;
  const inode = directory.lookup(name, looker);
  if (typeof inode === 'number') return inode;
  const place = new Place(inode, parent, name);
  if (directory.isLasting) parent.children.set(name, place);
  return place;
}

class Walk {
  private readonly start: WalkStart;
  private readonly follows: Following;
  private at: Place;
  /** Names still to come, the next one last. */
  private readonly pending: string[] = [];
  private endsInSlash = false;
  private links = 0;

  constructor(start: WalkStart, path: string, follows: Following) {
    this.start = start;
    this.follows = follows;
    this.at = start.base;
    this.push(path);
  }

  run(): WalkEnd | number {
    for (;;) {
      const name = this.pending.pop();
      if (name === undefined) return this.end('/', this.at, '/');
      const { inode } = this.at;
      if (!(inode instanceof Directory)) return -ENOTDIR;
      if (!inode.allows(MAY_EXECUTE)) return -EACCES;
      const end = this.step(name, this.pending.length === 0);
      if (end !== null) return end;
    }
  }

  /** Goes on by a name: null, or the end of the walk. */
  private step(name: string, isLast: boolean): WalkEnd | number | null {
    if (name === '.' || name === '..') {
      const parent = name === '..' ? (this.at.parent ?? this.at) : this.at;
      this.at = parent;
      return isLast ? this.end(name, parent, name) : null;
    }
    if (isLast && this.endsInSlash && this.start.creates === true) return -EISDIR;
    if (name.length > NAME_MAX) return -ENAMETOOLONG;
    const place = childOf(this.at, name, this.start.looker);
    if (typeof place === 'number') {
      return place === -ENOENT && isLast ? this.end(name, null, 'name') : place;
    }
    const { inode } = place;
    const isFollowed = this.follows === true || (this.follows === false && this.endsInSlash);
    if (inode.isLink && (!isLast || isFollowed)) return this.followLink(place, isLast);
    if (isLast) {
      if (this.endsInSlash && !inode.isDirectory && this.follows !== 'never') return -ENOTDIR;
      return this.end(name, place, 'name');
    }
    this.at = place;
    return null;
  }

  private followLink({ inode }: Place, isLast: boolean): WalkEnd | number | null {
    if (++this.links > MOST_LINKS) return -ELOOP;
    if (inode instanceof DirectLink) {
      const { place } = inode;
      if (place === null) return -ENOENT;
      if (isLast) {
        return { parent: this.at, name: place.name, place, last: 'name', endsInSlash: false };
      }
      this.at = place;
      return null;
    }
    if (!(inode instanceof SymbolicLink) || inode.target === '') return -ENOENT;
    this.push(inode.target);
    return null;
  }

  private push(path: string): void {
    if (path.startsWith('/')) this.at = this.start.root;
    if (this.pending.length === 0) this.endsInSlash ||= path.endsWith('/');
    for (const name of path.split('/').reverse()) if (name !== '') this.pending.push(name);
  }

  private end(name: string, place: Place | null, last: LastName): WalkEnd {
    return { parent: this.at, name, place, last, endsInSlash: this.endsInSlash };
  }
}

/**
 * Follows a path. Its last name may be missing, names before it may not: then, and for whatever
 * else is wrong, a negative error number.
 *
 * @param follows  what is done with a link at the end; `never` is for calls that change the name
 */
export function walk(start: WalkStart, path: string, follows: Following): WalkEnd | number {
  if (path === '') return -ENOENT;
  return new Walk(start, path, follows).run();
}

/** A file or a folder of the tree that a Windows program sees. */
import type { FileContent } from './file-content.ts';
import type { FileLock } from './file-lock.ts';

export const ATTRIBUTE_READONLY = 1;
export const ATTRIBUTE_DIRECTORY = 0x10;
export const ATTRIBUTE_ARCHIVE = 0x20;
/** What a program may set: read-only, hidden, system, archive, not to be indexed. */
export const SETTABLE_ATTRIBUTES = 0x2027;

/** The number of the one volume that there is. */
export const VOLUME_SERIAL = 0x1234_5678;

export const SHARE_READ = 1;
export const SHARE_WRITE = 2;
export const SHARE_DELETE = 4;

/** What a handle on a file does, and what it lets others do. */
export interface Sharing {
  readonly read: boolean;
  readonly write: boolean;
  readonly remove: boolean;
  readonly share: number;
}

/** Units of 100 ns since 1601. */
export interface FileTimes {
  created: bigint;
  accessed: bigint;
  written: bigint;
}

export class FileNode {
  /** Tells files apart: no two of a run have the same. */
  readonly index: number;
  name: string;
  parent: FileNode | null;
  readonly times: FileTimes;
  attributes: number;
  /** Null for a folder. */
  readonly content: FileContent | null;
  /**
   * By names in small letters: what is there, or its name on the host until somebody asks. Null
   * until the folder is looked into, and for a file.
   */
  children: Map<string, FileNode | string> | null = null;
  /** The path on the host of what is in it; null when it is not there. */
  hostPath: string | null;
  /** The path on the host of its name: that of a link, where it was reached by one. */
  hostEntry: string | null;
  readonly handles: Set<Sharing> = new Set<Sharing>();
  readonly locks: FileLock[] = [];
  /** Made in this run: the store has taken memory for it. */
  isMade = false;
  /** Goes when its last handle does. */
  isDoomed = false;

  constructor(parts: {
    readonly index: number;
    readonly name: string;
    readonly parent: FileNode | null;
    readonly times: FileTimes;
    readonly content: FileContent | null;
    readonly hostPath: string | null;
    readonly hostEntry?: string;
    readonly attributes?: number;
  }) {
    this.index = parts.index;
    this.name = parts.name;
    this.parent = parts.parent;
    this.times = parts.times;
    this.content = parts.content;
    this.hostPath = parts.hostPath;
    this.hostEntry = parts.hostEntry ?? parts.hostPath;
    this.attributes = parts.attributes ?? (parts.content === null ? 0 : ATTRIBUTE_ARCHIVE);
  }

  /** Whether the host has a link of its name. */
  get isLink(): boolean {
    return this.hostEntry !== this.hostPath;
  }

  get isDirectory(): boolean {
    return this.content === null;
  }

  /** Its attributes as programs see them. */
  get shownAttributes(): number {
    const own = this.attributes | (this.isDirectory ? ATTRIBUTE_DIRECTORY : 0);
    // FILE_ATTRIBUTE_NORMAL stands for none.
    return own === 0 ? 0x80 : own;
  }

  /** Whether one more handle may do what it wants beside those that there are. */
  mayShare(wanted: Sharing): boolean {
    for (const other of this.handles) {
      if (conflicts(wanted, other.share) || conflicts(other, wanted.share)) return false;
    }
    return true;
  }
}

function conflicts({ read, write, remove }: Sharing, share: number): boolean {
  if (read && (share & SHARE_READ) === 0) return true;
  if (write && (share & SHARE_WRITE) === 0) return true;
  return remove && (share & SHARE_DELETE) === 0;
}

/** One of a search's answers: `.` and `..` are folders under those names. */
export interface FoundFile {
  readonly name: string;
  readonly node: FileNode;
}

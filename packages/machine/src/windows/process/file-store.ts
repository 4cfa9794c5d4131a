/**
 * The files of a Windows program: a tree over the host's folder, whose names are found whatever
 * their case. What changes lies in memory, or on the host where writes go through. Results are
 * nodes, or Windows's error codes, the numbers of windows-error.ts.
 */
import type { HostStatus, HostTime, HostTree } from '../../host-tree.ts';
import { FileBudget, FileContent } from './file-content.ts';
import { ATTRIBUTE_READONLY, FileNode, type FileTimes } from './file-node.ts';
import { fileTimeOf, nanosecondsOf, unixSeconds } from './file-time.ts';
import { latin1 } from './process-memory.ts';
import {
  ERROR_ACCESS_DENIED,
  ERROR_ALREADY_EXISTS,
  ERROR_DIR_NOT_EMPTY,
  ERROR_DIRECTORY,
  ERROR_DISK_FULL,
  ERROR_FILE_NOT_FOUND,
  ERROR_FILENAME_EXCED_RANGE,
  ERROR_INVALID_NAME,
  ERROR_PATH_NOT_FOUND,
  ERROR_SHARING_VIOLATION,
  errorOfHost,
} from './windows-error.ts';

const LINK_DEPTH = 16;
const NEW_FILE = 0o644;
const NEW_FOLDER = 0o755;
/** Units of a name, and bytes that something new takes besides its contents. */
export const MOST_NAME_UNITS = 255;
export const NODE_BYTES = 1024;
const INVALID_NAME = /[<>:"|?*\p{Cc}]/u;

/** A folder, and the name of something in it that may be there. */
interface Place {
  readonly folder: FileNode;
  readonly name: string;
  readonly node: FileNode | null;
}

export class FileStore {
  readonly root: FileNode;
  private readonly tree: HostTree | null;
  /** Bytes of memory that what the program makes may still take. */
  readonly budget: FileBudget;
  private readonly now: () => bigint;
  private nextIndex = 1;

  /** `now` gives the time in units of 100 ns since 1601. */
  constructor(tree: HostTree | null, memoryBytes: number, now: () => bigint) {
    this.tree = tree;
    this.budget = new FileBudget(memoryBytes);
    this.now = now;
    this.root = this.make('', null, { content: null, hostPath: tree === null ? null : '' });
  }

  /** What a path names, its parts joined by `/`; or an error. */
  find(path: string): FileNode | number {
    const place = this.place(path);
    if (typeof place === 'number') return place;
    return place.node ?? ERROR_FILE_NOT_FOUND;
  }

  /** Makes an empty file, or gives the one that is there; or an error. */
  create(path: string): FileNode | number {
    const place = this.place(path);
    if (typeof place === 'number') return place;
    if (place.node !== null) return place.node;
    const { folder, name } = place;
    if (!this.budget.take(NODE_BYTES)) return ERROR_DISK_FULL;
    const hostPath = this.through(folder, name);
    const failed = hostPath === null ? 0 : this.tree!.createFile(hostPath, NEW_FILE);
    if (failed < 0) return this.refused(failed);
    const source = hostPath === null ? null : { tree: this.tree!, path: hostPath, size: 0 };
    return this.add(folder, name, { content: new FileContent(this.budget, source), hostPath });
  }

  /** Makes a folder: 0 or an error. */
  createFolder(path: string): number {
    const place = this.place(path);
    if (typeof place === 'number') return place;
    if (place.node !== null) return ERROR_ALREADY_EXISTS;
    const { folder, name } = place;
    if (!this.budget.take(NODE_BYTES)) return ERROR_DISK_FULL;
    const hostPath = this.through(folder, name);
    const failed = hostPath === null ? 0 : this.tree!.createDirectory(hostPath, NEW_FOLDER);
    if (failed < 0) return this.refused(failed);
    const node = this.add(folder, name, { content: null, hostPath });
    node.children = new Map();
    return 0;
  }

  /** The host did not make it: gives back what was taken for it. */
  private refused(errno: number): number {
    this.budget.take(-NODE_BYTES);
    return errorOfHost(errno);
  }

  /** Removes a file: 0 or an error. */
  remove(path: string): number {
    const node = this.find(path);
    if (typeof node === 'number') return node;
    if (node.isDirectory) return ERROR_ACCESS_DENIED;
    const failed = this.removalError(node);
    if (failed !== 0) return failed;
    if (!node.mayShare({ read: false, write: false, remove: true, share: 7 })) {
      return ERROR_SHARING_VIOLATION;
    }
    if (node.handles.size === 0) return this.drop(node);
    node.isDoomed = true;
    return 0;
  }

  /** Removes an empty folder: 0 or an error. */
  removeFolder(path: string): number {
    const node = this.find(path);
    if (typeof node === 'number') return node;
    if (!node.isDirectory) return ERROR_DIRECTORY;
    return this.removalError(node) || this.drop(node);
  }

  /** Why a file or a folder may not go, whoever has it open; 0 when it may. */
  removalError(node: FileNode): number {
    if (node.parent === null || (node.attributes & ATTRIBUTE_READONLY) !== 0)
      return ERROR_ACCESS_DENIED;
    return node.isDirectory && this.list(node).length > 0 ? ERROR_DIR_NOT_EMPTY : 0;
  }

  /** Gives a file or a folder another name: 0 or an error. */
  rename(from: string, to: string, replaces: boolean): number {
    const node = this.find(from);
    if (typeof node === 'number') return node;
    const place = this.place(to);
    if (typeof place === 'number') return place;
    const failed = this.refusal(node, place, replaces);
    if (failed !== 0) return failed;
    const { folder, name } = place;
    const hostPath = this.through(folder, name);
    const wasThrough = node.hostEntry !== null && this.tree!.writesThrough(node.hostEntry);
    if ((hostPath !== null) !== wasThrough) return ERROR_ACCESS_DENIED;
    if (hostPath !== null) {
      const renamed = this.tree!.rename(node.hostEntry!, hostPath);
      if (renamed < 0) return errorOfHost(renamed);
      this.rebase(node, hostPath);
    }
    if (place.node !== null && place.node !== node) this.detach(place.node);
    this.unlink(node);
    node.name = name;
    node.parent = folder;
    this.childrenOf(folder).set(name.toLowerCase(), node);
    return 0;
  }

  private refusal(node: FileNode, place: Place, replaces: boolean): number {
    const shares = { read: false, write: false, remove: true, share: 7 };
    if (node.parent === null) return ERROR_ACCESS_DENIED;
    if (!node.mayShare(shares)) return ERROR_SHARING_VIOLATION;
    for (let above: FileNode | null = place.folder; above !== null; above = above.parent) {
      if (above === node) return ERROR_SHARING_VIOLATION;
    }
    const target = place.node;
    if (target === null || target === node) return 0;
    if (!replaces) return ERROR_ALREADY_EXISTS;
    if (target.isDirectory || node.isDirectory) return ERROR_ACCESS_DENIED;
    if ((target.attributes & ATTRIBUTE_READONLY) !== 0) return ERROR_ACCESS_DENIED;
    return target.handles.size > 0 ? ERROR_ACCESS_DENIED : 0;
  }

  /** What is in a folder, in the order of names. */
  list(folder: FileNode): FileNode[] {
    const names = [...this.childrenOf(folder).keys()].sort();
    return names.flatMap((name) => this.child(folder, name) ?? []);
  }

  /** Sets times on the host, too, where changes go through. */
  setTimes(node: FileNode, times: Partial<FileTimes>): void {
    Object.assign(node.times, times);
    if (node.hostPath === null || this.tree?.writesThrough(node.hostPath) !== true) return;
    this.tree.setTimes(node.hostPath, hostTime(node.times.accessed), hostTime(node.times.written));
  }

  /** A file was written: it has the time of that. */
  touched(node: FileNode): void {
    node.times.written = this.now();
  }

  /** Removes what nobody holds open any more: 0 or an error. */
  drop(node: FileNode): number {
    const { hostEntry } = node;
    if (hostEntry !== null && this.tree!.writesThrough(hostEntry)) {
      const failed = this.tree!.remove(hostEntry, node.isDirectory && !node.isLink);
      if (failed < 0) return errorOfHost(failed);
    }
    this.detach(node);
    return 0;
  }

  private detach(node: FileNode): void {
    this.unlink(node);
    node.content?.drop();
    node.hostPath = null;
    node.hostEntry = null;
    if (node.isMade) this.budget.take(-NODE_BYTES);
  }

  private unlink({ parent, name }: FileNode): void {
    if (parent !== null) this.childrenOf(parent).delete(name.toLowerCase());
  }

  /** Its name is elsewhere now. What is in it is, too, unless the name is a link. */
  private rebase(node: FileNode, path: string): void {
    const { isLink } = node;
    node.hostEntry = path;
    if (isLink) return;
    node.hostPath = path;
    node.content?.moved(path);
    for (const child of node.children?.values() ?? []) {
      if (typeof child === 'string' || child.hostEntry === null) continue;
      this.rebase(child, `${path}/${hostName(child.name)}`);
    }
  }

  private place(path: string): Place | number {
    const parts = path.split('/').filter((part) => part !== '');
    const name = parts.pop();
    if (name === undefined) return { folder: this.root, name: '', node: this.root };
    let folder = this.root;
    for (const part of parts) {
      const next = this.child(folder, part);
      if (next === null || !next.isDirectory) return ERROR_PATH_NOT_FOUND;
      folder = next;
    }
    const node = this.child(folder, name);
    if (node === null && name.length > MOST_NAME_UNITS) return ERROR_FILENAME_EXCED_RANGE;
    if (node === null && INVALID_NAME.test(name)) return ERROR_INVALID_NAME;
    return { folder, name, node };
  }

  /** The path on the host of something new there; null where changes stay in memory. */
  private through(folder: FileNode, name: string): string | null {
    if (folder.hostPath === null) return null;
    const path = join(folder.hostPath, hostName(name));
    return this.tree!.writesThrough(path) ? path : null;
  }

  /** What a folder has of a name, whatever its case; null when there is nothing. */
  private child(folder: FileNode, name: string): FileNode | null {
    const key = name.toLowerCase();
    const known = this.childrenOf(folder).get(key);
    if (typeof known !== 'string') return known ?? null;
    const path = join(folder.hostPath!, known);
    const node = this.fromHost(path, guestName(known), folder, { path, depth: 0 });
    if (node === null) this.childrenOf(folder).delete(key);
    else this.childrenOf(folder).set(key, node);
    return node;
  }

  private childrenOf(folder: FileNode): Map<string, FileNode | string> {
    if (folder.children !== null) return folder.children;
    const children = new Map<string, FileNode | string>();
    folder.children = children;
    const names = folder.hostPath === null ? [] : this.tree!.list(folder.hostPath);
    if (typeof names === 'number') return children;
    for (const name of names) {
      const key = guestName(name).toLowerCase();
      if (!children.has(key)) children.set(key, name);
    }
    return children;
  }

  /** What the host has at a path, links followed within the tree; null for devices and their kin. */
  private fromHost(
    path: string,
    name: string,
    parent: FileNode,
    from: { readonly path: string; readonly depth: number },
  ): FileNode | null {
    const tree = this.tree!;
    const status = tree.status(path);
    if (typeof status === 'number') return null;
    if (status.kind === 'link' && from.depth < LINK_DEPTH) {
      const target = tree.readLink(path);
      const real = typeof target === 'number' ? null : resolved(path, target);
      return real === null
        ? null
        : this.fromHost(real, name, parent, { ...from, depth: from.depth + 1 });
    }
    const there = { hostEntry: from.path, times: timesOf(status) };
    if (status.kind === 'directory') {
      return this.make(name, parent, { content: null, hostPath: path, ...there });
    }
    if (status.kind !== 'file') return null;
    const content = new FileContent(this.budget, { tree, path, size: status.size });
    return this.make(name, parent, { content, hostPath: path, ...there });
  }

  private add(
    folder: FileNode,
    name: string,
    parts: { content: FileContent | null; hostPath: string | null },
  ): FileNode {
    const node = this.make(name, folder, parts);
    node.isMade = true;
    this.childrenOf(folder).set(name.toLowerCase(), node);
    return node;
  }

  private make(
    name: string,
    parent: FileNode | null,
    parts: {
      content: FileContent | null;
      hostPath: string | null;
      hostEntry?: string;
      times?: FileTimes;
    },
  ): FileNode {
    const now = this.now();
    const times = parts.times ?? { created: now, accessed: now, written: now };
    return new FileNode({ index: this.nextIndex++, name, parent, ...parts, times });
  }
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** Where a link leads, inside the tree. */
function resolved(path: string, target: string): string {
  const parts = target.startsWith('/') ? [] : path.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** The host's names are bytes, a character each; the program's are Unicode. */
function hostName(name: string): string {
  return latin1(new TextEncoder().encode(name));
}

function guestName(name: string): string {
  return new TextDecoder().decode(Uint8Array.from(name, (letter) => letter.charCodeAt(0)));
}

function timesOf(status: HostStatus): FileTimes {
  const written = fileTime(status.modified);
  return { created: written, accessed: fileTime(status.accessed), written };
}

function fileTime({ seconds, nanoseconds }: HostTime): bigint {
  return fileTimeOf(seconds, nanoseconds);
}

function hostTime(time: bigint): HostTime {
  return { seconds: unixSeconds(time), nanoseconds: nanosecondsOf(time) };
}

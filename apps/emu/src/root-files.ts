/**
 * A guest's files: what `--root` shows, read-only, under a layer in memory that takes the guest's
 * writes; writes under `--write` go through to the host. Without a root there is an empty one.
 * Nothing outside is readable: every path goes through {@link resolveGuestPath}, and only regular
 * files open.
 */
import { constants, openSync, renameSync, unlinkSync } from 'node:fs';
import type { FilePort, FileResult, OpenFlags } from '@bareheap/machine';
import { type FileContent, HostContent, MemoryBudget, MemoryContent } from './file-content.ts';
import { resolveGuestPath } from './guest-path.ts';
import { errnoOf } from './host-error.ts';

const ENOENT = 2;
const EBADF = 9;
const EACCES = 13;
const EXDEV = 18;
const EISDIR = 21;
const EINVAL = 22;
const EMFILE = 24;
const ENOSPC = 28;

/** More open files than firmware ever has, fewer than a host process may. */
const MAX_OPEN = 256;
/** A position past this is a mistake or an attack: 2^40. */
const MAX_POSITION = 2 ** 40;

/** How much of the host a guest sees. Folders are host paths, resolved, `writable` inside `root`. */
export interface RootOptions {
  readonly root: string | null;
  readonly writable: string | null;
  /** Most bytes of files in memory. */
  readonly memoryBytes: number;
}

interface OpenFile {
  readonly content: FileContent;
  readonly flags: OpenFlags;
  position: number;
}

/** What the layer in memory has for a path: a file, or that it was removed. */
type Layered = MemoryContent | 'removed';

/** A path that a file may be at. */
interface Spot {
  readonly inside: string;
  /** Null when there is no root. */
  readonly host: string | null;
  /** Whether the host has a regular file there that the layer does not hide. */
  readonly onHost: boolean;
  readonly writesThrough: boolean;
}

function failure(errno: number): { readonly ok: false; readonly errno: number } {
  return { ok: false, errno };
}

export class RootFiles implements FilePort {
  private readonly root: string | null;
  private readonly writable: string | null;
  private readonly budget: MemoryBudget;
  private readonly layer = new Map<string, Layered>();
  private readonly files = new Map<number, OpenFile>();

  constructor(options: RootOptions) {
    this.root = options.root;
    this.writable = options.writable;
    this.budget = new MemoryBudget(options.memoryBytes);
  }

  open(path: string, flags: OpenFlags): FileResult<number> {
    if (this.files.size >= MAX_OPEN) return failure(EMFILE);
    const spot = this.spot(path);
    if (!spot.ok) return spot;
    const content = flags.write ? this.openToWrite(spot.value, flags) : this.openToRead(spot.value);
    if (!content.ok) return content;
    let file = 1;
    while (this.files.has(file)) file++;
    this.files.set(file, { content: content.value, flags, position: 0 });
    return { ok: true, value: file };
  }

  read(file: number, length: number): FileResult<Uint8Array> {
    const open = this.files.get(file);
    if (open === undefined || !open.flags.read) return failure(EBADF);
    return guarded(() => {
      const bytes = open.content.read(open.position, length);
      open.position += bytes.length;
      return { ok: true, value: bytes };
    });
  }

  write(file: number, bytes: Uint8Array): FileResult<number> {
    const open = this.files.get(file);
    if (open === undefined || !open.flags.write) return failure(EBADF);
    return guarded(() => {
      const position = open.flags.append ? open.content.length : open.position;
      if (position + bytes.length > MAX_POSITION) return failure(ENOSPC);
      if (bytes.length > 0 && !open.content.write(position, bytes)) return failure(ENOSPC);
      open.position = position + bytes.length;
      return { ok: true, value: bytes.length };
    });
  }

  seek(file: number, position: number): FileResult<number> {
    const open = this.files.get(file);
    if (open === undefined) return failure(EBADF);
    if (position < 0 || position > MAX_POSITION) return failure(EINVAL);
    open.position = position;
    return { ok: true, value: position };
  }

  length(file: number): FileResult<number> {
    const open = this.files.get(file);
    if (open === undefined) return failure(EBADF);
    return guarded(() => ({ ok: true, value: open.content.length }));
  }

  close(file: number): FileResult<number> {
    const open = this.files.get(file);
    if (open === undefined) return failure(EBADF);
    this.files.delete(file);
    return guarded(() => {
      open.content.close();
      return { ok: true, value: 0 };
    });
  }

  remove(path: string): FileResult<number> {
    const found = this.spot(path);
    if (!found.ok) return found;
    const spot = found.value;
    if (!this.exists(spot)) return failure(ENOENT);
    return guarded(() => {
      if (spot.writesThrough) unlinkSync(spot.host!);
      else this.layer.set(spot.inside, 'removed');
      return { ok: true, value: 0 };
    });
  }

  /** EXDEV between a part that writes through and one that does not: those are two file systems. */
  rename(from: string, to: string): FileResult<number> {
    const source = this.spot(from);
    if (!source.ok) return source;
    const target = this.spot(to);
    if (!target.ok) return target;
    if (!this.exists(source.value)) return failure(ENOENT);
    if (source.value.writesThrough !== target.value.writesThrough) return failure(EXDEV);
    if (source.value.inside === target.value.inside) return { ok: true, value: 0 };
    return guarded(() => {
      if (source.value.writesThrough) {
        renameSync(source.value.host!, target.value.host!);
        return { ok: true, value: 0 };
      }
      const content = this.inMemory(source.value, false);
      if (!content.ok) return content;
      this.layer.set(target.value.inside, content.value);
      this.layer.set(source.value.inside, 'removed');
      return { ok: true, value: 0 };
    });
  }

  isTty(_file: number): boolean {
    return false;
  }

  /** Closes what the guest left open. */
  closeAll(): void {
    for (const file of [...this.files.keys()]) this.close(file);
  }

  private spot(path: string): FileResult<Spot> {
    if (this.root === null) {
      const inside = path.replace(/^(\.?\/+)*/, '');
      const plain = inside !== '' && inside !== '.' && !inside.includes('/') && inside !== '..';
      if (!plain) return failure(inside === '' || inside === '.' ? EISDIR : ENOENT);
      return { ok: true, value: { inside, host: null, onHost: false, writesThrough: false } };
    }
    const found = resolveGuestPath(this.root, path);
    if (!found.ok) return found;
    if (found.kind === 'directory') return failure(EISDIR);
    if (found.kind === 'special') return failure(EACCES);
    const { inside, host } = found;
    const hidden = this.layer.has(inside);
    const onHost = found.kind === 'file' && !hidden;
    const writesThrough = this.writable !== null && isInside(host, this.writable);
    return { ok: true, value: { inside, host, onHost, writesThrough } };
  }

  private exists(spot: Spot): boolean {
    const layered = this.layer.get(spot.inside);
    return layered === undefined ? spot.onHost : layered !== 'removed';
  }

  private openToRead(spot: Spot): FileResult<FileContent> {
    const layered = this.layer.get(spot.inside);
    if (layered !== undefined && layered !== 'removed') return { ok: true, value: layered };
    if (!spot.onHost) return failure(ENOENT);
    return openHost(spot.host!, constants.O_RDONLY);
  }

  private openToWrite(spot: Spot, flags: OpenFlags): FileResult<FileContent> {
    if (!this.exists(spot) && !flags.create) return failure(ENOENT);
    if (!spot.writesThrough) return this.inMemory(spot, flags.truncate);
    const create = flags.create ? constants.O_CREAT : 0;
    const truncate = flags.truncate ? constants.O_TRUNC : 0;
    return openHost(spot.host!, constants.O_RDWR | create | truncate);
  }

  /** The layer's file for a spot, made, copied from the host, or emptied as needed. */
  private inMemory(spot: Spot, truncate: boolean): FileResult<MemoryContent> {
    const layered = this.layer.get(spot.inside);
    if (layered !== undefined && layered !== 'removed') {
      if (truncate) layered.truncate();
      return { ok: true, value: layered };
    }
    const content = new MemoryContent(this.budget);
    if (layered === undefined && spot.onHost && !truncate) {
      const original = openHost(spot.host!, constants.O_RDONLY);
      if (!original.ok) return original;
      const copied = copyContent(original.value, content, this.budget);
      original.value.close();
      if (!copied) return failure(ENOSPC);
    }
    this.layer.set(spot.inside, content);
    return { ok: true, value: content };
  }
}

/** Whether a host path is the folder itself or under it. Both are resolved. */
export function isInside(path: string, folder: string): boolean {
  const prefix = /[\\/]$/.test(folder)
    ? folder
    : `${folder}${process.platform === 'win32' ? '\\' : '/'}`;
  return path === folder || path.startsWith(prefix);
}

function copyContent(from: FileContent, to: MemoryContent, budget: MemoryBudget): boolean {
  if (budget.usedBytes + from.length > budget.limitBytes) return false;
  return to.write(0, from.read(0, from.length));
}

function openHost(path: string, flags: number): FileResult<FileContent> {
  try {
    const descriptor = openSync(path, flags | (constants.O_NOFOLLOW ?? 0), 0o666);
    return { ok: true, value: new HostContent(descriptor) };
  } catch (error) {
    return failure(errnoOf(error));
  }
}

/** Turns the host's refusal into an errno. */
function guarded<T>(call: () => FileResult<T>): FileResult<T> {
  try {
    return call();
  } catch (error) {
    return failure(errnoOf(error));
  }
}

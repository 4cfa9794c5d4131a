/**
 * Random changes to a tree of files, made in a folder of the host's by its own kernel and in the
 * guest's tree over a copy of that folder: results, errors and what is there afterwards must be the
 * same. BAREHEAP_FUZZ is how many runs to make.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { constants as system, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@bareheap/conformance';
import { LIFTED_X86_FEATURES, x86Cpuid } from '@bareheap/cpu';
import { FramePool } from '@bareheap/mmu';
import { afterAll, describe, expect, test } from 'vitest';
import { TextHost } from '../../../test/text-host.ts';
import type { HostStatus, HostTree } from '../../host-tree.ts';
import { latin1 } from '../process/guest-memory.ts';
import { EACCES } from './errno.ts';
import { O_CREAT, O_RDONLY, O_WRONLY } from './file-constants.ts';
import { FileSystem } from './file-system.ts';
import type { FileVisitor } from './file-visitor.ts';
import { openPath } from './open-place.ts';
import { type Following, type WalkEnd, walk } from './path-walk.ts';
import type { Place } from './place.ts';
import { RegularFile } from './regular-file.ts';
import { SymbolicLink } from './symbolic-link.ts';
import {
  addFile,
  linkFile,
  makeDirectory,
  makeLink,
  removeFile,
  renameFile,
} from './tree-changes.ts';

const cpuid = x86Cpuid(LIFTED_X86_FEATURES);
const RUNS = Number(process.env.BAREHEAP_FUZZ ?? 6);
const STEPS = 400;
/** Deep enough that no `..` of a run leaves it. */
const BASE = 'r/r/r/r/r/r/r/r/r/r/w';
const NAMES = ['a', 'b', 'c', 'd'];
const TARGETS = ['a', 'b', 'a/b', '../a', '..', '.', 'c/', 'nowhere', 'c/d/../a'];
const folder = mkdtempSync(join(tmpdir(), 'files-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder as a guest's root that nothing is written to. */
class ReadOnlyFolder implements Partial<HostTree> {
  protected readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  status(path: string): HostStatus | number {
    const status = attempt(() => lstatSync(join(this.root, path)));
    if (typeof status === 'number') return status;
    const kind = status.isDirectory()
      ? 'directory'
      : status.isSymbolicLink()
        ? 'link'
        : status.isFile()
          ? 'file'
          : 'other';
    const time = { seconds: 1, nanoseconds: 0 };
    return {
      ...{ kind, mode: status.mode, number: status.ino, device: 1, links: status.nlink },
      ...{ uid: 1000, gid: 1000, size: status.size, special: 0 },
      ...{ accessed: time, modified: time, changed: time, born: time },
    };
  }

  list(path: string): string[] | number {
    return attempt(() => readdirSync(join(this.root, path)));
  }

  readLink(path: string): string | number {
    return attempt(() => readlinkSync(join(this.root, path)));
  }

  open(path: string): ReturnType<HostTree['open']> {
    const descriptor = attempt(() => openSync(join(this.root, path), constants.O_NOFOLLOW));
    if (typeof descriptor === 'number' && descriptor < 0) return descriptor;
    const bytes = readFileSync(descriptor);
    closeSync(descriptor);
    return {
      size: bytes.length,
      read: (offset, into) => bytes.copy(into, 0, offset, offset + into.length),
      close: () => undefined,
    };
  }

  writesThrough(): boolean {
    return false;
  }
}

/** A folder as a guest's root that everything is written to. */
class WrittenFolder extends ReadOnlyFolder implements HostTree {
  override open(path: string): ReturnType<HostTree['open']> {
    const flags = constants.O_NOFOLLOW | constants.O_RDWR;
    const descriptor = attempt(() => openSync(join(this.root, path), flags));
    if (descriptor < 0) return descriptor;
    return {
      size: fstatSync(descriptor).size,
      read: (offset, into) => readSync(descriptor, into, 0, into.length, offset),
      write: (offset, bytes) => writeSync(descriptor, bytes, 0, bytes.length, offset),
      resize: (size) => nothing(() => ftruncateSync(descriptor, size)),
      close: () => closeSync(descriptor),
    };
  }

  override writesThrough(): boolean {
    return true;
  }

  createFile(path: string, mode: number): number {
    return nothing(() => writeFileSync(join(this.root, path), '', { mode, flag: 'wx' }));
  }

  createDirectory(path: string, mode: number): number {
    return nothing(() => mkdirSync(join(this.root, path), mode));
  }

  remove(path: string, isFolder: boolean): number {
    return nothing(() => (isFolder ? rmdirSync : unlinkSync)(join(this.root, path)));
  }

  rename(from: string, to: string): number {
    return nothing(() => renameSync(join(this.root, from), join(this.root, to)));
  }

  link(from: string, to: string): number {
    return nothing(() => linkSync(join(this.root, from), join(this.root, to)));
  }

  setMode(): number {
    return 0;
  }

  setTimes(): number {
    return 0;
  }
}

/** The negative error number of a call that throws one. */
function attempt<T>(call: () => T): T | number {
  try {
    return call();
  } catch (error) {
    const { code } = error as { code: keyof typeof system.errno };
    return -system.errno[code];
  }
}

/** The same calls on both sides; each gives a value to compare, an error number when negative. */
interface Files {
  write(path: string, offset: number, text: string): unknown;
  read(path: string): unknown;
  truncate(path: string, size: number): unknown;
  makeFolder(path: string): unknown;
  removeFolder(path: string): unknown;
  remove(path: string): unknown;
  rename(from: string, to: string): unknown;
  link(from: string, to: string): unknown;
  makeLink(target: string, path: string): unknown;
  readLink(path: string): unknown;
  status(path: string): unknown;
  list(path: string): unknown;
}

const nothing = (call: () => unknown): number =>
  attempt(() => {
    call();
    return 0;
  }) as number;

class HostFiles implements Files {
  private readonly at: (path: string) => string;

  constructor(root: string) {
    // Not joined: `..` and slashes are the kernel's business.
    this.at = (path) => `${root}/${path}`;
  }

  write(path: string, offset: number, text: string): unknown {
    return attempt(() => {
      const file = openSync(this.at(path), constants.O_WRONLY | constants.O_CREAT, 0o644);
      const count = writeSync(file, text, offset, 'latin1');
      closeSync(file);
      return count;
    });
  }

  read(path: string): unknown {
    return attempt(() => {
      const file = openSync(this.at(path), constants.O_RDONLY);
      try {
        const bytes = new Uint8Array(20_000);
        return latin1(bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0)));
      } finally {
        closeSync(file);
      }
    });
  }

  truncate(path: string, size: number): unknown {
    return nothing(() => truncateSync(this.at(path), size));
  }

  makeFolder(path: string): unknown {
    return nothing(() => mkdirSync(this.at(path)));
  }

  removeFolder(path: string): unknown {
    return nothing(() => rmdirSync(this.at(path)));
  }

  remove(path: string): unknown {
    return nothing(() => unlinkSync(this.at(path)));
  }

  rename(from: string, to: string): unknown {
    return nothing(() => renameSync(this.at(from), this.at(to)));
  }

  link(from: string, to: string): unknown {
    return nothing(() => linkSync(this.at(from), this.at(to)));
  }

  makeLink(target: string, path: string): unknown {
    return nothing(() => symlinkSync(target, this.at(path)));
  }

  readLink(path: string): unknown {
    return attempt(() => readlinkSync(this.at(path)));
  }

  status(path: string): unknown {
    return attempt(() => {
      const { mode, nlink, size } = lstatSync(this.at(path));
      const isFolder = (mode & 0o170000) === 0o040000;
      // A file system of subvolumes counts a folder's links in its own way.
      return { mode, links: isFolder ? 0 : nlink, size: isFolder ? 0 : size };
    });
  }

  list(path: string): unknown {
    return attempt(() => readdirSync(this.at(path)).sort());
  }
}

class GuestFiles implements Files {
  private readonly visitor: FileVisitor;
  private readonly base: Place;

  constructor(tree: HostTree) {
    const time = { seconds: 2, nanoseconds: 0 };
    const system = new FileSystem({
      pool: new FramePool(64 << 20),
      host: new TextHost(),
      tree,
      now: () => time,
      random: () => undefined,
      processes: { shown: () => null, ids: () => [], uptime: () => 0, cpuid },
    });
    const looker = { processId: 1, threadId: 1 };
    this.base = system.placeAt(`/${BASE}`)!;
    this.visitor = { system, directory: this.base, umask: 0o022, looker };
  }

  write(path: string, offset: number, text: string): unknown {
    const file = openPath(this.visitor, this.base, path, O_WRONLY | O_CREAT, 0o644);
    if (typeof file === 'number') return file;
    const count = file.writeAt(new TextEncoder().encode(text), offset);
    file.release();
    return count;
  }

  read(path: string): unknown {
    const file = openPath(this.visitor, this.base, path, O_RDONLY, 0);
    if (typeof file === 'number') return file;
    const bytes = file.readAt(20_000, 0);
    file.release();
    return typeof bytes === 'number' ? bytes : latin1(bytes);
  }

  /** truncate(2) by Node opens the file first. */
  truncate(path: string, size: number): unknown {
    const file = openPath(this.visitor, this.base, path, constants.O_RDWR, 0);
    if (typeof file === 'number') return file;
    const result = file.resize(size);
    file.release();
    return result;
  }

  makeFolder(path: string): unknown {
    return this.added(path, makeDirectory(this.visitor, 0o755), true);
  }

  removeFolder(path: string): unknown {
    return this.ended(path, (end) => removeFile(this.visitor, end, true));
  }

  remove(path: string): unknown {
    return this.ended(path, (end) => removeFile(this.visitor, end, false));
  }

  rename(from: string, to: string): unknown {
    return this.ended(from, (source) =>
      this.ended(to, (target) => renameFile(this.visitor, source, target, 0)),
    );
  }

  link(from: string, to: string): unknown {
    const source = this.walk(from, false);
    if (typeof source === 'number') return source;
    if (source.place === null) return -system.errno.ENOENT;
    return this.ended(to, (end) => linkFile(this.visitor, source.place!, end));
  }

  makeLink(target: string, path: string): unknown {
    return this.added(path, makeLink(this.visitor, target), false);
  }

  readLink(path: string): unknown {
    const end = this.walk(path, false);
    if (typeof end === 'number') return end;
    if (end.place === null) return -system.errno.ENOENT;
    const { inode } = end.place;
    return inode instanceof SymbolicLink ? inode.target : -system.errno.EINVAL;
  }

  status(path: string): unknown {
    const end = this.walk(path, false);
    if (typeof end === 'number') return end;
    if (end.place === null) return -system.errno.ENOENT;
    const { mode, links, size, isDirectory } = end.place.inode;
    return { mode, links: isDirectory ? 0 : links, size: isDirectory ? 0 : size };
  }

  list(path: string): unknown {
    const end = this.walk(path, true);
    if (typeof end === 'number') return end;
    const { place } = end;
    if (place === null) return -system.errno.ENOENT;
    if (!('list' in place.inode)) return -system.errno.ENOTDIR;
    const entries = (place.inode as { list(): { name: string }[] | number }).list();
    return typeof entries === 'number' ? entries : entries.map(({ name }) => name).sort();
  }

  /** Frames of files that nobody can reach any more are given back. */
  get resident(): number {
    let pages = 0;
    const seen = new Set<unknown>();
    const visit = (place: Place): void => {
      const { inode } = place;
      if (inode instanceof RegularFile && !seen.has(inode)) pages += inode.residentPages;
      seen.add(inode);
      for (const child of place.children.values()) visit(child);
    };
    visit(this.visitor.system.root);
    return pages;
  }

  get frames(): number {
    return this.visitor.system.storage.pool.inUse;
  }

  private walk(path: string, follows: Following): WalkEnd | number {
    const { system, looker } = this.visitor;
    return walk({ root: system.root, base: this.base, looker }, path, follows);
  }

  private ended(path: string, act: (end: WalkEnd) => unknown): unknown {
    const end = this.walk(path, 'never');
    return typeof end === 'number' ? end : act(end);
  }

  private added(path: string, file: Parameters<typeof addFile>[2], isFolder: boolean): unknown {
    return this.ended(path, (end) => {
      if (end.last !== 'name' || end.place !== null) return -system.errno.EEXIST;
      if (end.endsInSlash && !isFolder) return -system.errno.ENOENT;
      const place = addFile(this.visitor, end, file);
      return typeof place === 'number' ? place : 0;
    });
  }
}

function populate(root: string): void {
  const base = join(root, BASE);
  mkdirSync(join(base, 'a/b/c'), { recursive: true });
  writeFileSync(join(base, 'a/c'), 'from the host');
  writeFileSync(join(base, 'b'), 'x'.repeat(9000));
  symlinkSync('a/c', join(base, 'd'));
  linkSync(join(base, 'b'), join(base, 'a/b/d'));
}

function randomPath(random: Random): string {
  const names: string[] = [];
  const count = 1 + random.below(3);
  for (let n = 0; n < count; n++) {
    names.push(random.below(12) === 0 && n > 0 ? '..' : NAMES[random.below(NAMES.length)]!);
  }
  if (random.below(20) === 0) names.push('.');
  return names.join('/') + (random.below(12) === 0 ? '/' : '');
}

type Step = (files: Files) => unknown;

function randomStep(random: Random, makesLinks = true): readonly [string, Step] {
  const path = randomPath(random);
  const other = randomPath(random);
  const number = random.below(12_000);
  const target = TARGETS[random.below(TARGETS.length)]!;
  const steps: readonly (readonly [string, Step])[] = [
    [`write ${path} ${number}`, (files) => files.write(path, number, 'written')],
    [`write ${path} 0`, (files) => files.write(path, 0, 'y'.repeat(number % 5000))],
    [`read ${path}`, (files) => files.read(path)],
    [`truncate ${path} ${number}`, (files) => files.truncate(path, number)],
    [`makeFolder ${path}`, (files) => files.makeFolder(path)],
    [`removeFolder ${path}`, (files) => files.removeFolder(path)],
    [`remove ${path}`, (files) => files.remove(path)],
    [`rename ${path} ${other}`, (files) => files.rename(path, other)],
    [`rename ${path} ${other}`, (files) => files.rename(path, other)],
    [`link ${path} ${other}`, (files) => files.link(path, other)],
    makesLinks
      ? [`makeLink ${target} ${path}`, (files) => files.makeLink(target, path)]
      : [`makeFolder ${other}`, (files) => files.makeFolder(other)],
    [`readLink ${path}`, (files) => files.readLink(path)],
    [`status ${path}`, (files) => files.status(path)],
    [`list ${path}`, (files) => files.list(path)],
  ];
  return steps[random.below(steps.length)]!;
}

/** What can be seen of a tree, without following links. */
function snapshot(files: Files, path = '.'): unknown[] {
  const names = files.list(path);
  if (!Array.isArray(names)) return [path, names];
  return names.flatMap((name: string) => {
    const at = `${path}/${name}`;
    const status = files.status(at) as { mode: number };
    const kind = status.mode & 0o170000;
    if (kind === 0o040000) return [at, status, ...snapshot(files, at)];
    return [at, status, kind === 0o120000 ? files.readLink(at) : files.read(at)];
  });
}

describe.runIf(process.platform === 'linux')('random changes', () => {
  test.each(Array.from({ length: RUNS }, (_, seed) => seed + 1))('seed %i', (seed) => {
    const random = new Random(seed);
    const root = join(folder, `below-${seed}`);
    const own = join(folder, `own-${seed}`);
    populate(root);
    populate(own);
    const guest = new GuestFiles(new ReadOnlyFolder(root) as unknown as HostTree);
    const host = new HostFiles(join(own, BASE));
    const done: string[] = [];
    for (let count = 0; count < STEPS; count++) {
      const [text, step] = randomStep(random);
      done.push(text);
      const expected = step(host);
      expect([done.slice(-8), step(guest)]).toEqual([done.slice(-8), expected]);
    }
    expect(snapshot(guest)).toEqual(snapshot(host));
    expect(guest.frames).toBe(guest.resident);
    rmSync(root, { recursive: true });
    rmSync(own, { recursive: true });
  });
});

describe.runIf(process.platform === 'linux')('random changes that go through', () => {
  test.each(Array.from({ length: RUNS }, (_, seed) => seed + 1))('seed %i', (seed) => {
    const random = new Random(seed);
    const root = join(folder, `through-${seed}`);
    const own = join(folder, `own-${seed}`);
    populate(root);
    populate(own);
    const guest = new GuestFiles(new WrittenFolder(root));
    const host = new HostFiles(join(own, BASE));
    const done: string[] = [];
    for (let count = 0; count < STEPS; count++) {
      const [text, step] = randomStep(random, false);
      done.push(text);
      const expected = step(host);
      expect([done.slice(-8), step(guest)]).toEqual([done.slice(-8), expected]);
    }
    expect(snapshot(guest)).toEqual(snapshot(host));
    expect(snapshot(new HostFiles(join(root, BASE)))).toEqual(snapshot(host));
    rmSync(root, { recursive: true });
    rmSync(own, { recursive: true });
  });
});

test('an error number is what the test takes it for', () => {
  expect(attempt(() => lstatSync(join(folder, 'none')))).toBe(-system.errno.ENOENT);
  expect(system.errno.EACCES).toBe(EACCES);
});

/** What a guest may try with files, and where it meets its limits. */
import { LIFTED_X86_FEATURES, x86Cpuid } from '@bareheap/cpu';
import { FramePool } from '@bareheap/mmu';
import { describe, expect, test } from 'vitest';
import { TextHost } from '../../../test/text-host.ts';
import type { HostStatus, HostTree } from '../../host-tree.ts';
import { DescriptorTable } from './descriptor-table.ts';
import {
  EACCES,
  EBADF,
  EFBIG,
  ELOOP,
  EMFILE,
  ENAMETOOLONG,
  ENFILE,
  ENOENT,
  ENOSPC,
  ENXIO,
} from './errno.ts';
import { O_CREAT, O_RDONLY, O_RDWR, O_WRONLY } from './file-constants.ts';
import type { FileDescription } from './file-description.ts';
import { FileSystem } from './file-system.ts';
import type { FileVisitor } from './file-visitor.ts';
import { openPath } from './open-place.ts';
import { walk } from './path-walk.ts';
import type { RegularDescription } from './regular-description.ts';
import { addFile, makeDirectory, makeLink, makeRegular, removeFile } from './tree-changes.ts';

const cpuid = x86Cpuid(LIFTED_X86_FEATURES);
const TIME = { seconds: 5, nanoseconds: 0 };

const MOST_FILES = 3000;

function makeVisitor(
  memoryBytes = 4 << 20,
  tree: HostTree | null = null,
  mostNewFiles = 1 << 17,
): FileVisitor {
  const system = new FileSystem({
    pool: new FramePool(memoryBytes),
    host: new TextHost(),
    tree,
    mostNewFiles,
    now: () => TIME,
    random: (bytes) => bytes.fill(7),
    processes: { shown: () => null, ids: () => [], uptime: () => 0, cpuid },
  });
  const looker = { processId: 1, threadId: 1 };
  return { system, directory: system.root, umask: 0, looker };
}

function open(visitor: FileVisitor, path: string, flags: number): FileDescription | number {
  return openPath(visitor, visitor.directory, path, flags, 0o644);
}

function mustOpen(visitor: FileVisitor, path: string, flags: number): FileDescription {
  const file = open(visitor, path, flags);
  if (typeof file === 'number') throw new Error(`${path}: ${file}`);
  return file;
}

function end(visitor: FileVisitor, path: string) {
  const { system, looker } = visitor;
  const found = walk({ root: system.root, base: visitor.directory, looker }, path, 'never');
  if (typeof found === 'number') throw new Error(`${path}: ${found}`);
  return found;
}

describe('sizes', () => {
  test('a file takes memory for what was written, not for its size', () => {
    const visitor = makeVisitor();
    const file = mustOpen(visitor, 'f', O_RDWR | O_CREAT);
    expect(file.resize(2 ** 40)).toBe(0);
    expect(file.writeAt(Uint8Array.of(1), 2 ** 39)).toBe(1);
    expect(visitor.system.storage.pool.inUse).toBe(1);
    expect(file.readAt(10, 2 ** 39)).toEqual(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  });

  test('no file is larger than the largest', () => {
    const file = mustOpen(makeVisitor(), 'f', O_RDWR | O_CREAT);
    expect(file.resize(2 ** 44)).toBe(-EFBIG);
    expect(file.writeAt(Uint8Array.of(1), 2 ** 43)).toBe(-EFBIG);
    expect(file.writeAt(Uint8Array.of(1), 2 ** 60)).toBe(-EFBIG);
  });

  test('memory ends: what fitted was written, then ENOSPC, and removing it gives all back', () => {
    const visitor = makeVisitor();
    const file = mustOpen(visitor, 'f', O_RDWR | O_CREAT);
    const bytes = new Uint8Array(6 << 20).fill(1);
    expect(file.write(bytes)).toBe(4 << 20);
    expect(file.inode.size).toBe(4 << 20);
    expect(file.write(bytes)).toBe(-ENOSPC);
    expect(file.inode.size).toBe(4 << 20);
    expect(removeFile(visitor, end(visitor, 'f'), false)).toBe(0);
    file.release();
    expect(visitor.system.storage.pool.inUse).toBe(0);
  });

  test('memory that is reserved for a file is taken at once or refused', () => {
    const visitor = makeVisitor();
    const file = mustOpen(visitor, 'f', O_RDWR | O_CREAT) as RegularDescription;
    file.resize(2 ** 40);
    expect(file.inode.reserve(0, 2 ** 40, 'f')).toBe(false);
    expect(file.inode.reserve(0, 1 << 20, 'f')).toBe(true);
    expect(visitor.system.storage.pool.inUse).toBe(256);
  });
});

describe('counts', () => {
  test('names that are gone do not count', () => {
    const visitor = makeVisitor(4 << 20, null, MOST_FILES);
    for (let turn = 0; turn < 2 * MOST_FILES; turn++) {
      const place = addFile(visitor, end(visitor, 'f'), makeRegular(visitor, 0o644));
      if (typeof place === 'number') throw new Error(`at ${turn}: ${place}`);
      removeFile(visitor, end(visitor, 'f'), false);
    }
  });

  test('long links end before many do', () => {
    const visitor = makeVisitor();
    let made = 0;
    let result: unknown = null;
    for (; made < 100_000 && typeof result !== 'number'; made++) {
      result = addFile(visitor, end(visitor, `l${made}`), makeLink(visitor, 'x'.repeat(4095)));
    }
    expect(made).toBeLessThan(20_000);
    expect(result).toBe(-ENOSPC);
  });

  test('100,000 open files: the table ends at its limit, whatever the limit is set to', () => {
    const visitor = makeVisitor();
    const table = new DescriptorTable();
    table.limit = 1e9;
    let opened = 0;
    let result = 0;
    for (; opened < 100_000; opened++) {
      result = table.add(mustOpen(visitor, 'f', O_RDONLY | O_CREAT));
      if (result < 0) break;
    }
    expect([opened, result]).toEqual([65536, -EMFILE]);
    expect(table.put(65536, mustOpen(visitor, 'f', O_RDONLY), false)).toBe(-EBADF);
    table.closeAll();
    expect(table.numbers()).toEqual([]);
  });

  test('descriptors of all processes together have an end, and those that are closed make room', () => {
    const visitor = makeVisitor();
    const first = new DescriptorTable();
    const file = mustOpen(visitor, 'f', O_RDONLY | O_CREAT);
    const fill = (table: DescriptorTable): number => {
      table.limit = 1e9;
      for (;;) {
        file.retain();
        const result = table.add(file);
        if (result < 0) return result;
      }
    };
    const second = first.copy();
    const third = first.copy();
    expect([fill(first), fill(second), fill(third)]).toEqual([-EMFILE, -EMFILE, -ENFILE]);
    expect(third.numbers()).toEqual([]);
    expect([third.refusal, third.put(5, file, false)]).toEqual([-ENFILE, -ENFILE]);
    expect([first.hasRoomForCopy, third.hasRoomForCopy]).toEqual([false, true]);
    first.close(9);
    expect([first.refusal, third.add(file)]).toEqual([0, 0]);
    second.closeAll();
    expect(third.refusal).toBe(0);
    expect(first.copy().numbers().length).toBe(65535);
    expect(third.refusal).toBe(0);
  });

  test('files without contents end too', () => {
    const visitor = makeVisitor(4 << 20, null, MOST_FILES);
    let made = 0;
    let result: unknown = null;
    for (; made < 2 * MOST_FILES && typeof result !== 'number'; made++) {
      result = addFile(visitor, end(visitor, `f${made}`), makeRegular(visitor, 0o644));
    }
    expect(made).toBe(MOST_FILES + 1);
    expect(result).toBe(-ENOSPC);
  });

  test('a chain of folders deeper than any stack', () => {
    const visitor = makeVisitor();
    let directory = visitor.directory;
    for (let depth = 0; depth < 20_000; depth++) {
      const here = { ...visitor, directory };
      const place = addFile(here, end(here, 'd'), makeDirectory(here, 0o755));
      if (typeof place === 'number') throw new Error(`at ${depth}: ${place}`);
      directory = place;
    }
    expect(directory.path).toHaveLength(40_000);
  });
});

/** A host with one secret outside what it shows, and links that try to lead there. */
class TrickyTree implements HostTree {
  readonly asked: string[] = [];
  private readonly links: Readonly<Record<string, string>> = {
    up: '../../../../secret',
    absolute: '/secret',
    twice: 'up',
    self: 'self/self',
    dots: '..',
  };

  status(path: string): HostStatus | number {
    this.asked.push(path);
    const kind =
      path === '' ? 'directory' : path in this.links ? 'link' : path === 'pipe' ? 'other' : null;
    if (kind === null) return -ENOENT;
    const type = { directory: 0o040755, link: 0o120777, other: 0o010666 }[kind];
    return {
      ...{ kind, mode: type, number: 1, device: 1, links: 1, uid: 1000, gid: 1000, size: 0 },
      ...{ special: 0, accessed: TIME, modified: TIME, changed: TIME, born: TIME },
    };
  }

  list(): readonly string[] {
    return Object.keys(this.links);
  }

  readLink(path: string): string | number {
    return this.links[path] ?? -ENOENT;
  }

  open(): number {
    throw new Error('nothing of this tree may be opened');
  }

  writesThrough(): boolean {
    return false;
  }

  createFile(): number {
    throw new Error('nothing of this tree may be written');
  }

  readonly createDirectory = this.createFile;
  readonly remove = this.createFile;
  readonly rename = this.createFile;
  readonly link = this.createFile;
  readonly setMode = this.createFile;
  readonly setTimes = this.createFile;
}

describe('paths', () => {
  test.each([
    ['../../../secret', ENOENT],
    ['/../secret', ENOENT],
    ['up', ENOENT],
    ['absolute', ENOENT],
    ['twice', ENOENT],
    ['dots/dots/dots/secret', ENOENT],
    ['self', ELOOP],
    ['pipe', ENXIO],
    ['a\0b', ENOENT],
    [`${'n'.repeat(256)}`, ENAMETOOLONG],
  ])('%s stays inside', (path, errno) => {
    const tree = new TrickyTree();
    const visitor = makeVisitor(4 << 20, tree);
    expect(open(visitor, path, O_RDONLY)).toBe(-errno);
    for (const asked of tree.asked) expect(asked.split('/')).not.toContain('..');
  });

  test('what a guest makes hides what the host has, and the host is not asked to make it', () => {
    const visitor = makeVisitor(4 << 20, new TrickyTree());
    expect(removeFile(visitor, end(visitor, 'up'), false)).toBe(0);
    const file = mustOpen(visitor, 'up', O_WRONLY | O_CREAT);
    expect(file.write(Uint8Array.of(1, 2, 3))).toBe(3);
    expect(file.place?.path).toBe('/up');
  });

  test('a link to itself through a folder ends', () => {
    const visitor = makeVisitor();
    addFile(visitor, end(visitor, 'd'), makeDirectory(visitor, 0o755));
    addFile(visitor, end(visitor, 'd/l'), makeLink(visitor, `${'../d/'.repeat(600)}l`));
    expect(open(visitor, 'd/l', O_RDONLY)).toBe(-ELOOP);
  });

  test('nobody opens the memory of a process', () => {
    const visitor = makeVisitor();
    expect(open(visitor, '/proc/self/mem', O_RDONLY)).toBe(-ENOENT);
    expect(open(visitor, '/proc/1/mem', O_RDWR)).toBe(-ENOENT);
    expect(open(visitor, '/dev/mem', O_RDWR)).toBe(-ENOENT);
    expect(open(visitor, '/proc/kcore', O_RDONLY)).toBe(-ENOENT);
  });

  test('/proc and /dev are not the guest’s to change', () => {
    const visitor = makeVisitor();
    expect(open(visitor, '/proc/new', O_WRONLY | O_CREAT)).toBe(-ENOENT);
    expect(open(visitor, '/dev/new', O_WRONLY | O_CREAT)).toBe(-EACCES);
    expect(open(visitor, '/proc/version', O_WRONLY)).toBe(-EACCES);
  });
});

import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostFile, HostStatus } from '@bareheap/machine';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FolderTree } from './host-tree.ts';

const EEXIST = 17;
const EACCES = 13;
const ENOENT = 2;
const ENOTDIR = 20;
const ELOOP = 40;
let folder = '';
let root = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tree-'));
  root = join(folder, 'root');
  mkdirSync(join(root, 'dir/sub'), { recursive: true });
  mkdirSync(join(root, 'own/deep/er'), { recursive: true });
  mkdirSync(join(folder, 'outside'));
  writeFileSync(join(folder, 'outside/secret'), 'secret');
  writeFileSync(join(root, 'dir/file'), 'text');
  symlinkSync('../outside', join(root, 'escape'));
  symlinkSync('/etc/passwd', join(root, 'dir/absolute'));
  symlinkSync(join(folder, 'outside'), join(root, 'own/link'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const reading = (): FolderTree => new FolderTree({ root, writable: null });
const writing = (): FolderTree => new FolderTree({ root, writable: join(root, 'own') });
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function read(file: HostFile | number, length = 100): string {
  if (typeof file === 'number') throw new Error(`errno ${-file}`);
  const bytes = new Uint8Array(length);
  const count = file.read(0, bytes);
  file.close();
  return text(bytes.subarray(0, count));
}

describe('reading', () => {
  test('files, folders and links are told apart, and no link is followed', () => {
    const tree = reading();
    const kinds = ['', 'dir', 'dir/file', 'escape', 'dir/absolute'].map(
      (path) => (tree.status(path) as HostStatus).kind,
    );
    expect(kinds).toEqual(['directory', 'directory', 'file', 'link', 'link']);
    expect(tree.readLink('escape')).toBe('../outside');
    expect(tree.readLink('dir/file')).toBeLessThan(0);
    expect([...(tree.list('dir') as string[])].sort()).toEqual(['absolute', 'file', 'sub']);
    expect(tree.status('none')).toBe(-ENOENT);
  });

  test('only regular files open', () => {
    const tree = reading();
    expect(read(tree.open('dir/file'))).toBe('text');
    expect(tree.open('escape')).toBe(-ELOOP);
    expect(tree.open('dir/absolute')).toBe(-ELOOP);
    expect(tree.open('dir')).toBe(-EACCES);
    expect(tree.list('escape')).toBe(-ENOTDIR);
    expect(tree.list('dir/file')).toBe(-ENOTDIR);
    expect(tree.open('none')).toBe(-ENOENT);
  });

  test.runIf(process.platform === 'linux')('a fifo is not waited for', () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    expect(reading().open('pipe')).toBe(-EACCES);
    expect((reading().status('pipe') as HostStatus).kind).toBe('other');
  });

  test.each(['..', '../outside/secret', 'dir/../../outside/secret', './dir', 'dir//file', 'a\0b'])(
    'no path has the name %j',
    (path) => {
      expect(reading().status(path)).toBe(-ENOENT);
      expect(reading().open(path)).toBe(-ENOENT);
      expect(writing().createFile(path, 0o644)).toBe(-ENOENT);
    },
  );

  test('names are bytes', () => {
    writeFileSync(join(root, 'dir', 'é'), 'accent');
    const name = (reading().list('dir') as string[]).find((each) => each.length === 2);
    expect(name).toBe('Ã©');
    expect(read(reading().open(`dir/${name}`))).toBe('accent');
  });

  test('a read past the end gives what there is', () => {
    const file = reading().open('dir/file') as HostFile;
    const bytes = new Uint8Array(10);
    expect(file.size).toBe(4);
    expect(file.read(2, bytes)).toBe(2);
    expect(file.read(100, bytes)).toBe(0);
    expect(file.write).toBeUndefined();
    file.close();
  });
});

describe('writing through', () => {
  test('only below the writable folder', () => {
    const tree = writing();
    expect(['own', 'own/x', 'own/deep'].every((path) => tree.writesThrough(path))).toBe(true);
    expect(['', 'dir', 'ownother', 'own2/x'].some((path) => tree.writesThrough(path))).toBe(false);
    expect((tree.open('dir/file') as HostFile).write).toBeUndefined();
    const whole = new FolderTree({ root, writable: root });
    expect(whole.writesThrough('dir/file')).toBe(true);
  });

  test('files are made, written, cut, renamed, linked and removed', () => {
    const tree = writing();
    expect(tree.createFile('own/f', 0o600)).toBe(0);
    expect(tree.createFile('own/f', 0o600)).toBe(-EEXIST);
    const file = tree.open('own/f') as HostFile;
    expect(file.write!(2, new TextEncoder().encode('abc'))).toBe(3);
    expect(file.resize!(4)).toBe(0);
    file.close();
    expect(readFileSync(join(root, 'own/f'), 'latin1')).toBe('\0\0ab');
    expect(tree.setMode('own/f', 0o4751)).toBe(0);
    expect(lstatSync(join(root, 'own/f')).mode & 0o7777).toBe(0o751);
    const time = { seconds: 1000, nanoseconds: 500_000_000 };
    expect(tree.setTimes('own/f', time, time)).toBe(0);
    expect((tree.status('own/f') as HostStatus).modified).toEqual(time);
    expect(tree.link('own/f', 'own/g')).toBe(0);
    expect(tree.rename('own/g', 'own/h')).toBe(0);
    expect(tree.createDirectory('own/d', 0o755)).toBe(0);
    expect(tree.remove('own/d', true)).toBe(0);
    expect(tree.remove('own/f', false)).toBe(0);
    expect([...(tree.list('own') as string[])].sort()).toEqual(['deep', 'h', 'link']);
  });

  test('a link is never made to mean its target', () => {
    const tree = writing();
    writeFileSync(join(root, 'own/f'), '');
    symlinkSync('f', join(root, 'own/to-f'));
    const before = lstatSync(join(root, 'own/f')).mode;
    const time = { seconds: 1, nanoseconds: 0 };
    tree.setMode('own/to-f', 0o777);
    tree.setTimes('own/to-f', time, time);
    expect(tree.open('own/to-f')).toBe(-ELOOP);
    expect(lstatSync(join(root, 'own/f')).mode).toBe(before);
    expect(lstatSync(join(root, 'own/f')).mtimeMs).toBeGreaterThan(1000);
  });

  test('a folder that became a link does not lead out', () => {
    const tree = writing();
    expect(tree.createFile('own/deep/er/f', 0o644)).toBe(0);
    // What a guest can do that has own/deep/er open: move it, and put the host's link there.
    renameSync(join(root, 'own/deep'), join(root, 'own/moved'));
    renameSync(join(root, 'own/link'), join(root, 'own/deep'));
    mkdirSync(join(folder, 'outside/er'));
    writeFileSync(join(folder, 'outside/er/f'), 'secret');
    expect(tree.open('own/deep/er/f')).toBe(-ENOENT);
    expect(tree.createFile('own/deep/er/new', 0o644)).toBe(-ENOENT);
    expect(tree.createFile('own/deep/new', 0o644)).toBe(-ENOENT);
    expect(tree.rename('own/moved/er/f', 'own/deep/stolen')).toBe(-ENOENT);
    expect(tree.list('own/deep/er')).toBe(-ENOENT);
    expect(tree.status('own/deep/secret')).toBe(-ENOENT);
    linkSync(join(root, 'own/moved/er/f'), join(root, 'own/f'));
    expect(read(tree.open('own/f'))).toBe('');
  });
});

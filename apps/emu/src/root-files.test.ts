import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileResult, OpenFlags } from '@bareheap/machine';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isInside, RootFiles } from './root-files.ts';

const READ: OpenFlags = { read: true, write: false, create: false, truncate: false, append: false };
const WRITE: OpenFlags = { read: true, write: true, create: true, truncate: true, append: false };
const UPDATE: OpenFlags = { ...WRITE, create: false, truncate: false };
const APPEND: OpenFlags = { ...WRITE, truncate: false, append: true };
const ENOENT = 2;
const EBADF = 9;
const EACCES = 13;
const EXDEV = 18;
const ENOTDIR = 20;
const EISDIR = 21;
const EINVAL = 22;
const EMFILE = 24;
const ENOSPC = 28;
const ELOOP = 40;

let base = '';
let root = '';

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'bareheap-files-'));
  root = join(base, 'root');
  mkdirSync(join(root, 'sub', 'deep'), { recursive: true });
  mkdirSync(join(root, 'out'));
  writeFileSync(join(base, 'secret'), 'not for guests');
  writeFileSync(join(root, 'hello.txt'), 'hello, guest');
  writeFileSync(join(root, 'sub', 'data.bin'), 'data');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function open(memoryBytes = 1 << 20, writable: string | null = null): RootFiles {
  return new RootFiles({ root, writable, memoryBytes });
}

function value<T>(result: FileResult<T>): T {
  if (!result.ok) throw new Error(`errno ${result.errno}`);
  return result.value;
}

function readAll(files: RootFiles, path: string): string {
  const file = value(files.open(path, READ));
  const text = new TextDecoder().decode(value(files.read(file, 1000)));
  value(files.close(file));
  return text;
}

function put(files: RootFiles, path: string, text: string, flags = WRITE): void {
  const file = value(files.open(path, flags));
  value(files.write(file, new TextEncoder().encode(text)));
  value(files.close(file));
}

describe('what a guest sees', () => {
  test('files under the root, by paths of every shape', () => {
    const files = open();
    for (const path of [
      'hello.txt',
      '/hello.txt',
      './hello.txt',
      'sub/../hello.txt',
      '//hello.txt',
    ]) {
      expect(readAll(files, path), path).toBe('hello, guest');
    }
    expect(readAll(files, 'sub/data.bin')).toBe('data');
  });

  test.each([
    '../secret',
    '/../secret',
    'sub/../../secret',
    '../../../../../../../../etc/passwd',
    '/etc/passwd',
    'sub/./.././../secret',
    '..//..//secret',
    'hello.txt/../../secret',
  ])('nothing outside: %s', (path) => {
    const result = open().open(path, READ);
    expect(result).toMatchObject({ ok: false });
  });

  test('every path of dots and slashes stays inside', () => {
    const files = open();
    const parts = ['..', '.', '', 'sub', 'link', 'deep', 'secret'];
    symlinkSync('../..', join(root, 'sub', 'link'));
    let tried = 0;
    const visit = (path: string, depth: number): void => {
      const result = files.open(path, READ);
      if (result.ok) {
        const text = new TextDecoder().decode(value(files.read(result.value, 100)));
        expect(text, path).not.toContain('not for guests');
        files.close(result.value);
      }
      tried++;
      if (depth > 0) for (const part of parts) visit(`${path}/${part}`, depth - 1);
    };
    visit('', 5);
    expect(tried).toBe(19_608);
  });

  test('links lead only inside, absolute ones from the root', () => {
    symlinkSync(join(base, 'secret'), join(root, 'absolute'));
    symlinkSync('../secret', join(root, 'relative'));
    symlinkSync('../../secret', join(root, 'sub', 'higher'));
    symlinkSync('/hello.txt', join(root, 'sub', 'home'));
    symlinkSync('..', join(root, 'sub', 'up'));
    symlinkSync('loop', join(root, 'loop'));
    const files = open();
    for (const path of ['absolute', 'relative', 'sub/higher', 'sub/up/../secret']) {
      expect(files.open(path, READ), path).toMatchObject({ ok: false, errno: ENOENT });
    }
    expect(readAll(files, 'sub/home')).toBe('hello, guest');
    expect(readAll(files, 'sub/up/hello.txt')).toBe('hello, guest');
    expect(files.open('loop', READ)).toMatchObject({ ok: false, errno: ELOOP });
  });

  test('folders, devices and names with a NUL do not open', () => {
    symlinkSync('/dev/zero', join(root, 'zero'));
    const files = open();
    expect(files.open('sub', READ)).toMatchObject({ errno: EISDIR });
    expect(files.open('', READ)).toMatchObject({ errno: EISDIR });
    expect(files.open('hello.txt/x', READ)).toMatchObject({ errno: ENOTDIR });
    expect(files.open('hello.txt/', READ)).toMatchObject({ errno: ENOTDIR });
    expect(files.open('zero', READ)).toMatchObject({ errno: ENOENT });
    expect(files.open('hello.txt\0.png', READ)).toMatchObject({ errno: ENOENT });
    const dev = new RootFiles({ root: '/dev', writable: null, memoryBytes: 1000 });
    expect(dev.open('zero', READ)).toMatchObject({ errno: EACCES });
  });

  test('without a root there is an empty folder that takes files', () => {
    const files = new RootFiles({ root: null, writable: null, memoryBytes: 1000 });
    expect(files.open('/etc/passwd', READ)).toMatchObject({ errno: ENOENT });
    expect(files.open('..', READ)).toMatchObject({ ok: false });
    put(files, 'log.txt', 'line');
    expect(readAll(files, '/log.txt')).toBe('line');
  });
});

describe('writes', () => {
  test('stay in memory: the host’s file is as it was', () => {
    const files = open();
    put(files, 'hello.txt', 'HELLO', UPDATE);
    put(files, 'sub/new.txt', 'new');
    expect(readAll(files, 'hello.txt')).toBe('HELLO, guest');
    expect(readAll(files, 'sub/../sub/new.txt')).toBe('new');
    expect(readFileSync(join(root, 'hello.txt'), 'utf8')).toBe('hello, guest');
    expect(() => readFileSync(join(root, 'sub', 'new.txt'))).toThrow('ENOENT');
  });

  test('need an existing folder, and create only when asked', () => {
    const files = open();
    expect(files.open('none/new.txt', WRITE)).toMatchObject({ errno: ENOENT });
    expect(files.open('new.txt', UPDATE)).toMatchObject({ errno: ENOENT });
  });

  test('append goes to the end wherever the position is', () => {
    const files = open();
    const file = value(files.open('hello.txt', APPEND));
    value(files.seek(file, 0));
    value(files.write(file, new TextEncoder().encode('!')));
    expect(value(files.length(file))).toBe(13);
    expect(readAll(files, 'hello.txt')).toBe('hello, guest!');
  });

  test('a gap reads as zeros, a truncated file has no old bytes', () => {
    const files = open();
    const file = value(files.open('gap', WRITE));
    value(files.seek(file, 4));
    value(files.write(file, Uint8Array.of(7)));
    value(files.seek(file, 0));
    expect([...value(files.read(file, 10))]).toEqual([0, 0, 0, 0, 7]);
    const again = value(files.open('gap', WRITE));
    value(files.seek(again, 6));
    value(files.write(again, Uint8Array.of(8)));
    value(files.seek(again, 0));
    expect([...value(files.read(again, 10))]).toEqual([0, 0, 0, 0, 0, 0, 8]);
  });

  test('memory has an end, however the guest asks', () => {
    const files = open(1000);
    const file = value(files.open('big', WRITE));
    expect(files.write(file, new Uint8Array(1001))).toMatchObject({ errno: ENOSPC });
    value(files.write(file, new Uint8Array(900)));
    const second = value(files.open('more', WRITE));
    expect(files.write(second, new Uint8Array(200))).toMatchObject({ errno: ENOSPC });
    value(files.seek(file, 2 ** 39));
    expect(files.write(file, Uint8Array.of(1))).toMatchObject({ errno: ENOSPC });
    expect(files.seek(file, 2 ** 41)).toMatchObject({ errno: EINVAL });
    expect(files.seek(file, -1)).toMatchObject({ errno: EINVAL });
    expect(value(files.length(file))).toBe(900);
    writeFileSync(join(root, 'large'), new Uint8Array(2000));
    expect(files.open('large', UPDATE)).toMatchObject({ errno: ENOSPC });
  });

  test('under --write go through to the host, elsewhere they do not', () => {
    const files = open(1000, join(root, 'out'));
    put(files, 'out/result', 'kept');
    put(files, 'result', 'dropped');
    expect(readFileSync(join(root, 'out', 'result'), 'utf8')).toBe('kept');
    expect(() => readFileSync(join(root, 'result'))).toThrow('ENOENT');
    value(files.rename('out/result', 'out/renamed'));
    expect(readFileSync(join(root, 'out', 'renamed'), 'utf8')).toBe('kept');
    expect(files.rename('out/renamed', 'elsewhere')).toMatchObject({ errno: EXDEV });
    value(files.remove('out/renamed'));
    expect(() => readFileSync(join(root, 'out', 'renamed'))).toThrow('ENOENT');
  });

  test('a link under --write does not open another place for writing', () => {
    symlinkSync('../hello.txt', join(root, 'out', 'alias'));
    const files = open(1000, join(root, 'out'));
    put(files, 'out/alias', 'changed');
    expect(readFileSync(join(root, 'hello.txt'), 'utf8')).toBe('hello, guest');
    expect(readAll(files, 'hello.txt')).toBe('changed');
  });
});

describe('remove and rename in memory', () => {
  test('a removed file is gone for the guest and stays for the host', () => {
    const files = open();
    value(files.remove('hello.txt'));
    expect(files.open('hello.txt', READ)).toMatchObject({ errno: ENOENT });
    expect(files.remove('hello.txt')).toMatchObject({ errno: ENOENT });
    expect(files.remove('sub')).toMatchObject({ errno: EISDIR });
    put(files, 'hello.txt', 'again');
    expect(readAll(files, 'hello.txt')).toBe('again');
    expect(readFileSync(join(root, 'hello.txt'), 'utf8')).toBe('hello, guest');
  });

  test('a renamed file has its contents, the old name is gone', () => {
    const files = open();
    value(files.rename('hello.txt', 'sub/moved.txt'));
    expect(readAll(files, 'sub/moved.txt')).toBe('hello, guest');
    expect(files.open('hello.txt', READ)).toMatchObject({ errno: ENOENT });
    expect(files.rename('nothing', 'x')).toMatchObject({ errno: ENOENT });
  });
});

describe('file numbers', () => {
  test('of closed or unknown files fail', () => {
    const files = open();
    const file = value(files.open('hello.txt', READ));
    expect(files.write(file, Uint8Array.of(1))).toMatchObject({ errno: EBADF });
    value(files.close(file));
    for (const call of [
      () => files.read(file, 1),
      () => files.seek(file, 0),
      () => files.length(file),
      () => files.close(file),
    ]) {
      expect(call()).toMatchObject({ errno: EBADF });
    }
  });

  test('run out, and come back', () => {
    const files = open();
    const opened = Array.from({ length: 256 }, () => value(files.open('hello.txt', READ)));
    expect(new Set(opened).size).toBe(256);
    expect(files.open('hello.txt', READ)).toMatchObject({ errno: EMFILE });
    files.closeAll();
    value(files.open('hello.txt', READ));
    files.closeAll();
  });

  test('reads follow the position and end with nothing', () => {
    const files = open();
    const file = value(files.open('hello.txt', READ));
    expect(new TextDecoder().decode(value(files.read(file, 5)))).toBe('hello');
    expect(new TextDecoder().decode(value(files.read(file, 1 << 30)))).toBe(', guest');
    expect(value(files.read(file, 5))).toHaveLength(0);
    expect(files.isTty(file)).toBe(false);
    files.closeAll();
  });
});

test('a folder with the same beginning is not inside', () => {
  expect(isInside('/a/bc', '/a/b')).toBe(false);
  expect(isInside('/a/b/c', '/a/b')).toBe(true);
  expect(isInside('/a', '/')).toBe(true);
});

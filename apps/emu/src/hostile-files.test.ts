/**
 * A Linux guest that tries to reach files of the host's that it is not shown, to change those that
 * it is, and to take all there is: test/probes/linux-files/hostile.
 */
import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseImage } from '@bareheap/image';
import { type FilePort, type HostPort, openLinux } from '@bareheap/machine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FolderTree } from './host-tree.ts';

const GUEST = new URL('../../../test/probes/linux-files/hostile/hostile.elf', import.meta.url);
const LIMIT = 4e8;
const MEMORY_BYTES = 32 << 20;
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostile-'));
  const root = join(folder, 'root');
  for (const name of ['dir', 'empty']) mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(folder, 'secret'), 'the secret');
  mkdirSync(join(folder, 'outside'));
  writeFileSync(join(folder, 'outside/secret'), 'the secret');
  writeFileSync(join(root, 'kept'), 'kept');
  writeFileSync(join(root, 'dir/file'), 'file');
  symlinkSync('../secret', join(root, 'out'));
  symlinkSync(join(folder, 'secret'), join(root, 'absolute'));
  symlinkSync('../outside', join(root, 'folder'));
  symlinkSync('../..', join(root, 'dir/up'));
  symlinkSync('loop', join(root, 'loop'));
  if (process.platform === 'linux') execFileSync('mkfifo', [join(root, 'pipe')]);
  // The administrator's files are not the guest's to change: it is to try on its own.
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', '-h', '1000:1000', root]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Everything below a folder: names, modes, sizes, contents, and when it was changed. */
function snapshot(path: string): unknown[] {
  return readdirSync(path).flatMap((name) => {
    const at = join(path, name);
    const status = lstatSync(at);
    const record = [at, status.mode, status.nlink, status.mtimeMs];
    if (status.isDirectory()) return [record, ...snapshot(at)];
    if (status.isSymbolicLink()) return [[...record, readlinkSync(at)]];
    return [[...record, status.isFile() ? readFileSync(at, 'latin1') : 'pipe']];
  });
}

function run(): Map<string, string> {
  const bytes = new Uint8Array(readFileSync(GUEST));
  let output = '';
  const host: HostPort = {
    writeConsole: (_stream, written) => {
      output += new TextDecoder().decode(written);
    },
    readConsole: () => null,
    isConsoleTerminal: () => false,
    files: {} as FilePort,
  };
  const guest = openLinux(
    parseImage(bytes, { memoryLimit: 2 ** 46 }),
    {
      bytes,
      path: '/hostile',
      tree: new FolderTree({ root: join(folder, 'root'), writable: null }),
      directory: '/',
      argv: ['/hostile'],
      environment: [],
      heap: 'guest',
      observesHeap: false,
      memoryBytes: MEMORY_BYTES,
      seed: 1,
    },
    host,
  );
  expect(guest.run({ maxInstructions: LIMIT })).toEqual({ kind: 'exit', code: 0 });
  const lines = output.trimEnd().split('\n');
  return new Map(lines.map((line) => line.split(': ') as [string, string]));
}

test('nothing is read that is not shown, nothing of the host is changed, and limits hold', () => {
  const before = snapshot(folder);
  const told = run();
  expect(snapshot(folder)).toEqual(before);
  expect(told.has('THE SECRET')).toBe(false);
  const paths = [...told].filter(([what]) => /[./]/.test(what));
  expect(paths.length).toBeGreaterThan(20);
  const reached = paths.filter(([, result]) => result === '0').map(([what]) => what);
  expect(reached).toEqual([]);
  expect(Object.fromEntries([...told].filter(([what]) => !/[./]/.test(what)))).toEqual({
    openat: 'No such file or directory',
    chroot: 'Operation not permitted',
    mknod: 'Operation not permitted',
    'hard link': '0',
    // Descriptors: sockets reach nothing but other sockets of the guest's.
    socket: '4',
    'unix socket': '5',
    write: '4',
    overwrite: '4',
    cut: '0',
    sync: '0',
    chmod: '0',
    rename: '0',
    unlink: '0',
    rmdir: '0',
    truncate: 'No such file or directory',
    'write out': '0',
    'huge size': 'File too large',
    'large size': '0',
    reserve: '0',
    'read far': '100',
    'huge read': 'Bad address',
    'no room': 'No space left on device',
    'room was limited': '1',
    'files open': '1',
    'one more': 'No file descriptors available',
  });
});

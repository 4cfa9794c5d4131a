import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asUtf8, bareheap, type CommandOptions, guest } from './command.ts';

let folder = '';
/** A good ELF32 executable to damage. */
let good: Uint8Array;

const PROGRAM_HEADERS = 0x1c;
const ENTRY_POINT = 0x18;
const NOBODY = 65534;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bareheap-bad-'));
  good = new Uint8Array(readFileSync(guest('heap8k.cortex-m3')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, bytes: Uint8Array | string): string {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

/** The good program with something changed. */
function damaged(name: string, change: (elf: DataView) => void): string {
  const elf = good.slice();
  change(viewOf(elf));
  return write(name, elf);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Offsets of the loadable program headers. */
function loads(elf: DataView): number[] {
  const table = elf.getUint32(PROGRAM_HEADERS, true);
  const count = elf.getUint16(0x2c, true);
  return Array.from({ length: count }, (_, index) => table + 32 * index).filter(
    (at) => elf.getUint32(at, true) === 1,
  );
}

/** The rule for everything that cannot be run: status 2, one line, no trace of a stack. */
function expectRefusal(args: readonly string[], what: RegExp, options: CommandOptions = {}): void {
  const { status, stdout, stderr } = bareheap(args, { cwd: folder, ...options });
  const said = asUtf8(stderr);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(said).toMatch(/^bareheap: [^\n]+\n$/);
  expect(said).toMatch(what);
  expect(said).not.toMatch(/\n\s+at |node:|\.js:\d|Error\b/);
}

describe('files that cannot be run', () => {
  const files: [string, () => string, RegExp][] = [
    ['an empty file', () => write('empty', ''), /the file is empty/],
    ['a text file', () => write('text', 'hello, world\n'), /text/],
    ['a script', () => write('script', '#!/bin/sh\necho hello\n'), /script/],
    ['a link to itself', () => loop(), /too many symbolic links/],
    ['random bytes', () => write('noise', new Uint8Array(4096).fill(0xa5)), /not an ELF/],
    ['the ELF magic alone', () => write('magic', good.subarray(0, 4)), /./],
    ['half a header', () => write('half', good.subarray(0, 40)), /./],
    ['a header without its segments', () => write('cut', good.subarray(0, 120)), /./],
    ['the last bytes missing', () => cutSegments(), /./],
    [
      'a machine that no board has',
      () => damaged('mips', (elf) => elf.setUint16(0x12, 8, true)),
      /./,
    ],
    ['a big-endian program', () => damaged('big', (elf) => elf.setUint8(5, 2)), /./],
    ['an ELF class of no meaning', () => damaged('class', (elf) => elf.setUint8(4, 9)), /./],
    ['segments that overlap', () => overlapping(), /overlap/],
    ['a segment of 4 GiB', () => sized(0xffff_ffff), /./],
    ['a segment beyond memory', () => sized(0x4000_0000), /./],
    [
      'an entry point outside',
      () => damaged('entry', (elf) => elf.setUint32(ENTRY_POINT, 0x9000_0001, true)),
      /entry/,
    ],
    [
      'a program header table far away',
      () => damaged('table', (elf) => elf.setUint32(PROGRAM_HEADERS, 0xffff_fff0, true)),
      /./,
    ],
    [
      '65,535 program headers',
      () => damaged('many', (elf) => elf.setUint16(0x2c, 0xffff, true)),
      /./,
    ],
    ['a broken Intel HEX file', () => write('bad.hex', ':100000000102\n:00000001FF\n'), /./],
    ['no such file', () => join(folder, 'none.elf'), /there is no such file/],
    ['a folder', () => folder, /it is a directory/],
    ['a device', () => '/dev/zero', /not a regular file/],
    ['a file as a folder', () => join(write('plain', 'x'), 'y.elf'), /a part of its path/],
    ['a name too long', () => 'x'.repeat(5000), /too long/],
  ];

  test.each(files)('%s', (_name, make, what) => expectRefusal(['run', make()], what));

  function loop(): string {
    const file = join(folder, 'loop.elf');
    symlinkSync('loop.elf', file);
    return file;
  }

  function cutSegments(): string {
    const view = viewOf(good);
    const end = Math.max(
      ...loads(view).map((at) => view.getUint32(at + 4, true) + view.getUint32(at + 16, true)),
    );
    return write('end', good.subarray(0, end - 1));
  }

  function overlapping(): string {
    return damaged('overlap', (elf) => {
      const [first, second] = loads(elf);
      if (first === undefined || second === undefined) throw new Error('needs two segments');
      for (const field of [8, 12, 20]) {
        elf.setUint32(second + field, elf.getUint32(first + field, true), true);
      }
    });
  }

  function sized(bytes: number): string {
    return damaged(`size-${bytes}`, (elf) => {
      elf.setUint32(loads(elf).at(-1)! + 20, bytes, true);
    });
  }

  test('a file without permission', ({ skip }) => {
    const file = write('secret.elf', good);
    chmodSync(file, 0);
    chmodSync(folder, 0o755);
    // Root may read everything, so it asks as nobody.
    const uid = process.getuid?.() === 0 ? { uid: NOBODY } : {};
    if (bareheap(['--version'], uid).status !== 0) skip('nobody cannot read the checkout');
    expectRefusal(['run', file], /no permission/, uid);
  });
});

describe('words that make no command', () => {
  const program = guest('heap8k.cortex-m3');
  test.each([
    [[], /no command/],
    [['frobnicate'], /unknown command/],
    [['--frobnicate'], /unknown option/],
    [['run'], /no program/],
    [['run', '--frobnicate', program], /unknown option '--frobnicate'/],
    [['run', program, '--heap'], /--heap needs a value/],
    [['run', program, '--heap', 'slab'], /no 'slab'/],
    [['run', program, '--strace'], /not available yet: --strace/],
    [['run', program, '--check', 'byte'], /not available yet: --check byte/],
    [['run', program, '--machine', 'pdp11'], /pdp11/],
    [['run', program, '--machine', 'rv32'], /rv32/],
    [['run', program, '--timeout', 'soon'], /not a number of seconds/],
    [['run', program, '--memory', '1'], /out of range/],
    [['run', program, '--memory', '4K'], /./],
    [['run', program, program], /one program/],
    [['run', program, '--root', 'no-such'], /there is no such file/],
    [['run', program, '--stdin', 'no-such'], /there is no such file/],
    [['run', program, '--json', 'no-such/x.json'], /there is no such file/],
    [['run', program, '--write', '.'], /--write needs --root/],
    [['bench'], /one of cpu, heap, mmu/],
    [['bench', 'disk'], /one of cpu, heap, mmu/],
    [['conform', 'vms'], /one of static, posix, win/],
  ])('%j', (args, what) => expectRefusal(args, what));
});

test('a refused program leaves no report behind', () => {
  mkdirSync(join(folder, 'reports'), { recursive: true });
  const report = join(folder, 'reports', 'x.json');
  expectRefusal(['run', write('none', ''), '--json', report], /empty/);
  expect(() => readFileSync(report)).toThrow('ENOENT');
});

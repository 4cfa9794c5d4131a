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
import { asUtf8, bareheap, type CommandOptions, guest, ROOT } from './command.ts';

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
  const linux = join(ROOT, 'test/guests/linux/prebuilt/start.bare');
  const windows = join(ROOT, 'test/guests/windows/prebuilt/hello.exe');
  test.each([
    [[], /no command/],
    [['frobnicate'], /unknown command/],
    [['--frobnicate'], /unknown option/],
    [['run'], /no program/],
    [['run', '--frobnicate', program], /unknown option '--frobnicate'/],
    [['run', program, '--heap'], /--heap needs a value/],
    [['run', program, '--heap', 'slab'], /no 'slab'/],
    [['run', program, '--strace'], /--strace: bare-metal programs make no system calls/],
    [['run', program, '--strace=memory'], /--strace: bare-metal programs make no system calls/],
    [['run', linux, '--strace=colours'], /--strace: .*'colours'/],
    [['run', program, '-c'], /-c: bare-metal programs make no system calls/],
    [['run', program, '--env', 'A=1'], /--env: bare-metal programs have no environment/],
    [['run', program, '--env', 'A'], /--env 'A': not NAME=VALUE/],
    [['run', program, '--platform', 'posix'], /a bare-metal program/],
    [['run', linux, '--platform', 'win'], /a Linux program/],
    [['run', linux, '--machine', 'rv32'], /--machine: boards are for bare-metal programs/],
    [['run', linux, '--heap-size', '4K'], /--heap-size: only the heap of a bare-metal program/],
    [['run', windows, '--strace=colours'], /--strace: .*'colours'/],
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

describe('damaged Linux programs', () => {
  const ELF64_HEADER = 64;
  const PROGRAM_HEADER = 56;
  const CASES = 12 * Number(process.env['BAREHEAP_FUZZ'] ?? 1);

  let start: Uint8Array;
  beforeAll(() => {
    start = new Uint8Array(readFileSync(join(ROOT, 'test/guests/linux/prebuilt/malloc-one.musl')));
  });

  /** A generator of numbers below `end`, the same for the same seed. */
  function numbers(seed: number): (end: number) => number {
    let state = seed | 1;
    return (end) => {
      state = Math.imul(state, 1_664_525) + 1_013_904_223;
      return (state >>> 8) % end;
    };
  }

  /** A few of the bytes of the headers with other values, extreme ones often. */
  function mutated(seed: number): Uint8Array {
    const elf = start.slice();
    const below = numbers(seed);
    const end = ELF64_HEADER + PROGRAM_HEADER * viewOf(elf).getUint16(0x38, true);
    for (let count = 1 + below(4); count > 0; count--) {
      const at = 4 + below(end - 4);
      elf[at] = [0, 0xff, 0x7f, 0x80, below(256)][below(5)]!;
    }
    return elf;
  }

  /** Word `at` of the headers with another value. */
  function changed(at: number, value: bigint): string {
    const elf = start.slice();
    viewOf(elf).setBigUint64(at, value, true);
    return write('changed', elf);
  }

  const SIZE_IN_MEMORY = ELF64_HEADER + 0x28;
  const VIRTUAL_ADDRESS = ELF64_HEADER + 0x10;

  test.each([
    ['cut in its headers', () => write('cut64', start.subarray(0, 100))],
    ['no header of a segment', () => write('none64', start.subarray(0, ELF64_HEADER))],
    ['a segment of 2^63 bytes', () => changed(SIZE_IN_MEMORY, 1n << 63n)],
    ['a segment of 64 TiB', () => changed(SIZE_IN_MEMORY, 1n << 46n)],
    ['a segment in the upper half', () => changed(VIRTUAL_ADDRESS, 0xffff_ffff_8000_0000n)],
    ['headers at the end of all addresses', () => changed(0x20, (1n << 64n) - 1n)],
  ])('%s', (_name, make) => expectRefusal(['run', make()], /./));

  test.each(Array.from({ length: CASES }, (_, index) => index + 1))('seed %i', (seed) => {
    const file = write(`mutated-${seed}`, mutated(seed));
    const limits = ['--max-instructions', '1000000', '--timeout', '10', '--memory', '64M'];
    const { status, stderr } = bareheap(['run', ...limits, file], { cwd: folder });
    const said = asUtf8(stderr);
    expect(said).not.toMatch(/internal error|\n\s+at |node:|\.js:\d/);
    expect([0, 1, 2, 124, 132, 135, 139], said).toContain(status);
    if (status === 2) expect(said).toMatch(/^bareheap: [^\n]+\n$/);
  });
});

/** Windows programs, run as people run them, against what they did under Wine. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bareheap, ROOT } from './command.ts';
import { RUN_SHAPE, shapeErrors } from './report-schema.ts';

/** test/guests/windows/truth/guests.json, as far as it is needed here. */
interface Run {
  readonly name: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly input: string;
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Where the documentation has it otherwise than Wine. */
  readonly documented?: { readonly status: number };
}

const GUESTS = join(ROOT, 'test/guests/windows');
const { runs } = JSON.parse(readFileSync(join(GUESTS, 'truth/guests.json'), 'utf8')) as {
  runs: readonly Run[];
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bareheap-windows-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = (name: string): string => join(GUESTS, 'prebuilt', name);

/** Standard error without what is ours: a line that says so, and those under it. */
function withoutOurs(stderr: string): string {
  return stderr.replace(/^bareheap: [^\n]*\n( {2}[^\n]*\n)*/gm, '');
}

describe('as under Wine', () => {
  test.each(runs)('$name', (run) => {
    const file = join(folder, `${run.name}.json`);
    const environment = Object.entries(run.environment).flatMap(([key, value]) => [
      '--env',
      `${key}=${value}`,
    ]);
    const options = ['--json', file, '--root', join(GUESTS, 'prebuilt'), ...environment];
    const words = ['run', ...options, program(run.name), '--'];
    const { status, stdout, stderr } = bareheap([...words, ...run.arguments], { input: run.input });
    expect(stdout).toBe(run.stdout);
    expect(withoutOurs(stderr)).toBe(run.stderr);
    expect(status).toBe(run.documented?.status ?? run.status);
    expect(shapeErrors(JSON.parse(readFileSync(file, 'utf8')), RUN_SHAPE)).toEqual([]);
  });
});

test('an exception that nothing handles is explained, and its code’s low byte is the status', () => {
  const { status, stderr } = bareheap(['run', program('violation.exe')]);
  expect(status).toBe(0xc0000005 & 0xff);
  expect(stderr).toContain('unhandled exception 0xc0000005 (access violation)');
  expect(stderr).toContain('in main (src/violation.c:7)');
});

test('an exception is the end in JSON, with its whole code', () => {
  const file = join(folder, 'exception.json');
  const { status } = bareheap(['run', '--json', file, program('misuse.exe'), '--', 'own-code']);
  expect(status).toBe(0x34);
  const report = JSON.parse(readFileSync(file, 'utf8'));
  expect(report.exit).toEqual({ kind: 'exception', code: 0xe0001234 });
  expect(shapeErrors(report, RUN_SHAPE)).toEqual([]);
});

test('heap calls are listed, counted and checked', () => {
  const file = join(folder, 'misuse.json');
  const options = ['--ltrace', '--stats', '--json', file, '--error-exitcode', '9'];
  const run = bareheap(['run', ...options, program('misuse.exe'), '--', 'double-free']);
  expect(run.status).toBe(9);
  expect(run.stderr).toMatch(
    / HeapAlloc\(0x[0-9a-f]+, 0, 24\) += 0x[0-9a-f]+ .*double_free \(src\/misuse/,
  );
  expect(run.stderr).toMatch(/^heap: guest \(.*HeapAlloc/m);
  const { findings, heap } = JSON.parse(readFileSync(file, 'utf8'));
  expect(findings[0]).toMatchObject({ kind: 'double-free', block: { size: 24 } });
  expect(heap).toMatchObject({ allocations: 4, phases: { beforeMain: { allocations: 3 } } });
});

test.each(['tlsf', 'buddy', 'debug'])('--heap %s serves, and says so', (heap) => {
  const run = bareheap(['run', '--heap', heap, '--stats', program('families.exe')]);
  expect(run.stdout).toBe(bareheap(['run', program('families.exe')]).stdout);
  expect(run.stderr).toMatch(new RegExp(`^heap: ${heap}$`, 'm'));
});

test('--heap null: the program’s own message, and its status', () => {
  const run = bareheap(['run', '--heap', 'null', program('word-tree.exe')]);
  expect(run).toEqual({ status: 3, stdout: 'word-tree: out of memory\r\n', stderr: '' });
});

test('-c counts the calls that a filter lets through; a word of neither system is refused', () => {
  const counted = bareheap(['run', '-c', '--strace=heap', program('families.exe')]);
  expect(counted.stderr).toMatch(/ 2 +1 HeapSize$/m);
  expect(counted.stderr).not.toContain('strlen');
  const wrong = bareheap(['run', '--strace=brk', program('families.exe')]);
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toContain('brk');
});

test('--strace writes the calls of system functions, each a line', () => {
  const { stdout, stderr } = bareheap(['run', '--strace', program('heap.exe')]);
  expect(stdout).toBe(bareheap(['run', program('heap.exe')]).stdout);
  expect(stderr).toMatch(/^HeapAlloc\(0x[0-9a-f]+, 8, 64\) = 0x[0-9a-f]+$/m);
  expect(stderr).toMatch(/^exit\(0\) = \?$/m);
});

test('what a program writes stays in memory', () => {
  copyFileSync(program('files.exe'), join(folder, 'files.exe'));
  const before = readdirSync(folder).sort();
  const { status } = bareheap(['run', '--root', folder, join(folder, 'files.exe')]);
  expect(status).toBe(0);
  expect(readdirSync(folder).sort()).toEqual(before);
});

test('limits hold', () => {
  const limits = ['--max-instructions', '1000'];
  const { status, stderr } = bareheap(['run', ...limits, program('violation.exe')]);
  expect(status).toBe(124);
  expect(stderr).toBe('bareheap: stopped: after 1000 instructions\n');
});

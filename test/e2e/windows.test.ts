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

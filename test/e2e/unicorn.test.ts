/**
 * `--cpu unicorn`: every guest does with the user's Unicorn what it does with our own engine. CI has
 * the library and fails without it; on other machines what needs it is skipped.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bareheap, guest, PREBUILT, ROOT, runNode } from './command.ts';

const MISSING = 2;
/** What the library costs to find is spent once. */
const probe = bareheap(['run', '--cpu', 'unicorn', guest('count.cortex-m3')]);
const isMissing = probe.status === MISSING && probe.stderr.startsWith('bareheap: --cpu unicorn:');
const inCi = process.env['CI'] !== undefined;

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly report: unknown;
}

/** Programs of a system, prebuilt: name and path. Libraries are none. */
function programs(system: string): [string, string][] {
  const folder = join(ROOT, 'test/guests', system, 'prebuilt');
  const names = readdirSync(folder).filter((name) => !name.endsWith('.dll'));
  return names.map((name) => [name, join(folder, name)]);
}

/** A run's report, without what two engines need not share. */
function reportOf(engine: string, program: string): Outcome {
  const folder = mkdtempSync(join(tmpdir(), 'bareheap-unicorn-'));
  try {
    const file = join(folder, 'report.json');
    const limits = ['--max-instructions', '20000000'];
    const options = ['--cpu', engine, ...limits, '--json', file];
    const { status, stdout } = bareheap(['run', ...options, program]);
    // A program that cannot be loaded has no report.
    if (!existsSync(file)) return { status, stdout, report: null };
    const { cpu, mmu: _figures, ...rest } = JSON.parse(readFileSync(file, 'utf8'));
    expect(cpu.engine).toBe(engine);
    // Unicorn is given whole ranges of memory, also pages that the program never touches.
    rest.heap.residentBytes = 0;
    return { status, stdout, report: { ...rest, instructions: cpu.instructions } };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.runIf(inCi)('CI has a native Unicorn', () => {
  expect(isMissing ? probe.stderr : '').toBe('');
});

describe.skipIf(isMissing && !inCi)('with a native Unicorn', () => {
  test('every guest gives the same output, end, instructions, findings and heap', () => {
    const { status, stdout } = runNode([join(ROOT, 'tools/lockstep.mjs'), '--runs']);
    const lines = stdout.split('\n').slice(1, -1);
    expect(lines.filter((line) => !line.includes(': same ('))).toEqual([]);
    const guests = readdirSync(PREBUILT).filter((name) => name.endsWith('.elf'));
    expect(lines.map((line) => `${line.split(':')[0]}.elf`).sort()).toEqual(guests.sort());
    expect(guests.length).toBeGreaterThan(100);
    expect(status).toBe(0);
  });

  test.each(['count.cortex-m3', 'double-free.rv32', 'null-write.cortex-m4', 'faults.cortex-m0'])(
    '%s: the command’s reports are the same',
    (id) => {
      expect(reportOf('unicorn', guest(id))).toEqual(reportOf('jit', guest(id)));
    },
  );

  test.each(programs('linux'))('Linux, %s: the command’s reports are the same', (_name, file) => {
    expect(reportOf('unicorn', file)).toEqual(reportOf('jit', file));
  });

  test.each(programs('windows'))(
    'Windows, %s: the command’s reports are the same',
    (_name, file) => {
      expect(reportOf('unicorn', file)).toEqual(reportOf('jit', file));
    },
  );

  test('the lockstep tool finds both engines equal, instruction by instruction', () => {
    const tool = join(ROOT, 'tools/lockstep.mjs');
    const ids = ['count.cortex-m0', 'interrupts.cortex-m3', 'ram-code.rv32'];
    const { status, stdout } = runNode([tool, '--stride', '61', ...ids.map(guest)]);
    expect(
      stdout
        .split('\n')
        .slice(1, -1)
        .map((line) => line.replace(/\d+ instructions$/, '')),
    ).toEqual(ids.map((id) => `${id}: equal over `));
    expect(status).toBe(0);
  });
});

test.each([
  ['/nowhere/libunicorn.so', /^bareheap: --cpu unicorn: no Unicorn library: [^\n]*\n$/],
  ['/nowhere/unicorn.js', /^bareheap: --cpu unicorn: \/nowhere\/unicorn.js cannot be [^\n]*\n$/],
])('BAREHEAP_UNICORN=%s is told in one line', (path, line) => {
  const env = { BAREHEAP_UNICORN: path };
  const { status, stderr } = bareheap(['run', '--cpu', 'unicorn', guest('count.rv32')], { env });
  expect(stderr).toMatch(line);
  expect(status).toBe(2);
});

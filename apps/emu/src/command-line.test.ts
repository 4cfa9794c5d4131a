import { HEAP_CHOICES } from '@bareheap/machine';
import { describe, expect, test } from 'vitest';
import { parseCommandLine, type RunRequest } from './command-line.ts';
import { runHelp } from './help-text.ts';
import { readArguments, spelled } from './option-reader.ts';
import { RUN_OPTIONS } from './option-table.ts';
import { UsageError } from './usage-error.ts';

function run(...args: string[]): RunRequest {
  const request = parseCommandLine(['run', ...args]);
  if (request.kind !== 'run') throw new Error(`not run: ${request.kind}`);
  return request;
}

describe('bareheap run', () => {
  test('defaults', () => {
    expect(run('a.elf')).toEqual({
      kind: 'run',
      program: 'a.elf',
      args: null,
      board: null,
      heap: 'guest',
      heapSizeBytes: null,
      base: null,
      strace: null,
      counts: false,
      ltrace: false,
      stats: false,
      jsonFile: null,
      root: null,
      writable: null,
      stdinFile: null,
      maxInstructions: null,
      timeoutSeconds: null,
      memoryBytes: null,
      platform: null,
      environment: [],
      cpu: 'jit',
      seed: 0,
      errorExitCode: null,
    });
  });

  test('options stand before or after the program, values after a space or =', () => {
    const request = run(
      '--heap=tlsf',
      'a.elf',
      '--heap-size',
      '4K',
      '--stats',
      '--machine',
      'rv32',
    );
    expect(request).toMatchObject({
      program: 'a.elf',
      heap: 'tlsf',
      heapSizeBytes: 4096,
      stats: true,
      board: 'rv32',
    });
  });

  test('what follows -- is the program’s, whatever it looks like', () => {
    expect(run('a.elf', '--', '--heap', '-x', '--').args).toEqual(['--heap', '-x', '--']);
    expect(run('a.elf', '--').args).toEqual([]);
  });

  test.each([
    ['--memory', '64K', 'memoryBytes', 65_536],
    ['--memory', '16M', 'memoryBytes', 16 * 2 ** 20],
    ['--memory', '1GiB', 'memoryBytes', 2 ** 30],
    ['--heap-size', '0x2000', 'heapSizeBytes', 8192],
    ['--max-instructions', '1_000_000', 'maxInstructions', 1e6],
    ['--timeout', '0.5', 'timeoutSeconds', 0.5],
    ['--cpu', 'unicorn', 'cpu', 'unicorn'],
    ['--seed', '4294967295', 'seed', 2 ** 32 - 1],
    ['--error-exitcode', '99', 'errorExitCode', 99],
    ['--base', '0x20000000', 'base', 0x2000_0000],
    ['--platform', 'static', 'platform', 'static'],
    ['--platform', 'posix', 'platform', 'posix'],
    ['--platform', 'win', 'platform', 'win'],
    ['--cpu', 'jit', 'board', null],
    ['--check', 'none', 'board', null],
  ] as const)('%s %s', (option, value, field, expected) => {
    expect(run(option, value, 'a.elf')[field]).toBe(expected);
  });
});

const HEAPS = 'guest|null|bump|llff|tlsf|buddy|buckets|debug|…';

describe('refusals, each one line', () => {
  test.each([
    [[], 'no command; bareheap run PROGRAM runs a program (see bareheap --help)'],
    [['walk'], "unknown command 'walk' (see bareheap --help)"],
    [['constructor'], "unknown command 'constructor' (see bareheap --help)"],
    [['--frob'], "unknown option '--frob' (see bareheap --help)"],
    [['run'], 'run: no program; bareheap run PROGRAM'],
    [['run', '--', 'a.elf'], 'run: no program; bareheap run PROGRAM'],
    [['run', 'a', 'b'], "run: one program, then 'b'; its arguments go after --"],
    [['run', '--frob', 'a'], "unknown option '--frob' (see bareheap run --help)"],
    [['run', '-q', 'a'], "unknown option '-q' (see bareheap run --help)"],
    [['run', '--constructor', 'a'], "unknown option '--constructor' (see bareheap run --help)"],
    [['run', 'a', '--heap'], `--heap needs a value: --heap ${HEAPS}`],
    [['run', 'a', '--heap='], `--heap needs a value: --heap ${HEAPS}`],
    [
      ['run', '--json', '--stats', 'a'],
      "--json needs a value, and '--stats' looks like an option (write --json=--stats to mean it)",
    ],
    [['run', '--stats=1', 'a'], '--stats takes no value'],
    [['run', '--heap', 'slab', 'a'], `--heap: no 'slab'; there is ${HEAP_CHOICES.join(', ')}`],
    [['run', '--profile', 'dhat=x', 'a'], 'not available yet: --profile'],
    [['run', '--env', 'A', 'a'], "--env 'A': not NAME=VALUE"],
    [['run', '--check', 'byte', 'a'], 'not available yet: --check byte'],
    [['run', '--cpu', 'qemu', 'a'], "--cpu: no 'qemu'; there is jit, unicorn"],
    [
      ['run', '--memory', '12Q', 'a'],
      "--memory: not a number of bytes: '12Q' (as in 8192, 64K, 16M)",
    ],
    [['run', '--memory', '5G', 'a'], "--memory: '5G' is out of range, 4096 to 4294967296"],
    [['run', '--heap-size', '0', 'a'], "--heap-size: '0' is out of range, 1 to 4294967296"],
    [['run', '--max-instructions', '1.5', 'a'], "--max-instructions: not a whole number: '1.5'"],
    [['run', '--timeout', '0', 'a'], "--timeout: not a number of seconds: '0'"],
    [['run', '--timeout', 'soon', 'a'], "--timeout: not a number of seconds: 'soon'"],
    [['run', '--error-exitcode', '256', 'a'], "--error-exitcode: '256' is out of range, 0 to 255"],
    [
      ['run', '--write', 'd', 'a'],
      '--write needs --root: it opens a part of what the program can see',
    ],
    [['bench'], 'bench: one of cpu, heap, mmu, start, windows'],
    [['bench', 'disk'], 'bench: one of cpu, heap, mmu, start, windows'],
    [['bench', 'cpu', 'heap'], 'bench: one of cpu, heap, mmu, start, windows'],
    [['conform', 'vms'], 'conform: one of static, posix, win'],
  ])('%j', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(new UsageError(message));
    expect(message).not.toContain('\n');
  });

  test('a word with control characters stays on its line', () => {
    expect(() => parseCommandLine(['run', 'a', 'b\nc'])).toThrow("then 'b?c';");
  });
});

test('the other commands', () => {
  expect(parseCommandLine(['bench', 'heap', '--json', 'x.json'])).toEqual({
    kind: 'bench',
    subject: 'heap',
    jsonFile: 'x.json',
  });
  expect(parseCommandLine(['conform', 'win'])).toEqual({ kind: 'conform', platform: 'win' });
  expect(parseCommandLine(['conform'])).toEqual({ kind: 'conform', platform: null });
  expect(parseCommandLine(['--version'])).toEqual({ kind: 'version' });
  expect(parseCommandLine(['--help'])).toEqual({ kind: 'help', topic: 'bareheap' });
  expect(parseCommandLine(['run', 'a.elf', '-h'])).toEqual({ kind: 'help', topic: 'run' });
});

describe('an option whose value may be left out', () => {
  const rows = RUN_OPTIONS.map((row) => ({ ...row, available: true }));
  const strace = (...args: string[]) => readArguments(args, rows, 'run');

  test.each([
    [['--strace', 'a'], true],
    [['--strace=memory,!brk', 'a'], 'memory,!brk'],
    [['--strace=all', '--strace', 'a'], true],
  ] as const)('%j', (args, value) => {
    const read = strace(...args);
    expect(read.values.get('strace')).toBe(value);
    expect(read.positionals).toEqual(['a']);
  });

  test('an empty one is a mistake', () => {
    expect(() => strace('--strace=', 'a')).toThrow('--strace needs a value: --strace[=FILTER]');
  });
});

test('the help names every option, those that are there with their value', () => {
  const help = runHelp();
  for (const row of RUN_OPTIONS) {
    const written = row.available || row.short === undefined ? `--${row.name}` : `-${row.short}`;
    expect(help).toContain(row.available ? `${written}${spelled(row)}` : written);
    for (const value of row.later ?? []) expect(help).toContain(`--${row.name} ${value}`);
  }
});

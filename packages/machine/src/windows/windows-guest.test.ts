/** The guests of test/guests/windows, against what they did under Wine. */
import { parseImage } from '@bareheap/image';
import { describe, expect, test } from 'vitest';
import { TextHost } from '../../test/text-host.ts';
import { openProgram, prebuiltProgram, windowsRuns } from '../../test/windows-program.ts';
import { windowsTraceFilter } from './trace/trace-filter.ts';
import type { WindowsOptions } from './windows-options.ts';

function open(name: string, host: TextHost, more: Partial<WindowsOptions> = {}) {
  const openLibrary = (library: string) =>
    library === 'library.dll' ? prebuiltProgram(library) : null;
  return openProgram(name, host, { openLibrary, ...more });
}

const LIMITS = { maxInstructions: 100_000_000 };

describe('as under Wine', () => {
  test.each(windowsRuns())('$name', { timeout: 60_000 }, (run) => {
    const host = new TextHost(run.input);
    const guest = open(run.name, host, {
      argv: run.arguments,
      environment: Object.entries(run.environment).map(([key, value]) => `${key}=${value}`),
    });
    const end = guest.run(LIMITS);
    expect(host.text(1)).toBe(run.stdout);
    expect(host.text(2)).toBe(run.stderr);
    expect(end.code & 0xff).toBe(run.documented?.status ?? run.status);
  });
});

test('an access violation that nobody handles is explained with its line', () => {
  const end = open('violation.exe', new TextHost()).run(LIMITS);
  expect(end).toMatchObject({
    kind: 'exception',
    code: 0xc000_0005,
    finding: {
      kind: 'null-dereference',
      access: 'write',
      address: 0x10,
      message:
        'the program writes 0x10, where nothing is: unhandled exception 0xc0000005 (access violation)',
    },
  });
  const stack = end.kind === 'exception' ? end.finding.stack : [];
  expect(stack[0]).toMatchObject({ function: 'main', line: 7 });
  expect(stack[1]).toMatchObject({ function: '__tmainCRTStartup' });
});

test('a function that is not there is named with its caller when it is called', () => {
  const bytes = prebuiltProgram('hello.exe');
  const name = new TextEncoder().encode('__getmainargs');
  const at = bytes.findIndex((_, n) => name.every((byte, k) => bytes[n + k] === byte));
  bytes.set(new TextEncoder().encode('__getmoonargs'), at);
  const host = new TextHost();
  const guest = openProgram(parseImage(bytes), host);
  const end = guest.run(LIMITS);
  expect(end).toMatchObject({
    kind: 'fault',
    finding: { message: 'the program calls msvcrt.dll!__getmoonargs, which is not there' },
  });
});

test('a library that is not there keeps the program from starting', () => {
  const none = { openLibrary: () => null };
  expect(() => open('imports.exe', new TextHost(), none)).toThrow(
    'imports.exe needs library.dll, which is not there',
  );
});

test('calls are told by their rows', () => {
  const lines: string[] = [];
  const all = windowsTraceFilter('all');
  if (all.kind !== 'filter') throw new Error('all is a word');
  const write = (line: string): unknown => lines.push(line.trimEnd());
  open('pages.exe', new TextHost(), { trace: { filter: all.filter, write } }).run(LIMITS);
  const reserve = lines.find((line) => line.startsWith('VirtualAlloc(0x0, 65532,'));
  expect(reserve).toMatch(/^VirtualAlloc\(0x0, 65532, 8192, 4\) = 0x[0-9a-f]+0000$/);
  expect(lines.at(-1)).toBe('exit(0) = ?');
});

test('the same run has the same instructions', () => {
  const first = open('threads.exe', new TextHost());
  const second = open('threads.exe', new TextHost());
  expect(first.run(LIMITS)).toEqual(second.run(LIMITS));
  expect(first.instructions).toBe(second.instructions);
});

test('a limit ends the run, and it can go on', () => {
  const host = new TextHost();
  const guest = open('hello.exe', host);
  expect(guest.run({ maxInstructions: 500 })).toMatchObject({ kind: 'limit', code: 124 });
  expect(guest.run(LIMITS)).toEqual({ kind: 'exit', code: 7 });
  expect(host.text(1)).toBe('hello, world: 42  3.14\r\n');
});

/** What is traced of Windows programs: filters by class and name, stacks, counts. */
import { describe, expect, test } from 'vitest';
import { TextHost } from '../../../test/text-host.ts';
import { openProgram } from '../../../test/windows-program.ts';
import { FUNCTION_TABLE } from '../function-table.ts';
import { WINDOWS_CALL_CLASSES } from './call-classes.ts';
import { windowsTraceFilter } from './trace-filter.ts';

function trace(name: string, words: string, argv: readonly string[] = []): string[] {
  const parsed = windowsTraceFilter(words);
  if (parsed.kind !== 'filter') throw new Error(`${parsed.word} is no word of filters`);
  let text = '';
  const write = (more: string): void => {
    text += more;
  };
  const options = { argv, trace: { filter: parsed.filter, write } };
  openProgram(name, new TextHost(), options).run({ maxInstructions: 50_000_000 });
  return text.split('\n').slice(0, -1);
}

const nameOf = (line: string): string => line.slice(0, line.indexOf('(')).replace(' | ', '');

describe('a filter', () => {
  test('of a class lets its functions through and no others', () => {
    const names = new Set(trace('pages.exe', 'memory,!HeapAlloc').map(nameOf));
    expect([...names].sort()).toEqual(
      ['VirtualAlloc', 'VirtualFree', 'VirtualProtect', 'VirtualQuery', 'malloc'].sort(),
    );
  });

  test('leaves out what comes after an exclamation mark', () => {
    const all = trace('pages.exe', 'all').map(nameOf);
    const rest = trace('pages.exe', '!memory,!libc').map(nameOf);
    const out = new Set([...WINDOWS_CALL_CLASSES['memory']!, ...WINDOWS_CALL_CLASSES['libc']!]);
    expect(rest).toEqual(all.filter((name) => !out.has(name)));
    expect(rest.length).toBeGreaterThan(3);
  });

  test('of a word that is neither class nor function is refused', () => {
    for (const word of ['brk', 'VirtualAllocc', '%VirtualAlloc']) {
      expect(windowsTraceFilter(`heap,${word}`)).toEqual({ kind: 'unknown', word });
    }
  });

  test('has classes of functions that are there', () => {
    const known = new Set([...FUNCTION_TABLE.values()].map(({ name }) => name));
    for (const [name, members] of Object.entries(WINDOWS_CALL_CLASSES)) {
      expect(
        members.filter((member) => !known.has(member)),
        name,
      ).toEqual([]);
      expect(members.length, name).toBeGreaterThan(5);
    }
  });
});

test('with stacks each memory call is told with where it came from', () => {
  const lines = trace('misuse.exe', 'VirtualAlloc,VirtualFree,stack', ['after-release']);
  const calls = lines.flatMap((line, at) => (line.startsWith(' >') ? [] : [at]));
  expect(lines[calls[0]!]).toMatch(/^VirtualAlloc\(0x0, 0x10000, 12288, 4\) = 0x[0-9a-f]+$/);
  expect(lines[calls[0]! + 1]).toMatch(/^ > misuse\.exe: after_release \(src\/misuse\.c:20\) \[0x/);
  expect(lines[calls[1]!]).toMatch(/^VirtualFree\(0x[0-9a-f]+, 0, 32768\) = 1$/);
});

test('a call that raises an exception has no result', () => {
  const lines = trace('misuse.exe', 'RaiseException', ['own-code']);
  expect(lines).toEqual(['RaiseException(0xe0001234, 0, 0, 0x0) = ?']);
});

test('under a function of the C library is told what it asks of the heap', () => {
  const lines = trace('misuse.exe', 'malloc,free,HeapAlloc,HeapFree', ['invalid-free']);
  expect(lines.slice(-4).map((line) => line.replaceAll(/0x[0-9a-f]{6,}/g, 'ADDRESS'))).toEqual([
    'malloc(100) = ADDRESS',
    ' | HeapAlloc(ADDRESS, 0, 100) = ADDRESS',
    'free(ADDRESS)',
    ' | HeapFree(ADDRESS, 0, ADDRESS) = 0',
  ]);
  const alone = trace('misuse.exe', 'HeapFree', ['invalid-free']);
  expect(alone).toEqual([expect.stringMatching(/^ \| HeapFree\(0x/)]);
});

test('sizes are numbers, what is no size is not', () => {
  const lines = trace('families.exe', 'HeapSize');
  expect(lines.map((line) => line.slice(line.indexOf('=')))).toEqual([
    '= 50',
    '= 0xffffffffffffffff',
  ]);
});

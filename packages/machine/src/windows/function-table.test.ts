import { expect, test } from 'vitest';
import { FUNCTION_TABLE } from './function-table.ts';
import { familyOf, systemFunctions } from './system-function.ts';

const TYPES = new Set(
  'u32 i32 bool u64 i64 pointer handle text wide f64 f32 status void rest'.split(' '),
);

test('every row has types that are known', () => {
  expect(FUNCTION_TABLE.size).toBeGreaterThan(600);
  for (const { name, parameters, result } of FUNCTION_TABLE.values()) {
    expect(TYPES, name).toContain(result);
    for (const { type } of parameters) expect(TYPES, name).toContain(type);
  }
});

test('a signature is read in its parts', () => {
  const [row] = systemFunctions('kernel', { 'Beep(tone: u32, time: u32): bool': () => 1 });
  expect(row).toMatchObject({
    key: 'kernel!Beep',
    name: 'Beep',
    parameters: [
      { name: 'tone', type: 'u32' },
      { name: 'time', type: 'u32' },
    ],
    result: 'bool',
  });
});

test.each([
  ['kernel32.dll', 'kernel'],
  ['api-ms-win-crt-stdio-l1-1-0.dll', 'crt'],
  ['api-ms-win-core-synch-l1-2-0.dll', 'kernel'],
  ['msvcrt.dll', 'crt'],
  ['ucrtbase.dll', 'crt'],
  ['libgcc_s_seh-1.dll', null],
])('%s is of the family %s', (module, family) => {
  expect(familyOf(module)).toBe(family);
});

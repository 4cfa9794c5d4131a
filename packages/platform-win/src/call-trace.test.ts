import { expect, test } from 'vitest';
import { callText } from './call-trace.ts';
import { SYSTEM_FUNCTIONS, systemFunction } from './system-functions.ts';

test.each([
  [
    'VirtualAlloc',
    [0, 65536, 0x3000, 4],
    0x1000000,
    'VirtualAlloc(NULL, 65536, MEM_COMMIT|MEM_RESERVE, PAGE_READWRITE) = 0x1000000',
  ],
  ['VirtualFree', [0x10000, 0, 0x8000], 1, 'VirtualFree(0x10000, 0, MEM_RELEASE) = 1'],
  [
    'NtProtectVirtualMemory',
    [-1, 0x5000, 0x5008, 0x104, 0],
    0xc0000045,
    'NtProtectVirtualMemory(self, 0x5000, 0x5008, PAGE_READWRITE|PAGE_GUARD, NULL) = INVALID_PAGE_PROTECTION',
  ],
  ['HeapSize', [0x20000, 0, 0x123], -1, 'HeapSize(0x20000, 0, 0x123) = 0xffffffffffffffff'],
  [
    'HeapAlloc',
    [0x20000, 0x80000008, 16],
    0x20480,
    'HeapAlloc(0x20000, HEAP_ZERO_MEMORY|0x80000000, 16) = 0x20480',
  ],
  ['free', [0], 0, 'free(NULL) = void'],
])('%s', (name, words, result, text) => {
  expect(callText(systemFunction(name)!, words, result)).toBe(text);
});

test('a row is named once, and says where it is exported', () => {
  const names = SYSTEM_FUNCTIONS.map((row) => row.name);
  expect(new Set(names).size).toBe(names.length);
  for (const row of SYSTEM_FUNCTIONS) expect(row.modules.length).toBeGreaterThan(0);
  expect(systemFunction('CreateThread')).toBeNull();
});

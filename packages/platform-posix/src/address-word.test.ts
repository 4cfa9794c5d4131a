import { expect, test } from 'vitest';
import { isPageAligned, pageAlign, pageFloor, unsigned, wordFromHalves } from './address-word.ts';
import { errorName, errorText, isError } from './errno.ts';

test.each([
  [0, 0x1000, 0x1000],
  [0x7fff, 0xfffff000, 0x7ffffffff000],
  [0xffffffff, 0xffffffff, -1],
  [0xffffffff, 0xfffff000, -4096],
  [0x80000000, 0, -(2 ** 63)],
])('halves %i and %i are the word %i', (high, low, word) => {
  expect(wordFromHalves(high, low)).toBe(word);
});

test('a size near the end of the word is aligned to nothing, as in C', () => {
  expect(pageAlign(-1)).toBe(0);
  expect(Object.is(pageAlign(-4095), 0)).toBe(true);
  expect(pageAlign(-4096)).toBe(-4096);
  expect(pageAlign(1)).toBe(4096);
  expect(pageAlign(4096)).toBe(4096);
  expect(pageFloor(4097)).toBe(4096);
  expect(isPageAligned(-1)).toBe(false);
  expect(isPageAligned(-4096)).toBe(true);
  expect(unsigned(-4096)).toBe(2 ** 64 - 4096);
});

test('results from -4095 are errors', () => {
  expect(isError(-4095)).toBe(true);
  expect(isError(-4096)).toBe(false);
  expect(errorName(-12)).toBe('ENOMEM');
  expect(errorText(-12)).toBe('Cannot allocate memory');
  expect(errorName(12)).toBe(null);
  expect(errorName(-4000)).toBe('errno 4000');
});

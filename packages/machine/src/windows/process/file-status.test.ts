import { expect, test } from 'vitest';
import { fitsMask } from './file-status.ts';

// As FindFirstFile has them under Wine 8, but for names that are empty.
test.each([
  ['*', 'name', true],
  ['*.*', 'name', true],
  ['*.txt', 'NAME.TXT', true],
  ['*.txt', 'name.txt.old', false],
  ['n?m*', 'name', true],
  ['?', '', false],
  ['', 'name', false],
  ['a*b*c', 'aXbXbXc', true],
  ['a*b*c', 'aXbXbX', false],
  ['[a].+', '[A].+', true],
])('%s and %s', (mask, name, fits) => {
  expect(fitsMask(mask, name)).toBe(fits);
});

test('many stars take no longer than the lengths allow', () => {
  // With backtracking this would not end: 20 stars over 200 letters.
  expect(fitsMask(`${'*a'.repeat(20)}*b`, 'a'.repeat(200))).toBe(false);
});

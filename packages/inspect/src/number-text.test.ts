import { describe, expect, test } from 'vitest';
import { amountText, countText, hexText, percentText } from './number-text.ts';

describe('numbers as text', () => {
  test.each([
    [0, '0x00000000'],
    [0x20000a10, '0x20000a10'],
    [0xffff_ffff, '0xffffffff'],
    [0x7fff_dead_beef, '0x7fffdeadbeef'],
  ])('address %d', (address, text) => expect(hexText(address)).toBe(text));

  test.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [-1234567, '-1,234,567'],
    [Number.MAX_SAFE_INTEGER, '9,007,199,254,740,991'],
  ])('count %d', (count, text) => expect(countText(count)).toBe(text));

  test('amounts and shares', () => {
    expect(amountText(1, 'block')).toBe('1 block');
    expect(amountText(0, 'block')).toBe('0 blocks');
    expect(percentText(1, 3)).toBe('33.3 %');
    expect(percentText(0, 0)).toBe('0.0 %');
  });
});

import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { exactDecimal, exponentText, fixedText, generalText, hexText } from './decimal.ts';

/** Any finite double, by its bits. */
function someDouble(random: Random): number {
  const view = new DataView(new ArrayBuffer(8));
  do {
    view.setUint32(0, random.below(2 ** 32));
    view.setUint32(4, random.below(2 ** 32));
  } while (!Number.isFinite(view.getFloat64(0)));
  return view.getFloat64(0);
}

test('exact digits make the number again', () => {
  for (let seed = 0; seed < 500; seed++) {
    const value = someDouble(new Random(seed));
    const { isNegative, digits, point } = exactDecimal(value);
    const text = `${isNegative ? '-' : ''}0.${digits}e${point}`;
    expect(Number(text), `seed ${seed}`).toBe(value);
  }
});

test('rounded digits are those of JavaScript, but for ties', () => {
  for (let seed = 0; seed < 500; seed++) {
    const random = new Random(seed);
    const value = Math.abs(someDouble(random));
    const precision = random.between(0, 20);
    const theirs = value.toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2');
    expect(exponentText(value, precision, false, 2), `seed ${seed}`).toBe(theirs);
  }
});

test.each([
  [0.5, 0, '1'],
  [1.5, 0, '2'],
  [2.5, 0, '3'],
  [0.125, 2, '0.13'],
  [9.995, 2, '9.99'],
  [99.5, 0, '100'],
  [0.0004, 3, '0.000'],
  [0.0005, 3, '0.001'],
  [0, 2, '0.00'],
])('%d with %i digits is %s', (value, precision, text) => {
  expect(fixedText(value, precision, false)).toBe(text);
});

test('general form', () => {
  expect(generalText(100_000, 6, false, 3)).toBe('100000');
  expect(generalText(1_000_000, 6, false, 3)).toBe('1e+006');
  expect(generalText(0.0001, 6, false, 3)).toBe('0.0001');
  expect(generalText(0.00001, 6, false, 3)).toBe('1e-005');
  expect(generalText(999_999.5, 6, false, 2)).toBe('1e+06');
  expect(generalText(0, 6, true, 2)).toBe('0.00000');
});

test('hexadecimal form', () => {
  expect(hexText(1, -1, false)).toBe('0x1.0000000000000p+0');
  expect(hexText(0.1, 3, false)).toBe('0x1.99ap-4');
  expect(hexText(1.96875, 0, false)).toBe('0x2p+0');
  expect(hexText(0, 2, false)).toBe('0x0.00p+0');
});

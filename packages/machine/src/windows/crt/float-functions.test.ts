/** Against the C library of Debian 12 on x86-64: fmaf and remainder of <math.h>. */
import { expect, test } from 'vitest';
import { DOUBLE, FLOAT, multiplyAdd, remainder } from './float-functions.ts';

const LEAST = Number.MIN_VALUE;
const MOST = Number.MAX_VALUE;

// The product is a tie between two floats, which only the small summand decides.
test.each([
  [0x183 / 2 ** 8, 0x16006 / 2 ** 16, 0x14d460c / 2 ** 79, 0x10a148a / 2 ** 23],
  [0x1b7 / 2 ** 8, 0x1e66e / 2 ** 16, 0x1aa22dc / 2 ** 79, 0x1a11352 / 2 ** 23],
  [0x183 / 2 ** 8, 0x17406 / 2 ** 16, 0x1116e0c / 2 ** 79, 0x119328a / 2 ** 23],
])('%d · %d + %d is rounded once', (x, y, z, sum) => {
  expect(multiplyAdd(x, y, z, FLOAT)).toBe(sum);
  expect(multiplyAdd(x, y, z, DOUBLE)).not.toBe(sum);
});

test.each([
  [LEAST, LEAST, 0],
  [LEAST, 2 * LEAST, LEAST],
  [3 * LEAST, 2 * LEAST, -LEAST],
  [5 * LEAST, 3 * LEAST, -LEAST],
  [MOST, 1.7e308, MOST - 1.7e308],
  [1.7e308, MOST, 1.7e308 - MOST],
  [2.5, 1, 0.5],
  [3.5, 1, -0.5],
])('the remainder of %d and %d', (x, y, rest) => {
  expect(remainder(x, y)).toBe(rest);
});

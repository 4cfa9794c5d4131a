/**
 * Elementary functions in binary fixed point on bigints, to {@link FRACTION} bits: what the
 * transcendental instructions of x87 round from. Arguments are reduced by the caller.
 */
import { bitLength } from './x87-number.ts';

/** Bits behind the point. Relative precision stays above 100 bits for arguments above 2^-128. */
export const FRACTION = 256;
const SHIFT = BigInt(FRACTION);
export const ONE: bigint = 1n << SHIFT;

/** Largest integer whose square is at most `value`. */
export function integerRoot(value: bigint): bigint {
  if (value === 0n) return 0n;
  let guess = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

const product = (a: bigint, b: bigint): bigint => (a * b) >> SHIFT;
export const quotient = (a: bigint, b: bigint): bigint => (a << SHIFT) / b;

/** `Σ ± x^(2k+1) / (2k+1)`: arc tangent with alternating signs, area tangent without. */
function oddSeries(x: bigint, isAlternating: boolean): bigint {
  const square = product(x, x);
  let power = x;
  let sum = 0n;
  for (let n = 1n; power !== 0n; n += 2n) {
    const term = power / n;
    sum += isAlternating && (n & 2n) !== 0n ? -term : term;
    power = product(power, square);
  }
  return sum;
}

/** ln((1 + x) / (1 - x)) for small x ≥ 0. */
export function logarithmOfRatio(x: bigint): bigint {
  return 2n * oddSeries(x, false);
}

const HALVINGS = 4;

/** Arc tangent of 0 ≤ x ≤ 1. */
export function arcTangent(x: bigint): bigint {
  let reduced = x;
  for (let n = 0; n < HALVINGS; n++) {
    const root = integerRoot((ONE + product(reduced, reduced)) << SHIFT);
    reduced = quotient(reduced, ONE + root);
  }
  return oddSeries(reduced, true) << BigInt(HALVINGS);
}

/** `e^x - 1` for |x| < 1. */
export function exponentialMinusOne(x: bigint): bigint {
  let term = x;
  let sum = 0n;
  for (let n = 2n; term !== 0n && term !== -1n; n++) {
    sum += term;
    term = product(term, x) / n;
  }
  return sum;
}

/** Sine and cosine of 0 ≤ x < 2. */
export function sineAndCosine(x: bigint): { readonly sine: bigint; readonly cosine: bigint } {
  const sums = [0n, 0n, 0n, 0n];
  let term = ONE;
  for (let n = 1n; term !== 0n; n++) {
    sums[Number((n - 1n) & 3n)]! += term;
    term = product(term, x) / n;
  }
  return { sine: sums[1]! - sums[3]!, cosine: sums[0]! - sums[2]! };
}

/** π by Machin's formula. */
export const PI: bigint =
  16n * oddSeries(quotient(ONE, 5n * ONE), true) - 4n * oddSeries(quotient(ONE, 239n * ONE), true);

/** ln 2 = ln((1 + 1/3) / (1 - 1/3)). */
export const LN2: bigint = logarithmOfRatio(ONE / 3n);

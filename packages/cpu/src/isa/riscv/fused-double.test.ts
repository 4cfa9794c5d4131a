/** The fast fused multiply-add against the exact one. */
import { expect, test } from 'vitest';
import { DOUBLE } from './float-format.ts';
import { fusedMultiplyAdd } from './fused-double.ts';
import { NX, RNE, softFused } from './soft-float.ts';

const SIGNS = { negateProduct: false, negateAddend: false };
const CASES = 20_000 * Number(process.env['BAREHEAP_FUZZ'] ?? 1);
const view = new DataView(new ArrayBuffer(8));

function bitsOf(value: number): bigint {
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

/** A seeded generator of words (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** Few bits set, so that sums tie and cancel; exponents around 1. */
function double(next: () => number): number {
  const shape = next() % 4;
  const high = shape === 0 ? next() & 0xfffff : next() & (1 << (next() % 20));
  const low = shape === 0 ? next() : shape === 1 ? 0 : 1 << (next() % 32);
  view.setInt32(0, (next() & 0x80000000) | ((1023 - 60 + (next() % 120)) << 20) | high);
  view.setInt32(4, low);
  return view.getFloat64(0);
}

test('agrees with exact arithmetic in value and exactness', () => {
  const next = generator(7);
  const result = { value: 0, isExact: false };
  for (let n = 0; n < CASES; n++) {
    const a = double(next);
    const b = double(next);
    // Often next to the product, where halves and cancellations are.
    const c = next() % 3 === 0 ? -(a * b) * (1 + (next() % 5) * 2 ** -52) : double(next);
    const addend = next() % 4 === 0 ? c * 2 ** -((next() % 50) + 60) : c;
    expect(fusedMultiplyAdd(a, b, addend, result)).toBe(true);
    const exact = softFused(bitsOf(a), bitsOf(b), bitsOf(addend), SIGNS, DOUBLE, RNE);
    const text = `${a} * ${b} + ${addend}`;
    expect([text, bitsOf(result.value)]).toEqual([text, exact.bits]);
    expect([text, result.isExact]).toEqual([text, (exact.flags & NX) === 0]);
  }
});

test('leaves operands near the limits alone, but not zeros', () => {
  const result = { value: 0, isExact: false };
  expect(fusedMultiplyAdd(1e-200, 1, 1, result)).toBe(false);
  expect(fusedMultiplyAdd(1, 1, Number.POSITIVE_INFINITY, result)).toBe(false);
  expect(fusedMultiplyAdd(0, Number.NaN, 1, result)).toBe(false);
  expect(fusedMultiplyAdd(-0, 3, -0, result)).toBe(true);
  expect(Object.is(result.value, -0)).toBe(true);
});

/**
 * Fused multiply-add of doubles in doubles, for operands of everyday size: the product and the sums
 * are split without error, and their small parts are added with rounding to odd, so that the last
 * addition rounds as if it were the only one.
 *
 * @see Dekker, A floating-point technique for extending the available precision (1971);
 *      Boldo and Melquiond, Emulation of FMA and correctly rounded sums (2008), algorithm 5
 */

/** The last result; reused. */
export interface FusedResult {
  value: number;
  isExact: boolean;
}

/** 2^27 + 1: splits a double into two halves of 26 bits. */
const SPLITTER = 134217729;
/** Magnitudes within which no step overflows or loses bits below the normal numbers. */
const LEAST = 2 ** -400;
const MOST = 2 ** 400;

const words = new DataView(new ArrayBuffer(8));

/** What the sum a + b, rounded to `sum`, lost. */
function sumError(a: number, b: number, sum: number): number {
  const bPart = sum - a;
  const aPart = sum - bPart;
  return a - aPart + (b - bPart);
}

/** What the product a * b, rounded to `product`, lost. */
function productError(a: number, b: number, product: number): number {
  const aScaled = SPLITTER * a;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = SPLITTER * b;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** `sum` with its last bit set, on the side of the true sum, when `error` is not 0. */
function roundToOdd(sum: number, error: number): number {
  if (error === 0) return sum;
  words.setFloat64(0, sum);
  const low = words.getUint32(4);
  if ((low & 1) !== 0) return sum;
  // One unit away from zero is one more, towards zero one less.
  if (error > 0 === sum > 0) {
    words.setUint32(4, low | 1);
  } else {
    words.setUint32(4, low - 1);
    if (low === 0) words.setUint32(0, words.getUint32(0) - 1);
  }
  return words.getFloat64(0);
}

function isEveryday(value: number): boolean {
  const magnitude = Math.abs(value);
  return magnitude > LEAST && magnitude < MOST;
}

/**
 * Computes a * b + c, rounded once to nearest even, into `result`.
 *
 * @returns false when an operand is not zero or of everyday size; then nothing is computed
 */
export function fusedMultiplyAdd(a: number, b: number, c: number, result: FusedResult): boolean {
  if (c !== 0 && !isEveryday(c)) return false;
  if (!isEveryday(a) || !isEveryday(b)) {
    const isZero = (a === 0 && Number.isFinite(b)) || (b === 0 && Number.isFinite(a));
    if (!isZero) return false;
    result.value = a * b + c;
    result.isExact = true;
    return true;
  }
  const product = a * b;
  const productRest = productError(a, b, product);
  const lowSum = c + productRest;
  const lowRest = sumError(c, productRest, lowSum);
  const high = product + lowSum;
  const highRest = sumError(product, lowSum, high);
  const rest = lowRest + highRest;
  const restError = sumError(lowRest, highRest, rest);
  const odd = roundToOdd(rest, restError);
  result.value = high + odd;
  result.isExact = restError === 0 && sumError(high, odd, result.value) === 0;
  return true;
}

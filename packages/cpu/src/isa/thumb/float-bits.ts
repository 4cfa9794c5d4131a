/** Single-precision numbers as their bits, signed 32-bit integers. */
const view = new DataView(new ArrayBuffer(8));

export const SIGN_BIT: number = 0x80000000 | 0;
export const MAGNITUDE_BITS = 0x7fffffff;
export const INFINITY_BITS = 0x7f800000;
export const QUIET_BIT = 0x00400000;
export const DEFAULT_NAN = 0x7fc00000;

/** The number that bits stand for; a NaN loses its payload. */
export function numberOf(bits: number): number {
  view.setInt32(0, bits);
  return view.getFloat32(0);
}

/** The bits of a number, rounded to the nearest single. */
export function bitsOf(value: number): number {
  view.setFloat32(0, value);
  return view.getInt32(0);
}

export function isNan(bits: number): boolean {
  return (bits & MAGNITUDE_BITS) > INFINITY_BITS;
}

export function isSignalling(bits: number): boolean {
  return isNan(bits) && (bits & QUIET_BIT) === 0;
}

export function isInfinite(bits: number): boolean {
  return (bits & MAGNITUDE_BITS) === INFINITY_BITS;
}

export function isZero(bits: number): boolean {
  return (bits & MAGNITUDE_BITS) === 0;
}

export function isDenormal(bits: number): boolean {
  return (bits & INFINITY_BITS) === 0 && !isZero(bits);
}

/**
 * A double rounded to nearest, moved to the neighbour with an odd last bit when rounding lost
 * something: `lost` has the sign of the exact value minus `rounded`. Rounding the result to single
 * precision then gives what one rounding of the exact value gives (Boldo and Melquiond, 2008).
 */
export function roundedToOdd(rounded: number, lost: number): number {
  if (!(lost < 0 || lost > 0)) return rounded;
  view.setFloat64(0, rounded);
  const low = view.getInt32(4);
  if (low & 1) return rounded;
  const isOutward = lost < 0 === rounded < 0;
  if (!isOutward && low === 0) view.setInt32(0, view.getInt32(0) - 1);
  view.setInt32(4, isOutward ? low | 1 : low - 1);
  return view.getFloat64(0);
}

/** What rounding lost in `sum = a + b` in double precision: exact minus `sum` (Knuth's TwoSum). */
export function sumError(a: number, b: number, sum: number): number {
  const bRounded = sum - a;
  const aRounded = sum - bRounded;
  return a - aRounded + (b - bRounded);
}

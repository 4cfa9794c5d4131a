/**
 * RCPPS, RCPSS, RSQRTPS and RSQRTSS. The manual asks for a relative error of at most 1.5 × 2^-12
 * and each maker's processors give other bits; here it is the value rounded to a single. Denormals
 * count as zeros, tiny results become zeros, and no exception is raised (SDM volume 2, RCPPS).
 */
import { defaultNan, SINGLE } from './float-exact.ts';
import type { PackedFloat } from './packed-float.ts';

const LANES = 4;
const SMALLEST_NORMAL = 2 ** -126;
const QUIET = 0x400000;
const INFINITY = 0x7f800000;
const DEFAULT_NAN = Number(defaultNan(SINGLE));

const single = new DataView(new ArrayBuffer(4));

function bitsOf(value: number): number {
  single.setFloat32(0, value);
  return single.getUint32(0);
}

/** Denormals as zeros of their signs. */
function normalised(value: number): number {
  return Math.abs(value) < SMALLEST_NORMAL ? value * 0 : value;
}

const reciprocal = (value: number): number => normalised(Math.fround(1 / value));
const reciprocalRoot = (value: number): number => 1 / Math.sqrt(value);

/** Bits of an approximation by the bits of its operand. */
function approximate(bits: number, f: (value: number) => number): number {
  if ((bits & 0x7fffffff) > INFINITY) return (bits | QUIET) >>> 0;
  single.setUint32(0, bits);
  const result = f(normalised(single.getFloat32(0)));
  return Number.isNaN(result) ? DEFAULT_NAN : bitsOf(result);
}

const packed =
  (count: number, f: (value: number) => number): PackedFloat =>
  (_, a, b) => {
    const out = new Uint8Array(4 * LANES);
    const view = new DataView(out.buffer);
    for (let n = 0; n < LANES; n++) {
      const value = n < count ? approximate(b.getUint32(n * 4, true), f) : a.getUint32(n * 4, true);
      view.setUint32(n * 4, value, true);
    }
    return out;
  };

/** By mnemonic; they raise nothing. */
export const APPROXIMATIONS: Readonly<Record<string, PackedFloat>> = {
  rcpps: packed(LANES, reciprocal),
  rcpss: packed(1, reciprocal),
  rsqrtps: packed(LANES, reciprocalRoot),
  rsqrtss: packed(1, reciprocalRoot),
};

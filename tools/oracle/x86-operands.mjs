/** Values that tests start from: registers, memory, SSE and x87 state. */
import { FX_BYTES } from './x86-layout.mjs';

const word64 = (random) => {
  const high = BigInt(random.word() >>> 0);
  return (high << 32n) | BigInt(random.word() >>> 0);
};

const EDGES = [0n, 1n, 2n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0xffffn, 0x7fffffffn];
EDGES.push(0x80000000n, 0xffffffffn, 0x100000000n, 0x7fffffffffffffffn, 0x8000000000000000n);
EDGES.push(0xffffffffffffffffn, 0xfffffffffffffffen, 0xffffffff80000000n, 0xffffffffffffff80n);

/** A 64-bit integer: an edge, a neighbour of one, a small one, or anything. */
export function integer(random) {
  const kind = random.below(8);
  if (kind < 2) return random.pick(EDGES);
  if (kind === 2) return BigInt.asUintN(64, random.pick(EDGES) + BigInt(random.below(5) - 2));
  if (kind === 3) return BigInt(random.below(64));
  if (kind === 4) return BigInt.asUintN(64, -BigInt(random.below(64)));
  return word64(random);
}

const SINGLES = [0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000];
SINGLES.push(0x7f800001, 0xffc00001, 1, 0x807fffff, 0x00800000, 0x7f7fffff, 0x4f000000, 0xcf000000);

/** The bits of a single: special, near 1, an integer, or anything. */
function single(random) {
  const kind = random.below(4);
  if (kind === 0) return random.pick(SINGLES);
  if (kind === 1) return (random.word() & 0x83ffffff) | 0x3c000000;
  if (kind === 2)
    return new Uint32Array(Float32Array.of(random.word() >> random.below(31)).buffer)[0];
  return random.word();
}

const DOUBLES = [0n, 1n << 63n, 0x3ff0000000000000n, 0x7ff0000000000000n, 0xfff0000000000000n];
DOUBLES.push(0x7ff8000000000000n, 0x7ff0000000000001n, 0xfff8000000000001n, 1n);
DOUBLES.push(0x000fffffffffffffn, 0x0010000000000000n, 0x7fefffffffffffffn, 0x43e0000000000000n);
DOUBLES.push(0xc3e0000000000000n, 0x41dfffffffc00000n, 0x47efffffe0000000n, 0x36a0000000000000n);

function double(random) {
  const kind = random.below(4);
  if (kind === 0) return random.pick(DOUBLES);
  if (kind === 1) return (word64(random) & 0x807fffffffffffffn) | 0x3f80000000000000n;
  if (kind === 2) {
    return new BigUint64Array(Float64Array.of(random.word() >> random.below(31)).buffer)[0];
  }
  return word64(random);
}

/** Exponents of extended numbers: zero, denormal, near 1, near the limits of the other formats. */
const EXPONENTS = [0, 0, 1, 0x3ffe, 0x3fff, 0x3fff, 0x4000, 0x401e, 0x403e, 0x407e, 0x407f];
EXPONENTS.push(0x3f81, 0x3f6a, 0x3c01, 0x3bcd, 0x43fe, 0x43ff, 0x7ffe, 0x7fff);

/** Ten bytes of an extended number, now and then one that no format knows (an unnormal). */
export function extended(random) {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  const kind = random.below(6);
  let exponent = random.chance(0.5) ? random.pick(EXPONENTS) : 0x3fe0 + random.below(64);
  let fraction = word64(random);
  if (kind < 2) fraction = BigInt.asUintN(64, fraction << BigInt(random.below(64)));
  if (kind === 2)
    fraction = random.pick([0n, 1n << 63n, 3n << 62n, (1n << 63n) + 1n, (1n << 64n) - 1n]);
  if (exponent !== 0 && !random.chance(0.03)) fraction |= 1n << 63n;
  if (exponent === 0 && random.chance(0.5)) fraction = 0n;
  if (random.chance(0.5)) exponent |= 0x8000;
  view.setBigUint64(0, BigInt.asUintN(64, fraction), true);
  view.setUint16(8, exponent, true);
  return bytes;
}

/** Sixteen bytes as a kind of row would read them. */
export function vector(random, kind) {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < 16; at += 8) {
    if (kind === 'single') {
      view.setUint32(at, single(random), true);
      view.setUint32(at + 4, single(random), true);
    } else if (kind === 'double') view.setBigUint64(at, double(random), true);
    else view.setBigUint64(at, integer(random), true);
  }
  return kind === 'extended' ? extended(random) : bytes;
}

/** Rounding, precision and masks; all exceptions are masked but for one case in ten. */
function controlWord(random) {
  if (random.chance(0.5)) return 0x37f;
  const precision = random.pick([0, 2, 3, 3]) << 8;
  const masks = random.chance(0.8) ? 0x3f : random.below(64);
  return precision | (random.below(4) << 10) | masks | 0x40;
}

/** As a program starts, after its first rounded result, with zeros for denormals, or anything. */
function mxcsr(random) {
  const kind = random.below(8);
  if (kind < 3) return 0x1f80;
  if (kind < 5) return 0x1fa0 | random.below(64);
  if (kind === 5) return 0x9fe0;
  const masks = random.chance(0.85) ? 0x1f80 : random.below(64) << 7;
  const modes = random.chance(0.3) ? random.pick([0x40, 0x8000, 0x8040]) : 0;
  return masks | modes | (random.below(4) << 13) | random.below(64);
}

/** Whether the control word leaves an exception of the status word unmasked: the next one traps. */
const isPending = (control, status) => (status & ~control & 0x3f) !== 0;

/** FXSAVE's image with x87 and SSE registers full of `kind`. */
export function fxState(random, kind) {
  const fx = new Uint8Array(FX_BYTES);
  const view = new DataView(fx.buffer);
  const control = controlWord(random);
  const top = random.below(8);
  let status = (top << 11) | (random.word() & 0x4700);
  if (random.chance(0.2)) status |= random.below(64);
  if (isPending(control, status)) status |= 0x8080;
  view.setUint16(0, control, true);
  view.setUint16(2, status, true);
  fx[4] = random.chance(0.6) ? 0xff : random.below(256);
  view.setUint32(24, mxcsr(random), true);
  for (let n = 0; n < 8; n++) {
    const isMmx = kind === 'integer';
    const value = isMmx ? vector(random, 'integer') : extended(random);
    if (isMmx) new DataView(value.buffer).setUint16(8, 0xffff, true);
    fx.set(value.subarray(0, 10), 32 + n * 16);
  }
  const lanes = kind === 'extended' ? 'double' : kind;
  for (let n = 0; n < 16; n++) fx.set(vector(random, lanes), 160 + n * 16);
  return fx;
}

/**
 * AES and carry-less multiplication: what AESENC and its kin and PCLMULQDQ compute (SDM volume 1,
 * 12.13; FIPS 197). States are sixteen bytes, columns of four in order.
 */
import type { PackedOperation } from './packed-integer.ts';

const BLOCK = 16;
/** x^8 + x^4 + x^3 + x + 1. */
const FIELD = 0x11b;

function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 0, rest = a; bit < 8; bit++) {
    if ((b >> bit) & 1) product ^= rest;
    rest <<= 1;
    if (rest & 0x100) rest ^= FIELD;
  }
  return product;
}

/** A generator of the field: its powers are all bytes but 0. */
const GENERATOR = 3;

/** The S-box by its definition: an inverse, then an affine map. */
function substitutions(): Uint8Array {
  const powers = new Uint8Array(255);
  const logarithms = new Uint8Array(256);
  for (let n = 0, power = 1; n < 255; n++, power = times(power, GENERATOR)) {
    powers[n] = power;
    logarithms[power] = n;
  }
  return Uint8Array.from({ length: 256 }, (_, value) => {
    const inverse = value === 0 ? 0 : powers[(255 - logarithms[value]!) % 255]!;
    let mapped = 0x63;
    for (let turn = 0; turn < 5; turn++) {
      mapped ^= ((inverse << turn) | (inverse >> (8 - turn))) & 0xff;
    }
    return mapped;
  });
}

function inverted(box: Uint8Array): Uint8Array {
  const inverse = new Uint8Array(256);
  box.forEach((value, n) => {
    inverse[value] = n;
  });
  return inverse;
}

const FORWARD = substitutions();
const BACKWARD = inverted(FORWARD);
const MIX = [2, 3, 1, 1] as const;
const UNMIX = [14, 11, 13, 9] as const;

/** Substitutes, and turns row r by r places, to the left or, backwards, to the right. */
function substituted(state: Uint8Array, box: Uint8Array, direction: 1 | -1): Uint8Array {
  const out = new Uint8Array(BLOCK);
  for (let n = 0; n < BLOCK; n++) {
    const row = n & 3;
    out[n] = box[state[(n + direction * row * 4) & 15]!]!;
  }
  return out;
}

function mixed(state: Uint8Array, factors: readonly number[]): Uint8Array {
  const out = new Uint8Array(BLOCK);
  for (let n = 0; n < BLOCK; n++) {
    const column = n & ~3;
    for (let k = 0; k < 4; k++) out[n]! ^= times(state[column + k]!, factors[(k - n) & 3]!);
  }
  return out;
}

function bytesOf(view: DataView): Uint8Array {
  return Uint8Array.from({ length: BLOCK }, (_, n) => view.getUint8(n));
}

function withKey(state: Uint8Array, key: DataView): Uint8Array {
  return state.map((value, n) => value ^ key.getUint8(n));
}

const encrypt: PackedOperation = (a, b) =>
  withKey(mixed(substituted(bytesOf(a), FORWARD, 1), MIX), b);
const encryptLast: PackedOperation = (a, b) => withKey(substituted(bytesOf(a), FORWARD, 1), b);
const decrypt: PackedOperation = (a, b) =>
  withKey(mixed(substituted(bytesOf(a), BACKWARD, -1), UNMIX), b);
const decryptLast: PackedOperation = (a, b) => withKey(substituted(bytesOf(a), BACKWARD, -1), b);

/** AESKEYGENASSIST: words 1 and 3 substituted, and again turned with the constant. */
const keyAssist: PackedOperation = (_, b, __, immediate) => {
  const out = new Uint8Array(BLOCK);
  for (const [to, from] of [
    [0, 4],
    [8, 12],
  ] as const) {
    for (let n = 0; n < 4; n++) {
      out[to + n] = FORWARD[b.getUint8(from + n)]!;
      out[to + 4 + n] = FORWARD[b.getUint8(from + ((n + 1) & 3))]!;
    }
    out[to + 4]! ^= immediate;
  }
  return out;
};

const carryless: PackedOperation = (a, b, _, immediate) => {
  const first = a.getBigUint64(immediate & 1 ? 8 : 0, true);
  const second = b.getBigUint64(immediate & 16 ? 8 : 0, true);
  let product = 0n;
  for (let rest = second, by = 0n; rest !== 0n; rest >>= 1n, by++) {
    if (rest & 1n) product ^= first << by;
  }
  const out = new Uint8Array(BLOCK);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt.asUintN(64, product), true);
  view.setBigUint64(8, product >> 64n, true);
  return out;
};

export const PACKED_CIPHER: Readonly<Record<string, PackedOperation>> = {
  aesenc: encrypt,
  aesenclast: encryptLast,
  aesdec: decrypt,
  aesdeclast: decryptLast,
  aesimc: (_, b) => mixed(bytesOf(b), UNMIX),
  aeskeygenassist: keyAssist,
  pclmulqdq: carryless,
};

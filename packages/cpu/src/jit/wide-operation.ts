/**
 * The commonest operations on 64 bits as two halves, for the interpreter: they make no bigint. What
 * they mean is what the table of operations says; a test holds them to it.
 */
import { OPERATIONS, type OperationName } from '../ir/operation.ts';

/** Takes a 64-bit result: both halves signed. */
export interface Halves {
  low: number;
  high: number;
}

/** With a 64-bit result, by their codes. */
const ARITHMETIC = {
  add64: 1,
  sub64: 2,
  and64: 3,
  or64: 4,
  xor64: 5,
  shl64: 6,
  shrU64: 7,
  shrS64: 8,
  extend8To64: 9,
  extend16To64: 10,
  extend32To64: 11,
} as const satisfies Partial<Record<OperationName, number>>;

/** With a result of 32 bits. */
const COMPARISONS = {
  wrap: 1,
  eqz64: 2,
  eq64: 3,
  ne64: 4,
  ltU64: 5,
  leU64: 6,
  gtU64: 7,
  geU64: 8,
  ltS64: 9,
  leS64: 10,
  gtS64: 11,
  geS64: 12,
} as const satisfies Partial<Record<OperationName, number>>;

function codesOf(codes: Readonly<Record<string, number>>): Uint8Array {
  return Uint8Array.from(OPERATIONS, ({ name }) => codes[name] ?? 0);
}

/** Codes of {@link wideArithmetic} and {@link wideComparison} by an operation's number; 0: none. */
export const ARITHMETIC_CODES: Uint8Array = codesOf(ARITHMETIC);
export const COMPARISON_CODES: Uint8Array = codesOf(COMPARISONS);

/** Computes a 64-bit result of operands in halves; an operation of one operand leaves b out. */
export function wideArithmetic(
  code: number,
  al: number,
  ah: number,
  bl: number,
  bh: number,
  out: Halves,
): void {
  switch (code) {
    case ARITHMETIC.add64: {
      const low = (al + bl) | 0;
      out.high = (ah + bh + (low >>> 0 < al >>> 0 ? 1 : 0)) | 0;
      out.low = low;
      break;
    }
    case ARITHMETIC.sub64:
      out.high = (ah - bh - (al >>> 0 < bl >>> 0 ? 1 : 0)) | 0;
      out.low = (al - bl) | 0;
      break;
    case ARITHMETIC.and64:
      out.low = al & bl;
      out.high = ah & bh;
      break;
    case ARITHMETIC.or64:
      out.low = al | bl;
      out.high = ah | bh;
      break;
    case ARITHMETIC.xor64:
      out.low = al ^ bl;
      out.high = ah ^ bh;
      break;
    case ARITHMETIC.shl64:
      shiftLeft(al, ah, bl & 63, out);
      break;
    case ARITHMETIC.shrU64:
      shiftRight(al, ah, bl & 63, 0, out);
      break;
    case ARITHMETIC.shrS64:
      shiftRight(al, ah, bl & 63, ah >> 31, out);
      break;
    default:
      extend(code, al, out);
  }
}

function extend(code: number, low: number, out: Halves): void {
  const unused = code === ARITHMETIC.extend8To64 ? 24 : code === ARITHMETIC.extend16To64 ? 16 : 0;
  out.low = (low << unused) >> unused;
  out.high = out.low >> 31;
}

function shiftLeft(low: number, high: number, count: number, out: Halves): void {
  if (count >= 32) {
    out.high = low << (count - 32);
    out.low = 0;
  } else {
    out.high = count === 0 ? high : (high << count) | (low >>> (32 - count));
    out.low = low << count;
  }
}

/** `fill`: what comes in above, 0 or -1. */
function shiftRight(low: number, high: number, count: number, fill: number, out: Halves): void {
  if (count === 0) {
    out.low = low;
    out.high = high;
  } else if (count >= 32) {
    const rest = count - 32;
    out.low = rest === 0 ? high : (high >>> rest) | (fill << (32 - rest));
    out.high = fill;
  } else {
    out.low = (low >>> count) | (high << (32 - count));
    out.high = (high >>> count) | (fill << (32 - count));
  }
}

/** Computes an i32 of operands in halves. */
export function wideComparison(
  code: number,
  al: number,
  ah: number,
  bl: number,
  bh: number,
): number {
  switch (code) {
    case COMPARISONS.wrap:
      return al;
    case COMPARISONS.eqz64:
      return (al | ah) === 0 ? 1 : 0;
    case COMPARISONS.eq64:
      return al === bl && ah === bh ? 1 : 0;
    case COMPARISONS.ne64:
      return al === bl && ah === bh ? 0 : 1;
    case COMPARISONS.ltU64:
      return isBelow(al, ah >>> 0, bl, bh >>> 0);
    case COMPARISONS.leU64:
      return 1 - isBelow(bl, bh >>> 0, al, ah >>> 0);
    case COMPARISONS.gtU64:
      return isBelow(bl, bh >>> 0, al, ah >>> 0);
    case COMPARISONS.geU64:
      return 1 - isBelow(al, ah >>> 0, bl, bh >>> 0);
    case COMPARISONS.ltS64:
      return isBelow(al, ah, bl, bh);
    case COMPARISONS.leS64:
      return 1 - isBelow(bl, bh, al, ah);
    case COMPARISONS.gtS64:
      return isBelow(bl, bh, al, ah);
    default:
      return 1 - isBelow(al, ah, bl, bh);
  }
}

function isBelow(al: number, ah: number, bl: number, bh: number): number {
  return ah < bh || (ah === bh && al >>> 0 < bl >>> 0) ? 1 : 0;
}

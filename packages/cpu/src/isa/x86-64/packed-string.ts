/**
 * PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM: strings of bytes or words compared in one of four ways
 * (SDM volume 2, 4.1). The immediate chooses.
 */

const [CF, ZF, SF, OF] = [0x1, 0x40, 0x80, 0x800];

export interface StringComparison {
  /** For ECX. */
  readonly index: number;
  /** For XMM0. */
  readonly mask: Uint8Array;
  /** OF, SF, ZF and CF; AF and PF are clear. */
  readonly flags: number;
}

interface Strings {
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** How many elements of each are valid. */
  readonly lengthA: number;
  readonly lengthB: number;
}

function elements(view: DataView, immediate: number): number[] {
  const isWords = (immediate & 1) !== 0;
  const isSigned = (immediate & 2) !== 0;
  return Array.from({ length: isWords ? 8 : 16 }, (_, n) => {
    if (isWords) return isSigned ? view.getInt16(n * 2, true) : view.getUint16(n * 2, true);
    return isSigned ? view.getInt8(n) : view.getUint8(n);
  });
}

/** Elements before the first zero. */
function implicitLength(list: readonly number[]): number {
  const end = list.indexOf(0);
  return end < 0 ? list.length : end;
}

type Aggregation = (strings: Strings, j: number) => boolean;

/** Equal any: `b[j]` is one of `a`. */
const isAny: Aggregation = ({ a, b, lengthA, lengthB }, j) =>
  j < lengthB && a.slice(0, lengthA).includes(b[j]!);

/** Ranges: `b[j]` lies in one of the pairs of `a`. */
const isInRange: Aggregation = ({ a, b, lengthA, lengthB }, j) => {
  if (j >= lengthB) return false;
  for (let i = 0; i + 1 < lengthA; i += 2) if (b[j]! >= a[i]! && b[j]! <= a[i + 1]!) return true;
  return false;
};

/** Equal each; past both ends counts as equal. */
const isEqual: Aggregation = ({ a, b, lengthA, lengthB }, j) => {
  if (j >= lengthA && j >= lengthB) return true;
  return j < lengthA && j < lengthB && a[j] === b[j];
};

/** Equal ordered: `a` begins at `b[j]`, as far as there is a `b`. */
const isFound: Aggregation = ({ a, b, lengthA, lengthB }, j) => {
  for (let i = 0; i < lengthA && j + i < b.length; i++) {
    if (j + i >= lengthB || a[i] !== b[j + i]) return false;
  }
  return true;
};

const AGGREGATIONS: readonly Aggregation[] = [isAny, isInRange, isEqual, isFound];

function aggregate(strings: Strings, immediate: number): number {
  const isMatch = AGGREGATIONS[(immediate >> 2) & 3]!;
  const count = strings.b.length;
  let bits = 0;
  for (let j = 0; j < count; j++) if (isMatch(strings, j)) bits |= 1 << j;
  if ((immediate & 0x10) === 0) return bits;
  const inverted = immediate & 0x20 ? (1 << strings.lengthB) - 1 : (1 << count) - 1;
  return bits ^ inverted;
}

function maskOf(bits: number, count: number, isExpanded: boolean): Uint8Array {
  const mask = new Uint8Array(16);
  if (!isExpanded) {
    mask[0] = bits & 0xff;
    mask[1] = bits >> 8;
    return mask;
  }
  const size = 16 / count;
  return mask.map((_, n) => ((bits >> Math.floor(n / size)) & 1 ? 0xff : 0));
}

/**
 * Compares two operands.
 *
 * @param lengths  of the explicit forms: EAX and EDX, or RAX and RDX with REX.W; null for the
 *                 implicit ones, where a zero ends a string
 */
export function compareStrings(
  a: DataView,
  b: DataView,
  immediate: number,
  lengths: readonly [bigint, bigint] | null,
): StringComparison {
  const [first, second] = [elements(a, immediate), elements(b, immediate)];
  const count = first.length;
  const explicit = (length: bigint): number => {
    const magnitude = length < 0n ? -length : length;
    return magnitude > BigInt(count) ? count : Number(magnitude);
  };
  const strings = {
    a: first,
    b: second,
    lengthA: lengths === null ? implicitLength(first) : explicit(lengths[0]),
    lengthB: lengths === null ? implicitLength(second) : explicit(lengths[1]),
  };
  const bits = aggregate(strings, immediate);
  const isLast = (immediate & 0x40) !== 0;
  const lowest = 31 - Math.clz32(bits & -bits);
  const index = bits === 0 ? count : isLast ? 31 - Math.clz32(bits) : lowest;
  const flags =
    (bits !== 0 ? CF : 0) |
    (strings.lengthB < count ? ZF : 0) |
    (strings.lengthA < count ? SF : 0) |
    (bits & 1 ? OF : 0);
  return { index, mask: maskOf(bits, count, isLast), flags };
}

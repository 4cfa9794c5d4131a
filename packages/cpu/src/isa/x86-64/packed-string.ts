/**
 * PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM: strings of bytes or words compared in one of four
 * ways (SDM volume 2, 4.1). The immediate chooses.
 */

const [CF, ZF, SF, OF] = [0x1, 0x40, 0x80, 0x800];

/** Most elements of an operand. */
const ELEMENTS = 16;

/** Compares strings again and again without allocating; the result lasts until the next run. */
export class StringUnit {
  /** For ECX. */
  index = 0;
  /** OF, SF, ZF and CF; AF and PF are clear. */
  flags = 0;
  /** For XMM0. */
  readonly mask: Uint8Array = new Uint8Array(ELEMENTS);
  private readonly a = new Int32Array(ELEMENTS);
  private readonly b = new Int32Array(ELEMENTS);
  /** Elements of an operand: 16 bytes or 8 words. */
  private count = 0;
  /** How many elements of each are valid. */
  private lengthA = 0;
  private lengthB = 0;

  /**
   * @param lengths  of the explicit forms: EAX and EDX, or RAX and RDX with REX.W; null for the
   *                 implicit ones, where a zero ends a string
   */
  run(
    a: DataView,
    b: DataView,
    immediate: number,
    lengths: readonly [bigint, bigint] | null,
  ): void {
    this.count = immediate & 1 ? 8 : 16;
    readElements(a, immediate, this.a);
    readElements(b, immediate, this.b);
    this.lengthA = lengths === null ? this.implicit(this.a) : this.explicit(lengths[0]);
    this.lengthB = lengths === null ? this.implicit(this.b) : this.explicit(lengths[1]);
    this.conclude(this.aggregate(immediate), immediate);
  }

  private conclude(bits: number, immediate: number): void {
    const { count, lengthA, lengthB } = this;
    const isLast = (immediate & 0x40) !== 0;
    const lowest = 31 - Math.clz32(bits & -bits);
    this.index = bits === 0 ? count : isLast ? 31 - Math.clz32(bits) : lowest;
    this.flags =
      (bits !== 0 ? CF : 0) |
      (lengthB < count ? ZF : 0) |
      (lengthA < count ? SF : 0) |
      (bits & 1 ? OF : 0);
    this.expand(bits, isLast);
  }

  /** The mask: bits, or elements of ones. */
  private expand(bits: number, isExpanded: boolean): void {
    const { mask, count } = this;
    const size = ELEMENTS / count;
    for (let n = 0; n < ELEMENTS; n++) {
      if (isExpanded) mask[n] = (bits >> Math.floor(n / size)) & 1 ? 0xff : 0;
      else mask[n] = n < 2 ? (bits >> (8 * n)) & 0xff : 0;
    }
  }

  /** Elements before the first zero. */
  private implicit(list: Int32Array): number {
    for (let n = 0; n < this.count; n++) if (list[n] === 0) return n;
    return this.count;
  }

  private explicit(length: bigint): number {
    const magnitude = length < 0n ? -length : length;
    return magnitude > BigInt(this.count) ? this.count : Number(magnitude);
  }

  private aggregate(immediate: number): number {
    const { count, lengthB } = this;
    const way = (immediate >> 2) & 3;
    let bits = 0;
    for (let j = 0; j < count; j++) if (this.isMatch(way, j)) bits |= 1 << j;
    if ((immediate & 0x10) === 0) return bits;
    return bits ^ (immediate & 0x20 ? (1 << lengthB) - 1 : (1 << count) - 1);
  }

  private isMatch(way: number, j: number): boolean {
    switch (way) {
      case 0:
        return this.isAny(j);
      case 1:
        return this.isInRange(j);
      case 2:
        return this.isEqual(j);
      default:
        return this.isFound(j);
    }
  }

  /** Equal any: `b[j]` is one of `a`. */
  private isAny(j: number): boolean {
    const { a, b, lengthA, lengthB } = this;
    if (j >= lengthB) return false;
    for (let i = 0; i < lengthA; i++) if (a[i] === b[j]) return true;
    return false;
  }

  /** Ranges: `b[j]` lies in one of the pairs of `a`. */
  private isInRange(j: number): boolean {
    const { a, b, lengthA, lengthB } = this;
    if (j >= lengthB) return false;
    const value = b[j]!;
    for (let i = 0; i + 1 < lengthA; i += 2) if (value >= a[i]! && value <= a[i + 1]!) return true;
    return false;
  }

  /** Equal each; past both ends counts as equal. */
  private isEqual(j: number): boolean {
    const { a, b, lengthA, lengthB } = this;
    if (j >= lengthA && j >= lengthB) return true;
    return j < lengthA && j < lengthB && a[j] === b[j];
  }

  /** Equal ordered: `a` begins at `b[j]`, as far as there is a `b`. */
  private isFound(j: number): boolean {
    const { a, b, count, lengthA, lengthB } = this;
    for (let i = 0; i < lengthA && j + i < count; i++) {
      if (j + i >= lengthB || a[i] !== b[j + i]) return false;
    }
    return true;
  }
}

function readElements(view: DataView, immediate: number, into: Int32Array): void {
  const isSigned = (immediate & 2) !== 0;
  if (immediate & 1) {
    for (let n = 0; n < 8; n++) {
      into[n] = isSigned ? view.getInt16(n * 2, true) : view.getUint16(n * 2, true);
    }
    return;
  }
  for (let n = 0; n < 16; n++) into[n] = isSigned ? view.getInt8(n) : view.getUint8(n);
}

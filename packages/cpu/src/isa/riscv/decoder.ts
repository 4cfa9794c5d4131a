/**
 * Finds the row of an instruction. 32-bit encodings are told apart by bits 6..2 and 14..12 first,
 * 16-bit ones by bits 1..0 and 15..13; the few rows that remain are matched in turn.
 */
import { type Fields, matchPattern, type Pattern } from './pattern.ts';
import type { Row } from './row.ts';

export interface Decoded {
  readonly row: Row;
  readonly fields: Fields;
}

const WIDE_KEYS = 256;
const NARROW_KEYS = 32;

function wideKey(bits: number): number {
  return ((bits >>> 2) & 31) | (((bits >>> 12) & 7) << 5);
}
function narrowKey(bits: number): number {
  return (bits & 3) | (((bits >>> 13) & 7) << 2);
}
/** An instruction with this key and zeros elsewhere, and the mask of the key's bits. */
const fromWideKey = (key: number): number => ((key & 31) << 2) | ((key >>> 5) << 12) | 3;
const fromNarrowKey = (key: number): number => (key & 3) | ((key >>> 2) << 13);

export class Decoder {
  private readonly wide: readonly (readonly Row[])[];
  private readonly narrow: readonly (readonly Row[])[];

  constructor(rows: readonly Row[]) {
    const bucket = (width: number, example: number, mask: number): Row[] =>
      rows.filter(({ pattern }) => pattern.width === width && agrees(pattern, example, mask));
    this.wide = Array.from({ length: WIDE_KEYS }, (_, key) =>
      bucket(32, fromWideKey(key), fromWideKey(WIDE_KEYS - 1)),
    );
    this.narrow = Array.from({ length: NARROW_KEYS }, (_, key) =>
      bucket(16, fromNarrowKey(key), fromNarrowKey(NARROW_KEYS - 1)),
    );
  }

  /** Whether the instruction that starts with this halfword has a second one. */
  static isWide(first: number): boolean {
    return (first & 3) === 3;
  }

  /** The row and fields of an instruction, or null when it is illegal. */
  decode(bits: number): Decoded | null {
    const rows = Decoder.isWide(bits) ? this.wide[wideKey(bits)]! : this.narrow[narrowKey(bits)]!;
    for (const row of rows) {
      const fields = matchPattern(row.pattern, bits);
      if (fields !== null) return { row, fields: { ...fields, ...row.implied } };
    }
    return null;
  }
}

function agrees({ mask, match }: Pattern, example: number, keyMask: number): boolean {
  return ((match ^ example) & mask & keyMask) === 0;
}

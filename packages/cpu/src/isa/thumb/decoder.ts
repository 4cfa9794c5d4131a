/**
 * Finds the row of an instruction. Rows of one width are tried from the most fixed bits to the
 * fewest, so that an encoding carved out of another one wins; one whose fields are not valid for
 * its row (a base register of 15, mostly) may still be another row's. 16-bit instructions have a
 * table of all 65536; 32-bit ones a bucket for each value of thirteen telling bits, filled when
 * first met.
 */
import { extractFields } from './pattern.ts';
import type { Row } from './row.ts';

/** Bits 28..20 (first halfword 12..4) and 7..4: those in which 32-bit encodings differ most. */
const BUCKET_BITS = 0x1ff000f0 | 0;

export class Decoder {
  readonly rows: readonly Row[];
  private readonly narrow: Uint16Array;
  private readonly wide: readonly Row[];
  private readonly buckets = new Map<number, readonly Row[]>();

  constructor(rows: readonly Row[]) {
    this.rows = [...rows].sort((a, b) => b.pattern.fixedBits - a.pattern.fixedBits);
    this.wide = this.rows.filter((row) => row.pattern.width === 32);
    this.narrow = narrowIndex(this.rows);
  }

  /** Whether the instruction that starts with this halfword has a second one (A5.1). */
  static isWide(first: number): boolean {
    return first >= 0xe800;
  }

  /** The row of a 16-bit instruction, or null when it is undefined. */
  narrowRow(bits: number): Row | null {
    const index = this.narrow[bits]!;
    if (index === 0) return null;
    const row = this.rows[index - 1]!;
    return row.valid(extractFields(row.pattern, bits)) ? row : null;
  }

  /** The row of a 32-bit instruction, first halfword on top, or null when it is undefined. */
  wideRow(bits: number): Row | null {
    const key = bits & BUCKET_BITS;
    let bucket = this.buckets.get(key);
    if (bucket === undefined) {
      bucket = this.wide.filter(
        ({ pattern }) => ((pattern.match ^ key) & pattern.mask & BUCKET_BITS) === 0,
      );
      this.buckets.set(key, bucket);
    }
    for (const row of bucket) {
      const { mask, match } = row.pattern;
      if ((bits & mask) === match && row.valid(extractFields(row.pattern, bits))) return row;
    }
    return null;
  }
}

function narrowIndex(rows: readonly Row[]): Uint16Array {
  const index = new Uint16Array(0x10000);
  for (let number = rows.length - 1; number >= 0; number--) {
    const { width, mask, match } = rows[number]!.pattern;
    if (width !== 16) continue;
    const free = ~mask & 0xffff;
    // Counts through all values of the free bits; later (more specific) rows overwrite.
    for (let value = free; ; value = (value - 1) & free) {
      index[match | value] = number + 1;
      if (value === 0) break;
    }
  }
  return index;
}

/**
 * Bit patterns of instructions as the manuals print them: `0`, `1`, `.` for a bit that does not
 * matter, and letters for fields. A letter may appear in several places; its bits are put together
 * from the left. Blanks only group.
 */
export type Fields = Readonly<Record<string, number>>;

/** One run of a field: `width` bits from bit `shift` of the instruction. */
interface Slice {
  readonly shift: number;
  readonly width: number;
}

export interface Pattern {
  readonly width: 16 | 32;
  readonly mask: number;
  readonly match: number;
  readonly fixedBits: number;
  readonly fields: readonly (readonly [letter: string, slices: readonly Slice[]])[];
}

/** Parses a pattern of 16 or 32 bits. */
export function parsePattern(text: string): Pattern {
  const bits = text.replaceAll(' ', '');
  const width = bits.length;
  if (width !== 16 && width !== 32) throw new Error(`pattern of ${width} bits: ${text}`);
  let mask = 0;
  let match = 0;
  let fixedBits = 0;
  const fields = new Map<string, Slice[]>();
  for (let index = 0; index < width; index++) {
    const bit = bits[index]!;
    const shift = width - 1 - index;
    if (bit === '0' || bit === '1') {
      mask |= 1 << shift;
      match |= Number(bit) << shift;
      fixedBits++;
    } else if (bit !== '.') {
      addBit(fields, bit, shift, index > 0 && bits[index - 1] === bit);
    }
  }
  return { width, mask, match, fixedBits, fields: [...fields] };
}

function addBit(
  fields: Map<string, Slice[]>,
  letter: string,
  shift: number,
  extends_: boolean,
): void {
  const slices = fields.get(letter) ?? [];
  const last = slices.at(-1);
  if (extends_ && last !== undefined) slices[slices.length - 1] = { shift, width: last.width + 1 };
  else slices.push({ shift, width: 1 });
  fields.set(letter, slices);
}

/** The values of a pattern's fields in an instruction. */
export function extractFields(pattern: Pattern, bits: number): Fields {
  const result: Record<string, number> = {};
  for (const [letter, slices] of pattern.fields) {
    let value = 0;
    for (const { shift, width } of slices) {
      value = (value << width) | ((bits >>> shift) & ((1 << width) - 1));
    }
    result[letter] = value;
  }
  return result;
}

/** The instruction with these field values; letters that are missing count as 0. */
export function encodeFields(pattern: Pattern, values: Fields): number {
  let bits = pattern.match;
  for (const [letter, slices] of pattern.fields) {
    let rest = values[letter] ?? 0;
    for (let index = slices.length - 1; index >= 0; index--) {
      const { shift, width } = slices[index]!;
      bits |= (rest & ((1 << width) - 1)) << shift;
      rest >>>= width;
    }
  }
  return bits;
}

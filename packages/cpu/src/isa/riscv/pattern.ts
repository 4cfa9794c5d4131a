/**
 * Bit patterns of instructions as the RISC-V manual prints them, most significant bit first:
 *
 *   imm[12|10:5] rs2 rs1 000 imm[4:1|11] 1100011
 *
 * `0` and `1` are fixed bits and `.` bits that do not matter; the rest are fields. `rd`, `rs1`,
 * `rs2`, `rs3` are five bits, with a prime three bits that count from x8, and `rd/rs1` is both.
 * `imm` is sign-extended from its highest bit; `uimm` and `shamt` are not; `nz` in front says that
 * zero is not this encoding. `rd≠0` and `rd≠{0,2}` exclude register numbers.
 */

/** The values of an instruction's fields; those it lacks are 0. */
export interface Fields {
  rd: number;
  rs1: number;
  rs2: number;
  rs3: number;
  /** Immediate, branch offset or shift amount, as a signed 32-bit number. */
  imm: number;
  /** Rounding mode. */
  rm: number;
  csr: number;
}

type FieldName = keyof Fields;

/** `width` bits of the instruction from bit `shift` are those of the field from bit `to`. */
interface Slice {
  readonly shift: number;
  readonly width: number;
  readonly to: number;
}

interface Field {
  readonly names: readonly FieldName[];
  readonly slices: Slice[];
  /** Added to the encoded value: 8 for the three-bit registers. */
  readonly base: number;
  readonly isSigned: boolean;
  readonly excluded: readonly number[];
}

export interface Pattern {
  readonly width: 16 | 32;
  readonly mask: number;
  readonly match: number;
  readonly fields: readonly Field[];
}

const REGISTER_FIELD = /^(r[ds][123]?)('?)(?:\/(r[ds][123]?)'?)?(?:≠\{?([\d,]+)\}?)?$/;
const IMMEDIATE_FIELD = /^(nz)?(u?imm|shamt)\[([\d:|]+)\]$/;
const PLAIN_FIELDS: Readonly<Record<string, number>> = { rm: 3, csr: 12 };

interface Parsed {
  readonly field: Omit<Field, 'slices'>;
  /** Runs of bits of the field, in the order they appear. */
  readonly runs: readonly { readonly high: number; readonly low: number }[];
}

/** Parses a pattern of 16 or 32 bits. */
export function parsePattern(text: string): Pattern {
  const fields = new Map<string, Field>();
  const isNarrow = patternWidth(text) === 16;
  let position: number = isNarrow ? 16 : 32;
  let mask = 0;
  let match = 0;
  for (const token of text.split(' ')) {
    if (/^[01.]+$/.test(token)) {
      for (const bit of token) {
        position--;
        if (bit === '.') continue;
        mask |= 1 << position;
        match |= Number(bit) << position;
      }
      continue;
    }
    const { field, runs } = parseField(token, text);
    const key = field.names.join();
    const slices = fields.get(key)?.slices ?? [];
    fields.set(key, { ...field, slices });
    for (const { high, low } of runs) {
      const width = high - low + 1;
      position -= width;
      slices.push({ shift: position, width, to: low });
    }
  }
  return { width: isNarrow ? 16 : 32, mask, match, fields: [...fields.values()] };
}

function patternWidth(text: string): number {
  let width = 0;
  for (const token of text.split(' ')) {
    if (/^[01.]+$/.test(token)) width += token.length;
    else for (const { high, low } of parseField(token, text).runs) width += high - low + 1;
  }
  if (width !== 16 && width !== 32) throw new Error(`pattern of ${width} bits: ${text}`);
  return width;
}

function parseField(token: string, text: string): Parsed {
  const register = REGISTER_FIELD.exec(token);
  if (register !== null) return registerField(register);
  const immediate = IMMEDIATE_FIELD.exec(token);
  if (immediate !== null) return immediateField(immediate);
  const width = PLAIN_FIELDS[token];
  if (width === undefined) throw new Error(`field ${token} in: ${text}`);
  const field = { names: [token as FieldName], base: 0, isSigned: false, excluded: [] };
  return { field, runs: [{ high: width - 1, low: 0 }] };
}

function registerField([, first, prime, second, excluded]: RegExpExecArray): Parsed {
  const names = (second === undefined ? [first] : [first, second]) as FieldName[];
  const isShort = prime === "'";
  return {
    field: {
      names,
      base: isShort ? 8 : 0,
      isSigned: false,
      excluded: excluded === undefined ? [] : excluded.split(',').map(Number),
    },
    runs: [{ high: isShort ? 2 : 4, low: 0 }],
  };
}

function immediateField([, nonzero, name, ranges]: RegExpExecArray): Parsed {
  const runs = ranges!.split('|').map((range) => {
    const [high, low] = range.split(':').map(Number);
    return { high: high!, low: low ?? high! };
  });
  return {
    field: {
      names: ['imm'],
      base: 0,
      isSigned: name === 'imm',
      excluded: nonzero === undefined ? [] : [0],
    },
    runs,
  };
}

function fieldValue({ slices, base, isSigned }: Field, bits: number): number {
  let value = 0;
  let top = 0;
  for (const { shift, width, to } of slices) {
    value |= ((bits >>> shift) & ((1 << width) - 1)) << to;
    top = Math.max(top, to + width);
  }
  if (isSigned && top < 32) value = (value << (32 - top)) >> (32 - top);
  return value + base;
}

/** The instruction's fields, or null when it is not of this pattern. */
export function matchPattern(pattern: Pattern, bits: number): Fields | null {
  if ((bits & pattern.mask) !== pattern.match) return null;
  const result: Fields = { rd: 0, rs1: 0, rs2: 0, rs3: 0, imm: 0, rm: 0, csr: 0 };
  for (const field of pattern.fields) {
    const value = fieldValue(field, bits);
    if (field.excluded.includes(value)) return null;
    for (const name of field.names) result[name] = value;
  }
  return result;
}

/** The instruction of this pattern with these field values; what does not fit is cut off. */
export function encodePattern(pattern: Pattern, values: Readonly<Partial<Fields>>): number {
  let bits = pattern.match;
  for (const { names, slices, base } of pattern.fields) {
    const value = (values[names[0]!] ?? 0) - base;
    for (const { shift, width, to } of slices) {
      bits |= ((value >>> to) & ((1 << width) - 1)) << shift;
    }
  }
  return bits;
}

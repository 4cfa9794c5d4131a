/**
 * Values of DWARF attributes by their form. A value is read as one number: a constant, an address,
 * an offset or index into another section, or where a text or block starts. Texts are decoded only
 * when asked for, so that reading a table costs what its bytes cost.
 *
 * @see DWARF 5, section 7.5.5 and 7.5.6; older versions use subsets
 */
import { ByteReader, readText } from './byte-reader.ts';
import type { DebugSections } from './debug-sections.ts';
import { ImageError } from './image-error.ts';

export const FORM_ADDRESS = 0x01;
export const FORM_STRING = 0x08;
export const FORM_REF_UDATA = 0x15;
export const FORM_REF_ADDRESS = 0x10;
export const FORM_SECTION_OFFSET = 0x17;
export const FORM_IMPLICIT_CONSTANT = 0x21;
export const FORM_RANGE_LIST_INDEX = 0x23;
const FORM_SIGNED = 0x0d;
const FORM_STRP = 0x0e;
const FORM_INDIRECT = 0x16;
const FORM_FLAG_PRESENT = 0x19;
const FORM_LINE_STRP = 0x1f;
const FORM_DATA16 = 0x1e;
const FORM_REF1 = 0x11;

/** Forms of a fixed number of bytes, 8 at most: data, flags, references, indices. */
const FIXED_BYTES: Readonly<Record<number, number>> = {
  5: 2,
  6: 4,
  7: 8,
  11: 1,
  12: 1,
  17: 1,
  18: 2,
  19: 4,
  20: 8,
  28: 4,
  32: 8,
  36: 8,
  37: 1,
  38: 2,
  39: 3,
  40: 4,
  41: 1,
  42: 2,
  43: 3,
  44: 4,
};
/** Blocks by the bytes of their length; 0 is an unsigned LEB128. */
const BLOCK_LENGTH_BYTES: Readonly<Record<number, number>> = {
  3: 2,
  4: 4,
  10: 1,
  9: 0,
  24: 0,
};
/** Unsigned LEB128: udata, ref_udata, strx, addrx, loclistx, rnglistx. */
const LEB_FORMS: ReadonlySet<number> = new Set([0x0f, FORM_REF_UDATA, 0x1a, 0x1b, 0x22, 0x23]);
/** An offset into a section: strp, sec_offset, strp_sup, line_strp, and GNU's two. */
const OFFSET_FORMS: ReadonlySet<number> = new Set([
  FORM_STRP,
  FORM_SECTION_OFFSET,
  0x1d,
  FORM_LINE_STRP,
  0x1f20,
  0x1f21,
]);
/** Indices into `.debug_str_offsets`: strx and strx1 to strx4. */
const STRING_INDEX_FORMS: ReadonlySet<number> = new Set([0x1a, 0x25, 0x26, 0x27, 0x28]);
/** Indices into `.debug_addr`: addrx and addrx1 to addrx4. */
const ADDRESS_INDEX_FORMS: ReadonlySet<number> = new Set([0x1b, 0x29, 0x2a, 0x2b, 0x2c]);
/** Longest text that is kept whole: a path, or a mangled name. */
const TEXT_LIMIT = 32_768;

/** Damaged units of a section that are passed over. */
const DAMAGE_LIMIT = 1000;

/** What a form's size depends on. */
export interface FormSizes {
  readonly version: number;
  /** 64-bit DWARF: offsets of 8 bytes. */
  readonly wide: boolean;
  readonly addressBytes: number;
}

/** Where a unit's indices start. */
export interface FormBases {
  readonly stringOffsets: number;
  readonly addresses: number;
}

/** Reads an offset into a section. */
export function nextOffset(reader: ByteReader, wide: boolean): number {
  return wide ? reader.next64() : reader.next32();
}

/** Reads the length that starts a unit. */
function nextUnitLength(reader: ByteReader): { length: number; wide: boolean } {
  const length = reader.next32();
  if (length !== 0xffffffff) return { length, wide: false };
  return { length: reader.next64(), wide: true };
}

/**
 * Steps through the units of a section: `visit` gets a reader that stands behind the unit's length
 * and ends with the unit, and where the unit starts. Units that are damaged are passed over, up to
 * a number of them: each costs a thrown error, and a hostile section has nothing else.
 */
export function forEachUnit(
  section: ByteReader,
  visit: (unit: ByteReader, offset: number, wide: boolean) => void,
): void {
  let damaged = 0;
  while (section.has(section.position, 4) && damaged < DAMAGE_LIMIT) {
    const offset = section.position;
    try {
      const { length, wide } = nextUnitLength(section);
      const start = section.position;
      const end = Math.min(start + length, section.length);
      section.position = end;
      visit(new ByteReader(section.bytes.subarray(0, end), 'a DWARF unit', start), offset, wide);
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      damaged++;
    }
  }
}

/** Reads a value and steps over it. @throws ImageError for a form that is not known */
export function readForm(reader: ByteReader, form: number, sizes: FormSizes): number {
  const fixed = FIXED_BYTES[form];
  if (fixed !== undefined) return reader.nextUnsigned(fixed);
  if (OFFSET_FORMS.has(form)) return nextOffset(reader, sizes.wide);
  if (LEB_FORMS.has(form)) return reader.uleb();
  if (form === FORM_ADDRESS) return reader.nextUnsigned(sizes.addressBytes);
  if (form === FORM_SIGNED) return reader.sleb();
  if (form === FORM_FLAG_PRESENT) return 1;
  const lengthBytes = BLOCK_LENGTH_BYTES[form];
  if (lengthBytes !== undefined) {
    const length = lengthBytes === 0 ? reader.uleb() : reader.nextUnsigned(lengthBytes);
    return stepOver(reader, length);
  }
  if (form === FORM_DATA16) return stepOver(reader, 16);
  if (form === FORM_STRING) {
    const start = reader.position;
    reader.skipText();
    return start;
  }
  if (form === FORM_REF_ADDRESS) {
    return sizes.version === 2
      ? reader.nextUnsigned(sizes.addressBytes)
      : nextOffset(reader, sizes.wide);
  }
  throw new ImageError('bad-header', `DWARF: form 0x${form.toString(16)} is not known`);
}

/** The form of a value: an indirect one stands before the value itself. */
export function resolveForm(reader: ByteReader, form: number): number {
  return form === FORM_INDIRECT ? reader.uleb() : form;
}

function stepOver(reader: ByteReader, count: number): number {
  const start = reader.position;
  reader.need(start, count);
  reader.skip(count);
  return start;
}

/** Whether a reference counts from the start of its unit. */
export function isUnitReference(form: number): boolean {
  return form >= FORM_REF1 && form <= FORM_REF_UDATA;
}

/** A value's text, or null when its form is none. `bytes` are those that the value came from. */
export function formText(
  bytes: Uint8Array,
  form: number,
  value: number,
  sections: DebugSections,
  at: { wide: boolean; bases: FormBases },
): string | null {
  if (form === FORM_STRING) return readText(bytes, value, TEXT_LIMIT);
  if (form === FORM_LINE_STRP) {
    return readText(sections.bytes('.debug_line_str'), value, TEXT_LIMIT);
  }
  const strings = sections.bytes('.debug_str');
  if (form === FORM_STRP) return readText(strings, value, TEXT_LIMIT);
  if (!STRING_INDEX_FORMS.has(form)) return null;
  const size = at.wide ? 8 : 4;
  const offsets = sections.reader('.debug_str_offsets');
  const place = at.bases.stringOffsets + value * size;
  if (!offsets.has(place, size)) return null;
  return readText(strings, at.wide ? offsets.u64(place) : offsets.u32(place), TEXT_LIMIT);
}

/** A value's address: itself, or an entry of `.debug_addr`; null when that entry is missing. */
export function formAddress(
  form: number,
  value: number,
  sections: DebugSections,
  at: { addressBytes: number; bases: FormBases },
): number | null {
  if (!ADDRESS_INDEX_FORMS.has(form)) return value;
  const addresses = sections.reader('.debug_addr');
  const place = at.bases.addresses + value * at.addressBytes;
  if (!addresses.has(place, at.addressBytes)) return null;
  return at.addressBytes === 8 ? addresses.u64(place) : addresses.u32(place);
}

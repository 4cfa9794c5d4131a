/**
 * Compile units of `.debug_info`: their headers, the attributes of their first entry, and entries
 * anywhere in them. Each function does the work that its result needs and no more; a damaged unit
 * is left out.
 *
 * @see DWARF 5, sections 7.5.1 and 3.1
 */
import { ByteReader } from './byte-reader.ts';
import type { DebugSections } from './debug-sections.ts';
import { type Abbreviation, AbbreviationTables, ATTRIBUTE_STRIDE } from './dwarf-abbreviation.ts';
import {
  FORM_IMPLICIT_CONSTANT,
  type FormBases,
  type FormSizes,
  forEachUnit,
  formText,
  nextOffset,
  readForm,
  resolveForm,
} from './dwarf-form.ts';
import { ImageError } from './image-error.ts';

export const ATTRIBUTE = {
  name: 0x03,
  lineProgram: 0x10,
  lowAddress: 0x11,
  highAddress: 0x12,
  compilationDirectory: 0x1b,
  abstractOrigin: 0x31,
  specification: 0x47,
  ranges: 0x55,
  callFile: 0x58,
  callLine: 0x59,
  linkageName: 0x6e,
  stringOffsetsBase: 0x72,
  addressBase: 0x73,
  rangeListsBase: 0x74,
  oldLinkageName: 0x2007,
} as const;
export const TAG = { inlined: 0x1d, subprogram: 0x2e } as const;

const UNIT_TYPE = { compile: 1, type: 2, partial: 3, skeleton: 4, splitCompile: 5, splitType: 6 };

/** Bases of sections without a header before version 5 (GNU's split DWARF). */
const NO_BASES: FormBases = { stringOffsets: 0, addresses: 0 };

export interface CompileUnit extends FormSizes {
  /** Offset of its header, from which references within the unit count. */
  readonly offset: number;
  /** Exclusive. */
  readonly end: number;
  /** Its first entry. */
  readonly firstEntry: number;
  readonly abbreviations: number;
  readonly bases: FormBases;
  readonly rangeListsBase: number;
  /** Offset of its program in `.debug_line`; null without one. */
  readonly lineProgram: number | null;
  /** The entry's attributes. */
  readonly entry: Entry;
}

/** A value as it was read. */
export interface AttributeValue {
  readonly form: number;
  readonly value: number;
}

/** A debug information entry. */
export interface Entry {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: ReadonlyMap<number, AttributeValue>;
  /** Where the next one starts. */
  readonly next: number;
}

export class DwarfUnits {
  readonly sections: DebugSections;
  private readonly abbreviations: AbbreviationTables;
  private units: readonly CompileUnit[] | null = null;
  private directories: ReadonlyMap<number, string> | null = null;

  constructor(sections: DebugSections) {
    this.sections = sections;
    this.abbreviations = new AbbreviationTables(sections);
  }

  /** All compile units in order of their offset. */
  all(): readonly CompileUnit[] {
    this.units ??= this.read();
    return this.units;
  }

  /** The directory that a line program's paths start at, or null. */
  compilationDirectory(lineProgram: number): string | null {
    this.directories ??= this.readDirectories();
    return this.directories.get(lineProgram) ?? null;
  }

  /** The unit that an offset of `.debug_info` lies in. */
  unitOf(offset: number): CompileUnit | null {
    const units = this.all();
    let low = 0;
    let high = units.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (units[middle]!.offset <= offset) low = middle + 1;
      else high = middle;
    }
    const unit = units[low - 1];
    return unit !== undefined && offset < unit.end ? unit : null;
  }

  /** An attribute's text, or null. */
  text(unit: CompileUnit, attribute: AttributeValue | undefined): string | null {
    if (attribute === undefined) return null;
    const bytes = this.sections.bytes('.debug_info');
    return formText(bytes, attribute.form, attribute.value, this.sections, unit);
  }

  /** A reader over one unit. */
  reader(unit: Pick<CompileUnit, 'end'>, position: number): ByteReader {
    const bytes = this.sections.bytes('.debug_info').subarray(0, unit.end);
    return new ByteReader(bytes, '.debug_info', position);
  }

  /** A unit's abbreviations by code. */
  shapes(unit: Pick<CompileUnit, 'abbreviations'>): ReadonlyMap<number, Abbreviation> {
    return this.abbreviations.at(unit.abbreviations);
  }

  /**
   * Reads the entry at the reader's position; null where a list of children ends.
   *
   * @throws ImageError  past the end, for an unknown form or abbreviation
   */
  entry(
    reader: ByteReader,
    sizes: FormSizes,
    shapes: ReadonlyMap<number, Abbreviation>,
  ): Entry | null {
    const code = reader.uleb();
    if (code === 0) return null;
    const shape = shapes.get(code);
    if (shape === undefined) throw new ImageError('bad-header', `.debug_info: no shape ${code}`);
    const attributes = new Map<number, AttributeValue>();
    for (let at = 0; at < shape.attributes.length; at += ATTRIBUTE_STRIDE) {
      const form = resolveForm(reader, shape.attributes[at + 1]!);
      const value =
        form === FORM_IMPLICIT_CONSTANT ? shape.attributes[at + 2]! : readForm(reader, form, sizes);
      attributes.set(shape.attributes[at]!, { form, value });
    }
    const { tag, hasChildren } = shape;
    return { tag, hasChildren, attributes, next: reader.position };
  }

  private read(): CompileUnit[] {
    const units: CompileUnit[] = [];
    forEachUnit(this.sections.reader('.debug_info'), (reader, offset, wide) => {
      const unit = this.readUnit(reader, offset, wide);
      if (unit !== null) units.push(unit);
    });
    return units;
  }

  /** Reads a unit's header and first entry; null for units that describe types alone. */
  private readUnit(reader: ByteReader, offset: number, wide: boolean): CompileUnit | null {
    const version = reader.next16();
    if (version < 2 || version > 5) return null;
    const type = version >= 5 ? reader.next8() : UNIT_TYPE.compile;
    const newAddressBytes = version >= 5 ? reader.next8() : 0;
    const abbreviations = nextOffset(reader, wide);
    const addressBytes = version >= 5 ? newAddressBytes : reader.next8();
    if (type === UNIT_TYPE.type || type === UNIT_TYPE.splitType) return null;
    if (type === UNIT_TYPE.skeleton || type === UNIT_TYPE.splitCompile) reader.skip(8);
    if (addressBytes !== 4 && addressBytes !== 8) return null;
    const sizes = { version, wide, addressBytes };
    const firstEntry = reader.position;
    const entry = this.entry(reader, sizes, this.abbreviations.at(abbreviations));
    if (entry === null) return null;
    const number = (attribute: number): number | null =>
      entry.attributes.get(attribute)?.value ?? null;
    const bases = {
      stringOffsets: number(ATTRIBUTE.stringOffsetsBase) ?? NO_BASES.stringOffsets,
      addresses: number(ATTRIBUTE.addressBase) ?? NO_BASES.addresses,
    };
    const lineProgram = number(ATTRIBUTE.lineProgram);
    const rangeListsBase = number(ATTRIBUTE.rangeListsBase) ?? 0;
    return {
      ...sizes,
      offset,
      end: reader.length,
      firstEntry,
      abbreviations,
      bases,
      rangeListsBase,
      lineProgram,
      entry,
    };
  }

  private readDirectories(): ReadonlyMap<number, string> {
    const directories = new Map<number, string>();
    for (const unit of this.all()) {
      const { lineProgram, entry } = unit;
      if (lineProgram === null || directories.has(lineProgram)) continue;
      const text = this.text(unit, entry.attributes.get(ATTRIBUTE.compilationDirectory));
      if (text !== null) directories.set(lineProgram, text);
    }
    return directories;
  }
}

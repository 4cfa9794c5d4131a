/**
 * Address ranges of debug information entries: low and high address, `.debug_ranges` (versions 3
 * and 4) and `.debug_rnglists` (version 5).
 *
 * @see DWARF 5, sections 2.17 and 7.25; DWARF 4, section 2.17.3
 */
import type { ByteReader } from './byte-reader.ts';
import type { DebugSections } from './debug-sections.ts';
import { FORM_ADDRESS, FORM_RANGE_LIST_INDEX, formAddress } from './dwarf-form.ts';
import { ATTRIBUTE, type CompileUnit, type Entry } from './dwarf-units.ts';
import { ImageError } from './image-error.ts';

export interface AddressRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** Entries of range lists read at most: entries may share a list, and hostile ones all do. */
const ENTRY_BUDGET = 1_000_000;
/** What damage costs of it: a thrown error takes as long as so many entries. */
const DAMAGE_COST = 100;

const LIST = {
  end: 0,
  baseAddressIndex: 1,
  startIndexEndIndex: 2,
  startIndexLength: 3,
  offsetPair: 4,
  baseAddress: 5,
  startEnd: 6,
  startLength: 7,
} as const;

const FORM_ADDRESS_INDICES: ReadonlySet<number> = new Set([0x1b, 0x29, 0x2a, 0x2b, 0x2c]);
const ADDRESS_INDEX = 0x1b;

export class DwarfRanges {
  private readonly sections: DebugSections;
  private budget = ENTRY_BUDGET;

  constructor(sections: DebugSections) {
    this.sections = sections;
  }

  /** The ranges of an entry; none when it has no code or they are damaged. */
  of(unit: CompileUnit, entry: Entry): AddressRange[] {
    const list = entry.attributes.get(ATTRIBUTE.ranges);
    try {
      if (list === undefined) return this.lowToHigh(unit, entry);
      if (this.budget <= 0) return [];
      if (unit.version < 5) return this.oldList(unit, list.value);
      const offset =
        list.form === FORM_RANGE_LIST_INDEX ? this.listOffset(unit, list.value) : list.value;
      return this.list(unit, offset);
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      this.budget -= DAMAGE_COST;
      return [];
    }
  }

  private lowToHigh(unit: CompileUnit, { attributes }: Entry): AddressRange[] {
    const low = attributes.get(ATTRIBUTE.lowAddress);
    const high = attributes.get(ATTRIBUTE.highAddress);
    if (low === undefined || high === undefined) return [];
    const start = formAddress(low.form, low.value, this.sections, unit);
    if (start === null) return [];
    const isAddress = high.form === FORM_ADDRESS || FORM_ADDRESS_INDICES.has(high.form);
    const end = isAddress
      ? formAddress(high.form, high.value, this.sections, unit)
      : start + high.value;
    return end === null || end <= start ? [] : [{ start, end }];
  }

  /** The address that a unit's lists count from. */
  private base(unit: CompileUnit): number {
    const low = unit.entry.attributes.get(ATTRIBUTE.lowAddress);
    if (low === undefined) return 0;
    return formAddress(low.form, low.value, this.sections, unit) ?? 0;
  }

  private oldList(unit: CompileUnit, offset: number): AddressRange[] {
    const reader = this.sections.reader('.debug_ranges', offset);
    const { addressBytes } = unit;
    const ranges: AddressRange[] = [];
    let base = this.base(unit);
    while (this.budget-- > 0) {
      const low = reader.nextUnsigned(addressBytes);
      const high = reader.nextUnsigned(addressBytes);
      if (low === 0 && high === 0) break;
      // The highest address says that the second number is a new base; 2^64 - 1 reads as 2^64.
      if (low >= 256 ** addressBytes - 1) base = high;
      else if (high > low) ranges.push({ start: base + low, end: base + high });
    }
    return ranges;
  }

  private listOffset(unit: CompileUnit, index: number): number {
    const reader = this.sections.reader('.debug_rnglists');
    const at = unit.rangeListsBase + index * (unit.wide ? 8 : 4);
    return unit.rangeListsBase + (unit.wide ? reader.u64(at) : reader.u32(at));
  }

  private list(unit: CompileUnit, offset: number): AddressRange[] {
    const reader = this.sections.reader('.debug_rnglists', offset);
    const ranges: AddressRange[] = [];
    let base = this.base(unit);
    while (this.budget-- > 0) {
      const kind = reader.next8();
      if (kind === LIST.end) break;
      if (kind === LIST.baseAddress) base = reader.nextUnsigned(unit.addressBytes);
      else if (kind === LIST.baseAddressIndex) base = this.indexed(unit, reader.uleb());
      else {
        const range = this.listRange(reader, unit, kind, base);
        if (range.end > range.start) ranges.push(range);
      }
    }
    return ranges;
  }

  private listRange(
    reader: ByteReader,
    unit: CompileUnit,
    kind: number,
    base: number,
  ): AddressRange {
    const address = (): number => reader.nextUnsigned(unit.addressBytes);
    switch (kind) {
      case LIST.offsetPair:
        return { start: base + reader.uleb(), end: base + reader.uleb() };
      case LIST.startEnd:
        return { start: address(), end: address() };
      case LIST.startLength:
        return fromLength(address(), reader.uleb());
      case LIST.startIndexEndIndex:
        return {
          start: this.indexed(unit, reader.uleb()),
          end: this.indexed(unit, reader.uleb()),
        };
      case LIST.startIndexLength:
        return fromLength(this.indexed(unit, reader.uleb()), reader.uleb());
      default:
        throw new ImageError('bad-header', `.debug_rnglists: entry ${kind} is not known`);
    }
  }

  private indexed(unit: CompileUnit, index: number): number {
    return formAddress(ADDRESS_INDEX, index, this.sections, unit) ?? 0;
  }
}

function fromLength(start: number, length: number): AddressRange {
  return { start, end: start + length };
}

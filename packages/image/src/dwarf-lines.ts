/**
 * Source lines of addresses, from the line number programs of `.debug_line`, versions 2 to 5. All
 * programs are run at the first lookup; names of files are decoded when they are shown. A damaged
 * program gives the sequences before its damage.
 */
import type { ByteReader } from './byte-reader.ts';
import { DebugSections } from './debug-sections.ts';
import { forEachUnit } from './dwarf-form.ts';
import { type LineHeader, linePath, readLineHeader } from './dwarf-line-header.ts';
import { LineProgram, type LineSequence } from './dwarf-line-program.ts';
import { DwarfUnits } from './dwarf-units.ts';
import { ImageError } from './image-error.ts';
import { type LiveCode, liveCode } from './live-code.ts';
import type { LoadPlan } from './load-plan.ts';
import { flattenRanges, lastAtOrBelow, type Range, type Ranges, rangeAt } from './range-list.ts';

export interface SourceLine {
  readonly file: string;
  readonly line: number;
}

/** A row as the program gives it; `line` is 0 for code that belongs to no line. */
export interface LineRow {
  readonly address: number;
  readonly file: string;
  readonly line: number;
}

/** Rows at most, over all programs; what is beyond is left out. */
const ROW_LIMIT = 4_000_000;
const UNKNOWN_FILE = '?';

/** A header with the names that have been asked for. */
interface LineUnit {
  readonly header: LineHeader;
  readonly bytes: Uint8Array;
  /** Offset of the unit in `.debug_line`, by which compile units refer to it. */
  readonly offset: number;
  readonly names: Map<number, string>;
}

interface OwnedSequence extends LineSequence {
  readonly unit: LineUnit;
}

export class LineTable {
  private readonly sections: DebugSections;
  private readonly units: DwarfUnits;
  private readonly isLive: LiveCode;
  private readonly lineUnits = new Map<number, LineUnit>();
  private sequences: Ranges<OwnedSequence> | null = null;

  constructor(
    plan: LoadPlan,
    sections: DebugSections = new DebugSections(plan),
    units: DwarfUnits = new DwarfUnits(sections),
  ) {
    this.sections = sections;
    this.units = units;
    this.isLive = liveCode(plan);
  }

  /** The line that the instruction at an address comes from, or null. */
  at(address: number): SourceLine | null {
    const sequence = rangeAt(this.load(), address);
    if (sequence === null) return null;
    const { addresses, lines, files, unit } = sequence;
    const row = lastAtOrBelow(addresses.length, (n) => addresses[n]!, address);
    const line = lines[row];
    if (line === undefined || line === 0) return null;
    return { file: this.name(unit, files[row]!), line };
  }

  /** All rows of live code, sequence by sequence in order of address. */
  *rows(): Generator<LineRow> {
    const seen = new Set<OwnedSequence>();
    for (const sequence of this.load().items) {
      if (seen.has(sequence)) continue;
      seen.add(sequence);
      const { addresses, lines, files, unit } = sequence;
      for (let row = 0; row < addresses.length; row++) {
        const file = this.name(unit, files[row]!);
        yield { address: addresses[row]!, file, line: lines[row]! };
      }
    }
  }

  /** A file by its number in the program at an offset of `.debug_line`; null when there is none. */
  fileName(programOffset: number, number: number): string | null {
    this.load();
    const unit = this.lineUnits.get(programOffset);
    return unit === undefined ? null : this.name(unit, number);
  }

  private name(unit: LineUnit, number: number): string {
    const known = unit.names.get(number);
    if (known !== undefined) return known;
    const { bytes, header, offset } = unit;
    const directory = this.units.compilationDirectory(offset);
    const name = linePath(bytes, header, number, this.sections, directory) ?? UNKNOWN_FILE;
    unit.names.set(number, name);
    return name;
  }

  private load(): Ranges<OwnedSequence> {
    this.sequences ??= flattenRanges(this.run());
    return this.sequences;
  }

  private run(): Range<OwnedSequence>[] {
    const ranges: Range<OwnedSequence>[] = [];
    let rows = 0;
    forEachUnit(this.sections.reader('.debug_line'), (reader, offset, wide) => {
      if (rows < ROW_LIMIT) rows += this.runUnit(reader, offset, wide, ROW_LIMIT - rows, ranges);
    });
    return ranges;
  }

  /** Runs one program; returns its number of rows. */
  private runUnit(
    reader: ByteReader,
    offset: number,
    wide: boolean,
    rowLimit: number,
    into: Range<OwnedSequence>[],
  ): number {
    const header = readLineHeader(reader, wide, this.sections.pointerBytes);
    const unit: LineUnit = { header, bytes: reader.bytes, offset, names: new Map() };
    this.lineUnits.set(offset, unit);
    const program = new LineProgram(reader, header, (sequence) => {
      const { start, end } = sequence;
      if (this.isLive(start, end)) into.push({ start, end, item: { ...sequence, unit } });
    });
    try {
      program.run(rowLimit);
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
    }
    return program.rows;
  }
}

/** Rows of line number programs. @see DWARF 5, section 6.2.5 */
import type { ByteReader } from './byte-reader.ts';
import type { LineHeader } from './dwarf-line-header.ts';

/** A run of rows without a gap, from its first address to where it ends. */
export interface LineSequence {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** Ascending; of rows at one address the last counts. */
  readonly addresses: readonly number[];
  readonly lines: readonly number[];
  /** Numbers of files in the program's table. */
  readonly files: readonly number[];
}

const STANDARD = {
  extended: 0,
  copy: 1,
  advancePc: 2,
  advanceLine: 3,
  setFile: 4,
  constAddPc: 8,
  fixedAdvancePc: 9,
} as const;
const END_SEQUENCE = 1;
const SET_ADDRESS = 2;

/** Runs a program; the reader is bounded by the unit's end. Rows past the damage are lost. */
export class LineProgram {
  rows = 0;
  private readonly header: LineHeader;
  private readonly reader: ByteReader;
  private readonly finished: (sequence: LineSequence) => void;
  private address = 0;
  private file = 1;
  private line = 1;
  private addresses: number[] = [];
  private lines: number[] = [];
  private files: number[] = [];

  constructor(reader: ByteReader, header: LineHeader, finished: (sequence: LineSequence) => void) {
    this.reader = reader;
    this.header = header;
    this.finished = finished;
  }

  /**
   * Runs to the end or to a number of rows. Each row costs a byte of the program at least.
   *
   * @throws ImageError  past the end; sequences that are finished by then stay
   */
  run(rowLimit: number): void {
    const { reader, header } = this;
    reader.position = header.programStart;
    while (!reader.atEnd && this.rows < rowLimit) {
      const opcode = reader.next8();
      if (opcode >= header.opcodeBase) this.special(opcode);
      else if (opcode === STANDARD.extended) this.extended();
      else this.standard(opcode);
    }
  }

  private special(opcode: number): void {
    const { opcodeBase, lineBase, lineRange, minimumLength } = this.header;
    const adjusted = opcode - opcodeBase;
    this.address += Math.floor(adjusted / lineRange) * minimumLength;
    this.line += lineBase + (adjusted % lineRange);
    this.emit();
  }

  private standard(opcode: number): void {
    const { reader, header } = this;
    const { minimumLength, lineRange, opcodeBase } = header;
    if (opcode === STANDARD.copy) this.emit();
    else if (opcode === STANDARD.advancePc) this.address += reader.uleb() * minimumLength;
    else if (opcode === STANDARD.advanceLine) this.line += reader.sleb();
    else if (opcode === STANDARD.setFile) this.file = reader.uleb();
    else if (opcode === STANDARD.constAddPc) {
      this.address += Math.floor((255 - opcodeBase) / lineRange) * minimumLength;
    } else if (opcode === STANDARD.fixedAdvancePc) this.address += reader.next16();
    else for (let count = header.operandCounts[opcode]!; count > 0; count--) reader.uleb();
  }

  private extended(): void {
    const { reader } = this;
    const length = reader.uleb();
    const next = reader.position + length;
    const opcode = length > 0 ? reader.next8() : 0;
    if (opcode === END_SEQUENCE) this.finish();
    else if (opcode === SET_ADDRESS) this.address = reader.nextUnsigned(length > 8 ? 8 : 4);
    reader.position = next;
  }

  private emit(): void {
    this.addresses.push(this.address);
    this.lines.push(this.line);
    this.files.push(this.file);
    this.rows++;
  }

  private finish(): void {
    const { addresses, lines, files, address } = this;
    if (addresses.length > 0) this.finished(ordered(addresses, lines, files, address));
    this.addresses = [];
    this.lines = [];
    this.files = [];
    this.address = 0;
    this.file = 1;
    this.line = 1;
  }
}

/** A sequence in order of address, which programs nearly always are already. */
function ordered(addresses: number[], lines: number[], files: number[], end: number): LineSequence {
  if (addresses.every((address, row) => row === 0 || address >= addresses[row - 1]!)) {
    return { start: addresses[0]!, end, addresses, lines, files };
  }
  const rows = addresses.map((_, row) => row).sort((a, b) => addresses[a]! - addresses[b]!);
  const sorted = rows.map((row) => addresses[row]!);
  return {
    start: sorted[0]!,
    end,
    addresses: sorted,
    lines: rows.map((row) => lines[row]!),
    files: rows.map((row) => files[row]!),
  };
}

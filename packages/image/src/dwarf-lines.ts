/**
 * Source lines of addresses, from the line number programs of `.debug_line`, versions 2 to 5. All
 * programs are run at the first lookup. A damaged program gives the rows up to its damage.
 *
 * @see DWARF 5, section 6.2; DWARF 2 to 4, same section
 */
import { ByteReader, readText } from './byte-reader.ts';
import { ImageError } from './image-error.ts';
import type { Section } from './load-plan.ts';

export interface SourceLine {
  readonly file: string;
  readonly line: number;
}

/** Rows at most, over all programs; what is beyond is left out. */
const ROW_LIMIT = 4_000_000;

const FORM = {
  block2: 0x03,
  data2: 0x05,
  data4: 0x06,
  data8: 0x07,
  string: 0x08,
  block: 0x09,
  data1: 0x0b,
  strp: 0x0e,
  udata: 0x0f,
  data16: 0x1e,
  lineStrp: 0x1f,
} as const;
const CONTENT = { path: 1, directory: 2 } as const;

/** A header's contents as far as rows need them. */
interface LineProgram {
  readonly minimumLength: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly operandCounts: readonly number[];
  readonly files: readonly string[];
  /** Number of the first file: 1 before version 5. */
  readonly firstFile: number;
}

/** A run of rows without a gap: addresses ascending, the last one ends the sequence. */
interface Sequence {
  readonly start: number;
  readonly end: number;
  readonly addresses: number[];
  readonly lines: number[];
  readonly files: string[];
}

export class LineTable {
  private readonly line: Uint8Array;
  private readonly strings: Uint8Array;
  private readonly lineStrings: Uint8Array;
  private readonly pointerBytes: number;
  private sequences: Sequence[] | null = null;
  private rows = 0;

  constructor(sections: readonly Section[], pointerBits: 32 | 64) {
    const named = (name: string): Uint8Array =>
      sections.find((section) => section.name === name)?.bytes ?? new Uint8Array(0);
    this.line = named('.debug_line');
    this.strings = named('.debug_str');
    this.lineStrings = named('.debug_line_str');
    this.pointerBytes = pointerBits / 8;
  }

  /** The line that the instruction at an address comes from, or null. */
  at(address: number): SourceLine | null {
    this.sequences ??= this.run();
    const sequence = this.sequences[lastAtOrBelow(this.sequences, address, ({ start }) => start)];
    if (sequence === undefined || address >= sequence.end) return null;
    const row = lastAtOrBelow(sequence.addresses, address, (value) => value);
    const line = sequence.lines[row];
    return line === undefined || line === 0 ? null : { file: sequence.files[row]!, line };
  }

  private run(): Sequence[] {
    const sequences: Sequence[] = [];
    let offset = 0;
    while (offset + 4 < this.line.length && this.rows < ROW_LIMIT) {
      const reader = new ByteReader(this.line, '.debug_line', offset);
      let length = reader.next32();
      const wide = length === 0xffffffff;
      if (wide) length = reader.next64();
      const end = reader.position + length;
      if (end > this.line.length || length === 0) break;
      try {
        const bounded = new ByteReader(this.line.subarray(0, end), '.debug_line', reader.position);
        this.program(bounded, wide, sequences);
      } catch (error) {
        if (!(error instanceof ImageError)) throw error;
      }
      offset = end;
    }
    return sequences.sort((a, b) => a.start - b.start);
  }

  private program(reader: ByteReader, wide: boolean, into: Sequence[]): void {
    const version = reader.next16();
    if (version < 2 || version > 5) return;
    if (version >= 5) reader.position += 2;
    const headerLength = wide ? reader.next64() : reader.next32();
    const start = reader.position + headerLength;
    const minimumLength = reader.next8();
    if (version >= 4) reader.position += 1;
    reader.position += 1;
    const lineBase = (reader.next8() << 24) >> 24;
    const lineRange = Math.max(1, reader.next8());
    const opcodeBase = reader.next8();
    const operandCounts = [0];
    for (let opcode = 1; opcode < opcodeBase; opcode++) operandCounts.push(reader.next8());
    const files = version >= 5 ? this.filesOf5(reader, wide) : filesBefore5(reader);
    reader.position = start;
    const firstFile = version >= 5 ? 0 : 1;
    const program = {
      minimumLength,
      lineBase,
      lineRange,
      opcodeBase,
      operandCounts,
      files,
      firstFile,
    };
    this.execute(reader, program, into);
  }

  private filesOf5(reader: ByteReader, wide: boolean): string[] {
    const directories = this.entriesOf5(reader, wide).map(({ path }) => path);
    return this.entriesOf5(reader, wide).map(({ path, directory }) =>
      join(directories[directory] ?? '', path),
    );
  }

  private entriesOf5(reader: ByteReader, wide: boolean): { path: string; directory: number }[] {
    const formats: [content: number, form: number][] = [];
    for (let count = reader.next8(); count > 0; count--)
      formats.push([reader.uleb(), reader.uleb()]);
    const count = reader.uleb();
    const entries = [];
    for (let index = 0; index < count && !reader.atEnd; index++) {
      let path = '';
      let directory = 0;
      for (const [content, form] of formats) {
        const value = this.form(reader, form, wide);
        if (content === CONTENT.path) path = String(value);
        else if (content === CONTENT.directory) directory = Number(value);
      }
      entries.push({ path, directory });
    }
    return entries;
  }

  private form(reader: ByteReader, form: number, wide: boolean): string | number {
    switch (form) {
      case FORM.string:
        return reader.text();
      case FORM.lineStrp:
        return readText(this.lineStrings, wide ? reader.next64() : reader.next32()).value;
      case FORM.strp:
        return readText(this.strings, wide ? reader.next64() : reader.next32()).value;
      case FORM.udata:
        return reader.uleb();
      case FORM.data1:
        return reader.next8();
      case FORM.data2:
        return reader.next16();
      case FORM.data4:
        return reader.next32();
      case FORM.data8:
        return reader.next64();
      case FORM.data16:
        reader.position += 16;
        return 0;
      case FORM.block:
        reader.position += reader.uleb();
        return 0;
      case FORM.block2:
        reader.position += reader.next16();
        return 0;
      default:
        throw new ImageError('bad-header', `.debug_line: form ${form} is not known`);
    }
  }

  /** Runs a line number program (DWARF 5, 6.2.5). */
  private execute(reader: ByteReader, program: LineProgram, into: Sequence[]): void {
    const { minimumLength, lineBase, lineRange, opcodeBase, files, firstFile } = program;
    let address = 0;
    let file = 1;
    let line = 1;
    let sequence: Sequence | null = null;
    const emit = (): void => {
      sequence ??= { start: address, end: 0, addresses: [], lines: [], files: [] };
      sequence.addresses.push(address);
      sequence.lines.push(line);
      sequence.files.push(files[file - firstFile] ?? '?');
      this.rows++;
    };
    const finish = (): void => {
      if (sequence !== null && address > sequence.start) into.push({ ...sequence, end: address });
      sequence = null;
      address = 0;
      file = 1;
      line = 1;
    };
    while (!reader.atEnd && this.rows < ROW_LIMIT) {
      const opcode = reader.next8();
      if (opcode >= opcodeBase) {
        const adjusted = opcode - opcodeBase;
        address += Math.floor(adjusted / lineRange) * minimumLength;
        line += lineBase + (adjusted % lineRange);
        emit();
      } else if (opcode === 0) {
        const length = reader.uleb();
        const next = reader.position + length;
        const extended = length > 0 ? reader.next8() : 0;
        if (extended === 1) finish();
        else if (extended === 2)
          address = this.pointerBytes === 8 ? reader.next64() : reader.next32();
        reader.position = next;
      } else if (opcode === 1) {
        emit();
      } else if (opcode === 2) {
        address += reader.uleb() * minimumLength;
      } else if (opcode === 3) {
        line += reader.sleb();
      } else if (opcode === 4) {
        file = reader.uleb();
      } else if (opcode === 8) {
        address += Math.floor((255 - opcodeBase) / lineRange) * minimumLength;
      } else if (opcode === 9) {
        address += reader.next16();
      } else {
        for (let count = program.operandCounts[opcode]!; count > 0; count--) reader.uleb();
      }
    }
  }
}

function filesBefore5(reader: ByteReader): string[] {
  const directories = [''];
  for (let name = reader.text(); name !== ''; name = reader.text()) directories.push(name);
  const files: string[] = [];
  for (let name = reader.text(); name !== ''; name = reader.text()) {
    const directory = reader.uleb();
    reader.uleb();
    reader.uleb();
    files.push(join(directories[directory] ?? '', name));
  }
  return files;
}

function join(directory: string, name: string): string {
  if (directory === '' || name.startsWith('/')) return name;
  return `${directory.replace(/\/$/, '')}/${name}`;
}

/** Index of the last item whose key is at or below a value; -1 when there is none. */
function lastAtOrBelow<T>(items: readonly T[], value: number, key: (item: T) => number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(items[middle]!) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

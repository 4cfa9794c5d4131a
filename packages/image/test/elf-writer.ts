/** Writes small ELF files for tests: headers, segments, sections and symbols, as they are told. */
export interface ElfSymbol {
  readonly name: string;
  readonly value: number;
  readonly size: number;
  readonly info: number;
  /** Number of its section; 1 when not given, which is section `.text` with all segments. */
  readonly section?: number;
}

export interface ElfSection {
  readonly name: string;
  readonly type?: number;
  readonly flags?: number;
  readonly address?: number;
  readonly bytes: Uint8Array;
  readonly link?: number;
}

export interface ElfSegment {
  readonly type?: number;
  readonly virtualAddress: number;
  readonly physicalAddress?: number;
  readonly bytes: Uint8Array;
  readonly memorySize: number;
  readonly flags: number;
}

export interface ElfParts {
  readonly machine: number;
  readonly entry: number;
  readonly segments: readonly ElfSegment[];
  readonly symbols?: readonly ElfSymbol[];
  /** Further sections, before the symbol table. */
  readonly sections?: readonly ElfSection[];
  /** No section headers at all. */
  readonly stripped?: boolean;
  readonly is64?: boolean;
  readonly type?: number;
  readonly dataEncoding?: number;
  readonly flags?: number;
  readonly osAbi?: number;
}

/** Bytes that grow, with little-endian numbers. */
export class ByteSink {
  readonly bytes: number[] = [];

  u8(...values: number[]): this {
    for (const value of values) this.bytes.push(value & 0xff);
    return this;
  }

  u16(value: number): this {
    return this.u8(value, value >> 8);
  }

  u32(value: number): this {
    return this.u8(value, value >> 8, value >> 16, value >>> 24);
  }

  u64(value: number): this {
    return this.u32(value % 2 ** 32).u32(Math.floor(value / 2 ** 32));
  }

  uleb(value: number): this {
    while (value >= 128) {
      this.u8((value % 128) | 128);
      value = Math.floor(value / 128);
    }
    return this.u8(value);
  }

  text(value: string): this {
    return this.raw(new TextEncoder().encode(`${value}\0`));
  }

  raw(bytes: Uint8Array): this {
    for (const byte of bytes) this.bytes.push(byte);
    return this;
  }

  align(size: number): this {
    while (this.bytes.length % size !== 0) this.bytes.push(0);
    return this;
  }

  get length(): number {
    return this.bytes.length;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.bytes);
  }
}

/** A string table and where each string is in it. */
export function stringTable(names: readonly string[]): { bytes: Uint8Array; offsets: number[] } {
  const sink = new ByteSink().u8(0);
  const offsets = names.map((name) => {
    const at = sink.length;
    sink.text(name);
    return at;
  });
  return { bytes: sink.done(), offsets };
}

/** A symbol table with its empty first entry. */
export function symbolTable(
  symbols: readonly ElfSymbol[],
  offsets: readonly number[],
  is64: boolean,
): Uint8Array {
  const sink = new ByteSink().raw(new Uint8Array(is64 ? 24 : 16));
  symbols.forEach(({ value, size, info, section }, index) => {
    sink.u32(offsets[index]!);
    if (is64)
      sink
        .u8(info, 0)
        .u16(section ?? 1)
        .u64(value)
        .u64(size);
    else
      sink
        .u32(value)
        .u32(size)
        .u8(info, 0)
        .u16(section ?? 1);
  });
  return sink.done();
}

/** The file's bytes. Section 1 is `.text`, a header that spans the whole address space. */
export function writeElf(parts: ElfParts): Uint8Array {
  const is64 = parts.is64 ?? false;
  const sections = parts.stripped ? [] : allSections(parts, is64);
  const head = (is64 ? 64 : 52) + parts.segments.length * (is64 ? 56 : 32);
  const body = new ByteSink();
  const place = (bytes: Uint8Array): number => {
    body.align(8);
    const at = head + body.length;
    body.raw(bytes);
    return at;
  };
  const segmentOffsets = parts.segments.map(({ bytes }) => place(bytes));
  const sectionOffsets = sections.map(({ bytes }) => place(bytes));
  body.align(8);
  const sectionHeaders = sections.length === 0 ? 0 : head + body.length;
  const names = stringTable(sections.map(({ name }) => name));
  sections.forEach((section, index) => {
    const offset = sectionOffsets[index]!;
    sectionHeader(body, is64, section, names.offsets[index]!, offset);
  });
  const file = new ByteSink();
  fileHeader(file, parts, is64, sectionHeaders, sections.length);
  parts.segments.forEach((segment, index) => {
    programHeader(file, is64, segment, segmentOffsets[index]!);
  });
  return file.raw(body.done()).done();
}

function allSections(parts: ElfParts, is64: boolean): ElfSection[] {
  const symbols = parts.symbols ?? [];
  const extra = parts.sections ?? [];
  const strings = stringTable(symbols.map(({ name }) => name));
  const text = { name: '.text', type: 8, flags: 6, address: 0, bytes: new Uint8Array(0) };
  const list: ElfSection[] = [
    { name: '', type: 0, bytes: new Uint8Array(0) },
    text,
    ...extra,
    { name: '.strtab', type: 3, bytes: strings.bytes },
    {
      name: '.symtab',
      type: 2,
      link: extra.length + 2,
      bytes: symbolTable(symbols, strings.offsets, is64),
    },
  ];
  const names = [...list.map(({ name }) => name), '.shstrtab'];
  return [...list, { name: '.shstrtab', type: 3, bytes: stringTable(names).bytes }];
}

function sectionHeader(
  sink: ByteSink,
  is64: boolean,
  { type, flags, address, bytes, link, name }: ElfSection,
  nameOffset: number,
  offset: number,
): void {
  const word = (value: number): ByteSink => (is64 ? sink.u64(value) : sink.u32(value));
  sink.u32(nameOffset).u32(type ?? 1);
  word(flags ?? 0);
  word(address ?? 0);
  word(offset);
  word(name === '.text' ? 2 ** 32 - 1 : bytes.length);
  sink.u32(link ?? 0).u32(0);
  word(1);
  word(0);
}

function programHeader(sink: ByteSink, is64: boolean, segment: ElfSegment, offset: number): void {
  const word = (value: number): ByteSink => (is64 ? sink.u64(value) : sink.u32(value));
  sink.u32(segment.type ?? 1);
  if (is64) sink.u32(segment.flags);
  word(offset);
  word(segment.virtualAddress);
  word(segment.physicalAddress ?? segment.virtualAddress);
  word(segment.bytes.length);
  word(segment.memorySize);
  if (!is64) sink.u32(segment.flags);
  word(4);
}

function fileHeader(
  sink: ByteSink,
  parts: ElfParts,
  is64: boolean,
  sectionHeaders: number,
  sectionCount: number,
): void {
  const word = (value: number): ByteSink => (is64 ? sink.u64(value) : sink.u32(value));
  const size = is64 ? 64 : 52;
  sink.u8(0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, parts.dataEncoding ?? 1, 1, parts.osAbi ?? 0);
  sink.raw(new Uint8Array(8));
  sink
    .u16(parts.type ?? 2)
    .u16(parts.machine)
    .u32(1);
  word(parts.entry);
  word(size);
  word(sectionHeaders);
  sink.u32(parts.flags ?? 0).u16(size);
  sink.u16(is64 ? 56 : 32).u16(parts.segments.length);
  sink.u16(is64 ? 64 : 40).u16(sectionCount);
  sink.u16(Math.max(sectionCount - 1, 0));
}

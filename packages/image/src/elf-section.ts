/** The header of an ELF file, its section headers, and the bytes of sections. */
import { type ByteReader, readText } from './byte-reader.ts';
import { PN_XNUM, SHN_XINDEX, SHT_NOBITS } from './elf-constants.ts';
import type { ImageMachine } from './image-machine.ts';
import type { Section } from './load-plan.ts';

/** Place of a table of headers of one size. */
export interface HeaderTable {
  readonly offset: number;
  /** Bytes of one header. */
  readonly size: number;
  readonly count: number;
}

export interface ElfHeader {
  readonly is64: boolean;
  readonly osAbi: number;
  readonly type: number;
  readonly machine: ImageMachine;
  readonly entry: number;
  readonly flags: number;
  readonly programHeaders: HeaderTable;
  readonly sectionHeaders: HeaderTable;
  /** Number of the section that has the sections' names. */
  readonly sectionNames: number;
}

/** A section header as far as it is used; `link` is a section number. */
export interface SectionHeader {
  readonly name: number;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
}

/** Longest section name that is shown whole. */
const NAME_LIMIT = 1024;

/** Section headers; none when the table is damaged, since a program runs without them. */
export function readSectionHeaders(reader: ByteReader, header: ElfHeader): SectionHeader[] {
  const { offset, size, count } = extend(reader, header);
  if (count === 0 || size < (header.is64 ? 64 : 40) || !reader.has(offset, size * count)) return [];
  const headers = [];
  for (let index = 0; index < count; index++) {
    headers.push(readSectionHeader(reader, header.is64, offset + index * size));
  }
  return headers;
}

/** With 0xff00 sections or more their number is in the first header, field size. */
function extend(reader: ByteReader, { is64, sectionHeaders }: ElfHeader): HeaderTable {
  const { offset, size, count } = sectionHeaders;
  if (count !== 0 || offset === 0 || !reader.has(offset, is64 ? 64 : 40)) return sectionHeaders;
  return { offset, size, count: readSectionHeader(reader, is64, offset).size };
}

function readSectionHeader(reader: ByteReader, is64: boolean, at: number): SectionHeader {
  const word = (at32: number, at64: number): number =>
    is64 ? reader.u64(at + at64) : reader.u32(at + at32);
  return {
    name: reader.u32(at),
    type: reader.u32(at + 4),
    flags: word(8, 8),
    address: word(12, 16),
    offset: word(16, 24),
    size: word(20, 32),
    link: reader.u32(at + (is64 ? 40 : 24)),
    info: reader.u32(at + (is64 ? 44 : 28)),
  };
}

/** The number of program headers; with 0xffff or more it is in the first section header. */
export function programHeaderCount(reader: ByteReader, header: ElfHeader): number {
  const { count } = header.programHeaders;
  const { offset } = header.sectionHeaders;
  if (count !== PN_XNUM || offset === 0) return count;
  return readSectionHeader(reader, header.is64, offset).info;
}

/** Section headers with their names and bytes. */
export function toSections(
  reader: ByteReader,
  header: ElfHeader,
  headers: readonly SectionHeader[],
): Section[] {
  const first = headers[0];
  const number = header.sectionNames === SHN_XINDEX ? first?.link : header.sectionNames;
  const names = headers[number ?? 0];
  const text = names === undefined ? new Uint8Array(0) : sectionBytes(reader, names);
  return headers.map((section) => ({
    name: readText(text, section.name, NAME_LIMIT),
    type: section.type,
    flags: section.flags,
    address: section.address,
    size: section.size,
    bytes: sectionBytes(reader, section),
  }));
}

/** The bytes of a section in the file; none when it has no contents there or lies past its end. */
export function sectionBytes(
  reader: ByteReader,
  { type, offset, size }: SectionHeader,
): Uint8Array {
  if (type === SHT_NOBITS || !reader.has(offset, size)) return new Uint8Array(0);
  return reader.slice(offset, size);
}

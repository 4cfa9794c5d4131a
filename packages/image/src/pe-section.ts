/**
 * Sections of a PE file, and the image as the file has it: bytes by RVA. Tables that a header
 * points to are read through it, within the section that has them.
 */
import type { ByteReader } from './byte-reader.ts';
import { readText } from './byte-reader.ts';
import { SHF_ALLOC, SHF_EXECINSTR } from './elf-constants.ts';
import { hex, ImageError } from './image-error.ts';
import type { Section, Segment } from './load-plan.ts';
import {
  SCN_DISCARDABLE,
  SCN_EXECUTE,
  SCN_READ,
  SCN_UNINITIALISED,
  SCN_WRITE,
  SECTION_HEADER_BYTES,
} from './pe-constants.ts';
import type { PeSection } from './pe-details.ts';
import type { PeHeader } from './pe-header.ts';

const PAGE_BYTES = 4096;
const NAME_BYTES = 8;
const NAME_LIMIT = 256;
/** Section types as ELF has them: contents in the file, or none. */
const PROGBITS = 1;
const NOBITS = 8;

/** A section with what the file has of it. */
export interface FileSection extends PeSection {
  /** At most `size` bytes, rounded up to pages. */
  readonly bytes: Uint8Array;
}

/** @throws ImageError  `truncated`, `bad-header`, `overlapping-segments`, `segment-too-large` */
export function readPeSections(reader: ByteReader, header: PeHeader): FileSection[] {
  const { sectionCount, sectionsAt } = header;
  if (!reader.has(sectionsAt, sectionCount * SECTION_HEADER_BYTES)) {
    throw new ImageError('truncated', 'truncated: the section headers end past the file');
  }
  const names = longNames(reader, header);
  const sections: FileSection[] = [];
  for (let index = 0; index < sectionCount; index++) {
    sections.push(readSection(reader, sectionsAt + index * SECTION_HEADER_BYTES, names));
  }
  checkPlaces(sections, header);
  return sections;
}

/** The COFF string table, which has the section names of more than eight letters. */
export function longNames(reader: ByteReader, header: PeHeader): Uint8Array {
  const at = header.symbolsAt + header.symbolCount * 18;
  if (header.symbolsAt === 0 || !reader.has(at, 4)) return new Uint8Array(0);
  const size = Math.min(reader.u32(at), reader.length - at);
  return reader.slice(at, size);
}

function readSection(reader: ByteReader, at: number, names: Uint8Array): FileSection {
  const short = readText(reader.slice(at, NAME_BYTES), 0, NAME_BYTES);
  const long = /^\/(\d+)$/.exec(short);
  const name = long === null ? short : readText(names, Number(long[1]), NAME_LIMIT) || short;
  const virtualSize = reader.u32(at + 8);
  const rawSize = reader.u32(at + 16);
  const rawAt = reader.u32(at + 20);
  const characteristics = reader.u32(at + 36);
  const size = virtualSize === 0 ? rawSize : virtualSize;
  const hasBytes = rawAt !== 0 && (characteristics & SCN_UNINITIALISED) === 0;
  const rounded = Math.ceil(size / PAGE_BYTES) * PAGE_BYTES;
  const inFile = hasBytes ? Math.min(rawSize, rounded) : 0;
  if (!reader.has(rawAt, inFile)) {
    const end = `ends past the file, which has ${reader.length} bytes`;
    throw new ImageError('truncated', `truncated: section ${name} ${end}`);
  }
  return {
    name,
    rva: reader.u32(at + 12),
    size,
    characteristics,
    bytes: inFile === 0 ? reader.slice(0, 0) : reader.slice(rawAt, inFile),
  };
}

function checkPlaces(sections: readonly FileSection[], header: PeHeader): void {
  let end = header.headerBytes;
  for (const { name, rva, size } of sections) {
    if (rva % header.sectionAlignment !== 0) {
      throw new ImageError('bad-header', `PE section ${name}: at ${hex(rva)}, out of alignment`);
    }
    if (rva < end) {
      const place = `section ${name} at ${hex(rva)}`;
      throw new ImageError('overlapping-segments', `${place} overlaps what comes before it`);
    }
    end = rva + Math.ceil(size / PAGE_BYTES) * PAGE_BYTES;
    const imageEnd = Math.ceil(header.imageSizeBytes / PAGE_BYTES) * PAGE_BYTES;
    if (end <= imageEnd) continue;
    const claim = `section ${name} at ${hex(rva)} claims ${size} bytes`;
    throw new ImageError('segment-too-large', `${claim}, past the end of the image`);
  }
}

/** The headers and the sections as segments, in order of address. */
export function toPeSegments(
  reader: ByteReader,
  header: PeHeader,
  sections: readonly FileSection[],
): Segment[] {
  const { imageBase, sectionAlignment } = header;
  const segment = (rva: number, bytes: Uint8Array, size: number, flags: number): Segment => ({
    virtualAddress: imageBase + rva,
    physicalAddress: imageBase + rva,
    bytes,
    memorySize: Math.max(size, bytes.length),
    readable: (flags & SCN_READ) !== 0,
    writable: (flags & SCN_WRITE) !== 0,
    executable: (flags & SCN_EXECUTE) !== 0,
    align: sectionAlignment,
  });
  const headers = reader.slice(0, Math.min(header.headerBytes, reader.length));
  return [
    segment(0, headers, header.headerBytes, SCN_READ),
    ...sections
      .filter(({ size }) => size > 0)
      .map(({ rva, bytes, size, characteristics }) => segment(rva, bytes, size, characteristics)),
  ];
}

/** The sections as other formats have them: flags in ELF's bits, bytes without their padding. */
export function toPlainSections(header: PeHeader, sections: readonly FileSection[]): Section[] {
  return sections.map(({ name, rva, size, characteristics: bits, bytes }) => ({
    name,
    type: bytes.length === 0 ? NOBITS : PROGBITS,
    flags:
      ((bits & SCN_DISCARDABLE) === 0 ? SHF_ALLOC : 0) |
      ((bits & SCN_EXECUTE) === 0 ? 0 : SHF_EXECINSTR),
    address: header.imageBase + rva,
    bytes: bytes.subarray(0, size),
    size,
  }));
}

/**
 * ELF executables, 32 and 64 bits. Little-endian files for a machine that is emulated are turned
 * into a load plan; anything else is refused with its reason. Nothing is allocated by what a
 * header claims: bytes are views of the file.
 */
import { parseArmAttributes } from './arm-attributes.ts';
import { ByteReader, readText } from './byte-reader.ts';
import {
  ELF_CLASS_32,
  ELF_CLASS_64,
  ELF_LITTLE_ENDIAN,
  ELF_TYPE,
  EM_ARM,
  EM_RISCV,
  EM_X86_64,
  ET_DYN,
  ET_EXEC,
  OTHER_MACHINES,
  PF_R,
  PF_W,
  PF_X,
  PT_INTERP,
  PT_LOAD,
} from './elf-constants.ts';
import { type ElfHeader, type SectionHeader, sectionBytes } from './elf-section.ts';
import { readElfSymbols } from './elf-symbols.ts';
import { ImageError } from './image-error.ts';
import type { ImageMachine, LoadPlan, Section, Segment } from './load-plan.ts';
import { parseRiscvAttributes } from './riscv-attributes.ts';

const MACHINES: Readonly<Record<number, ImageMachine>> = {
  [EM_ARM]: 'arm',
  [EM_X86_64]: 'x86-64',
  [EM_RISCV]: 'riscv',
};

const hex = (value: number): string => `0x${value.toString(16)}`;

/**
 * Parses an ELF file.
 *
 * @param memoryLimit  most bytes that its segments may claim together
 * @throws ImageError  with one of the codes of its type but those of other formats
 */
export function parseElf(bytes: Uint8Array, memoryLimit: number): LoadPlan {
  const reader = new ByteReader(bytes, 'the ELF file');
  const header = parseHeader(reader);
  const programs = readPrograms(reader, header);
  const segments = programs.filter(({ type, memorySize }) => type === PT_LOAD && memorySize > 0);
  checkSegments(segments, memoryLimit, header.is64 ? 2 ** 47 : 2 ** 32);
  if (header.type === ET_EXEC) checkEntry(header, segments);
  const headers = readSectionHeaders(reader, header);
  const sections = headers.map((section) =>
    toSection(reader, section, headers[header.sectionNames]),
  );
  const named = (name: string): Section | undefined => sections.find((s) => s.name === name);
  const interpreter = programs.find(({ type }) => type === PT_INTERP);
  const armSection = named('.ARM.attributes');
  const riscvSection = named('.riscv.attributes');
  return {
    format: 'elf',
    machine: header.machine,
    pointerBits: header.is64 ? 64 : 32,
    entry: header.entry,
    segments: segments.sort((a, b) => a.virtualAddress - b.virtualAddress),
    symbols: readElfSymbols(reader, header, headers),
    sections,
    arm: header.machine === 'arm' && armSection ? parseArmAttributes(armSection.bytes) : null,
    riscv:
      header.machine === 'riscv' && riscvSection ? parseRiscvAttributes(riscvSection.bytes) : null,
    interpreter: interpreter === undefined ? null : readText(interpreter.bytes, 0).value,
    type: header.type === ET_DYN ? 'dynamic' : 'executable',
  };
}

function parseHeader(reader: ByteReader): ElfHeader {
  reader.need(0, 52);
  const elfClass = reader.u8(4);
  if (elfClass !== ELF_CLASS_32 && elfClass !== ELF_CLASS_64) {
    throw new ImageError('bad-header', `ELF header: class ${elfClass} is neither 32 nor 64 bits`);
  }
  if (reader.u8(5) !== ELF_LITTLE_ENDIAN) {
    throw new ImageError('big-endian', 'a big-endian ELF file; only little-endian programs run');
  }
  const is64 = elfClass === ELF_CLASS_64;
  if (is64) reader.need(0, 64);
  const type = reader.u16(16);
  const machine = machineOf(reader.u16(18), is64);
  if (type !== ET_EXEC && type !== ET_DYN) {
    const name = ELF_TYPE[type] ?? `file of type ${type}`;
    throw new ImageError('unsupported-type', `an ELF ${name}, not an executable`);
  }
  const word = (at32: number, at64: number): number => (is64 ? reader.u64(at64) : reader.u32(at32));
  const half = (at32: number, at64: number): number => reader.u16(is64 ? at64 : at32);
  return {
    is64,
    type,
    machine,
    entry: word(24, 24),
    programHeaders: { offset: word(28, 32), size: half(42, 54), count: half(44, 56) },
    sectionHeaders: { offset: word(32, 40), size: half(46, 58), count: half(48, 60) },
    sectionNames: half(50, 62),
  };
}

function machineOf(number: number, is64: boolean): ImageMachine {
  const machine = MACHINES[number];
  if (machine === undefined) {
    const name = OTHER_MACHINES[number] ?? `machine ${number}`;
    throw new ImageError(
      'unsupported-machine',
      `an ELF file for ${name}; runs: Arm, RISC-V, x86-64`,
    );
  }
  if (machine === 'x86-64' && !is64) {
    throw new ImageError('unsupported-machine', 'an x32 ELF file; x86-64 programs must be 64-bit');
  }
  if (machine === 'arm' && is64) {
    throw new ImageError('bad-header', 'ELF header: a 64-bit file for 32-bit Arm');
  }
  return machine;
}

function readPrograms(reader: ByteReader, header: ElfHeader): (Segment & { type: number })[] {
  const { offset, size, count } = header.programHeaders;
  const least = header.is64 ? 56 : 32;
  if (count > 0 && size < least) {
    throw new ImageError('bad-header', `ELF header: program headers of ${size} bytes`);
  }
  reader.need(offset, size * count);
  const programs = [];
  for (let index = 0; index < count; index++) {
    programs.push(readProgram(reader, header, offset + index * size));
  }
  return programs;
}

function readProgram(
  reader: ByteReader,
  { is64 }: ElfHeader,
  at: number,
): Segment & { type: number } {
  const word = (at32: number, at64: number): number =>
    is64 ? reader.u64(at + at64) : reader.u32(at + at32);
  const type = reader.u32(at);
  const flags = reader.u32(at + (is64 ? 4 : 24));
  const offset = word(4, 8);
  const fileSize = word(16, 32);
  const memorySize = word(20, 40);
  const used = type === PT_LOAD || type === PT_INTERP;
  if (type === PT_LOAD && fileSize > memorySize) {
    throw new ImageError(
      'bad-header',
      `segment at ${hex(word(8, 16))}: more bytes in the file than in memory`,
    );
  }
  if (used && offset + fileSize > reader.length) {
    throw new ImageError(
      'truncated',
      `truncated: segment at ${hex(word(8, 16))} ends past the file`,
    );
  }
  return {
    type,
    virtualAddress: word(8, 16),
    physicalAddress: word(12, 24),
    bytes: used ? reader.slice(offset, fileSize) : new Uint8Array(0),
    memorySize,
    readable: (flags & PF_R) !== 0,
    writable: (flags & PF_W) !== 0,
    executable: (flags & PF_X) !== 0,
    align: word(28, 48),
  };
}

function checkSegments(segments: readonly Segment[], memoryLimit: number, spaceEnd: number): void {
  if (segments.length === 0) {
    throw new ImageError('bad-header', 'an ELF file without anything to load');
  }
  let total = 0;
  for (const { virtualAddress, physicalAddress, memorySize } of segments) {
    total += memorySize;
    if (Math.max(virtualAddress, physicalAddress) + memorySize > spaceEnd || total > memoryLimit) {
      const claim = `segment at ${hex(virtualAddress)} claims ${memorySize} bytes`;
      throw new ImageError('segment-too-large', `${claim}; the limit is ${memoryLimit} in all`);
    }
  }
  const sorted = [...segments].sort((a, b) => a.virtualAddress - b.virtualAddress);
  for (let index = 1; index < sorted.length; index++) {
    const low = sorted[index - 1]!;
    const high = sorted[index]!;
    if (low.virtualAddress + low.memorySize > high.virtualAddress) {
      const names = `${hex(low.virtualAddress)} and ${hex(high.virtualAddress)}`;
      throw new ImageError('overlapping-segments', `segments at ${names} overlap`);
    }
  }
}

function checkEntry({ entry, machine }: ElfHeader, segments: readonly Segment[]): void {
  const address = machine === 'arm' ? entry - (entry % 2) : entry;
  const inside = segments.some(
    ({ virtualAddress, memorySize, executable }) =>
      executable && address >= virtualAddress && address < virtualAddress + memorySize,
  );
  if (!inside) {
    throw new ImageError(
      'entry-outside',
      `entry point ${hex(entry)} lies in no executable segment`,
    );
  }
}

/** Section headers; none when the table is damaged, since a program runs without them. */
function readSectionHeaders(reader: ByteReader, header: ElfHeader): SectionHeader[] {
  const { offset, size, count } = header.sectionHeaders;
  const { is64 } = header;
  if (count === 0 || size < (is64 ? 64 : 40) || offset + size * count > reader.length) return [];
  const headers = [];
  for (let index = 0; index < count; index++) {
    const at = offset + index * size;
    const word = (at32: number, at64: number): number =>
      is64 ? reader.u64(at + at64) : reader.u32(at + at32);
    headers.push({
      name: reader.u32(at),
      type: reader.u32(at + 4),
      flags: word(8, 8),
      address: word(12, 16),
      offset: word(16, 24),
      size: word(20, 32),
      link: reader.u32(at + (is64 ? 40 : 24)),
      entrySize: word(36, 56),
    });
  }
  return headers;
}

function toSection(
  reader: ByteReader,
  section: SectionHeader,
  names: SectionHeader | undefined,
): Section {
  const text = names === undefined ? new Uint8Array(0) : sectionBytes(reader, names);
  const { type, flags, address, size } = section;
  return {
    name: readText(text, Math.min(section.name, text.length)).value,
    type,
    flags,
    address,
    size,
    bytes: sectionBytes(reader, section),
  };
}

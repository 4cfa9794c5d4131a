/** Program headers of an ELF file, and the checks that its segments can be loaded at all. */
import type { ByteReader } from './byte-reader.ts';
import { ET_DYN, PF_R, PF_W, PF_X, PT_LOAD } from './elf-constants.ts';
import { type ElfHeader, programHeaderCount } from './elf-section.ts';
import { hex, ImageError } from './image-error.ts';
import type { ProgramHeader, Segment } from './load-plan.ts';

/** The whole program header table. @throws ImageError `bad-header`, `truncated` */
export function readProgramHeaders(reader: ByteReader, header: ElfHeader): ProgramHeader[] {
  const { offset, size } = header.programHeaders;
  const count = programHeaderCount(reader, header);
  if (count > 0 && size < (header.is64 ? 56 : 32)) {
    throw new ImageError('bad-header', `ELF header: program headers of ${size} bytes`);
  }
  if (!reader.has(offset, size * count)) {
    throw new ImageError('truncated', 'truncated: the program headers end past the file');
  }
  const programs = [];
  for (let index = 0; index < count; index++) {
    programs.push(readProgramHeader(reader, header.is64, offset + index * size));
  }
  return programs;
}

function readProgramHeader(reader: ByteReader, is64: boolean, at: number): ProgramHeader {
  const word = (at32: number, at64: number): number =>
    is64 ? reader.u64(at + at64) : reader.u32(at + at32);
  return {
    type: reader.u32(at),
    flags: reader.u32(at + (is64 ? 4 : 24)),
    offset: word(4, 8),
    virtualAddress: word(8, 16),
    physicalAddress: word(12, 24),
    fileSize: word(16, 32),
    memorySize: word(20, 40),
    align: word(28, 48),
  };
}

/**
 * The segments to load, in order of virtual address.
 *
 * @param memoryLimit  most bytes that they may claim together
 * @throws ImageError  `bad-header`, `truncated`, `segment-too-large`, `overlapping-segments`
 */
export function toSegments(
  reader: ByteReader,
  header: ElfHeader,
  programs: readonly ProgramHeader[],
  memoryLimit: number,
): Segment[] {
  const loaded = programs.filter(({ type, memorySize }) => type === PT_LOAD && memorySize > 0);
  if (loaded.length === 0) {
    throw new ImageError('bad-header', 'an ELF file without anything to load');
  }
  checkSizes(loaded, memoryLimit, header.is64 ? 2 ** 47 : 2 ** 32);
  const segments = loaded.map((program) => toSegment(reader, program));
  segments.sort((a, b) => a.virtualAddress - b.virtualAddress);
  checkOverlap(
    segments.map((s) => ({ start: s.virtualAddress, size: s.memorySize })),
    'run',
  );
  // On x86-64 nothing is loaded by physical addresses, and some linkers leave them zero.
  if (header.machine !== 'x86-64') {
    const stored = segments.map((s) => ({ start: s.physicalAddress, size: s.bytes.length }));
    checkOverlap(stored, 'are stored');
  }
  return segments;
}

function toSegment(reader: ByteReader, program: ProgramHeader): Segment {
  const { virtualAddress, physicalAddress, offset, fileSize, memorySize, flags, align } = program;
  if (fileSize > memorySize) {
    const excess = `${fileSize} bytes in the file, ${memorySize} in memory`;
    throw new ImageError('bad-header', `segment at ${hex(virtualAddress)}: ${excess}`);
  }
  if (!reader.has(offset, fileSize)) {
    const end = `ends past the file, which has ${reader.length} bytes`;
    throw new ImageError('truncated', `truncated: segment at ${hex(virtualAddress)} ${end}`);
  }
  return {
    virtualAddress,
    physicalAddress,
    bytes: reader.slice(offset, fileSize),
    memorySize,
    readable: (flags & PF_R) !== 0,
    writable: (flags & PF_W) !== 0,
    executable: (flags & PF_X) !== 0,
    align,
  };
}

function checkSizes(programs: readonly ProgramHeader[], limit: number, spaceEnd: number): void {
  let total = 0;
  for (const { virtualAddress, physicalAddress, fileSize, memorySize } of programs) {
    const claim = `segment at ${hex(virtualAddress)} claims ${memorySize} bytes`;
    if (virtualAddress + memorySize > spaceEnd || physicalAddress + fileSize > spaceEnd) {
      throw new ImageError('segment-too-large', `${claim}, past the end of the address space`);
    }
    total += memorySize;
    if (total > limit) {
      throw new ImageError('segment-too-large', `${claim}; the limit is ${limit} in all`);
    }
  }
}

function checkOverlap(ranges: readonly { start: number; size: number }[], verb: string): void {
  const sorted = ranges.filter(({ size }) => size > 0).sort((a, b) => a.start - b.start);
  for (let index = 1; index < sorted.length; index++) {
    const low = sorted[index - 1]!;
    const high = sorted[index]!;
    if (low.start + low.size > high.start) {
      const names = `that ${verb} at ${hex(low.start)} and ${hex(high.start)}`;
      throw new ImageError('overlapping-segments', `segments ${names} overlap`);
    }
  }
}

/**
 * The entry point; null when the file has none, which the ABI writes as 0 (a Cortex-M program
 * starts by its vector table, a shared object is not started).
 *
 * @throws ImageError  `entry-outside`
 */
export function checkedEntry(header: ElfHeader, segments: readonly Segment[]): number | null {
  const { entry, machine, type } = header;
  const address = machine === 'arm' ? entry - (entry % 2) : entry;
  const inside = segments.some(
    ({ virtualAddress, memorySize, executable }) =>
      executable && address >= virtualAddress && address < virtualAddress + memorySize,
  );
  if (entry === 0 && (machine === 'arm' || type === ET_DYN)) return inside ? entry : null;
  if (!inside) {
    throw new ImageError('entry-outside', `entry point ${hex(entry)} is in no executable segment`);
  }
  return entry;
}

/** Headers of a PE file: which program it is, and whether it can run here at all. */
import type { ByteReader } from './byte-reader.ts';
import { hex, ImageError } from './image-error.ts';
import {
  DIRECTORY_CLR,
  DIRECTORY_COUNT,
  IMAGE_FILE_DLL,
  IMAGE_FILE_EXECUTABLE,
  MACHINE_AMD64,
  PE_MACHINES,
  PE_SIGNATURE,
  PE_SUBSYSTEMS,
  PE32,
  PE32_PLUS,
  SUBSYSTEM_CONSOLE,
  SUBSYSTEM_WINDOWS,
} from './pe-constants.ts';

export interface PeDirectory {
  readonly rva: number;
  readonly size: number;
}

export interface PeHeader {
  readonly sectionCount: number;
  /** File offset of the section headers. */
  readonly sectionsAt: number;
  /** File offset of the COFF symbol table, and its entries; 0 without one. */
  readonly symbolsAt: number;
  readonly symbolCount: number;
  readonly characteristics: number;
  readonly entryRva: number;
  readonly imageBase: number;
  readonly sectionAlignment: number;
  readonly imageSizeBytes: number;
  readonly headerBytes: number;
  readonly subsystem: number;
  readonly dllCharacteristics: number;
  readonly stackReserveBytes: number;
  readonly stackCommitBytes: number;
  readonly heapReserveBytes: number;
  readonly heapCommitBytes: number;
  readonly directories: readonly PeDirectory[];
}

const PAGE_BYTES = 4096;
const GRANULARITY = 65_536;
const USER_END = 2 ** 47 - GRANULARITY;
const OPTIONAL_BYTES = 112;

/**
 * Reads and checks the headers.
 *
 * @param memoryLimit  most bytes that the image may claim
 * @throws ImageError  `truncated`, `bad-header`, `unsupported-…`, `segment-too-large`
 */
export function readPeHeader(reader: ByteReader, memoryLimit: number): PeHeader {
  const at = findSignature(reader);
  const machine = reader.u16(at + 4);
  const optionalBytes = reader.u16(at + 20);
  const optional = at + 24;
  checkMachine(machine, optionalBytes >= 2 ? reader.u16(optional) : 0);
  const characteristics = reader.u16(at + 22);
  if ((characteristics & (IMAGE_FILE_EXECUTABLE | IMAGE_FILE_DLL)) === 0) {
    throw new ImageError('unsupported-type', 'a PE file that its linker did not finish');
  }
  if (optionalBytes < OPTIONAL_BYTES) {
    throw new ImageError('bad-header', `PE header: an optional header of ${optionalBytes} bytes`);
  }
  const directoryCount = Math.min(
    reader.u32(optional + 108),
    DIRECTORY_COUNT,
    Math.floor((optionalBytes - OPTIONAL_BYTES) / 8),
  );
  const directories = Array.from({ length: directoryCount }, (_, number) => ({
    rva: reader.u32(optional + OPTIONAL_BYTES + number * 8),
    size: reader.u32(optional + OPTIONAL_BYTES + number * 8 + 4),
  }));
  const header: PeHeader = {
    sectionCount: reader.u16(at + 6),
    sectionsAt: optional + optionalBytes,
    symbolsAt: reader.u32(at + 12),
    symbolCount: reader.u32(at + 16),
    characteristics,
    entryRva: reader.u32(optional + 16),
    imageBase: reader.u64(optional + 24),
    sectionAlignment: reader.u32(optional + 32),
    imageSizeBytes: reader.u32(optional + 56),
    headerBytes: reader.u32(optional + 60),
    subsystem: reader.u16(optional + 68),
    dllCharacteristics: reader.u16(optional + 70),
    stackReserveBytes: reader.u64(optional + 72),
    stackCommitBytes: reader.u64(optional + 80),
    heapReserveBytes: reader.u64(optional + 88),
    heapCommitBytes: reader.u64(optional + 96),
    directories,
  };
  checkKind(header);
  checkLayout(header, memoryLimit);
  return header;
}

/** File offset of `PE\0\0`. */
function findSignature(reader: ByteReader): number {
  if (reader.length < 64) throw new ImageError('unsupported-format', 'a DOS program (MZ)');
  const at = reader.u32(0x3c);
  const signature = reader.has(at, 4) ? reader.u32(at) : 0;
  if (signature === PE_SIGNATURE) {
    reader.need(at, 26);
    return at;
  }
  const old = signature & 0xffff;
  // NE and LE, in letters of the file's order.
  if (old === 0x454e || old === 0x454c || old === 0x584c) {
    throw new ImageError('unsupported-format', 'a 16-bit Windows or OS/2 program (NE, LE)');
  }
  throw new ImageError('unsupported-format', 'a DOS program (MZ)');
}

function checkMachine(machine: number, magic: number): void {
  if (machine !== MACHINE_AMD64) {
    const name = PE_MACHINES[machine] ?? `machine ${hex(machine)}`;
    const why = 'runs: x86-64';
    throw new ImageError('unsupported-machine', `a Windows program for ${name}; ${why}`);
  }
  if (magic === PE32_PLUS) return;
  if (magic === PE32) {
    throw new ImageError('unsupported-machine', 'a 32-bit Windows program (PE32); runs: PE32+');
  }
  throw new ImageError('bad-header', `PE header: an optional header of kind ${hex(magic)}`);
}

function checkKind({ directories, subsystem }: PeHeader): void {
  if ((directories[DIRECTORY_CLR]?.rva ?? 0) !== 0) {
    throw new ImageError('unsupported-type', 'a .NET program; programs of machine code run');
  }
  if (subsystem === SUBSYSTEM_CONSOLE || subsystem === SUBSYSTEM_WINDOWS) return;
  const name = PE_SUBSYSTEMS[subsystem] ?? `a PE file of subsystem ${subsystem}`;
  throw new ImageError('unsupported-type', `${name}, not a Windows program`);
}

function checkLayout(header: PeHeader, memoryLimit: number): void {
  const { imageBase, imageSizeBytes, sectionAlignment, headerBytes } = header;
  const wrong = (what: string): never => {
    throw new ImageError('bad-header', `PE header: ${what}`);
  };
  if (sectionAlignment < PAGE_BYTES || (sectionAlignment & (sectionAlignment - 1)) !== 0) {
    wrong(`sections aligned to ${sectionAlignment} bytes`);
  }
  if (imageBase % GRANULARITY !== 0) wrong(`image base ${hex(imageBase)}`);
  if (imageSizeBytes === 0 || headerBytes === 0 || headerBytes > imageSizeBytes) {
    wrong(`an image of ${imageSizeBytes} bytes, of them ${headerBytes} of headers`);
  }
  if (imageBase + imageSizeBytes > USER_END) {
    const claim = `image at ${hex(imageBase)} claims ${imageSizeBytes} bytes`;
    throw new ImageError('segment-too-large', `${claim}, past the end of the address space`);
  }
  if (imageSizeBytes > memoryLimit) {
    const claim = `an image of ${imageSizeBytes} bytes`;
    throw new ImageError('segment-too-large', `${claim}; the limit is ${memoryLimit}`);
  }
}

/**
 * PE files: 64-bit programs and libraries of Windows for x86-64. They become a load plan at their
 * preferred base; anything else is refused with its reason. Bytes are views of the file, and
 * nothing is allocated because a header says so. Resources, certificates and checksums are not
 * looked at.
 *
 * @see Microsoft, "PE Format"
 */
import { ByteReader } from './byte-reader.ts';
import { hex, ImageError } from './image-error.ts';
import type { LoadPlan, Segment } from './load-plan.ts';
import { DIRECTORY_EXCEPTION, DIRECTORY_TLS, IMAGE_FILE_DLL } from './pe-constants.ts';
import type { PeDetails, PeTls } from './pe-details.ts';
import { readPeExports } from './pe-exports.ts';
import { type PeHeader, readPeHeader } from './pe-header.ts';
import { PeImage } from './pe-image.ts';
import { readPeImports } from './pe-imports.ts';
import { readPeRelocations } from './pe-relocations.ts';
import { readPeSections, toPeSegments, toPlainSections } from './pe-section.ts';
import { readPeSymbols } from './pe-symbols.ts';
import { RUNTIME_FUNCTION_BYTES } from './pe-unwind.ts';

/**
 * Parses a PE file, program or library.
 *
 * @param memoryLimit  most bytes that the image may claim
 * @throws ImageError  with one of the codes of its type but those of other formats
 */
export function parsePe(bytes: Uint8Array, memoryLimit: number): LoadPlan {
  const reader = new ByteReader(bytes, 'the PE file');
  const header = readPeHeader(reader, memoryLimit);
  const sections = readPeSections(reader, header);
  const image = new PeImage(reader, header, sections);
  const segments = toPeSegments(reader, header, sections);
  const exports = readPeExports(image);
  const functions = readFunctions(image);
  const isLibrary = (header.characteristics & IMAGE_FILE_DLL) !== 0;
  const pe: PeDetails = {
    imageBase: header.imageBase,
    imageSizeBytes: header.imageSizeBytes,
    isLibrary,
    subsystem: header.subsystem,
    characteristics: header.characteristics,
    dllCharacteristics: header.dllCharacteristics,
    stackReserveBytes: header.stackReserveBytes,
    stackCommitBytes: header.stackCommitBytes,
    heapReserveBytes: header.heapReserveBytes,
    heapCommitBytes: header.heapCommitBytes,
    sections: sections.map(({ name, rva, size, characteristics }) => ({
      name,
      rva,
      size,
      characteristics,
    })),
    modules: readPeImports(image),
    exports,
    relocations: readPeRelocations(image),
    tls: readTls(image),
    functions,
    functionsRva: image.directory(DIRECTORY_EXCEPTION)?.rva ?? 0,
  };
  return {
    format: 'pe',
    machine: 'x86-64',
    pointerBits: 64,
    endianness: 'little',
    entry: checkedPeEntry(header, segments, isLibrary),
    segments,
    symbols: readPeSymbols({ reader, header, sections, exports, functions }),
    sections: toPlainSections(header, sections),
    arm: null,
    riscv: null,
    interpreter: null,
    type: isLibrary ? 'dynamic' : 'executable',
    elf: null,
    pe,
  };
}

/** The entry point; null for a library without one. */
function checkedPeEntry(
  { entryRva, imageBase }: PeHeader,
  segments: readonly Segment[],
  isLibrary: boolean,
): number | null {
  if (entryRva === 0 && isLibrary) return null;
  const entry = imageBase + entryRva;
  const inside = segments.some(
    ({ virtualAddress, memorySize, executable }) =>
      executable && entry >= virtualAddress && entry < virtualAddress + memorySize,
  );
  if (inside) return entry;
  throw new ImageError('entry-outside', `entry point ${hex(entry)} is in no executable section`);
}

function readFunctions(image: PeImage): Uint32Array {
  const directory = image.directory(DIRECTORY_EXCEPTION);
  if (directory === null) return new Uint32Array(0);
  const { rva, size } = directory;
  const bytes = image.slice(rva, size, 'function table');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.floor(bytes.length / RUNTIME_FUNCTION_BYTES);
  const functions = new Uint32Array(count * 3);
  for (let n = 0; n < functions.length; n++) functions[n] = view.getUint32(n * 4, true);
  return functions;
}

function readTls(image: PeImage): PeTls | null {
  const directory = image.directory(DIRECTORY_TLS);
  if (directory === null) return null;
  const { rva } = directory;
  const word = (offset: number): number => image.u64(rva + offset, 'TLS directory');
  const { imageBase, imageSizeBytes } = image.header;
  const tls = {
    templateStart: word(0),
    templateEnd: word(8),
    zeroBytes: image.u32(rva + 32, 'TLS directory'),
    indexAddress: word(16),
    callbacksAddress: word(24),
  };
  const inside = (address: number): boolean =>
    address >= imageBase && address <= imageBase + imageSizeBytes;
  const { templateStart, templateEnd, indexAddress, callbacksAddress } = tls;
  const ordered = templateStart === templateEnd || templateStart < templateEnd;
  const places = [templateStart, templateEnd, callbacksAddress];
  const fits = places.every((address) => address === 0 || inside(address));
  if (!ordered || !fits || !inside(indexAddress)) {
    throw new ImageError('bad-header', 'PE TLS directory: outside of the image');
  }
  return tls;
}

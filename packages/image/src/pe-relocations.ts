/** Base relocations: the addresses in the image that move with it. */
import { hex, ImageError } from './image-error.ts';
import {
  DIRECTORY_RELOCATION,
  IMAGE_FILE_RELOCS_STRIPPED,
  RELOCATION_ABSOLUTE,
  RELOCATION_DIR64,
} from './pe-constants.ts';
import type { PeImage } from './pe-image.ts';

const BLOCK_HEADER_BYTES = 8;

/**
 * RVAs of the 64-bit addresses; null when the image must lie where it asks to.
 *
 * @throws ImageError  `bad-header` for a damaged table, or a kind that x86-64 does not have
 */
export function readPeRelocations(image: PeImage): Uint32Array | null {
  const directory = image.directory(DIRECTORY_RELOCATION);
  if (directory === null) {
    const stripped = (image.header.characteristics & IMAGE_FILE_RELOCS_STRIPPED) !== 0;
    return stripped ? null : new Uint32Array(0);
  }
  const bytes = image.slice(directory.rva, directory.size, 'relocations');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places: number[] = [];
  for (let at = 0; at + BLOCK_HEADER_BYTES <= bytes.length; ) {
    const page = view.getUint32(at, true);
    const size = view.getUint32(at + 4, true);
    if (size === 0) break;
    if (size < BLOCK_HEADER_BYTES || size % 2 !== 0 || at + size > bytes.length) {
      throw new ImageError('bad-header', `PE relocations: a block of ${size} bytes`);
    }
    for (let entry = at + BLOCK_HEADER_BYTES; entry < at + size; entry += 2) {
      const place = relocationAt(page, view.getUint16(entry, true), image.header.imageSizeBytes);
      if (place >= 0) places.push(place);
    }
    at += size;
  }
  return Uint32Array.from(places);
}

/** The RVA of an entry, or -1 for one that fills up its block. */
function relocationAt(page: number, entry: number, imageSize: number): number {
  const kind = entry >> 12;
  const place = page + (entry & 0xfff);
  if (kind === RELOCATION_ABSOLUTE) return -1;
  if (kind !== RELOCATION_DIR64) {
    throw new ImageError('bad-header', `PE relocations: kind ${kind} at ${hex(place)}`);
  }
  if (place + 8 > imageSize) {
    throw new ImageError('bad-header', `PE relocations: ${hex(place)} is outside of the image`);
  }
  return place;
}

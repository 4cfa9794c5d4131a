/** The export table of a PE file. */
import { DIRECTORY_EXPORT } from './pe-constants.ts';
import type { PeExport, PeExports } from './pe-details.ts';
import type { PeImage } from './pe-image.ts';

const WHAT = 'exports';

/** @throws ImageError  `bad-header` for tables that leave the image */
export function readPeExports(image: PeImage): PeExports | null {
  const directory = image.directory(DIRECTORY_EXPORT);
  if (directory === null) return null;
  const at = directory.rva;
  const base = image.u32(at + 16, WHAT);
  const count = image.u32(at + 20, WHAT);
  const functions = image.u32(at + 28, WHAT);
  const end = directory.rva + directory.size;
  const names = namesByIndex(image, at);
  const exports: PeExport[] = [];
  for (let index = 0; index < count; index++) {
    const rva = image.u32(functions + index * 4, WHAT);
    image.countEntry();
    if (rva === 0) continue;
    const forwarder = rva >= directory.rva && rva < end ? image.text(rva) : null;
    for (const name of names.get(index) ?? [null]) {
      const place = forwarder === null ? rva : 0;
      exports.push({ name, ordinal: base + index, rva: place, forwarder });
    }
  }
  return { module: image.text(image.u32(at + 12, WHAT)), exports };
}

/** The names of each entry of the address table; an entry may have several. */
function namesByIndex(image: PeImage, at: number): Map<number, string[]> {
  const count = image.u32(at + 24, WHAT);
  const names = image.u32(at + 32, WHAT);
  const indices = image.u32(at + 36, WHAT);
  const known = new Map<number, string[]>();
  for (let number = 0; number < count; number++) {
    image.countEntry();
    const index = image.u16(indices + number * 2, WHAT);
    const name = image.text(image.u32(names + number * 4, WHAT));
    const list = known.get(index);
    if (list === undefined) known.set(index, [name]);
    else list.push(name);
  }
  return known;
}

/** The identity that a linker gives to what it makes; a separate file of debug information has it too. */
import type { ByteReader } from './byte-reader.ts';
import { NT_GNU_BUILD_ID, PT_NOTE } from './elf-constants.ts';
import type { ProgramHeader } from './load-plan.ts';

const HEADER_BYTES = 12;
/** Longest identity that is one: SHA-512 has 64 bytes. */
const MOST_BYTES = 64;
const GNU = 'GNU\0';

/**
 * The build id of an ELF file in hexadecimal digits, or null when it has none that can be read.
 * Notes of no more bytes than the file has are looked at: a hostile one may name the same by each
 * of its program headers.
 *
 * @see System V ABI, chapter 5, "Note Section"; GNU ld, `--build-id`
 */
export function readBuildId(reader: ByteReader, programs: readonly ProgramHeader[]): string | null {
  let budget = reader.length;
  for (const { type, offset, fileSize, align } of programs) {
    if (type !== PT_NOTE || !reader.has(offset, fileSize)) continue;
    budget -= fileSize;
    if (budget < 0) return null;
    const id = findIn(reader, offset, offset + fileSize, align === 8 ? 8 : 4);
    if (id !== null) return id;
  }
  return null;
}

/** Looks through the notes between two offsets; `align` is that of names and descriptions. */
function findIn(reader: ByteReader, start: number, end: number, align: number): string | null {
  const padded = (size: number): number => Math.ceil(size / align) * align;
  let at = start;
  while (at + HEADER_BYTES <= end) {
    const nameBytes = reader.u32(at);
    const bytes = reader.u32(at + 4);
    const type = reader.u32(at + 8);
    const name = at + HEADER_BYTES;
    const description = start + padded(name + nameBytes - start);
    if (description + bytes > end) return null;
    const isGnu = nameBytes === GNU.length && textAt(reader, name, GNU.length) === GNU;
    if (type === NT_GNU_BUILD_ID && isGnu && bytes > 0 && bytes <= MOST_BYTES) {
      return hexDigits(reader.slice(description, bytes));
    }
    at = start + padded(description + bytes - start);
  }
  return null;
}

function textAt(reader: ByteReader, offset: number, length: number): string {
  return String.fromCharCode(...reader.slice(offset, length));
}

function hexDigits(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

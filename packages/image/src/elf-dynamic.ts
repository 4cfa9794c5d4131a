/**
 * The dynamic symbols of an ELF file without section headers, found as the dynamic loader finds
 * them: PT_DYNAMIC names the tables by address, and a hash table tells how many symbols there are.
 *
 * @see System V ABI, chapter 5, "Dynamic Section", "Hash Table"; GNU hash as glibc reads it
 */
import { ByteReader } from './byte-reader.ts';
import {
  DT_GNU_HASH,
  DT_HASH,
  DT_NULL,
  DT_STRSZ,
  DT_STRTAB,
  DT_SYMTAB,
  PT_DYNAMIC,
} from './elf-constants.ts';
import type { RawSymbols } from './elf-symbols.ts';
import { ImageError } from './image-error.ts';
import type { ProgramHeader, Segment } from './load-plan.ts';

/** The tables, or null when the file has none or they are damaged. */
export function findDynamicSymbols(
  file: ByteReader,
  is64: boolean,
  programs: readonly ProgramHeader[],
  segments: readonly Segment[],
): RawSymbols | null {
  const dynamic = programs.find(({ type }) => type === PT_DYNAMIC);
  if (dynamic === undefined || !file.has(dynamic.offset, dynamic.fileSize)) return null;
  try {
    const tags = readTags(file.slice(dynamic.offset, dynamic.fileSize), is64);
    const from = (tag: number): Uint8Array => bytesFrom(segments, tags.get(tag) ?? 0);
    const names = from(DT_STRTAB).subarray(0, tags.get(DT_STRSZ) ?? 0);
    const count = tags.has(DT_HASH)
      ? new ByteReader(from(DT_HASH), 'DT_HASH').u32(4)
      : countByGnuHash(new ByteReader(from(DT_GNU_HASH), 'DT_GNU_HASH'), is64);
    return { bytes: from(DT_SYMTAB).subarray(0, count * (is64 ? 24 : 16)), names };
  } catch (error) {
    if (error instanceof ImageError) return null;
    throw error;
  }
}

function readTags(bytes: Uint8Array, is64: boolean): Map<number, number> {
  const reader = new ByteReader(bytes, 'the dynamic section');
  const tags = new Map<number, number>();
  while (!reader.atEnd) {
    const tag = is64 ? reader.next64() : reader.next32();
    const value = is64 ? reader.next64() : reader.next32();
    if (tag === DT_NULL) break;
    tags.set(tag, value);
  }
  return tags;
}

/** What the file has from an address on. */
function bytesFrom(segments: readonly Segment[], address: number): Uint8Array {
  for (const { virtualAddress, bytes } of segments) {
    const offset = address - virtualAddress;
    if (offset >= 0 && offset < bytes.length) return bytes.subarray(offset);
  }
  return new Uint8Array(0);
}

/** The last symbol is the end of the chain that starts highest. */
function countByGnuHash(reader: ByteReader, is64: boolean): number {
  const buckets = reader.next32();
  const firstSymbol = reader.next32();
  const bloomWords = reader.next32();
  reader.skip(4 + bloomWords * (is64 ? 8 : 4));
  const bucketsAt = reader.position;
  reader.need(bucketsAt, buckets * 4);
  let last = 0;
  for (let index = 0; index < buckets; index++) last = Math.max(last, reader.next32());
  if (last < firstSymbol) return firstSymbol;
  reader.position = bucketsAt + (buckets + last - firstSymbol) * 4;
  while ((reader.next32() & 1) === 0) last++;
  return last + 1;
}

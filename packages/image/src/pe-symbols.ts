/**
 * Symbols of a PE file: the COFF symbol table, which mingw leaves in programs, and exports. Sizes
 * of functions come from `.pdata`. A damaged table gives what can be read of it; work is bounded by
 * the size of the file.
 */
import { type ByteReader, readText } from './byte-reader.ts';
import {
  SCN_EXECUTE,
  SYMBOL_BYTES,
  SYMBOL_EXTERNAL,
  SYMBOL_FUNCTION,
  SYMBOL_STATIC,
  SYMBOL_WEAK,
} from './pe-constants.ts';
import type { PeExports } from './pe-details.ts';
import type { PeHeader } from './pe-header.ts';
import { type FileSection, longNames } from './pe-section.ts';
import { type ImageSymbol, type SymbolKind, SymbolTable } from './symbol-table.ts';

const SYMBOL_LIMIT = 1_000_000;
const NAME_LIMIT = 32_768;
const CLASSES: ReadonlySet<number> = new Set([SYMBOL_EXTERNAL, SYMBOL_STATIC, SYMBOL_WEAK]);

export interface PeSymbolSources {
  readonly reader: ByteReader;
  readonly header: PeHeader;
  readonly sections: readonly FileSection[];
  readonly exports: PeExports | null;
  /** `.pdata`, see PeDetails. */
  readonly functions: Uint32Array;
}

export function readPeSymbols(sources: PeSymbolSources): SymbolTable {
  const sizes = functionSizes(sources.functions);
  const symbols = [...coffSymbols(sources, sizes)];
  const known = new Set(symbols.map(({ name, address }) => `${address} ${name}`));
  for (const symbol of exportedSymbols(sources, sizes)) {
    if (!known.has(`${symbol.address} ${symbol.name}`)) symbols.push(symbol);
  }
  return new SymbolTable(symbols);
}

/** Bytes of functions by RVA. */
function functionSizes(functions: Uint32Array): Map<number, number> {
  const sizes = new Map<number, number>();
  for (let at = 0; at + 3 <= functions.length; at += 3) {
    const begin = functions[at]!;
    const end = functions[at + 1]!;
    if (end > begin) sizes.set(begin, end - begin);
  }
  return sizes;
}

function* coffSymbols(
  { reader, header, sections }: PeSymbolSources,
  sizes: ReadonlyMap<number, number>,
): Generator<ImageSymbol> {
  const { symbolsAt, symbolCount } = header;
  const names = longNames(reader, header);
  const count = Math.min(
    symbolsAt === 0 ? 0 : symbolCount,
    Math.max(0, Math.floor((reader.length - symbolsAt) / SYMBOL_BYTES)),
    SYMBOL_LIMIT,
  );
  // Names may share their ends, and a hostile table may let each share all of the string table.
  let budget = names.length * 4 + count * 8 + NAME_LIMIT;
  for (let index = 0; index < count && budget >= 0; ) {
    const at = symbolsAt + index * SYMBOL_BYTES;
    index += 1 + reader.u8(at + 17);
    const section = sections[reader.u16(at + 12) - 1];
    if (section === undefined || !CLASSES.has(reader.u8(at + 16))) continue;
    const name = nameAt(reader, at, names);
    budget -= name.length;
    const value = reader.u32(at + 8);
    if (name === '' || name.startsWith('.') || value >= section.size) continue;
    const rva = section.rva + value;
    const kind = kindOf(reader.u16(at + 14), section.characteristics);
    yield {
      name,
      address: header.imageBase + rva,
      size: kind === 'function' ? (sizes.get(rva) ?? 0) : 0,
      kind,
      global: reader.u8(at + 16) !== SYMBOL_STATIC,
      weak: reader.u8(at + 16) === SYMBOL_WEAK,
      thumb: false,
      limit: header.imageBase + section.rva + section.size,
    };
  }
}

/** Eight letters in place, or the offset of a longer name behind four zero bytes. */
function nameAt(reader: ByteReader, at: number, names: Uint8Array): string {
  if (reader.u32(at) === 0) return readText(names, reader.u32(at + 4), NAME_LIMIT);
  return readText(reader.slice(at, 8), 0, 8);
}

/** A label of assembly code has no type. */
function kindOf(type: number, characteristics: number): SymbolKind {
  if ((characteristics & SCN_EXECUTE) === 0) return 'object';
  return type === SYMBOL_FUNCTION ? 'function' : 'other';
}

function* exportedSymbols(
  { header, sections, exports }: PeSymbolSources,
  sizes: ReadonlyMap<number, number>,
): Generator<ImageSymbol> {
  for (const { name, rva, forwarder } of exports?.exports ?? []) {
    if (name === null || name === '' || forwarder !== null) continue;
    const section = sections.find((one) => rva >= one.rva && rva < one.rva + one.size);
    if (section === undefined) continue;
    const isCode = (section.characteristics & SCN_EXECUTE) !== 0;
    yield {
      name,
      address: header.imageBase + rva,
      size: sizes.get(rva) ?? 0,
      kind: isCode ? 'function' : 'object',
      global: true,
      weak: false,
      thumb: false,
      limit: header.imageBase + section.rva + section.size,
    };
  }
}

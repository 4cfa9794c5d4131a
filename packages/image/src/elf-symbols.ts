/** Symbols of an ELF file, from `.symtab` and `.dynsym`. */
import { type ByteReader, readText } from './byte-reader.ts';
import { SHT_DYNSYM, SHT_SYMTAB } from './elf-constants.ts';
import { type ElfHeader, type SectionHeader, sectionBytes } from './elf-section.ts';
import { type ImageSymbol, type SymbolKind, SymbolTable } from './symbol-table.ts';

const KINDS: Readonly<Record<number, SymbolKind>> = {
  0: 'other',
  1: 'object',
  2: 'function',
  10: 'function',
};
/** Symbols of a file at most; what is beyond is left out. */
const SYMBOL_LIMIT = 2_000_000;
/** Mapping symbols mark code and data, they name nothing: $a $t $d $x, with suffixes. */
const MAPPING = /^\$[atdx](\.|$|rv)/;

/** Reads all named, defined symbols. A damaged table gives what can be read of it. */
export function readElfSymbols(
  reader: ByteReader,
  header: ElfHeader,
  sections: readonly SectionHeader[],
): SymbolTable {
  const symbols: ImageSymbol[] = [];
  for (const section of sections) {
    if (section.type !== SHT_SYMTAB && section.type !== SHT_DYNSYM) continue;
    const names = sections[section.link];
    if (names === undefined) continue;
    readTable(sectionBytes(reader, section), sectionBytes(reader, names), header, symbols);
  }
  return new SymbolTable(symbols);
}

function readTable(
  bytes: Uint8Array,
  names: Uint8Array,
  { is64, machine }: ElfHeader,
  into: ImageSymbol[],
): void {
  const size = is64 ? 24 : 16;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.min(Math.floor(bytes.length / size), SYMBOL_LIMIT - into.length);
  const word = (at: number): number =>
    is64
      ? view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32
      : view.getUint32(at, true);
  for (let index = 1; index < count; index++) {
    const at = index * size;
    const info = view.getUint8(at + (is64 ? 4 : 12));
    const kind = KINDS[info & 15];
    const section = view.getUint16(at + (is64 ? 6 : 14), true);
    const nameOffset = view.getUint32(at, true);
    if (kind === undefined || section === 0 || nameOffset >= names.length) continue;
    const name = readText(names, nameOffset).value;
    if (name === '' || MAPPING.test(name)) continue;
    const value = word(at + (is64 ? 8 : 4));
    into.push({
      name,
      address: machine === 'arm' && kind === 'function' ? value - (value % 2) : value,
      size: word(at + (is64 ? 16 : 8)),
      kind,
      global: info >> 4 !== 0,
    });
  }
}

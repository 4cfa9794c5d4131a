/**
 * Symbols of an ELF file: `.symtab`, `.dynsym`, or the dynamic symbols that PT_DYNAMIC shows when
 * section headers are gone. A damaged table gives what can be read of it. Work and memory are
 * bounded by the size of the file, whatever the tables claim.
 */
import { type ByteReader, readText } from './byte-reader.ts';
import {
  SHN_ABSOLUTE,
  SHN_RESERVED,
  SHN_UNDEFINED,
  SHT_DYNSYM,
  SHT_SYMTAB,
  STB_LOCAL,
  STB_WEAK,
} from './elf-constants.ts';
import { type ElfHeader, type SectionHeader, sectionBytes } from './elf-section.ts';
import {
  type CodeKind,
  type CodeMark,
  type ImageSymbol,
  type SymbolKind,
  SymbolTable,
} from './symbol-table.ts';

/** By symbol type (STT); 10 is an indirect function. Others name sections, files, thread data. */
const KINDS: Readonly<Record<number, SymbolKind>> = {
  0: 'other',
  1: 'object',
  2: 'function',
  6: 'thread-local',
  10: 'function',
};
/** Symbols of a file at most; what is beyond is left out. */
const SYMBOL_LIMIT = 1_000_000;
/** Longest name that is kept whole; mangled C++ and Rust names reach some thousands. */
const NAME_LIMIT = 32_768;

/** Mapping symbols mark code and data, they name nothing: $a $t $d $x, with suffixes. */
const MAPPING = /^\$([atdx])(\.|$|rv)/;
const MAPPING_KINDS: Readonly<Record<string, CodeKind>> = {
  a: 'arm',
  t: 'thumb',
  x: 'code',
  d: 'data',
};

/** Bytes of a symbol table and of the names it refers to. */
export interface RawSymbols {
  readonly bytes: Uint8Array;
  readonly names: Uint8Array;
}

/** Reads all named, defined symbols. `dynamic` is used when there are no sections at all. */
export function readElfSymbols(
  reader: ByteReader,
  header: ElfHeader,
  sections: readonly SectionHeader[],
  dynamic: RawSymbols | null,
): SymbolTable {
  const tables: RawSymbols[] = [];
  for (const type of [SHT_SYMTAB, SHT_DYNSYM]) {
    const section = sections.find((candidate) => candidate.type === type);
    const names = section === undefined ? undefined : sections[section.link];
    if (section === undefined || names === undefined) continue;
    tables.push({ bytes: sectionBytes(reader, section), names: sectionBytes(reader, names) });
  }
  if (sections.length === 0 && dynamic !== null) tables.push(dynamic);
  return new SymbolTable(() => {
    const collector = new SymbolCollector(header, sections);
    for (const table of tables) collector.read(table);
    return collector;
  });
}

class SymbolCollector {
  readonly symbols: ImageSymbol[] = [];
  readonly marks: CodeMark[] = [];
  private readonly header: ElfHeader;
  private readonly sections: readonly SectionHeader[];
  /** Addresses of names that are known: `.dynsym` repeats `.symtab`. */
  private readonly seen = new Map<string, number>();

  constructor(header: ElfHeader, sections: readonly SectionHeader[]) {
    this.header = header;
    this.sections = sections;
  }

  read({ bytes, names }: RawSymbols): void {
    const size = this.header.is64 ? 24 : 16;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const repeats = this.symbols.length > 0;
    // Names may share their ends, and a hostile table may let each share all of the string table.
    let budget = names.length * 4 + NAME_LIMIT;
    for (let at = size; at + size <= bytes.length; at += size) {
      if (this.symbols.length + this.marks.length >= SYMBOL_LIMIT || budget < 0) return;
      budget -= this.add(this.header.is64 ? entry64(view, at) : entry32(view, at), names, repeats);
    }
  }

  /** Adds a symbol when it is one; returns the bytes of its name. */
  private add(entry: SymbolEntry, names: Uint8Array, repeats: boolean): number {
    const kind = KINDS[entry.info & 15];
    if (kind === undefined || entry.section === SHN_UNDEFINED) return 0;
    const name = readText(names, entry.name, NAME_LIMIT);
    const mapping = MAPPING.exec(name);
    if (mapping !== null) {
      this.marks.push({ address: entry.value, kind: MAPPING_KINDS[mapping[1]!]! });
    } else if (name !== '') {
      const thumb = this.header.machine === 'arm' && kind === 'function' && entry.value % 2 === 1;
      const address = thumb ? entry.value - 1 : entry.value;
      const unversioned = withoutVersion(name);
      if (repeats && this.seen.get(unversioned) === address) return name.length;
      const binding = entry.info >> 4;
      if (binding !== STB_LOCAL) this.seen.set(unversioned, address);
      this.symbols.push({
        name: unversioned,
        address,
        size: entry.size,
        kind,
        global: binding !== STB_LOCAL,
        weak: binding === STB_WEAK,
        thumb,
        limit: this.limit(entry),
      });
    }
    return name.length;
  }

  /** End of the symbol's section; null when its value is no address. */
  private limit({ section, info }: SymbolEntry): number | null {
    if (section === SHN_ABSOLUTE || KINDS[info & 15] === 'thread-local') return null;
    const header = section < SHN_RESERVED ? this.sections[section] : undefined;
    return header === undefined ? Number.MAX_VALUE : header.address + header.size;
  }
}

/** Linkers put `@VERSION` or `@@VERSION` behind the names of versioned symbols. */
function withoutVersion(name: string): string {
  const mark = name.indexOf('@', 1);
  return mark < 0 ? name : name.slice(0, mark);
}

interface SymbolEntry {
  readonly name: number;
  readonly value: number;
  readonly size: number;
  readonly info: number;
  readonly section: number;
}

function entry32(view: DataView, at: number): SymbolEntry {
  return {
    name: view.getUint32(at, true),
    value: view.getUint32(at + 4, true),
    size: view.getUint32(at + 8, true),
    info: view.getUint8(at + 12),
    section: view.getUint16(at + 14, true),
  };
}

function entry64(view: DataView, at: number): SymbolEntry {
  const word = (offset: number): number =>
    view.getUint32(at + offset, true) + view.getUint32(at + offset + 4, true) * 2 ** 32;
  return {
    name: view.getUint32(at, true),
    value: word(8),
    size: word(16),
    info: view.getUint8(at + 4),
    section: view.getUint16(at + 6, true),
  };
}

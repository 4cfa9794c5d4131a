/** Writes small ELF files for tests: headers, segments and a symbol table, each as it is told. */
export interface ElfParts {
  readonly machine: number;
  readonly entry: number;
  readonly segments: readonly {
    readonly virtualAddress: number;
    readonly physicalAddress?: number;
    readonly bytes: Uint8Array;
    readonly memorySize: number;
    readonly flags: number;
  }[];
  readonly symbols: readonly {
    readonly name: string;
    readonly value: number;
    readonly size: number;
    readonly info: number;
  }[];
  readonly is64?: boolean;
  readonly type?: number;
  readonly dataEncoding?: number;
}

/** The file's bytes. */
export function writeElf(parts: ElfParts): Uint8Array {
  const is64 = parts.is64 ?? false;
  const out = new Uint8Array(4096);
  const view = new DataView(out.buffer);
  const word = (at: number, value: number): void => {
    view.setUint32(at, value >>> 0, true);
    if (is64) view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
  };
  const ehsize = is64 ? 64 : 52;
  const phentsize = is64 ? 56 : 32;
  const shentsize = is64 ? 64 : 40;
  const symsize = is64 ? 24 : 16;
  let at = ehsize + parts.segments.length * phentsize;
  parts.segments.forEach((segment, index) => {
    const ph = ehsize + index * phentsize;
    view.setUint32(ph, 1, true);
    view.setUint32(ph + (is64 ? 4 : 24), segment.flags, true);
    word(ph + (is64 ? 8 : 4), at);
    word(ph + (is64 ? 16 : 8), segment.virtualAddress);
    word(ph + (is64 ? 24 : 12), segment.physicalAddress ?? segment.virtualAddress);
    word(ph + (is64 ? 32 : 16), segment.bytes.length);
    word(ph + (is64 ? 40 : 20), segment.memorySize);
    out.set(segment.bytes, at);
    at += segment.bytes.length;
  });
  const names = new TextEncoder().encode(`\0${parts.symbols.map(({ name }) => name).join('\0')}\0`);
  const strings = at;
  out.set(names, at);
  at = Math.ceil((at + names.length) / 8) * 8;
  const table = at;
  let nameAt = 1;
  parts.symbols.forEach(({ name, value, size, info }, index) => {
    const sym = table + (index + 1) * symsize;
    view.setUint32(sym, nameAt, true);
    word(sym + (is64 ? 8 : 4), value);
    word(sym + (is64 ? 16 : 8), size);
    view.setUint8(sym + (is64 ? 4 : 12), info);
    view.setUint16(sym + (is64 ? 6 : 14), 1, true);
    nameAt += name.length + 1;
  });
  at = table + (parts.symbols.length + 1) * symsize;
  const sections = at;
  const section = (
    index: number,
    type: number,
    offset: number,
    size: number,
    link: number,
  ): void => {
    const sh = sections + index * shentsize;
    view.setUint32(sh + 4, type, true);
    word(sh + (is64 ? 24 : 16), offset);
    word(sh + (is64 ? 32 : 20), size);
    view.setUint32(sh + (is64 ? 40 : 24), link, true);
  };
  section(1, 3, strings, names.length, 0);
  section(2, 2, table, (parts.symbols.length + 1) * symsize, 1);
  out.set([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, parts.dataEncoding ?? 1, 1]);
  view.setUint16(16, parts.type ?? 2, true);
  view.setUint16(18, parts.machine, true);
  word(24, parts.entry);
  word(is64 ? 32 : 28, ehsize);
  word(is64 ? 40 : 32, sections);
  view.setUint16(is64 ? 54 : 42, phentsize, true);
  view.setUint16(is64 ? 56 : 44, parts.segments.length, true);
  view.setUint16(is64 ? 58 : 46, shentsize, true);
  view.setUint16(is64 ? 60 : 48, 3, true);
  return out.subarray(0, sections + 3 * shentsize);
}

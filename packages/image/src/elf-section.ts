/** Headers of an ELF file and the bytes of its sections. */
import type { ByteReader } from './byte-reader.ts';
import { SHF_COMPRESSED, SHT_NOBITS } from './elf-constants.ts';
import type { ImageMachine } from './load-plan.ts';

export interface ElfHeader {
  readonly is64: boolean;
  readonly type: number;
  readonly machine: ImageMachine;
  readonly entry: number;
  readonly programHeaders: {
    readonly offset: number;
    readonly size: number;
    readonly count: number;
  };
  readonly sectionHeaders: {
    readonly offset: number;
    readonly size: number;
    readonly count: number;
  };
  readonly sectionNames: number;
}

/** A section header as far as it is used; `link` is a section number. */
export interface SectionHeader {
  readonly name: number;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly entrySize: number;
}

/** The bytes of a section; none when it has no contents, is compressed or lies past the file. */
export function sectionBytes(reader: ByteReader, section: SectionHeader): Uint8Array {
  const { type, flags, offset, size } = section;
  const absent = type === SHT_NOBITS || (flags & SHF_COMPRESSED) !== 0;
  if (absent || offset + size > reader.length) return new Uint8Array(0);
  return reader.slice(offset, size);
}

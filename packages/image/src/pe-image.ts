/**
 * A PE image as the file has it: reads by RVA, of sections and headers. What lies past the file's
 * bytes of a section is zero there, as it will be in memory. One budget for all names and entries
 * bounds what tables that share their bytes can cost.
 */
import { type ByteReader, readText } from './byte-reader.ts';
import { ImageError } from './image-error.ts';
import type { PeDirectory, PeHeader } from './pe-header.ts';
import type { FileSection } from './pe-section.ts';
import { lastAtOrBelow } from './range-list.ts';

/** Longest name that is kept whole; mangled C++ names reach some thousands. */
const NAME_LIMIT = 4096;
/** Entries of all tables together: the largest programs have some ten thousand. */
const ENTRY_LIMIT = 200_000;

interface Part {
  readonly rva: number;
  readonly size: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export class PeImage {
  readonly header: PeHeader;
  private readonly parts: readonly Part[];
  private entriesLeft = ENTRY_LIMIT;
  private nameBytesLeft: number;

  constructor(reader: ByteReader, header: PeHeader, sections: readonly FileSection[]) {
    this.header = header;
    const { headerBytes } = header;
    const headers = reader.slice(0, Math.min(headerBytes, reader.length));
    this.parts = [{ rva: 0, size: headerBytes, bytes: headers }, ...sections].map((part) => ({
      rva: part.rva,
      size: part.size,
      bytes: part.bytes,
      view: new DataView(part.bytes.buffer, part.bytes.byteOffset, part.bytes.byteLength),
    }));
    this.nameBytesLeft = reader.length * 4 + NAME_LIMIT;
  }

  /** A data directory; null when the file has none. */
  directory(number: number): PeDirectory | null {
    const directory = this.header.directories[number];
    return directory === undefined || directory.rva === 0 || directory.size === 0
      ? null
      : directory;
  }

  /** A 32-bit number. @throws ImageError `bad-header` outside of the image */
  u32(rva: number, what: string): number {
    const { part, offset } = this.find(rva, 4, what);
    return offset + 4 <= part.bytes.length ? part.view.getUint32(offset, true) : 0;
  }

  u16(rva: number, what: string): number {
    const { part, offset } = this.find(rva, 2, what);
    return offset + 2 <= part.bytes.length ? part.view.getUint16(offset, true) : 0;
  }

  /** A 64-bit number, rounded above 2^53. */
  u64(rva: number, what: string): number {
    return this.u32(rva, what) + this.u32(rva + 4, what) * 2 ** 32;
  }

  /** What the file has of a range that must lie in one section; perhaps shorter than asked. */
  slice(rva: number, size: number, what: string): Uint8Array {
    const { part, offset } = this.find(rva, size, what);
    return part.bytes.subarray(offset, offset + size);
  }

  /** A NUL-terminated name; empty outside of the image. */
  text(rva: number): string {
    const { part, offset } = this.place(rva);
    const text = part === undefined ? '' : readText(part.bytes, offset, NAME_LIMIT);
    this.nameBytesLeft -= text.length;
    if (this.nameBytesLeft < 0) {
      throw new ImageError('bad-header', 'PE tables: their names overlap without end');
    }
    return text;
  }

  /** Counts one more entry of a table. @throws ImageError `bad-header` */
  countEntry(): void {
    this.entriesLeft--;
    if (this.entriesLeft < 0) {
      throw new ImageError('bad-header', `PE tables: more than ${ENTRY_LIMIT} entries`);
    }
  }

  private find(rva: number, size: number, what: string): { part: Part; offset: number } {
    const { part, offset } = this.place(rva);
    if (part === undefined || offset + size > Math.max(part.size, part.bytes.length)) {
      throw new ImageError('bad-header', `PE ${what}: outside of the image`);
    }
    return { part, offset };
  }

  private place(rva: number): { part: Part | undefined; offset: number } {
    const part = this.parts[lastAtOrBelow(this.parts.length, (n) => this.parts[n]!.rva, rva)];
    return { part, offset: rva - (part?.rva ?? 0) };
  }
}

/**
 * Debug sections by name, decompressed when first asked for: SHF_COMPRESSED with zlib, and the
 * older `.zdebug_` form. What cannot be had is empty, and the reason is kept.
 *
 * @see System V ABI, chapter 4, "Compression"
 */
import { ByteReader } from './byte-reader.ts';
import { COMPRESSION, SHF_COMPRESSED } from './elf-constants.ts';
import { ImageError } from './image-error.ts';
import { inflateZlib } from './inflate.ts';
import type { LoadPlan, Section } from './load-plan.ts';

const EMPTY = new Uint8Array(0);
/** Most bytes that a section may have when decompressed, and most times its compressed size. */
const INFLATED_LIMIT = 256 * 2 ** 20;
const INFLATED_RATIO = 128;
const ZLIB = 'zlib';

export class DebugSections {
  /** Why a section that the file has cannot be read, by name. */
  readonly refused: Map<string, string> = new Map<string, string>();
  readonly pointerBytes: number;
  private readonly sections: readonly Section[];
  private readonly known = new Map<string, Uint8Array>();

  constructor({ sections, pointerBits }: Pick<LoadPlan, 'sections' | 'pointerBits'>) {
    this.sections = sections;
    this.pointerBytes = pointerBits / 8;
  }

  /** The bytes of a section such as `.debug_line`; empty when there are none to be had. */
  bytes(name: string): Uint8Array {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const bytes = this.load(name);
    this.known.set(name, bytes);
    return bytes;
  }

  /** A new reader over a section; its `u32` and others read anywhere. */
  reader(name: string, position = 0): ByteReader {
    return new ByteReader(this.bytes(name), name, position);
  }

  private load(name: string): Uint8Array {
    const old = name.replace('.debug_', '.zdebug_');
    const section = this.sections.find((candidate) => candidate.name === name);
    try {
      if (section !== undefined) return this.contents(section);
      const compressed = this.sections.find((candidate) => candidate.name === old);
      return compressed === undefined ? EMPTY : inflateOld(compressed.bytes);
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      this.refused.set(name, error.message);
      return EMPTY;
    }
  }

  private contents({ bytes, flags }: Section): Uint8Array {
    if ((flags & SHF_COMPRESSED) === 0) return bytes;
    const is64 = this.pointerBytes === 8;
    const reader = new ByteReader(bytes, 'a compressed section');
    const method = COMPRESSION[reader.u32(0)] ?? `method ${reader.u32(0)}`;
    if (method !== ZLIB) {
      throw new ImageError('unsupported-format', `compressed with ${method}, only zlib is read`);
    }
    const size = is64 ? reader.u64(8) : reader.u32(4);
    return inflateWithin(bytes.subarray(is64 ? 24 : 12), size);
  }
}

/** `ZLIB`, the size as a big-endian 64-bit number, and the stream. */
function inflateOld(bytes: Uint8Array): Uint8Array {
  const reader = new ByteReader(bytes, 'a compressed section');
  reader.need(0, 12);
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8);
  return inflateWithin(bytes.subarray(12), size);
}

function inflateWithin(bytes: Uint8Array, size: number): Uint8Array {
  return inflateZlib(bytes, size, Math.min(INFLATED_LIMIT, bytes.length * INFLATED_RATIO));
}

/**
 * Little-endian reads of a file with bounds checked: past the end is an ImageError. Offsets and
 * counts come from hostile headers, so every check is written to fail on anything but a number in
 * range.
 */
import { ImageError } from './image-error.ts';

export class ByteReader {
  readonly bytes: Uint8Array;
  /** Next byte that the sequential reads take. */
  position: number;
  private readonly view: DataView;
  private readonly what: string;

  /** @param what  the part of the file, for the message of a read past its end */
  constructor(bytes: Uint8Array, what: string, position = 0) {
    this.bytes = bytes;
    this.what = what;
    this.position = position;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  get atEnd(): boolean {
    return !(this.position < this.bytes.length);
  }

  /** Whether `count` bytes at `offset` exist. */
  has(offset: number, count: number): boolean {
    return offset >= 0 && count >= 0 && offset + count <= this.bytes.length;
  }

  /** Fails unless `count` bytes at `offset` exist. */
  need(offset: number, count: number): void {
    if (!this.has(offset, count)) {
      throw new ImageError(
        'truncated',
        `truncated: ${this.what} ends at byte ${this.bytes.length}`,
      );
    }
  }

  u8(offset: number): number {
    this.need(offset, 1);
    return this.view.getUint8(offset);
  }

  u16(offset: number): number {
    this.need(offset, 2);
    return this.view.getUint16(offset, true);
  }

  u32(offset: number): number {
    this.need(offset, 4);
    return this.view.getUint32(offset, true);
  }

  /** A 64-bit number; above 2^53 it is rounded, which no address or size of a guest is. */
  u64(offset: number): number {
    return this.u32(offset) + this.u32(offset + 4) * 2 ** 32;
  }

  /** A part of the file, as a view. */
  slice(offset: number, count: number): Uint8Array {
    this.need(offset, count);
    return this.bytes.subarray(offset, offset + count);
  }

  next8(): number {
    const value = this.u8(this.position);
    this.position += 1;
    return value;
  }

  next16(): number {
    const value = this.u16(this.position);
    this.position += 2;
    return value;
  }

  next32(): number {
    const value = this.u32(this.position);
    this.position += 4;
    return value;
  }

  next64(): number {
    const value = this.u64(this.position);
    this.position += 8;
    return value;
  }

  /** An unsigned number of 1, 2, 3, 4 or 8 bytes. */
  nextUnsigned(sizeBytes: number): number {
    if (sizeBytes === 8) return this.next64();
    if (sizeBytes === 4) return this.next32();
    let value = 0;
    for (let index = 0; index < sizeBytes; index++) value += this.next8() * 256 ** index;
    return value;
  }

  /** Unsigned LEB128; rounded above 2^53, bits from 2^63 up are dropped. */
  uleb(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.next8();
      if (scale < 2 ** 63) value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale = Math.min(scale * 128, 2 ** 63);
    }
  }

  /** Signed LEB128 with the same limits. */
  sleb(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.next8();
      const counts = scale < 2 ** 63;
      if (counts) value += (byte & 0x7f) * scale;
      scale = Math.min(scale * 128, 2 ** 63);
      if (byte < 0x80) return counts && (byte & 0x40) !== 0 ? value - scale : value;
    }
  }

  /** Steps over bytes; stepping past the end is noticed by the next read. */
  skip(count: number): void {
    this.position += count;
  }

  /** A NUL-terminated string from the current position. */
  text(): string {
    const start = this.position;
    this.skipText();
    return readText(this.bytes, start, this.position - start);
  }

  /** Steps over a NUL-terminated string. */
  skipText(): void {
    this.need(this.position, 0);
    const end = this.bytes.indexOf(0, this.position);
    this.position = (end < 0 ? this.bytes.length : end) + 1;
  }
}

const decoder = new TextDecoder();

/** Names of a hostile file reach a terminal; no name of a real one has these. */
const CONTROL = /\p{Cc}/gu;

/**
 * The NUL-terminated UTF-8 string at an offset. It ends with the bytes or after `limit` of them
 * when no NUL comes earlier; empty when the offset lies outside. Control characters become U+FFFD.
 */
export function readText(bytes: Uint8Array, offset: number, limit: number): string {
  if (!(offset >= 0 && offset < bytes.length)) return '';
  const window = bytes.subarray(offset, offset + limit);
  const end = window.indexOf(0);
  const text = decoder.decode(end < 0 ? window : window.subarray(0, end));
  return text.replace(CONTROL, '\ufffd');
}

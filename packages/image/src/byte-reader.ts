/** Little-endian reads of a file with bounds checked: past the end is an ImageError. */
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
    return this.position >= this.bytes.length;
  }

  /** Fails unless `count` bytes at `offset` exist. */
  need(offset: number, count: number): void {
    if (offset < 0 || offset + count > this.bytes.length) {
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

  /** Unsigned LEB128; bits above 2^53 are lost. */
  uleb(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.next8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }

  /** Signed LEB128. */
  sleb(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.next8();
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return (byte & 0x40) !== 0 ? value - scale : value;
    }
  }

  /** A NUL-terminated string from the current position. */
  text(): string {
    const text = readText(this.bytes, this.position);
    this.position += text.bytes + 1;
    return text.value;
  }
}

const decoder = new TextDecoder();

/** The NUL-terminated UTF-8 string at an offset; ends with the bytes when there is no NUL. */
export function readText(bytes: Uint8Array, offset: number): { value: string; bytes: number } {
  let end = offset;
  while (end < bytes.length && bytes[end] !== 0) end++;
  return { value: decoder.decode(bytes.subarray(offset, end)), bytes: end - offset };
}

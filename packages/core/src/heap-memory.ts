/**
 * The bytes that a heap lives in, by offset from the start of its region, so that a heap's state
 * holds no address and stays good wherever its bytes are. Words are signed 32-bit numbers; offsets
 * are multiples of 4 below 2^31 and lie in the region. Nothing here fails: whoever makes the heap
 * sees to it that the region can be read and written.
 */
export interface HeapMemory {
  load32(offset: number): number;
  store32(offset: number, value: number): void;
  fill(offset: number, length: number, byte: number): void;
  /** Copies `length` bytes; the ranges may overlap. */
  copy(to: number, from: number, length: number): void;
}

/** A HeapMemory over a part of an ArrayBuffer, shared or not. */
export class BufferHeapMemory implements HeapMemory {
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;

  /**
   * @param start   first byte of the region in the buffer, a multiple of 4
   * @param length  bytes of the region; default: to the end of the buffer
   */
  constructor(buffer: ArrayBuffer | SharedArrayBuffer, start = 0, length?: number) {
    const bytes = length ?? buffer.byteLength - start;
    this.words = new Int32Array(buffer, start, bytes >> 2);
    this.bytes = new Uint8Array(buffer, start, bytes);
  }

  load32(offset: number): number {
    return this.words[offset >> 2]!;
  }

  store32(offset: number, value: number): void {
    this.words[offset >> 2] = value;
  }

  fill(offset: number, length: number, byte: number): void {
    this.bytes.fill(byte, offset, offset + length);
  }

  copy(to: number, from: number, length: number): void {
    this.bytes.copyWithin(to, from, from + length);
  }
}

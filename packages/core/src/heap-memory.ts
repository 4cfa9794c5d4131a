/**
 * The bytes that a heap lives in, by absolute address. Loads are unsigned; accesses are aligned to
 * their size and lie in the heap's region. Nothing here fails: whoever makes the heap sees to it
 * that the region can be read and written.
 */
export interface HeapMemory {
  load32(address: number): number;
  store32(address: number, value: number): void;
  fill(address: number, length: number, byte: number): void;
  /** Copies `length` bytes; the ranges may overlap. */
  copy(to: number, from: number, length: number): void;
}

/** A HeapMemory over an ArrayBuffer; address `base` is the buffer's first byte. */
export class BufferHeapMemory implements HeapMemory {
  readonly base: number;
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;

  /** @param base  a multiple of 4 */
  constructor(buffer: ArrayBuffer | SharedArrayBuffer, base: number) {
    this.base = base;
    this.words = new Int32Array(buffer);
    this.bytes = new Uint8Array(buffer);
  }

  load32(address: number): number {
    return this.words[(address - this.base) >> 2]! >>> 0;
  }

  store32(address: number, value: number): void {
    this.words[(address - this.base) >> 2] = value;
  }

  fill(address: number, length: number, byte: number): void {
    const at = address - this.base;
    this.bytes.fill(byte, at, at + length);
  }

  copy(to: number, from: number, length: number): void {
    const at = from - this.base;
    this.bytes.copyWithin(to - this.base, at, at + length);
  }
}

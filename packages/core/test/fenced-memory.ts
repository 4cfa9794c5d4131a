/** Memory that ends where its region does: an access outside throws. */
import { BufferHeapMemory } from '../src/heap-memory.ts';

export class FencedMemory extends BufferHeapMemory {
  private readonly size: number;

  constructor(size: number) {
    super(new ArrayBuffer(size));
    this.size = size;
  }

  override load32(offset: number): number {
    this.verify(offset);
    return super.load32(offset);
  }

  override store32(offset: number, value: number): void {
    this.verify(offset);
    super.store32(offset, value);
  }

  private verify(offset: number): void {
    if (offset < 0 || offset >= this.size) throw new Error(`${offset} is outside`);
  }
}

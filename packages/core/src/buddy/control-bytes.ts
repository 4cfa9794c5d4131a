/** The control bytes of a buddy heap, one an atom. See buddy-layout.ts. */
import type { HeapMemory } from '../heap-memory.ts';
import { ATOM_LOG2, type BuddyShape } from './buddy-layout.ts';

export class ControlBytes {
  private readonly memory: HeapMemory;
  private readonly shape: BuddyShape;

  constructor(memory: HeapMemory, shape: BuddyShape) {
    this.memory = memory;
    this.shape = shape;
  }

  /** The byte of the atom at an offset in the pool. */
  at(offset: number): number {
    const atom = (offset - this.shape.start) >>> ATOM_LOG2;
    const word = this.memory.load32(this.shape.bytes + (atom & ~3));
    return (word >>> ((atom & 3) * 8)) & 0xff;
  }

  set(offset: number, byte: number): void {
    const atom = (offset - this.shape.start) >>> ATOM_LOG2;
    const at = this.shape.bytes + (atom & ~3);
    const shift = (atom & 3) * 8;
    this.memory.store32(at, (this.memory.load32(at) & ~(0xff << shift)) | (byte << shift));
  }

  /** Where the buddy of a block of an order lies, or -1 when that is outside the pool. */
  buddyOf(block: number, bytes: number): number {
    const { skew, start, end } = this.shape;
    const buddy = (((block + skew) ^ bytes) - skew) | 0;
    return buddy >= start && buddy + bytes <= end ? buddy : -1;
  }
}

/**
 * The block that a collection keeps its elements in: it doubles when it is too small, and is the
 * only thing of the collection that lies in the heap. What it holds it holds until it is freed.
 */
import { assert } from '../assert.ts';
import type { HeapMemory } from '../heap-memory.ts';
import type { PlacedHeap } from './placed-heap.ts';

/** Bytes of the first block. */
const FIRST_BYTES = 16;

export class BlockBuffer {
  readonly memory: HeapMemory;
  /** Offset of the block in `memory`; -1 when there is none. */
  offset = -1;
  /** Bytes of the block, as asked for. */
  capacity = 0;
  private readonly place: PlacedHeap;
  private readonly align: number;

  constructor(place: PlacedHeap, align: number) {
    this.place = place;
    this.memory = place.memory;
    this.align = align;
  }

  /** Makes room for `bytes` in all; false, with everything as it was, when the heap has none. */
  reserve(bytes: number): boolean {
    if (bytes <= this.capacity) return true;
    const doubled = Math.max(FIRST_BYTES, 2 * this.capacity, bytes);
    return this.resize(doubled) || (doubled > bytes && this.resize(bytes));
  }

  /** Gives back what is beyond `bytes`, where the heap can do that. */
  shrink(bytes: number): void {
    if (bytes === 0) this.free();
    else if (bytes < this.capacity) this.resize(bytes);
  }

  /** Gives the block back; the buffer is empty then and can be used again. */
  free(): void {
    if (this.offset < 0) return;
    const { heap, base } = this.place;
    const misuse = heap.deallocate(base + this.offset, this.capacity, this.align);
    assert(misuse === 0, `the heap does not know the block at ${base + this.offset}`);
    this.offset = -1;
    this.capacity = 0;
  }

  private resize(bytes: number): boolean {
    const { heap, base } = this.place;
    const address =
      this.offset < 0
        ? heap.allocate(bytes, this.align)
        : heap.reallocate(base + this.offset, this.capacity, this.align, bytes);
    if (address === 0) return false;
    this.offset = address - base;
    this.capacity = bytes;
    return true;
  }
}

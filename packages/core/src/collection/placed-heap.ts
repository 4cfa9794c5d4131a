/** A heap together with the memory it lies in: what a collection needs to live in it. */
import type { Heap } from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';

export interface PlacedHeap {
  readonly heap: Heap;
  /** The memory whose offset 0 is the address `base`. */
  readonly memory: HeapMemory;
  readonly base: number;
}

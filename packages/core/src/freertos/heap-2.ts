/**
 * heap_2 of FreeRTOS: best fit from a list in order of size, and no merging. Good for programs
 * that allocate and free blocks of the same few sizes; with others its memory falls to pieces that
 * never join again.
 */
import type { HeapMemory } from '../heap-memory.ts';
import { FreeRtosHeap } from './freertos-heap.ts';
import { BLOCK_SIZE, FIRST_FREE, HEAP_2_MAGIC, NEXT_FREE } from './freertos-layout.ts';

export class Heap2 extends FreeRtosHeap {
  readonly name: string = 'heap-2';

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least FREERTOS_LEAST_BYTES
   */
  constructor(memory: HeapMemory, base: number, size: number) {
    super(memory, base, size, HEAP_2_MAGIC, 'size');
  }

  /** Before the first block that is not smaller, so that of equal ones the last freed goes first. */
  protected override insert(block: number, bytes: number, _from: number): void {
    const { memory, mostBlocks } = this;
    let link = FIRST_FREE;
    let next = this.follow(link);
    for (let count = 0; next !== 0 && count < mostBlocks; count++) {
      if (memory.load32(next + BLOCK_SIZE) >= bytes) break;
      link = next + NEXT_FREE;
      next = this.follow(link);
    }
    memory.store32(block + NEXT_FREE, next);
    memory.store32(link, block);
  }

  /** A block keeps its size for ever; it serves what fits. */
  protected override resizeBlock(_block: number, bytes: number, wanted: number): boolean {
    return wanted <= bytes;
  }
}

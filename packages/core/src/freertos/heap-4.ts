/**
 * heap_4 of FreeRTOS: first fit from a list in order of address; a block that comes back merges
 * with the free blocks on both sides.
 */
import type { HeapMemory } from '../heap-memory.ts';
import { FreeRtosHeap } from './freertos-heap.ts';
import {
  ALLOCATED,
  BLOCK_SIZE,
  FIRST_FREE,
  HEAP_4_MAGIC,
  NEXT_FREE,
  SPLIT_BYTES,
} from './freertos-layout.ts';

export class Heap4 extends FreeRtosHeap {
  readonly name: string = 'heap-4';

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least FREERTOS_LEAST_BYTES
   */
  constructor(memory: HeapMemory, base: number, size: number) {
    super(memory, base, size, HEAP_4_MAGIC, 'address');
  }

  protected override insert(block: number, bytes: number, from: number): void {
    const { memory } = this;
    const link = this.linkBefore(block, from);
    const next = this.follow(link);
    let size = bytes;
    let after = next;
    if (next === block + bytes) {
      size += memory.load32(next + BLOCK_SIZE);
      after = memory.load32(next + NEXT_FREE);
    }
    if (link !== FIRST_FREE && link + memory.load32(link + BLOCK_SIZE) === block) {
      memory.store32(link + BLOCK_SIZE, memory.load32(link + BLOCK_SIZE) + size);
      memory.store32(link, after);
      return;
    }
    memory.store32(block + BLOCK_SIZE, size);
    memory.store32(block + NEXT_FREE, after);
    memory.store32(link, block);
  }

  protected override resizeBlock(block: number, bytes: number, wanted: number): boolean {
    if (wanted > bytes) return this.growInto(block, bytes, wanted);
    if (bytes - wanted > SPLIT_BYTES) {
      this.memory.store32(block + BLOCK_SIZE, wanted | ALLOCATED);
      this.release(block + wanted, bytes - wanted);
    }
    return true;
  }

  /** Extends a block into the free block after it; false when that is none or too small. */
  private growInto(block: number, bytes: number, wanted: number): boolean {
    const { memory } = this;
    const next = block + bytes;
    if (next >= this.end) return false;
    const more = memory.load32(next + BLOCK_SIZE);
    if (bytes + more < wanted || more > this.end - next) return false;
    const link = this.linkBefore(next, FIRST_FREE);
    if (this.follow(link) !== next) return false;
    this.use(link, next, wanted - bytes);
    const taken = this.sizeOf(next);
    // No block begins there any more: a stale pointer to it must not find one in use.
    memory.store32(next + BLOCK_SIZE, taken);
    memory.store32(block + BLOCK_SIZE, (bytes + taken) | ALLOCATED);
    return true;
  }

  /**
   * The link of the list after which a block belongs, sought from `from` on. A link is the offset
   * of the block that it is in, NEXT_FREE being 0. The walk ends where offsets no longer rise.
   */
  private linkBefore(block: number, from: number): number {
    let link = from;
    let next = this.follow(link);
    while (next > link && next < block) {
      link = next + NEXT_FREE;
      next = this.follow(link);
    }
    return link;
  }
}

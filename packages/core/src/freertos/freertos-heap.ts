/**
 * What heap_2 and heap_4 of FreeRTOS have in common: a list of free blocks, of which a request
 * takes the first that fits and splits it when the rest is larger than two headers. They differ
 * in the order of the list and in what happens to a block that comes back. Requests of the same
 * sizes get the same places as in FreeRTOS on a 32-bit processor; see freertos-layout.ts.
 *
 * FreeRTOS knows neither alignment nor realloc. Here the bytes before an aligned block become a
 * free block, and resizing in place is what each policy can do.
 */
import { alignOffset } from '../block-header.ts';
import {
  type Heap,
  type HeapStats,
  MIN_ALIGN,
  MISUSE_DOUBLE,
  MISUSE_INVALID,
  printStats,
} from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { RegionCalls } from '../region-calls.ts';
import { checkFreeRtos, type FreeListOrder, freeRtosStats } from './freertos-check.ts';
import {
  ALLOCATED,
  BLOCK_SIZE,
  FIRST_FREE,
  FREE_BYTES,
  FREERTOS_END,
  FREERTOS_LEAST_BYTES,
  FREERTOS_MIN_BLOCK,
  freeRtosBlockBytes,
  LEAST_FREE_BYTES,
  LINK_BYTES,
  NEXT_FREE,
  SPLIT_BYTES,
  UC_HEAP,
} from './freertos-layout.ts';

export abstract class FreeRtosHeap extends RegionCalls implements Heap {
  abstract readonly name: string;
  protected readonly end: number;
  private readonly magic: number;
  private readonly order: FreeListOrder;

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least FREERTOS_LEAST_BYTES
   */
  constructor(memory: HeapMemory, base: number, size: number, magic: number, order: FreeListOrder) {
    super(memory, base, size, FREERTOS_LEAST_BYTES);
    this.magic = magic;
    this.order = order;
    this.end = (size & ~7) - LINK_BYTES;
    if (memory.load32(0) !== magic || memory.load32(FREERTOS_END) !== this.end) this.format();
  }

  /** Fewest bytes that were ever free, as xPortGetMinimumEverFreeHeapSize has it. */
  get minimumEverFreeBytes(): number {
    return this.memory.load32(LEAST_FREE_BYTES);
  }

  stats(): HeapStats {
    return freeRtosStats(this.memory, this.end);
  }

  statsPrint(print: (line: string) => void): void {
    printStats(this.name, this.stats(), print);
    print(`  least     ${this.minimumEverFreeBytes} bytes were ever free`);
  }

  check(): string[] {
    return checkFreeRtos(this.memory, this.end, this.magic, this.order);
  }

  /** Puts a range, whose size is written, into the list; it belongs after `from` by address. */
  protected abstract insert(block: number, bytes: number, from: number): void;
  /** Resizes a block where it lies from `bytes` to `wanted`; false when that cannot be. */
  protected abstract resizeBlock(block: number, bytes: number, wanted: number): boolean;

  /** The free block that a link names, or 0 at the end of the list and where it names none. */
  protected follow(link: number): number {
    this.steps++;
    const block = this.memory.load32(link);
    return block >= UC_HEAP && block < this.end && (block & 7) === 0 ? block : 0;
  }

  /** The number of blocks that there can be: a longer walk goes round in circles. */
  protected get mostBlocks(): number {
    return this.end / FREERTOS_MIN_BLOCK;
  }

  /** Makes a range free: it says so from now on, even where a merge buries its header. */
  protected release(block: number, bytes: number): void {
    this.memory.store32(block + BLOCK_SIZE, bytes);
    this.insert(block, bytes, FIRST_FREE);
    this.addFree(bytes);
  }

  /** Takes a free block out of the list for use; what it has beyond `bytes` goes back. */
  protected use(link: number, block: number, bytes: number): void {
    const { memory } = this;
    const found = memory.load32(block + BLOCK_SIZE);
    memory.store32(link, memory.load32(block + NEXT_FREE));
    let taken = found;
    if (found - bytes > SPLIT_BYTES) {
      taken = bytes;
      memory.store32(block + bytes + BLOCK_SIZE, found - bytes);
      this.insert(block + bytes, found - bytes, link);
    }
    memory.store32(block + BLOCK_SIZE, taken | ALLOCATED);
    memory.store32(block + NEXT_FREE, 0);
    this.addFree(-taken);
  }

  protected sizeOf(block: number): number {
    return this.memory.load32(block + BLOCK_SIZE) & ~ALLOCATED;
  }

  private format(): void {
    const { memory, end } = this;
    memory.store32(0, this.magic);
    memory.store32(FREERTOS_END, end);
    memory.store32(FIRST_FREE, UC_HEAP);
    memory.store32(FREE_BYTES, end - UC_HEAP);
    memory.store32(LEAST_FREE_BYTES, end - UC_HEAP);
    memory.store32(UC_HEAP + NEXT_FREE, 0);
    memory.store32(UC_HEAP + BLOCK_SIZE, end - UC_HEAP);
  }

  /** The first block of the list with room at the alignment; as pvPortMalloc, size 0 gives none. */
  protected override take(size: number, align: number): number {
    if (size === 0) return 0;
    const bytes = freeRtosBlockBytes(size);
    const { memory } = this;
    let link = FIRST_FREE;
    let block = this.follow(link);
    while (block !== 0 && this.steps <= this.mostBlocks) {
      const gap = this.gapOf(block, align);
      const found = memory.load32(block + BLOCK_SIZE);
      if (gap + bytes <= found && found <= this.end - block) {
        this.takeAfterGap(link, block, gap, bytes);
        return block + gap + LINK_BYTES;
      }
      link = block + NEXT_FREE;
      block = this.follow(link);
    }
    return 0;
  }

  protected override give(payload: number, usable: number): void {
    this.release(payload - LINK_BYTES, usable + LINK_BYTES);
  }

  protected override resize(payload: number, usable: number, newSize: number): boolean {
    if (newSize === 0) return false;
    return this.resizeBlock(payload - LINK_BYTES, usable + LINK_BYTES, freeRtosBlockBytes(newSize));
  }

  /** As far as the block's header shows. */
  protected override usableAt(payload: number): number {
    const { memory, end } = this;
    const block = payload - LINK_BYTES;
    if (block < UC_HEAP || block >= end || block % MIN_ALIGN !== 0) return -MISUSE_INVALID;
    const header = memory.load32(block + BLOCK_SIZE);
    const bytes = header & ~ALLOCATED;
    if (bytes < FREERTOS_MIN_BLOCK || bytes > end - block || (bytes & 7) !== 0)
      return -MISUSE_INVALID;
    if ((header & ALLOCATED) === 0) return -MISUSE_DOUBLE;
    return memory.load32(block + NEXT_FREE) === 0 ? bytes - LINK_BYTES : -MISUSE_INVALID;
  }

  /** Bytes to leave before an aligned block in a free one: none, or enough for a block. */
  private gapOf(block: number, align: number): number {
    if (align <= MIN_ALIGN) return 0;
    const gap = alignOffset(this.base, block + LINK_BYTES, align) - LINK_BYTES - block;
    return gap > 0 && gap < FREERTOS_MIN_BLOCK ? gap + align : gap;
  }

  /** Uses `bytes` of a free block from `gap` on; the gap goes back. */
  private takeAfterGap(link: number, block: number, gap: number, bytes: number): void {
    if (gap === 0) {
      this.use(link, block, bytes);
      return;
    }
    const { memory } = this;
    const start = block + gap;
    memory.store32(start + BLOCK_SIZE, memory.load32(block + BLOCK_SIZE) - gap);
    memory.store32(start + NEXT_FREE, memory.load32(block + NEXT_FREE));
    memory.store32(link, start);
    this.use(link, start, bytes);
    memory.store32(block + BLOCK_SIZE, gap);
    this.insert(block, gap, link);
  }

  private addFree(bytes: number): void {
    const { memory } = this;
    const free = memory.load32(FREE_BYTES) + bytes;
    memory.store32(FREE_BYTES, free);
    if (free < memory.load32(LEAST_FREE_BYTES)) memory.store32(LEAST_FREE_BYTES, free);
  }
}

/**
 * What heap_2 and heap_4 of FreeRTOS have in common: a list of free blocks, of which a request
 * takes the first that fits and splits it when the rest is larger than two headers. They differ
 * in the order of the list and in what happens to a block that comes back. Requests of the same
 * sizes get the same places as in FreeRTOS on a 32-bit processor; see freertos-layout.ts.
 *
 * FreeRTOS knows neither alignment nor realloc. Here the bytes before an aligned block become a
 * free block, and resizing in place is what each policy can do.
 */
import { assert } from '../assert.ts';
import { alignOffset, isTooLarge } from '../block-header.ts';
import {
  type Heap,
  type HeapStats,
  MIN_ALIGN,
  MISUSE_DOUBLE,
  MISUSE_INVALID,
  MISUSE_NONE,
  type Misuse,
  printStats,
} from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
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

export abstract class FreeRtosHeap implements Heap {
  abstract readonly name: string;
  steps = 0;
  worstSteps = 0;
  protected readonly memory: HeapMemory;
  protected readonly base: number;
  protected readonly end: number;
  private readonly magic: number;
  private readonly order: FreeListOrder;

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least FREERTOS_LEAST_BYTES
   */
  constructor(memory: HeapMemory, base: number, size: number, magic: number, order: FreeListOrder) {
    assert(size >= FREERTOS_LEAST_BYTES, `a FreeRTOS region of ${size} bytes is too small`);
    this.memory = memory;
    this.base = base;
    this.magic = magic;
    this.order = order;
    this.end = (size & ~7) - LINK_BYTES;
    if (memory.load32(0) !== magic || memory.load32(FREERTOS_END) !== this.end) this.format();
  }

  /** Fewest bytes that were ever free, as xPortGetMinimumEverFreeHeapSize has it. */
  get minimumEverFreeBytes(): number {
    return this.memory.load32(LEAST_FREE_BYTES);
  }

  /** As pvPortMalloc, size 0 gives none. */
  allocate(size: number, align: number): number {
    this.steps = 0;
    if (size === 0 || isTooLarge(size, align)) return 0;
    const payload = this.take(freeRtosBlockBytes(size), align);
    this.note();
    return payload === 0 ? 0 : this.base + payload;
  }

  allocateZeroed(size: number, align: number): number {
    const payload = this.allocate(size, align);
    if (payload !== 0) this.memory.fill(payload - this.base, size, 0);
    return payload;
  }

  deallocate(address: number, _size: number, _align: number): Misuse {
    this.steps = 1;
    const misuse = this.misuse(address);
    if (misuse === MISUSE_NONE) {
      const block = this.blockOf(address);
      this.release(block, this.sizeOf(block));
    }
    this.note();
    return misuse;
  }

  reallocate(address: number, oldSize: number, align: number, newSize: number): number {
    if (newSize === 0) return 0;
    if (this.reallocateInPlace(address, oldSize, align, newSize)) return address;
    const usable = this.usableSize(address);
    if (usable === 0) return 0;
    let steps = this.steps;
    const moved = this.allocate(newSize, align);
    steps += this.steps;
    if (moved !== 0) {
      this.memory.copy(moved - this.base, address - this.base, Math.min(usable, newSize));
      this.deallocate(address, oldSize, align);
      steps += this.steps;
    }
    this.steps = steps;
    this.note();
    return moved;
  }

  reallocateInPlace(address: number, _old: number, align: number, newSize: number): boolean {
    this.steps = 1;
    if (this.misuse(address) !== MISUSE_NONE || address % align !== 0) return false;
    if (newSize === 0 || isTooLarge(newSize, align)) return false;
    const block = this.blockOf(address);
    const done = this.resize(block, this.sizeOf(block), freeRtosBlockBytes(newSize));
    this.note();
    return done;
  }

  usableSize(address: number): number {
    if (this.misuse(address) !== MISUSE_NONE) return 0;
    return this.sizeOf(this.blockOf(address)) - LINK_BYTES;
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
  protected abstract resize(block: number, bytes: number, wanted: number): boolean;

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

  /** The first block of the list with room for `bytes` at the alignment; its payload, or 0. */
  private take(bytes: number, align: number): number {
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

  /** What is wrong with giving back an address, as far as its header shows. */
  private misuse(address: number): Misuse {
    const offset = address - this.base - LINK_BYTES;
    if (offset < UC_HEAP || offset >= this.end || offset % MIN_ALIGN !== 0) return MISUSE_INVALID;
    const header = this.memory.load32(offset + BLOCK_SIZE);
    const bytes = header & ~ALLOCATED;
    if (bytes < FREERTOS_MIN_BLOCK || bytes > this.end - offset || (bytes & 7) !== 0)
      return MISUSE_INVALID;
    if ((header & ALLOCATED) === 0) return MISUSE_DOUBLE;
    return this.memory.load32(offset + NEXT_FREE) === 0 ? MISUSE_NONE : MISUSE_INVALID;
  }

  private blockOf(address: number): number {
    return address - this.base - LINK_BYTES;
  }

  private note(): void {
    if (this.steps > this.worstSteps) this.worstSteps = this.steps;
  }
}

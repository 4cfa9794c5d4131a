/**
 * The blocks of all heaps of a process, served by one heap of ours over VirtualAlloc. What of them
 * the system's functions must know (whose a block is, and how many bytes were asked for) is kept
 * here; the blocks' own headers lie in the guest's memory, where the program can damage them.
 */
import {
  ALL_STRATEGIES,
  type DebugFinding,
  GrowingHeap,
  type HeapStats,
  MISUSE_NONE,
} from '@bareheap/core';
import { GuestHeapMemory } from '@bareheap/mmu';
import { WinPageSource, type WinSpace } from '@bareheap/platform-win';
import type { HeapChoice } from '../../firmware-options.ts';
import type { ServedBelow } from '../../heap/heap-watch.ts';

/** Bytes of the first region, as on Linux. */
const FIRST_REGION_BYTES = 132 << 10;
/** MEMORY_ALLOCATION_ALIGNMENT. */
const ALIGN = 16;
/** A region of more bytes is never asked for. */
const MOST_BYTES = 2 ** 30;

export interface ServedBlock {
  /** Bytes that were asked for. */
  size: number;
  /** Handle of the heap that has it. */
  readonly heap: number;
}

/** What was found out about a block's header or the heap's own words. */
export interface HeapDamage {
  readonly address: number;
  /** Half a sentence. */
  readonly what: string;
}

export class ServedBlocks implements ServedBelow {
  /**
   * Whether the start-up code of the C library asks. What gives nothing to anybody leaves it to the
   * system's heap: that code does not look whether it got the memory for the arguments.
   */
  isStartUp: () => boolean = () => false;
  /** Told of headers and words that were written over. */
  onDamage: (damage: HeapDamage) => void = () => undefined;
  /** What serves, also calls that never come to a function of the system's. */
  readonly heap: GrowingHeap;
  private readonly space: WinSpace;
  private readonly blocks = new Map<number, ServedBlock>();
  /** Bytes in use by handle. */
  private readonly used = new Map<number, number>();
  private steps = 0;
  /** Addresses of the blocks in order, until one more or less is there. */
  private order: number[] | null = null;

  constructor(space: WinSpace, choice: Exclude<HeapChoice, 'guest'>) {
    this.space = space;
    this.heap = new GrowingHeap(
      choice,
      ALL_STRATEGIES[choice],
      new WinPageSource(space),
      (address) => new GuestHeapMemory(space.mmu, address),
      FIRST_REGION_BYTES,
    );
  }

  get name(): string {
    return this.heap.name;
  }

  stats(): HeapStats {
    return this.heap.stats();
  }

  takeSteps(): number {
    const { steps } = this;
    this.steps = 0;
    return steps;
  }

  takeFindings(): readonly DebugFinding[] {
    return this.heap.takeFindings();
  }

  /** Whether the request that is made now is one to be served. */
  get isOpen(): boolean {
    return this.name !== 'null' || !this.isStartUp();
  }

  /** A block of a heap; undefined when there is none at the address. */
  find(heap: number, address: number): ServedBlock | undefined {
    const block = this.blocks.get(address);
    return block?.heap === heap ? block : undefined;
  }

  /** The block of a heap with the next higher address; null when there is none. */
  after(heap: number, address: number): { payload: number; size: number } | null {
    this.order ??= [...this.blocks.keys()].sort((a, b) => a - b);
    const { order } = this;
    for (let at = firstAbove(order, address); at < order.length; at++) {
      const payload = order[at]!;
      const block = this.find(heap, payload);
      if (block !== undefined) return { payload, size: block.size };
    }
    return null;
  }

  usedBy(heap: number): number {
    return this.used.get(heap) ?? 0;
  }

  /** A block's address, or 0. */
  allocate(heap: number, size: number, isZeroed: boolean): number {
    if (size > MOST_BYTES) return 0;
    const bytes = Math.max(1, size);
    const address = isZeroed
      ? this.heap.allocateZeroed(bytes, ALIGN)
      : this.heap.allocate(bytes, ALIGN);
    this.worked(address);
    if (address === 0) return 0;
    this.blocks.set(address, { size, heap });
    this.order = null;
    this.use(heap, size);
    return address;
  }

  /** Ends a block that {@link find} knows. */
  free(address: number): void {
    const { size, heap } = this.blocks.get(address)!;
    this.blocks.delete(address);
    this.order = null;
    this.use(heap, -size);
    if (this.heap.deallocate(address, 0, ALIGN) !== MISUSE_NONE) this.lost(address);
    this.worked(address);
  }

  /** Its address with another size, 0 with the block as it was. */
  reallocate(address: number, size: number): number {
    if (size > MOST_BYTES) return 0;
    const { size: before, heap } = this.blocks.get(address)!;
    const moved = this.heap.reallocate(address, 0, ALIGN, Math.max(1, size));
    if (moved === 0 && this.heap.usableSize(address) === 0) this.lost(address);
    this.worked(address);
    if (moved === 0) return 0;
    this.blocks.delete(address);
    this.blocks.set(moved, { size, heap });
    this.order = null;
    this.use(heap, size - before);
    return moved;
  }

  /** False with the block as it was. */
  resizeInPlace(address: number, size: number): boolean {
    if (size > MOST_BYTES) return false;
    const block = this.blocks.get(address)!;
    const isDone = this.heap.reallocateInPlace(address, 0, ALIGN, Math.max(1, size));
    this.worked(address);
    if (!isDone) return false;
    this.use(block.heap, size - block.size);
    block.size = size;
    return true;
  }

  /** Ends a heap's blocks. */
  freeAll(heap: number): void {
    for (const [address, block] of this.blocks) if (block.heap === heap) this.free(address);
    this.used.delete(heap);
  }

  /** Whether a block that {@link find} knows has its header still, or with 0 the whole heap its order. */
  isSound(address: number): boolean {
    return address === 0 ? this.heap.check().length === 0 : this.heap.usableSize(address) > 0;
  }

  get largestFree(): number {
    return this.heap.stats().largestFreeBytes;
  }

  private use(heap: number, change: number): void {
    this.used.set(heap, this.usedBy(heap) + change);
  }

  private lost(address: number): void {
    this.onDamage({ address, what: 'its header is not that of a block' });
  }

  /** A call of the heap is over; it faults where its own words lead astray. */
  private worked(address: number): void {
    this.steps += this.heap.steps;
    const { mmu } = this.space;
    if (!mmu.faulted) return;
    mmu.faulted = false;
    const to = mmu.fault.address.toString(16);
    this.onDamage({ address, what: `the heap’s own words lead to 0x${to}` });
  }
}

/** Index of the first number that is higher, among numbers in order. */
function firstAbove(numbers: readonly number[], least: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! > least) high = middle;
    else low = middle + 1;
  }
  return low;
}

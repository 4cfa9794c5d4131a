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

/** The blocks of one heap. */
interface HeapBlocks {
  /** Bytes that were asked for, by address. */
  readonly sizes: Map<number, number>;
  /** Their sum. */
  used: number;
  /** Addresses in order, until a block more or less is there. */
  order: number[] | null;
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
  /** By handle; a heap that never had a block is not there. */
  private readonly heaps = new Map<number, HeapBlocks>();
  private steps = 0;

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

  /** Bytes that a block of a heap was asked for, or -1 when there is none at the address. */
  sizeOf(heap: number, address: number): number {
    return this.heaps.get(heap)?.sizes.get(address) ?? -1;
  }

  /** The block of a heap with the next higher address; null when there is none. */
  after(heap: number, address: number): { payload: number; size: number } | null {
    const blocks = this.heaps.get(heap);
    if (blocks === undefined) return null;
    blocks.order ??= [...blocks.sizes.keys()].sort((a, b) => a - b);
    const payload = blocks.order[firstAbove(blocks.order, address)];
    return payload === undefined ? null : { payload, size: blocks.sizes.get(payload)! };
  }

  usedBy(heap: number): number {
    return this.heaps.get(heap)?.used ?? 0;
  }

  /** A block's address, or 0. */
  allocate(heap: number, size: number, isZeroed: boolean): number {
    if (size > MOST_BYTES) return 0;
    const bytes = Math.max(1, size);
    const address = isZeroed
      ? this.heap.allocateZeroed(bytes, ALIGN)
      : this.heap.allocate(bytes, ALIGN);
    this.worked(address);
    if (address !== 0) this.note(heap, address, size);
    return address;
  }

  /** Ends a block that {@link sizeOf} knows. */
  free(heap: number, address: number): void {
    this.forget(heap, address);
    if (this.heap.deallocate(address, 0, ALIGN) !== MISUSE_NONE) this.lost(address);
    this.worked(address);
  }

  /** Its address with another size, 0 with the block as it was. */
  reallocate(heap: number, address: number, size: number): number {
    if (size > MOST_BYTES) return 0;
    const moved = this.heap.reallocate(address, 0, ALIGN, Math.max(1, size));
    if (moved === 0 && this.heap.usableSize(address) === 0) this.lost(address);
    this.worked(address);
    if (moved === 0) return 0;
    this.forget(heap, address);
    this.note(heap, moved, size);
    return moved;
  }

  /** False with the block as it was. */
  resizeInPlace(heap: number, address: number, size: number): boolean {
    if (size > MOST_BYTES) return false;
    const isDone = this.heap.reallocateInPlace(address, 0, ALIGN, Math.max(1, size));
    this.worked(address);
    if (!isDone) return false;
    const blocks = this.heaps.get(heap)!;
    blocks.used += size - blocks.sizes.get(address)!;
    blocks.sizes.set(address, size);
    return true;
  }

  /** Ends a heap's blocks. */
  freeAll(heap: number): void {
    for (const address of this.heaps.get(heap)?.sizes.keys() ?? []) this.free(heap, address);
    this.heaps.delete(heap);
  }

  /** Whether a block that {@link sizeOf} knows has its header still, or with 0 the whole heap its order. */
  isSound(address: number): boolean {
    return address === 0 ? this.heap.check().length === 0 : this.heap.usableSize(address) > 0;
  }

  get largestFree(): number {
    return this.heap.stats().largestFreeBytes;
  }

  private note(heap: number, address: number, size: number): void {
    let blocks = this.heaps.get(heap);
    if (blocks === undefined) {
      blocks = { sizes: new Map(), used: 0, order: null };
      this.heaps.set(heap, blocks);
    }
    blocks.sizes.set(address, size);
    blocks.used += size;
    blocks.order = null;
  }

  private forget(heap: number, address: number): void {
    const blocks = this.heaps.get(heap)!;
    blocks.used -= blocks.sizes.get(address)!;
    blocks.sizes.delete(address);
    blocks.order = null;
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

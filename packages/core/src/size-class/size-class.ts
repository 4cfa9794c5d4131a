/**
 * Size classes: a small request takes a slot of a run of equal slots, in constant time; a large one
 * takes a block of the heap inside, linked-list first fit. A run whose slots are all back goes back
 * to that heap, where it merges: unlike wee_alloc's, its free lists do not keep for ever what they
 * once took. See size-class-layout.ts.
 */
import { assert } from '../assert.ts';
import { HEADER_USED, isTooLarge } from '../block-header.ts';
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
import { LinkedListHeap } from '../llff/llff.ts';
import { MemoryWindow } from '../source/memory-window.ts';
import { checkSizeClass, sizeClassStats } from './size-class-check.ts';
import {
  classOf,
  FIRST_SLOT,
  FULL_RUNS,
  INNER,
  LARGEST_SLOT,
  OPEN_RUNS,
  PITCHES,
  SIZE_CLASS_END,
  SIZE_CLASS_LEAST_BYTES,
  SIZE_CLASS_MAGIC,
  SLOT_BIT,
  slotsOfRun,
} from './size-class-layout.ts';
import { SlotRuns } from './slot-run.ts';

const HEADER = 4;

export class SizeClassHeap implements Heap {
  readonly name: string = 'size-class';
  steps = 0;
  worstSteps = 0;
  private readonly memory: HeapMemory;
  private readonly base: number;
  private readonly size: number;
  private readonly inner: Heap;
  private readonly runs: SlotRuns;

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least {@link SIZE_CLASS_LEAST_BYTES}
   */
  constructor(memory: HeapMemory, base: number, size: number) {
    assert(size >= SIZE_CLASS_LEAST_BYTES, `a size-class region of ${size} bytes is too small`);
    this.memory = memory;
    this.base = base;
    this.size = size;
    if (memory.load32(0) !== SIZE_CLASS_MAGIC || memory.load32(SIZE_CLASS_END) !== size) {
      // With what lies there cleared, the inner heap makes itself anew.
      memory.fill(0, INNER + HEADER, 0);
      memory.store32(0, SIZE_CLASS_MAGIC);
      memory.store32(SIZE_CLASS_END, size);
    }
    this.inner = new LinkedListHeap(new MemoryWindow(memory, INNER), base + INNER, size - INNER);
    this.runs = new SlotRuns(memory, size);
  }

  allocate(size: number, align: number): number {
    this.steps = 1;
    let address = 0;
    if (size <= LARGEST_SLOT && align <= MIN_ALIGN) address = this.takeSlot(classOf(size));
    if (address === 0 && !isTooLarge(size, align)) {
      address = this.inner.allocate(size, align);
      this.steps += this.inner.steps;
    }
    this.note();
    return address;
  }

  allocateZeroed(size: number, align: number): number {
    const address = this.allocate(size, align);
    if (address !== 0) this.memory.fill(address - this.base, size, 0);
    return address;
  }

  deallocate(address: number, size: number, align: number): Misuse {
    this.steps = 1;
    let misuse: Misuse;
    if (this.isSlotHeader(address)) {
      misuse = this.slotMisuse(address);
      if (misuse === MISUSE_NONE) this.releaseSlot(address - this.base - HEADER);
    } else {
      misuse = this.inner.deallocate(address, size, align);
      this.steps += this.inner.steps;
    }
    this.note();
    return misuse;
  }

  reallocate(address: number, oldSize: number, align: number, newSize: number): number {
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

  reallocateInPlace(address: number, oldSize: number, align: number, newSize: number): boolean {
    this.steps = 1;
    let done: boolean;
    if (this.isSlotHeader(address)) {
      done = newSize <= this.usableSize(address) && address % align === 0;
    } else {
      done = this.inner.reallocateInPlace(address, oldSize, align, newSize);
      this.steps += this.inner.steps;
    }
    this.note();
    return done;
  }

  usableSize(address: number): number {
    if (!this.isSlotHeader(address)) return this.inner.usableSize(address);
    if (this.slotMisuse(address) !== MISUSE_NONE) return 0;
    return this.runs.pitchOf(this.runOf(address - this.base - HEADER)) - HEADER;
  }

  stats(): HeapStats {
    return sizeClassStats(this.memory, this.base, this.size, this.inner, this.runs);
  }

  statsPrint(print: (line: string) => void): void {
    printStats(this.name, this.stats(), print);
  }

  check(): string[] {
    return checkSizeClass(this.memory, this.base, this.size, this.inner, this.runs);
  }

  /** Address of a slot's payload, from a run that has one, or a new run; or 0. */
  private takeSlot(sizeClass: number): number {
    const { memory, runs } = this;
    const head = OPEN_RUNS + sizeClass * 4;
    let run = memory.load32(head);
    if (!runs.isRun(run)) run = this.newRun(head, PITCHES[sizeClass]!);
    if (run === 0) return 0;
    const slot = runs.take(run);
    if (slot === 0 || runs.usedOf(run) >= runs.slotsOf(run)) this.moveRun(run, head, FULL_RUNS);
    return slot === 0 ? 0 : this.base + slot + HEADER;
  }

  /** A run from the inner heap, in the list at `head`; or 0. */
  private newRun(head: number, pitch: number): number {
    const slots = slotsOfRun(pitch, this.size);
    const address = this.inner.allocate(FIRST_SLOT + slots * pitch, MIN_ALIGN);
    this.steps += this.inner.steps;
    if (address === 0) return 0;
    const run = address - this.base;
    this.runs.format(run, pitch, slots);
    this.memory.store32(head, 0);
    this.runs.link(head, run);
    return run;
  }

  /** Frees a slot that is in use, and its run with the last one. */
  private releaseSlot(slot: number): void {
    const { runs } = this;
    const run = this.runOf(slot);
    const head = OPEN_RUNS + PITCHES.indexOf(runs.pitchOf(run)) * 4;
    if (runs.usedOf(run) >= runs.slotsOf(run)) this.moveRun(run, FULL_RUNS, head);
    runs.giveBack(run, slot);
    if (runs.usedOf(run) > 0) return;
    runs.unlink(head, run);
    this.inner.deallocate(this.base + run, 0, MIN_ALIGN);
    this.steps += 1 + this.inner.steps;
  }

  private moveRun(run: number, from: number, to: number): void {
    this.steps += 2;
    this.runs.unlink(from, run);
    this.runs.link(to, run);
  }

  /** Whether the word before an address is the header of a slot rather than of an inner block. */
  private isSlotHeader(address: number): boolean {
    const offset = address - this.base - HEADER;
    if (offset < INNER || offset >= this.size || (address & (MIN_ALIGN - 1)) !== 0) return false;
    return (this.memory.load32(offset) & SLOT_BIT) !== 0;
  }

  /** What is wrong with giving back a slot, as far as its header and its run show. */
  private slotMisuse(address: number): Misuse {
    const { memory, runs } = this;
    const slot = address - this.base - HEADER;
    const header = memory.load32(slot);
    const run = this.runOf(slot);
    if ((header & 2) !== 0 || !runs.isRun(run)) return MISUSE_INVALID;
    if ((header & HEADER_USED) === 0) return MISUSE_DOUBLE;
    if (!runs.isSlot(run, slot - run)) return MISUSE_INVALID;
    const isLive = this.inner.usableSize(this.base + run) >= runs.bytesOf(run);
    return isLive ? MISUSE_NONE : MISUSE_INVALID;
  }

  /** Offset of the run that a slot's header names. */
  private runOf(slot: number): number {
    return slot - (this.memory.load32(slot) & ~7) - HEADER;
  }

  private note(): void {
    if (this.steps > this.worstSteps) this.worstSteps = this.steps;
  }
}

/**
 * Size classes: a small request takes a slot of a run of equal slots, in constant time; a large one
 * takes a block of the heap inside, linked-list first fit. A run whose slots are all back goes back
 * to that heap, where it merges: unlike wee_alloc's, its free lists do not keep for ever what they
 * once took. See size-class-layout.ts.
 */
import { HEADER_USED } from '../block-header.ts';
import {
  type Heap,
  type HeapStats,
  MIN_ALIGN,
  MISUSE_DOUBLE,
  MISUSE_INVALID,
  printStats,
} from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { LinkedListHeap } from '../llff/llff.ts';
import { RegionCalls } from '../region-calls.ts';
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

export class SizeClassHeap extends RegionCalls implements Heap {
  readonly name: string = 'size-class';
  private readonly size: number;
  private readonly inner: LinkedListHeap;
  private readonly runs: SlotRuns;

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least {@link SIZE_CLASS_LEAST_BYTES}
   */
  constructor(memory: HeapMemory, base: number, size: number) {
    super(memory, base, size, SIZE_CLASS_LEAST_BYTES);
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

  stats(): HeapStats {
    return sizeClassStats(this.memory, this.base, this.size, this.inner, this.runs);
  }

  statsPrint(print: (line: string) => void): void {
    printStats(this.name, this.stats(), print);
  }

  check(): string[] {
    return checkSizeClass(this.memory, this.base, this.size, this.inner, this.runs);
  }

  protected override take(size: number, align: number): number {
    this.steps++;
    let payload = 0;
    if (size <= LARGEST_SLOT && align <= MIN_ALIGN) payload = this.takeSlot(classOf(size));
    if (payload !== 0) return payload;
    const address = this.inner.allocate(size, align);
    this.steps += this.inner.steps;
    return address === 0 ? 0 : address - this.base;
  }

  protected override give(payload: number): void {
    if (this.isSlotHeader(payload)) {
      this.releaseSlot(payload - HEADER);
      return;
    }
    this.inner.deallocate(this.base + payload, 0, MIN_ALIGN);
    this.steps += this.inner.steps;
  }

  protected override resize(payload: number, usable: number, newSize: number): boolean {
    if (this.isSlotHeader(payload)) return newSize <= usable;
    const done = this.inner.reallocateInPlace(this.base + payload, usable, 1, newSize);
    this.steps += this.inner.steps;
    return done;
  }

  /** As far as a slot's header and its run show, or the inner heap. */
  protected override usableAt(payload: number): number {
    if (!this.isSlotHeader(payload)) return this.inner.usableAt(payload - INNER);
    const { memory, runs } = this;
    const slot = payload - HEADER;
    const header = memory.load32(slot);
    const run = this.runOf(slot);
    if ((header & 2) !== 0 || !runs.isRun(run)) return -MISUSE_INVALID;
    if ((header & HEADER_USED) === 0) return -MISUSE_DOUBLE;
    if (!runs.isSlot(run, slot - run)) return -MISUSE_INVALID;
    const isLive = this.inner.usableSize(this.base + run) >= runs.bytesOf(run);
    return isLive ? runs.pitchOf(run) - HEADER : -MISUSE_INVALID;
  }

  /** A slot's payload, from a run that has one, or a new run; or 0. */
  private takeSlot(sizeClass: number): number {
    const { memory, runs } = this;
    const head = OPEN_RUNS + sizeClass * 4;
    let run = memory.load32(head);
    if (!runs.isRun(run)) run = this.newRun(head, PITCHES[sizeClass]!);
    if (run === 0) return 0;
    const slot = runs.take(run);
    if (slot === 0 || runs.usedOf(run) >= runs.slotsOf(run)) this.moveRun(run, head, FULL_RUNS);
    return slot === 0 ? 0 : slot + HEADER;
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

  /** Whether the word before a payload is the header of a slot rather than of an inner block. */
  private isSlotHeader(payload: number): boolean {
    const offset = payload - HEADER;
    if (offset < INNER || offset >= this.size || (payload & (MIN_ALIGN - 1)) !== 0) return false;
    return (this.memory.load32(offset) & SLOT_BIT) !== 0;
  }

  /** Offset of the run that a slot's header names. */
  private runOf(slot: number): number {
    return slot - (this.memory.load32(slot) & ~7) - HEADER;
  }
}

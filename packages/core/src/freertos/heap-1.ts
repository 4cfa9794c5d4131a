/**
 * heap_1 of FreeRTOS: payloads one after the other, and nothing ever comes back. For programs that
 * allocate what they need when they start. See heap-1-layout.ts.
 *
 * FreeRTOS stops a program that frees. Here a free is noted and gives no memory back, so that the
 * figures say what the program would need of a heap that frees.
 */
import { alignOffset } from '../block-header.ts';
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
import { RegionCalls } from '../region-calls.ts';
import { checkHeap1, heap1Stats } from './heap-1-check.ts';
import {
  HEAP_1_END,
  HEAP_1_LEAST_BYTES,
  HEAP_1_MAGIC,
  heap1First,
  MARK_GIVEN_BACK,
  MARK_USED,
  MARKS,
  NEXT_FREE_BYTE,
} from './heap-1-layout.ts';
import { PayloadMarks } from './payload-marks.ts';

/** heap_1 does not hand out the last bytes: they may be lost to aligning its start. */
const ALIGNING_BYTES = 8;

export class Heap1 extends RegionCalls implements Heap {
  readonly name: string = 'heap-1';
  private readonly first: number;
  private readonly end: number;
  private readonly marks: PayloadMarks;

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least {@link HEAP_1_LEAST_BYTES}
   */
  constructor(memory: HeapMemory, base: number, size: number) {
    super(memory, base, size, HEAP_1_LEAST_BYTES);
    this.first = heap1First(size);
    this.end = size & ~7;
    this.marks = new PayloadMarks(memory, this, this.first);
    if (memory.load32(0) !== HEAP_1_MAGIC || memory.load32(HEAP_1_END) !== this.end) {
      memory.fill(MARKS, this.first - MARKS, 0);
      memory.store32(0, HEAP_1_MAGIC);
      memory.store32(HEAP_1_END, this.end);
      memory.store32(NEXT_FREE_BYTE, this.first);
    }
  }

  /** Where a block ends need not be known to mark it. */
  override deallocate(address: number, _size: number, _align: number): Misuse {
    this.steps = 1;
    const misuse = this.misuse(address - this.base);
    if (misuse === MISUSE_NONE) this.give(address - this.base);
    this.note();
    return misuse;
  }

  stats(): HeapStats {
    return heap1Stats(this.memory, this.marks, this.first, this.end, ALIGNING_BYTES);
  }

  statsPrint(print: (line: string) => void): void {
    printStats(this.name, this.stats(), print);
  }

  check(): string[] {
    return checkHeap1(this.memory, this.marks, this.first, this.end);
  }

  /** As pvPortMalloc, size 0 gives none. */
  protected override take(size: number, align: number): number {
    this.steps++;
    if (size === 0) return 0;
    const { memory, marks } = this;
    const next = this.next();
    const payload = alignOffset(this.base, next, Math.max(align, MIN_ALIGN));
    const after = payload + ((size + 7) & ~7);
    if (after >= this.end - ALIGNING_BYTES) return 0;
    if (payload > next) marks.set(next, MARK_GIVEN_BACK);
    marks.set(payload, MARK_USED);
    memory.store32(NEXT_FREE_BYTE, after);
    return payload;
  }

  protected override give(payload: number): void {
    this.marks.set(payload, MARK_GIVEN_BACK);
  }

  /** Shrinks always, and keeps the room; grows the last block, and what has room. */
  protected override resize(payload: number, usable: number, newSize: number): boolean {
    if (newSize === 0) return false;
    const payloadEnd = payload + usable;
    const wanted = payload + ((newSize + 7) & ~7);
    if (wanted <= payloadEnd) return true;
    if (payloadEnd !== this.next() || wanted >= this.end - ALIGNING_BYTES) return false;
    this.memory.store32(NEXT_FREE_BYTE, wanted);
    return true;
  }

  protected override usableAt(payload: number): number {
    const misuse = this.misuse(payload);
    return misuse === MISUSE_NONE ? this.marks.endOf(payload, this.next()) - payload : -misuse;
  }

  private misuse(payload: number): Misuse {
    const isPlace = payload >= this.first && payload < this.next() && payload % MIN_ALIGN === 0;
    if (!isPlace) return MISUSE_INVALID;
    const mark = this.marks.at(payload);
    if (mark === MARK_USED) return MISUSE_NONE;
    return mark === MARK_GIVEN_BACK ? MISUSE_DOUBLE : MISUSE_INVALID;
  }

  /** The next free byte; where a program has overwritten it the heap is full. */
  private next(): number {
    const next = this.memory.load32(NEXT_FREE_BYTE);
    return next >= this.first && next <= this.end && next % MIN_ALIGN === 0 ? next : this.end;
  }
}

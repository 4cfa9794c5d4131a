/**
 * heap_1 of FreeRTOS: payloads one after the other, and nothing ever comes back. For programs that
 * allocate what they need when they start. See heap-1-layout.ts.
 *
 * FreeRTOS stops a program that frees. Here a free is noted and gives no memory back, so that the
 * figures say what the program would need of a heap that frees.
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

export class Heap1 implements Heap {
  readonly name: string = 'heap-1';
  worstSteps = 0;
  private readonly memory: HeapMemory;
  private readonly base: number;
  private readonly first: number;
  private readonly end: number;
  private readonly marks: PayloadMarks;

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least {@link HEAP_1_LEAST_BYTES}
   */
  constructor(memory: HeapMemory, base: number, size: number) {
    assert(size >= HEAP_1_LEAST_BYTES, `a heap-1 region of ${size} bytes is too small`);
    this.memory = memory;
    this.base = base;
    this.first = heap1First(size);
    this.end = size & ~7;
    this.marks = new PayloadMarks(memory, this.first);
    if (memory.load32(0) !== HEAP_1_MAGIC || memory.load32(HEAP_1_END) !== this.end) {
      memory.fill(MARKS, this.first - MARKS, 0);
      memory.store32(0, HEAP_1_MAGIC);
      memory.store32(HEAP_1_END, this.end);
      memory.store32(NEXT_FREE_BYTE, this.first);
    }
  }

  /** Work of the last call: words of marks looked at. */
  get steps(): number {
    return this.marks.steps;
  }

  /** As pvPortMalloc, size 0 gives none. */
  allocate(size: number, align: number): number {
    this.marks.steps = 1;
    this.note();
    if (size === 0 || isTooLarge(size, align)) return 0;
    const { memory, marks } = this;
    const next = this.next();
    const payload = alignOffset(this.base, next, Math.max(align, MIN_ALIGN));
    const after = payload + ((size + 7) & ~7);
    if (after >= this.end - ALIGNING_BYTES) return 0;
    if (payload > next) marks.set(next, MARK_GIVEN_BACK);
    marks.set(payload, MARK_USED);
    memory.store32(NEXT_FREE_BYTE, after);
    return this.base + payload;
  }

  allocateZeroed(size: number, align: number): number {
    const payload = this.allocate(size, align);
    if (payload !== 0) this.memory.fill(payload - this.base, size, 0);
    return payload;
  }

  deallocate(address: number, _size: number, _align: number): Misuse {
    this.marks.steps = 1;
    this.note();
    const misuse = this.misuse(address);
    if (misuse === MISUSE_NONE) this.marks.set(address - this.base, MARK_GIVEN_BACK);
    return misuse;
  }

  reallocate(address: number, oldSize: number, align: number, newSize: number): number {
    if (newSize === 0) return 0;
    if (this.reallocateInPlace(address, oldSize, align, newSize)) return address;
    const usable = this.usableSize(address);
    if (usable === 0) return 0;
    const { steps } = this.marks;
    const moved = this.allocate(newSize, align);
    this.marks.steps += steps;
    this.note();
    if (moved !== 0) {
      this.memory.copy(moved - this.base, address - this.base, Math.min(usable, newSize));
      this.marks.set(address - this.base, MARK_GIVEN_BACK);
    }
    return moved;
  }

  /** Shrinks always, and keeps the room; grows the last block, and what has room. */
  reallocateInPlace(address: number, _old: number, align: number, newSize: number): boolean {
    this.marks.steps = 1;
    if (this.misuse(address) !== MISUSE_NONE || address % align !== 0) return false;
    if (newSize === 0 || isTooLarge(newSize, align)) return false;
    const { memory } = this;
    const payload = address - this.base;
    const next = this.next();
    const payloadEnd = this.marks.endOf(payload, next);
    this.note();
    const wanted = payload + ((newSize + 7) & ~7);
    if (wanted <= payloadEnd) return true;
    if (payloadEnd !== next || wanted >= this.end - ALIGNING_BYTES) return false;
    memory.store32(NEXT_FREE_BYTE, wanted);
    return true;
  }

  usableSize(address: number): number {
    if (this.misuse(address) !== MISUSE_NONE) return 0;
    const payload = address - this.base;
    return this.marks.endOf(payload, this.next()) - payload;
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

  private misuse(address: number): Misuse {
    const offset = address - this.base;
    if (offset < this.first || offset >= this.next() || offset % MIN_ALIGN !== 0)
      return MISUSE_INVALID;
    const mark = this.marks.at(offset);
    if (mark === MARK_USED) return MISUSE_NONE;
    return mark === MARK_GIVEN_BACK ? MISUSE_DOUBLE : MISUSE_INVALID;
  }

  /** The next free byte; where a program has overwritten it the heap is full. */
  private next(): number {
    const next = this.memory.load32(NEXT_FREE_BYTE);
    return next >= this.first && next <= this.end && next % MIN_ALIGN === 0 ? next : this.end;
  }

  private note(): void {
    if (this.steps > this.worstSteps) this.worstSteps = this.steps;
  }
}

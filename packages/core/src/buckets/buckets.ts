/**
 * Buckets: a page holds slots of one size, a power of two, handed out in order and never again
 * before the whole page has come back. Requests above half a page take a run of pages. Freed
 * memory so stays as it was for long, and a pointer that is off by a little meets a block of its
 * own size. State is in buckets-layout.ts, apart from the blocks.
 *
 * Deliberately absent: lists of buckets. Only the page that is being filled has a slot to give, so
 * a class needs to know that one page, and the page of a block follows from its address.
 *
 * @see the general purpose debug allocator of the Zig standard library, "current design"
 */
import { assert } from '../assert.ts';
import { isTooLarge } from '../block-header.ts';
import {
  type Heap,
  type HeapCalls,
  type HeapStats,
  MISUSE_DOUBLE,
  MISUSE_INVALID,
  MISUSE_NONE,
  type Misuse,
  printStats,
} from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { bucketStats, checkBuckets } from './buckets-check.ts';
import {
  BUCKETS_MAGIC,
  type BucketGeometry,
  bucketGeometry,
  CLASS_MASK,
  CLASS_SHIFT,
  COUNT_MASK,
  CURRENT_BUCKETS,
  DESCRIPTORS,
  FENCE,
  HANDED_OUT_SHIFT,
  IN_USE_SHIFT,
  KIND_BUCKET,
  KIND_FREE,
  KIND_MASK,
  KIND_REST,
  KIND_RUN,
  LOWEST_FREE,
  PAGES_SHIFT,
  REGION_SIZE,
  WAS_RUN,
} from './buckets-layout.ts';
import { sizeClassOf, slotBytesOf } from './size-class.ts';

const NO_PAGE = -1;

export class BucketCalls implements HeapCalls {
  steps = 0;
  worstSteps = 0;
  protected readonly memory: HeapMemory;
  private readonly base: number;
  protected readonly geometry: BucketGeometry;

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least {@link BUCKETS_LEAST_BYTES}
   */
  constructor(memory: HeapMemory, base: number, size: number) {
    const geometry = bucketGeometry(base, size);
    assert(geometry.pageCount > 0, `a region of ${size} bytes is too small for buckets`);
    this.memory = memory;
    this.base = base;
    this.geometry = geometry;
    if (memory.load32(0) === BUCKETS_MAGIC && memory.load32(REGION_SIZE) === size) return;
    memory.fill(LOWEST_FREE, geometry.firstPage - LOWEST_FREE, 0);
    memory.store32(0, BUCKETS_MAGIC);
    memory.store32(REGION_SIZE, size);
    memory.store32(geometry.firstPage - 4, FENCE);
  }

  allocate(size: number, align: number): number {
    this.steps = 0;
    if (isTooLarge(size, align)) return 0;
    const sizeClass = sizeClassOf(size, align);
    const { classCount, pageBytes } = this.geometry;
    const address =
      sizeClass < classCount
        ? this.takeSlot(sizeClass)
        : this.takeRun(Math.max(Math.ceil(size / pageBytes), 1), align);
    this.note();
    return address;
  }

  allocateZeroed(size: number, align: number): number {
    const address = this.allocate(size, align);
    if (address !== 0) this.memory.fill(address - this.base, size, 0);
    return address;
  }

  deallocate(address: number, _size: number, _align: number): Misuse {
    this.steps = 1;
    const misuse = this.misuse(address);
    if (misuse === MISUSE_NONE) {
      const page = this.pageOf(address);
      const state = this.state(page);
      if ((state & KIND_MASK) === KIND_BUCKET) this.releaseSlot(page, state, address);
      else {
        this.releasePages(page, state >>> PAGES_SHIFT);
        this.setState(page, (WAS_RUN << CLASS_SHIFT) | (1 << HANDED_OUT_SHIFT));
      }
    }
    this.note();
    return misuse;
  }

  reallocate(address: number, oldSize: number, align: number, newSize: number): number {
    this.steps = 1;
    const usable = this.usableSize(address);
    if (usable === 0 || isTooLarge(newSize, align)) return 0;
    const keepsPlace = address % align === 0;
    if (keepsPlace && this.staysWith(usable, newSize, align)) {
      if (this.reallocateInPlace(address, oldSize, align, newSize)) return address;
    }
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
    return moved !== 0 || !keepsPlace || newSize > usable ? moved : address;
  }

  reallocateInPlace(address: number, _old: number, align: number, newSize: number): boolean {
    this.steps = 1;
    if (this.misuse(address) !== MISUSE_NONE || address % align !== 0) return false;
    if (isTooLarge(newSize, align)) return false;
    const page = this.pageOf(address);
    const state = this.state(page);
    if ((state & KIND_MASK) === KIND_BUCKET) {
      return newSize <= slotBytesOf((state >> CLASS_SHIFT) & CLASS_MASK);
    }
    const done = this.resizeRun(page, state >>> PAGES_SHIFT, newSize);
    this.note();
    return done;
  }

  usableSize(address: number): number {
    if (this.misuse(address) !== MISUSE_NONE) return 0;
    const state = this.state(this.pageOf(address));
    return (state & KIND_MASK) === KIND_BUCKET
      ? slotBytesOf((state >> CLASS_SHIFT) & CLASS_MASK)
      : (state >>> PAGES_SHIFT) * this.geometry.pageBytes;
  }

  /** Whether a block may keep its place: one class stays one class, a run stays a run. */
  private staysWith(usable: number, newSize: number, align: number): boolean {
    const sizeClass = sizeClassOf(newSize, align);
    return sizeClass < this.geometry.classCount
      ? slotBytesOf(sizeClass) === usable
      : usable >= this.geometry.pageBytes;
  }

  /** The next slot of the class's current page, or the first one of a free page. */
  private takeSlot(sizeClass: number): number {
    const { memory, geometry } = this;
    const current = CURRENT_BUCKETS + 4 * sizeClass;
    const slots = geometry.pageBytes / slotBytesOf(sizeClass);
    let page = this.currentBucket(sizeClass, slots);
    if (page === NO_PAGE) {
      page = this.findFree(1, 1);
      if (page === NO_PAGE) return 0;
      memory.fill(this.descriptor(page), geometry.descriptorBytes, 0);
      this.setState(page, KIND_BUCKET | (sizeClass << CLASS_SHIFT));
      memory.store32(current, page + 1);
      memory.store32(LOWEST_FREE, page + 1);
    }
    const state = this.state(page);
    const slot = (state >> HANDED_OUT_SHIFT) & COUNT_MASK;
    this.setState(page, state + (1 << HANDED_OUT_SHIFT) + (1 << IN_USE_SHIFT));
    const word = this.bitWord(page, slot);
    memory.store32(word, memory.load32(word) | (1 << (slot & 31)));
    if (slot + 1 === slots) memory.store32(current, 0);
    return this.base + this.offsetOf(page) + slot * slotBytesOf(sizeClass);
  }

  /** The page of a class that has slots not yet handed out. */
  private currentBucket(sizeClass: number, slots: number): number {
    this.steps++;
    const page = this.memory.load32(CURRENT_BUCKETS + 4 * sizeClass) - 1;
    if (!(page >= 0 && page < this.geometry.pageCount)) return NO_PAGE;
    const state = this.state(page);
    const isCurrent = (state & 63) === (KIND_BUCKET | (sizeClass << CLASS_SHIFT));
    return isCurrent && ((state >> HANDED_OUT_SHIFT) & COUNT_MASK) < slots ? page : NO_PAGE;
  }

  private takeRun(pages: number, align: number): number {
    const page = this.findFree(pages, align);
    if (page === NO_PAGE) return 0;
    this.setState(page, KIND_RUN | (pages << PAGES_SHIFT));
    for (let rest = page + 1; rest < page + pages; rest++) this.setState(rest, KIND_REST);
    if (this.memory.load32(LOWEST_FREE) === page) {
      this.memory.store32(LOWEST_FREE, page + pages);
    }
    return this.base + this.offsetOf(page);
  }

  /** The lowest run of free pages at an alignment; its first page, or NO_PAGE. */
  private findFree(pages: number, align: number): number {
    const { pageCount, pageBytes } = this.geometry;
    let first = Math.max(this.memory.load32(LOWEST_FREE), 0);
    for (let page = first; page < pageCount; page++) {
      this.steps++;
      const isFree = (this.state(page) & KIND_MASK) === KIND_FREE;
      const isStart = first === page && align > pageBytes;
      if (!isFree || (isStart && (this.base + this.offsetOf(page)) % align !== 0)) first = page + 1;
      else if (page + 1 - first === pages) return first;
    }
    return NO_PAGE;
  }

  private releaseSlot(page: number, state: number, address: number): void {
    const { memory } = this;
    const sizeClass = (state >> CLASS_SHIFT) & CLASS_MASK;
    const slot = (address - this.base - this.offsetOf(page)) / slotBytesOf(sizeClass);
    const word = this.bitWord(page, slot);
    memory.store32(word, memory.load32(word) & ~(1 << (slot & 31)));
    this.setState(page, state - (1 << IN_USE_SHIFT));
    if (((state >> IN_USE_SHIFT) & COUNT_MASK) !== 1) return;
    const current = CURRENT_BUCKETS + 4 * sizeClass;
    if (memory.load32(current) === page + 1) memory.store32(current, 0);
    this.releasePages(page, 1);
    this.setState(page, (state - (1 << IN_USE_SHIFT)) & ~KIND_MASK);
  }

  private releasePages(page: number, pages: number): void {
    for (let at = page; at < page + pages; at++) this.setState(at, KIND_FREE);
    this.steps += pages;
    if (page < this.memory.load32(LOWEST_FREE)) this.memory.store32(LOWEST_FREE, page);
  }

  /** Gives pages at the end of a run back, or takes those after it. */
  private resizeRun(page: number, pages: number, newSize: number): boolean {
    const wanted = Math.max(Math.ceil(newSize / this.geometry.pageBytes), 1);
    if (page + wanted > this.geometry.pageCount) return false;
    for (let at = page + pages; at < page + wanted; at++) {
      this.steps++;
      if ((this.state(at) & KIND_MASK) !== KIND_FREE) return false;
    }
    for (let at = page + pages; at < page + wanted; at++) this.setState(at, KIND_REST);
    if (wanted < pages) this.releasePages(page + wanted, pages - wanted);
    this.setState(page, KIND_RUN | (wanted << PAGES_SHIFT));
    const lowest = this.memory.load32(LOWEST_FREE);
    if (lowest >= page && lowest < page + wanted) {
      this.memory.store32(LOWEST_FREE, page + wanted);
    }
    return true;
  }

  /** What is wrong with giving back an address. */
  private misuse(address: number): Misuse {
    const { firstPage, pageCount, pageBytes } = this.geometry;
    const offset = address - this.base - firstPage;
    if (!(offset >= 0 && offset < pageCount * pageBytes)) return MISUSE_INVALID;
    const state = this.state(Math.floor(offset / pageBytes));
    const kind = state & KIND_MASK;
    const within = offset % pageBytes;
    const sizeClass = (state >> CLASS_SHIFT) & CLASS_MASK;
    if (kind === KIND_REST) return MISUSE_INVALID;
    if (kind === KIND_RUN) return this.misuseOfRun(offset / pageBytes, state >>> PAGES_SHIFT);
    const isSlot = sizeClass < this.geometry.classCount;
    if (!isSlot && sizeClass !== WAS_RUN) return MISUSE_INVALID;
    const slot = within / (isSlot ? slotBytesOf(sizeClass) : pageBytes);
    if (!Number.isInteger(slot) || slot >= ((state >> HANDED_OUT_SHIFT) & COUNT_MASK)) {
      return MISUSE_INVALID;
    }
    if (kind === KIND_FREE) return MISUSE_DOUBLE;
    const bits = this.memory.load32(this.bitWord(Math.floor(offset / pageBytes), slot));
    return ((bits >>> (slot & 31)) & 1) === 1 ? MISUSE_NONE : MISUSE_DOUBLE;
  }

  private misuseOfRun(page: number, pages: number): Misuse {
    const isRun = Number.isInteger(page) && pages > 0 && page + pages <= this.geometry.pageCount;
    return isRun ? MISUSE_NONE : MISUSE_INVALID;
  }

  private pageOf(address: number): number {
    const { firstPage, pageBytes } = this.geometry;
    return Math.floor((address - this.base - firstPage) / pageBytes);
  }

  private offsetOf(page: number): number {
    return this.geometry.firstPage + page * this.geometry.pageBytes;
  }

  private descriptor(page: number): number {
    return DESCRIPTORS + page * this.geometry.descriptorBytes;
  }

  private bitWord(page: number, slot: number): number {
    return this.descriptor(page) + 4 + 4 * (slot >> 5);
  }

  private state(page: number): number {
    return this.memory.load32(this.descriptor(page));
  }

  private setState(page: number, state: number): void {
    this.memory.store32(this.descriptor(page), state);
  }

  private note(): void {
    if (this.steps > this.worstSteps) this.worstSteps = this.steps;
  }
}

export class BucketHeap extends BucketCalls implements Heap {
  readonly name: string = 'buckets';

  stats(): HeapStats {
    return bucketStats(this.memory, this.geometry);
  }

  statsPrint(print: (line: string) => void): void {
    printStats(this.name, this.stats(), print);
  }

  check(): string[] {
    return checkBuckets(this.memory, this.geometry);
  }
}

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
import { type Heap, type HeapStats, MISUSE_DOUBLE, MISUSE_INVALID, printStats } from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { RegionCalls } from '../region-calls.ts';
import { type BucketGeometry, bucketGeometry } from './bucket-geometry.ts';
import { bucketStats, checkBuckets } from './buckets-check.ts';
import {
  BUCKETS_LEAST_BYTES,
  BUCKETS_MAGIC,
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

export class BucketCalls extends RegionCalls {
  protected readonly geometry: BucketGeometry;

  /**
   * @param base  address of the region, a multiple of 8
   * @param size  bytes, at least {@link BUCKETS_LEAST_BYTES}
   */
  constructor(memory: HeapMemory, base: number, size: number) {
    super(memory, base, size, BUCKETS_LEAST_BYTES);
    const geometry = bucketGeometry(base, size);
    this.geometry = geometry;
    if (memory.load32(0) === BUCKETS_MAGIC && memory.load32(REGION_SIZE) === size) return;
    memory.fill(LOWEST_FREE, geometry.firstPage - LOWEST_FREE, 0);
    memory.store32(0, BUCKETS_MAGIC);
    memory.store32(REGION_SIZE, size);
    memory.store32(geometry.firstPage - 4, FENCE);
  }

  /** A block that changes its class moves when there is room, even to a smaller one. */
  override reallocate(address: number, old: number, align: number, newSize: number): number {
    const usable = this.usableSize(address);
    const isSmaller = usable > 0 && newSize <= usable && address % align === 0;
    if (!isSmaller || this.staysWith(usable, newSize, align))
      return super.reallocate(address, old, align, newSize);
    const moved = this.allocate(newSize, align);
    if (moved === 0) return address;
    const { steps } = this;
    this.memory.copy(moved - this.base, address - this.base, newSize);
    this.deallocate(address, old, align);
    this.steps += 1 + steps;
    this.note();
    return moved;
  }

  protected override take(size: number, align: number): number {
    const sizeClass = sizeClassOf(size, align);
    const { classCount, pageBytes } = this.geometry;
    if (sizeClass < classCount) return this.takeSlot(sizeClass);
    return this.takeRun(Math.max(Math.ceil(size / pageBytes), 1), align);
  }

  protected override give(payload: number, usable: number): void {
    const page = this.pageOf(payload);
    const state = this.state(page);
    if ((state & KIND_MASK) === KIND_BUCKET)
      this.releaseSlot(page, state, (payload - this.offsetOf(page)) / usable);
    else {
      this.releasePages(page, state >>> PAGES_SHIFT);
      this.setState(page, (WAS_RUN << CLASS_SHIFT) | (1 << HANDED_OUT_SHIFT));
    }
  }

  protected override resize(payload: number, usable: number, newSize: number): boolean {
    const page = this.pageOf(payload);
    const state = this.state(page);
    if ((state & KIND_MASK) === KIND_BUCKET) return newSize <= usable;
    return this.resizeRun(page, state >>> PAGES_SHIFT, newSize);
  }

  protected override usableAt(payload: number): number {
    const { pageCount, pageBytes, classCount } = this.geometry;
    const page = this.pageOf(payload);
    if (!(page >= 0 && page < pageCount)) return -MISUSE_INVALID;
    const state = this.state(page);
    const kind = state & KIND_MASK;
    const sizeClass = (state >> CLASS_SHIFT) & CLASS_MASK;
    const within = payload - this.offsetOf(page);
    if (kind === KIND_RUN) {
      const pages = state >>> PAGES_SHIFT;
      const isRun = within === 0 && pages > 0 && page + pages <= pageCount;
      return isRun ? pages * pageBytes : -MISUSE_INVALID;
    }
    const isSlot = sizeClass < classCount;
    if (kind === KIND_REST || (!isSlot && sizeClass !== WAS_RUN)) return -MISUSE_INVALID;
    const bytes = isSlot ? slotBytesOf(sizeClass) : pageBytes;
    const slot = within / bytes;
    if (!Number.isInteger(slot) || slot >= ((state >> HANDED_OUT_SHIFT) & COUNT_MASK))
      return -MISUSE_INVALID;
    if (kind === KIND_FREE) return -MISUSE_DOUBLE;
    const bits = this.memory.load32(this.bitWord(page, slot));
    return ((bits >>> (slot & 31)) & 1) === 1 ? bytes : -MISUSE_DOUBLE;
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
    return this.offsetOf(page) + slot * slotBytesOf(sizeClass);
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
    return this.offsetOf(page);
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

  private releaseSlot(page: number, state: number, slot: number): void {
    const { memory } = this;
    const word = this.bitWord(page, slot);
    memory.store32(word, memory.load32(word) & ~(1 << (slot & 31)));
    this.setState(page, state - (1 << IN_USE_SHIFT));
    if (((state >> IN_USE_SHIFT) & COUNT_MASK) !== 1) return;
    const current = CURRENT_BUCKETS + 4 * ((state >> CLASS_SHIFT) & CLASS_MASK);
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

  private pageOf(payload: number): number {
    const { firstPage, pageBytes } = this.geometry;
    return Math.floor((payload - firstPage) / pageBytes);
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

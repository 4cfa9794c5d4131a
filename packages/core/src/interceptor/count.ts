/**
 * Counts calls and bytes. The counters are words of one array that may be shared between threads:
 * every change is atomic, so counts are exact whoever allocates, and counting allocates nothing.
 *
 *   word   0 allocations      4 calls in place   8 live bytes      12 peak bytes since the mark
 *          1 frees            5 misuses          9 live blocks     13 calls without a size
 *          2 reallocations    6 bytes, low      10 peak bytes
 *          3 refusals         7 bytes, high     11 peak blocks
 */
import { assert } from '../assert.ts';
import { type Heap, MISUSE_NONE, type Misuse } from '../heap.ts';
import { PassThrough } from './interceptor.ts';

export const COUNT_WORDS = 14;

const ALLOCATIONS = 0;
const FREES = 1;
const REALLOCATIONS = 2;
const REFUSALS = 3;
const IN_PLACE = 4;
const MISUSES = 5;
const BYTES_LOW = 6;
const BYTES_HIGH = 7;
const LIVE_BYTES = 8;
const LIVE_BLOCKS = 9;
const PEAK_BYTES = 10;
const PEAK_BLOCKS = 11;
const PEAK_SINCE_MARK = 12;
const SIZELESS = 13;

/** Counts so far, or of a region between a mark and now. */
export interface HeapCounts {
  /** Calls that returned a block, zeroed or not. */
  readonly allocations: number;
  readonly frees: number;
  /** Calls of reallocate that returned a block, moved or not. */
  readonly reallocations: number;
  /** Calls of reallocateInPlace that resized. */
  readonly inPlace: number;
  readonly refusals: number;
  /** Calls with a pointer that is none of the heap's. */
  readonly misuses: number;
  /** All bytes ever asked for and given, reallocations included. */
  readonly bytes: number;
  readonly liveBytes: number;
  readonly liveBlocks: number;
  readonly peakBytes: number;
  readonly peakBlocks: number;
  /** Calls that did not say a block's size: live bytes as asked for are then too few. */
  readonly sizeless: number;
}

/**
 * How live bytes are measured: `usable`, as the heap says, is exact for every program; `asked` is
 * what the program asked for, and needs frees that say the size, as Rust's do and C's do not.
 */
export type Measure = 'usable' | 'asked';

export class CountInterceptor extends PassThrough {
  override readonly name: string = 'count';
  private readonly words: Int32Array;
  private readonly isUsable: boolean;

  /** @param words  {@link COUNT_WORDS} zeroed words, shared with other threads or not */
  constructor(measure: Measure = 'usable', words: Int32Array = new Int32Array(COUNT_WORDS)) {
    super();
    assert(words.length >= COUNT_WORDS, `${words.length} words are too few to count in`);
    this.isUsable = measure === 'usable';
    this.words = words;
  }

  override allocate(heap: Heap, size: number, align: number): number {
    return this.allocated(heap, heap.allocate(size, align), size);
  }

  override allocateZeroed(heap: Heap, size: number, align: number): number {
    return this.allocated(heap, heap.allocateZeroed(size, align), size);
  }

  override deallocate(heap: Heap, address: number, size: number, align: number): Misuse {
    const bytes = this.measure(heap, address, size);
    const misuse = heap.deallocate(address, size, align);
    if (misuse !== MISUSE_NONE) {
      this.add(MISUSES, 1);
      return misuse;
    }
    this.add(FREES, 1);
    if (size === 0) this.add(SIZELESS, 1);
    this.add(LIVE_BYTES, -bytes);
    this.add(LIVE_BLOCKS, -1);
    return misuse;
  }

  override reallocate(
    heap: Heap,
    address: number,
    oldSize: number,
    align: number,
    newSize: number,
  ): number {
    const bytes = this.measure(heap, address, oldSize);
    const moved = heap.reallocate(address, oldSize, align, newSize);
    if (moved === 0) this.add(REFUSALS, 1);
    else this.resized(REALLOCATIONS, heap, moved, oldSize, bytes, newSize);
    return moved;
  }

  override reallocateInPlace(
    heap: Heap,
    address: number,
    oldSize: number,
    align: number,
    newSize: number,
  ): boolean {
    const bytes = this.measure(heap, address, oldSize);
    const done = heap.reallocateInPlace(address, oldSize, align, newSize);
    if (done) this.resized(IN_PLACE, heap, address, oldSize, bytes, newSize);
    return done;
  }

  override statsPrint(heap: Heap, print: (line: string) => void): void {
    heap.statsPrint(print);
    const { allocations, frees, bytes, liveBytes, liveBlocks, peakBytes } = this.counts();
    print(`  counted   ${allocations} allocations, ${frees} frees, ${bytes} bytes in all`);
    print(`  live      ${liveBytes} bytes in ${liveBlocks} blocks, at most ${peakBytes}`);
  }

  /** The counts so far. */
  counts(): HeapCounts {
    return this.countsWithPeak(PEAK_BYTES);
  }

  /** Begins a region: what {@link since} compares with. One peak is kept, that of the last mark. */
  mark(): HeapCounts {
    Atomics.store(this.words, PEAK_SINCE_MARK, this.read(LIVE_BYTES));
    return this.counts();
  }

  /** What came since a mark; peaks and what is live are those now, not differences. */
  since(mark: HeapCounts): HeapCounts {
    const now = this.countsWithPeak(PEAK_SINCE_MARK);
    return {
      ...now,
      allocations: now.allocations - mark.allocations,
      frees: now.frees - mark.frees,
      reallocations: now.reallocations - mark.reallocations,
      inPlace: now.inPlace - mark.inPlace,
      refusals: now.refusals - mark.refusals,
      misuses: now.misuses - mark.misuses,
      bytes: now.bytes - mark.bytes,
      sizeless: now.sizeless - mark.sizeless,
    };
  }

  private countsWithPeak(peak: number): HeapCounts {
    return {
      allocations: this.read(ALLOCATIONS),
      frees: this.read(FREES),
      reallocations: this.read(REALLOCATIONS),
      inPlace: this.read(IN_PLACE),
      refusals: this.read(REFUSALS),
      misuses: this.read(MISUSES),
      bytes: this.read(BYTES_HIGH) * 2 ** 32 + (this.read(BYTES_LOW) >>> 0),
      liveBytes: this.read(LIVE_BYTES),
      liveBlocks: this.read(LIVE_BLOCKS),
      peakBytes: this.read(peak),
      peakBlocks: this.read(PEAK_BLOCKS),
      sizeless: this.read(SIZELESS),
    };
  }

  private allocated(heap: Heap, address: number, size: number): number {
    if (address === 0) {
      this.add(REFUSALS, 1);
      return 0;
    }
    this.add(ALLOCATIONS, 1);
    this.asked(size);
    this.grow(LIVE_BYTES, this.measure(heap, address, size), PEAK_BYTES);
    this.grow(LIVE_BLOCKS, 1, PEAK_BLOCKS);
    return address;
  }

  private resized(
    counter: number,
    heap: Heap,
    address: number,
    oldSize: number,
    oldBytes: number,
    newSize: number,
  ): void {
    this.add(counter, 1);
    if (oldSize === 0) this.add(SIZELESS, 1);
    this.asked(newSize);
    this.grow(LIVE_BYTES, this.measure(heap, address, newSize) - oldBytes, PEAK_BYTES);
  }

  /** Bytes of a block: as the program says, or as the heap does when that is asked or needed. */
  private measure(heap: Heap, address: number, size: number): number {
    return this.isUsable || size === 0 ? heap.usableSize(address) : size;
  }

  private asked(size: number): void {
    const before = this.add(BYTES_LOW, size) >>> 0;
    if (before + size >= 2 ** 32) this.add(BYTES_HIGH, 1);
  }

  /** Adds to what is live, and raises its peaks. */
  private grow(live: number, by: number, peak: number): void {
    const now = this.add(live, by) + by;
    this.raise(peak, now);
    if (live === LIVE_BYTES) this.raise(PEAK_SINCE_MARK, now);
  }

  private raise(peak: number, value: number): void {
    let seen = this.read(peak);
    while (value > seen) {
      const before = Atomics.compareExchange(this.words, peak, seen, value);
      if (before === seen) return;
      seen = before;
    }
  }

  private add(counter: number, by: number): number {
    return Atomics.add(this.words, counter, by);
  }

  private read(counter: number): number {
    return Atomics.load(this.words, counter);
  }
}

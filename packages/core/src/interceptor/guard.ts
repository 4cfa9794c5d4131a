/**
 * Holds a program to budgets: bytes live at once, no allocation after start-up, steps of one call,
 * and sane requests. What goes beyond is counted by kind, the first of a kind is kept, and the
 * call is refused where the budget says so.
 */
import { type Heap, MISUSE_NONE, type Misuse } from '../heap.ts';
import { PassThrough } from './interceptor.ts';

/** What can go beyond a budget; the number is its place in {@link GuardInterceptor.counts}. */
export const BREACH_PEAK = 0;
/** An allocation after {@link GuardInterceptor.forbidAllocation}. */
export const BREACH_AFTER_MARK = 1;
export const BREACH_STEPS = 2;
/** No bytes, or an alignment that is no power of two: undefined behaviour in most interfaces. */
export const BREACH_REQUEST = 3;
const BREACHES = 4;

export interface HeapBudget {
  /** Most bytes live at once, as the heap's `usableSize` has them. */
  readonly peakBytes?: number;
  /** Most steps of one call. */
  readonly stepsPerCall?: number;
  /** Whether a breach refuses the call; steps are known too late for that. Default true. */
  readonly isRefusing?: boolean;
}

/** The first breach of a kind. */
export interface Breach {
  readonly size: number;
  readonly align: number;
  /** The figure that is beyond the budget: bytes, steps, or the size again. */
  readonly figure: number;
}

export class GuardInterceptor extends PassThrough {
  override readonly name: string = 'guard';
  /** Breaches by kind. */
  readonly counts: Int32Array = new Int32Array(BREACHES);
  /** Most steps of a call so far. */
  worstSteps = 0;
  private readonly peakBytes: number;
  private readonly stepsPerCall: number;
  private readonly isRefusing: boolean;
  private readonly firsts = new Float64Array(3 * BREACHES);
  private liveBytes = 0;
  private isForbidden = false;

  constructor(budget: HeapBudget) {
    super();
    this.peakBytes = budget.peakBytes ?? Number.POSITIVE_INFINITY;
    this.stepsPerCall = budget.stepsPerCall ?? Number.POSITIVE_INFINITY;
    this.isRefusing = budget.isRefusing ?? true;
  }

  /** From now on an allocation, and a block that grows, is a breach. */
  forbidAllocation(): void {
    this.isForbidden = true;
  }

  allowAllocation(): void {
    this.isForbidden = false;
  }

  /** The first breach of a kind, or null. */
  firstOf(breach: number): Breach | null {
    if (this.counts[breach] === 0) return null;
    const [size, align, figure] = this.firsts.subarray(3 * breach, 3 * breach + 3);
    return { size: size!, align: align!, figure: figure! };
  }

  override allocate(heap: Heap, size: number, align: number): number {
    if (this.forbids(size, align, size)) return 0;
    return this.allocated(heap, heap.allocate(size, align), size, align);
  }

  override allocateZeroed(heap: Heap, size: number, align: number): number {
    if (this.forbids(size, align, size)) return 0;
    return this.allocated(heap, heap.allocateZeroed(size, align), size, align);
  }

  override deallocate(heap: Heap, address: number, size: number, align: number): Misuse {
    const bytes = heap.usableSize(address);
    const misuse = heap.deallocate(address, size, align);
    if (misuse === MISUSE_NONE) this.liveBytes -= bytes;
    this.noteSteps(heap, size, align);
    return misuse;
  }

  override reallocate(
    heap: Heap,
    address: number,
    oldSize: number,
    align: number,
    newSize: number,
  ): number {
    const bytes = heap.usableSize(address);
    if (this.forbids(newSize, align, newSize - bytes)) return 0;
    const moved = heap.reallocate(address, oldSize, align, newSize);
    this.noteSteps(heap, newSize, align);
    if (moved !== 0) this.liveBytes += heap.usableSize(moved) - bytes;
    return moved;
  }

  override reallocateInPlace(
    heap: Heap,
    address: number,
    oldSize: number,
    align: number,
    newSize: number,
  ): boolean {
    const bytes = heap.usableSize(address);
    if (this.forbids(newSize, align, newSize - bytes)) return false;
    const done = heap.reallocateInPlace(address, oldSize, align, newSize);
    this.noteSteps(heap, newSize, align);
    if (done) this.liveBytes += heap.usableSize(address) - bytes;
    return done;
  }

  /** Whether a call that makes `more` bytes live is not to be made. */
  private forbids(size: number, align: number, more: number): boolean {
    const live = this.liveBytes + more;
    let isBreach = false;
    if (!(size > 0) || !isPowerOfTwo(align))
      isBreach = this.note(BREACH_REQUEST, size, align, size);
    if (more > 0 && this.isForbidden) isBreach = this.note(BREACH_AFTER_MARK, size, align, more);
    if (more > 0 && live > this.peakBytes) isBreach = this.note(BREACH_PEAK, size, align, live);
    return isBreach && this.isRefusing;
  }

  /** What a heap rounds up counts as live, but is no breach of its own. */
  private allocated(heap: Heap, address: number, size: number, align: number): number {
    this.noteSteps(heap, size, align);
    if (address !== 0) this.liveBytes += heap.usableSize(address);
    return address;
  }

  private noteSteps(heap: Heap, size: number, align: number): void {
    const { steps } = heap;
    if (steps > this.worstSteps) this.worstSteps = steps;
    if (steps > this.stepsPerCall) this.note(BREACH_STEPS, size, align, steps);
  }

  private note(breach: number, size: number, align: number, figure: number): true {
    if (this.counts[breach] === 0) {
      this.firsts[3 * breach] = size;
      this.firsts[3 * breach + 1] = align;
      this.firsts[3 * breach + 2] = figure;
    }
    this.counts[breach]!++;
    return true;
  }
}

/** Up to 2^31, where bitwise operators see a negative number. */
function isPowerOfTwo(align: number): boolean {
  return align >= 1 && align <= 2 ** 31 && (align & (align - 1)) === 0 && Number.isInteger(align);
}

/**
 * A heap that interceptors can be attached to and detached from while it is in use. With none
 * attached a call costs one branch that always goes the same way.
 *
 * An interceptor that calls the hooked heap itself, as a tracer does that formats a line, does not
 * come back to itself: while interceptors run, calls go to the heap behind them. The first such
 * call is reported with its depth, and all are counted.
 *
 *   program -> HeapHook -> last attached -> … -> first attached -> heap
 *                 ^              |                                  ^
 *                 +-- re-entry --+------------- straight to --------+
 */
import { assert } from '../assert.ts';
import type { Heap, HeapStats, Misuse } from '../heap.ts';
import { InterceptedHeap, type Interceptor } from './interceptor.ts';

export class HeapHook implements Heap {
  readonly name: string;
  /** Calls that came out of an interceptor. */
  reentries = 0;
  /** The most calls of this hook that were active at once. */
  deepest = 0;
  private readonly heap: Heap;
  private readonly onReentry: (depth: number) => void;
  private attached: readonly Interceptor[] = [];
  private outermost: Heap | null = null;
  private depth = 0;
  private isSealed = false;

  /** @param onReentry  told once, when an interceptor first calls this heap; may call it, too */
  constructor(heap: Heap, onReentry: (depth: number) => void = () => {}) {
    this.heap = heap;
    this.name = heap.name;
    this.onReentry = onReentry;
  }

  get steps(): number {
    return this.heap.steps;
  }

  get worstSteps(): number {
    return this.heap.worstSteps;
  }

  /** What is attached, the first one first. */
  get interceptors(): readonly Interceptor[] {
    return this.attached;
  }

  /** Puts an interceptor before those that are there. False when the hook is sealed. */
  attach(interceptor: Interceptor): boolean {
    assert(!this.attached.includes(interceptor), `${interceptor.name} is attached already`);
    return this.replace([...this.attached, interceptor]);
  }

  /** Takes an interceptor away; false when the hook is sealed or it is not there. */
  detach(interceptor: Interceptor): boolean {
    if (!this.attached.includes(interceptor)) return false;
    return this.replace(this.attached.filter((other) => other !== interceptor));
  }

  /** From now on nothing is attached or detached any more. */
  seal(): void {
    this.isSealed = true;
  }

  allocate(size: number, align: number): number {
    if (this.outermost === null) return this.heap.allocate(size, align);
    try {
      return this.enter().allocate(size, align);
    } finally {
      this.depth--;
    }
  }

  allocateZeroed(size: number, align: number): number {
    if (this.outermost === null) return this.heap.allocateZeroed(size, align);
    try {
      return this.enter().allocateZeroed(size, align);
    } finally {
      this.depth--;
    }
  }

  deallocate(address: number, size: number, align: number): Misuse {
    if (this.outermost === null) return this.heap.deallocate(address, size, align);
    try {
      return this.enter().deallocate(address, size, align);
    } finally {
      this.depth--;
    }
  }

  reallocate(address: number, oldSize: number, align: number, newSize: number): number {
    if (this.outermost === null) return this.heap.reallocate(address, oldSize, align, newSize);
    try {
      return this.enter().reallocate(address, oldSize, align, newSize);
    } finally {
      this.depth--;
    }
  }

  reallocateInPlace(address: number, oldSize: number, align: number, newSize: number): boolean {
    if (this.outermost === null)
      return this.heap.reallocateInPlace(address, oldSize, align, newSize);
    try {
      return this.enter().reallocateInPlace(address, oldSize, align, newSize);
    } finally {
      this.depth--;
    }
  }

  usableSize(address: number): number {
    if (this.outermost === null) return this.heap.usableSize(address);
    try {
      return this.enter().usableSize(address);
    } finally {
      this.depth--;
    }
  }

  stats(): HeapStats {
    return this.heap.stats();
  }

  statsPrint(print: (line: string) => void): void {
    try {
      this.enter().statsPrint(print);
    } finally {
      this.depth--;
    }
  }

  check(): string[] {
    return this.heap.check();
  }

  /** Where a call goes: through the interceptors, or past them when it comes out of one. */
  private enter(): Heap {
    this.depth++;
    if (this.depth > this.deepest) this.deepest = this.depth;
    if (this.depth === 1) return this.outermost ?? this.heap;
    this.reentries++;
    if (this.reentries === 1) this.onReentry(this.depth);
    return this.heap;
  }

  /** A call that is under way goes on through the interceptors it began with. */
  private replace(attached: readonly Interceptor[]): boolean {
    if (this.isSealed) return false;
    this.attached = attached;
    this.outermost = attached.reduce<Heap | null>(
      (inner, interceptor) => new InterceptedHeap(interceptor, inner ?? this.heap),
      null,
    );
    return true;
  }
}

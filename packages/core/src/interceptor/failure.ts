/**
 * Interceptors that refuse requests, so that it shows what a program does then. Frees pass, so
 * that what was allocated before they were attached can be given back.
 */
import type { Heap } from '../heap.ts';
import { PassThrough } from './interceptor.ts';

/** Refuses every request. */
export class NullInterceptor extends PassThrough {
  override readonly name: string = 'null';

  override allocate(_heap: Heap, _size: number, _align: number): number {
    return 0;
  }

  override allocateZeroed(_heap: Heap, _size: number, _align: number): number {
    return 0;
  }

  override reallocate(): number {
    return 0;
  }

  override reallocateInPlace(): boolean {
    return false;
  }
}

/** Refuses the nth request, counted from 1, and all after it when it is so told. */
export class FailNthInterceptor extends PassThrough {
  override readonly name: string = 'fail-nth';
  /** Requests so far: allocations and reallocations. */
  requests = 0;
  private readonly nth: number;
  private readonly andLater: boolean;

  constructor(nth: number, andLater = false) {
    super();
    this.nth = nth;
    this.andLater = andLater;
  }

  override allocate(heap: Heap, size: number, align: number): number {
    return this.fails() ? 0 : heap.allocate(size, align);
  }

  override allocateZeroed(heap: Heap, size: number, align: number): number {
    return this.fails() ? 0 : heap.allocateZeroed(size, align);
  }

  override reallocate(
    heap: Heap,
    address: number,
    oldSize: number,
    align: number,
    newSize: number,
  ): number {
    return this.fails() ? 0 : heap.reallocate(address, oldSize, align, newSize);
  }

  override reallocateInPlace(
    heap: Heap,
    address: number,
    oldSize: number,
    align: number,
    newSize: number,
  ): boolean {
    return !this.fails() && heap.reallocateInPlace(address, oldSize, align, newSize);
  }

  private fails(): boolean {
    this.requests++;
    return this.requests === this.nth || (this.andLater && this.requests > this.nth);
  }
}

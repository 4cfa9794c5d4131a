/**
 * What stands between a program and its heap. An interceptor gets each call together with the
 * heap it is about, and does with it what it likes: pass it on, count it, refuse it. The heap it
 * is given is the next one inside, never the one that was called, so passing on cannot go round.
 */
import type { Heap, HeapStats, Misuse } from '../heap.ts';

export interface Interceptor {
  readonly name: string;
  allocate(heap: Heap, size: number, align: number): number;
  allocateZeroed(heap: Heap, size: number, align: number): number;
  deallocate(heap: Heap, address: number, size: number, align: number): Misuse;
  reallocate(heap: Heap, address: number, oldSize: number, align: number, newSize: number): number;
  reallocateInPlace(
    heap: Heap,
    address: number,
    oldSize: number,
    align: number,
    newSize: number,
  ): boolean;
  usableSize(heap: Heap, address: number): number;
  statsPrint(heap: Heap, print: (line: string) => void): void;
}

/** Passes every call on; interceptors extend it by what they are about. */
export class PassThrough implements Interceptor {
  readonly name: string = 'pass';

  allocate(heap: Heap, size: number, align: number): number {
    return heap.allocate(size, align);
  }

  allocateZeroed(heap: Heap, size: number, align: number): number {
    return heap.allocateZeroed(size, align);
  }

  deallocate(heap: Heap, address: number, size: number, align: number): Misuse {
    return heap.deallocate(address, size, align);
  }

  reallocate(heap: Heap, address: number, oldSize: number, align: number, newSize: number): number {
    return heap.reallocate(address, oldSize, align, newSize);
  }

  reallocateInPlace(
    heap: Heap,
    address: number,
    oldSize: number,
    align: number,
    newSize: number,
  ): boolean {
    return heap.reallocateInPlace(address, oldSize, align, newSize);
  }

  usableSize(heap: Heap, address: number): number {
    return heap.usableSize(address);
  }

  statsPrint(heap: Heap, print: (line: string) => void): void {
    heap.statsPrint(print);
  }
}

/** A heap with an interceptor before it, for good: what is attached at run time is a HeapHook's. */
export class InterceptedHeap implements Heap {
  readonly name: string;
  private readonly interceptor: Interceptor;
  private readonly heap: Heap;

  constructor(interceptor: Interceptor, heap: Heap) {
    this.interceptor = interceptor;
    this.heap = heap;
    this.name = heap.name;
  }

  get steps(): number {
    return this.heap.steps;
  }

  get worstSteps(): number {
    return this.heap.worstSteps;
  }

  allocate(size: number, align: number): number {
    return this.interceptor.allocate(this.heap, size, align);
  }

  allocateZeroed(size: number, align: number): number {
    return this.interceptor.allocateZeroed(this.heap, size, align);
  }

  deallocate(address: number, size: number, align: number): Misuse {
    return this.interceptor.deallocate(this.heap, address, size, align);
  }

  reallocate(address: number, oldSize: number, align: number, newSize: number): number {
    return this.interceptor.reallocate(this.heap, address, oldSize, align, newSize);
  }

  reallocateInPlace(address: number, oldSize: number, align: number, newSize: number): boolean {
    return this.interceptor.reallocateInPlace(this.heap, address, oldSize, align, newSize);
  }

  usableSize(address: number): number {
    return this.interceptor.usableSize(this.heap, address);
  }

  stats(): HeapStats {
    return this.heap.stats();
  }

  statsPrint(print: (line: string) => void): void {
    this.interceptor.statsPrint(this.heap, print);
  }

  check(): string[] {
    return this.heap.check();
  }
}

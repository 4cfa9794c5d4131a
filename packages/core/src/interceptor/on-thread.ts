/**
 * An interceptor for the calls of one thread, on a hook that all threads share. Calls of other
 * threads pass by; a block that one thread allocates and another frees is then seen once only.
 */
import type { Heap, Misuse } from '../heap.ts';
import type { Interceptor } from './interceptor.ts';

export class OnThread implements Interceptor {
  readonly name: string;
  private readonly thread: number;
  private readonly currentThread: () => number;
  private readonly inner: Interceptor;

  /** @param currentThread  number of the thread that makes the call */
  constructor(thread: number, currentThread: () => number, inner: Interceptor) {
    this.name = `${inner.name} of thread ${thread}`;
    this.thread = thread;
    this.currentThread = currentThread;
    this.inner = inner;
  }

  allocate(heap: Heap, size: number, align: number): number {
    return this.isMine() ? this.inner.allocate(heap, size, align) : heap.allocate(size, align);
  }

  allocateZeroed(heap: Heap, size: number, align: number): number {
    return this.isMine()
      ? this.inner.allocateZeroed(heap, size, align)
      : heap.allocateZeroed(size, align);
  }

  deallocate(heap: Heap, address: number, size: number, align: number): Misuse {
    return this.isMine()
      ? this.inner.deallocate(heap, address, size, align)
      : heap.deallocate(address, size, align);
  }

  reallocate(heap: Heap, address: number, oldSize: number, align: number, newSize: number): number {
    return this.isMine()
      ? this.inner.reallocate(heap, address, oldSize, align, newSize)
      : heap.reallocate(address, oldSize, align, newSize);
  }

  reallocateInPlace(
    heap: Heap,
    address: number,
    oldSize: number,
    align: number,
    newSize: number,
  ): boolean {
    return this.isMine()
      ? this.inner.reallocateInPlace(heap, address, oldSize, align, newSize)
      : heap.reallocateInPlace(address, oldSize, align, newSize);
  }

  usableSize(heap: Heap, address: number): number {
    return this.isMine() ? this.inner.usableSize(heap, address) : heap.usableSize(address);
  }

  statsPrint(heap: Heap, print: (line: string) => void): void {
    if (this.isMine()) this.inner.statsPrint(heap, print);
    else heap.statsPrint(print);
  }

  private isMine(): boolean {
    return this.currentThread() === this.thread;
  }
}

/**
 * One call at a time, whatever thread it comes from: a lock in a word of shared memory. A heap's
 * state lies in its bytes, so workers that each have an object over the same bytes are safe with
 * the same lock before each. Attach it last, so that what is attached before runs inside it.
 *
 *   word   0 free   1 taken   2 taken, and somebody may be waiting
 *
 * @see U. Drepper, "Futexes Are Tricky" (2011), mutex 2
 */
import type { Heap, Misuse } from '../heap.ts';
import { PassThrough } from './interceptor.ts';

export class LockInterceptor extends PassThrough {
  override readonly name: string = 'lock';
  private readonly words: Int32Array;
  private readonly index: number;
  private readonly mayWait: boolean;

  /**
   * @param words    over a SharedArrayBuffer
   * @param index    which word is the lock; 0 at first
   * @param mayWait  false where a thread must not sleep, as a browser's main thread: it then spins
   */
  constructor(words: Int32Array, index = 0, mayWait = true) {
    super();
    this.words = words;
    this.index = index;
    this.mayWait = mayWait;
  }

  override allocate(heap: Heap, size: number, align: number): number {
    this.acquire();
    try {
      return heap.allocate(size, align);
    } finally {
      this.release();
    }
  }

  override allocateZeroed(heap: Heap, size: number, align: number): number {
    this.acquire();
    try {
      return heap.allocateZeroed(size, align);
    } finally {
      this.release();
    }
  }

  override deallocate(heap: Heap, address: number, size: number, align: number): Misuse {
    this.acquire();
    try {
      return heap.deallocate(address, size, align);
    } finally {
      this.release();
    }
  }

  override reallocate(
    heap: Heap,
    address: number,
    oldSize: number,
    align: number,
    newSize: number,
  ): number {
    this.acquire();
    try {
      return heap.reallocate(address, oldSize, align, newSize);
    } finally {
      this.release();
    }
  }

  override reallocateInPlace(
    heap: Heap,
    address: number,
    oldSize: number,
    align: number,
    newSize: number,
  ): boolean {
    this.acquire();
    try {
      return heap.reallocateInPlace(address, oldSize, align, newSize);
    } finally {
      this.release();
    }
  }

  override usableSize(heap: Heap, address: number): number {
    this.acquire();
    try {
      return heap.usableSize(address);
    } finally {
      this.release();
    }
  }

  private acquire(): void {
    const { words, index } = this;
    if (Atomics.compareExchange(words, index, 0, 1) === 0) return;
    while (Atomics.exchange(words, index, 2) !== 0) {
      if (this.mayWait) Atomics.wait(words, index, 2);
    }
  }

  private release(): void {
    if (Atomics.exchange(this.words, this.index, 0) === 2) {
      Atomics.notify(this.words, this.index, 1);
    }
  }
}

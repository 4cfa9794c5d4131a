/**
 * Calls a handler when the heap refuses a request, as C++'s new handler and Rust's alloc error
 * hook: it may make room and have the request tried again, or give up, which it may do by not
 * returning at all. The handler can be replaced at any time.
 */
import type { Heap } from '../heap.ts';
import { PassThrough } from './interceptor.ts';

/** Returns whether to try again; may throw to end the program. */
export type OutOfMemoryHandler = (size: number, align: number) => boolean;

/** Attempts after which a handler is taken to have nothing more to give. */
export const MAX_RETRIES = 100;

export class OutOfMemoryInterceptor extends PassThrough {
  override readonly name: string = 'out-of-memory';
  private handler: OutOfMemoryHandler;

  constructor(handler: OutOfMemoryHandler = () => false) {
    super();
    this.handler = handler;
  }

  /** Replaces the handler; returns the one before. */
  setHandler(handler: OutOfMemoryHandler): OutOfMemoryHandler {
    const before = this.handler;
    this.handler = handler;
    return before;
  }

  override allocate(heap: Heap, size: number, align: number): number {
    let address = heap.allocate(size, align);
    for (let tries = 0; address === 0 && tries < MAX_RETRIES; tries++) {
      if (!this.handler(size, align)) return 0;
      address = heap.allocate(size, align);
    }
    return address;
  }

  override allocateZeroed(heap: Heap, size: number, align: number): number {
    let address = heap.allocateZeroed(size, align);
    for (let tries = 0; address === 0 && tries < MAX_RETRIES; tries++) {
      if (!this.handler(size, align)) return 0;
      address = heap.allocateZeroed(size, align);
    }
    return address;
  }

  override reallocate(
    heap: Heap,
    address: number,
    oldSize: number,
    align: number,
    newSize: number,
  ): number {
    let moved = heap.reallocate(address, oldSize, align, newSize);
    for (let tries = 0; moved === 0 && tries < MAX_RETRIES; tries++) {
      // No memory is not why a pointer that is none is refused.
      if (heap.usableSize(address) === 0 || !this.handler(newSize, align)) return 0;
      moved = heap.reallocate(address, oldSize, align, newSize);
    }
    return moved;
  }
}

/** What Rust's standard library says before it aborts. */
export function outOfMemoryMessage(size: number): string {
  return `memory allocation of ${size} bytes failed`;
}

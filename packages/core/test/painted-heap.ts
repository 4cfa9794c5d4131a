/**
 * An interceptor for tests that fills each block with a byte of its own and finds it there when the
 * block is resized or freed: blocks that overlap, or bytes that a heap lost, show.
 */
import { expect } from 'vitest';
import { type Heap, MISUSE_NONE, type Misuse } from '../src/heap.ts';
import { PassThrough } from '../src/interceptor/interceptor.ts';

interface Painted {
  readonly size: number;
  readonly colour: number;
}

export class PaintedHeap extends PassThrough {
  override readonly name: string = 'painted';
  readonly live: Map<number, Painted> = new Map();
  private readonly bytes: Uint8Array;
  private readonly base: number;
  private calls = 0;

  constructor(bytes: Uint8Array, base: number) {
    super();
    this.bytes = bytes;
    this.base = base;
  }

  override allocate(heap: Heap, size: number, align: number): number {
    const address = heap.allocate(size, align);
    if (address !== 0) this.paint(address, size, align);
    return address;
  }

  override allocateZeroed(heap: Heap, size: number, align: number): number {
    const address = heap.allocateZeroed(size, align);
    if (address === 0) return 0;
    this.verify(address, size, 0);
    this.paint(address, size, align);
    return address;
  }

  override deallocate(heap: Heap, address: number, size: number, align: number): Misuse {
    this.verifyBlock(address);
    const misuse = heap.deallocate(address, size, align);
    if (misuse === MISUSE_NONE) this.live.delete(address);
    return misuse;
  }

  override reallocate(
    heap: Heap,
    address: number,
    oldSize: number,
    align: number,
    newSize: number,
  ): number {
    const moved = heap.reallocate(address, oldSize, align, newSize);
    if (moved !== 0) this.resized(address, moved, newSize, align);
    return moved;
  }

  override reallocateInPlace(
    heap: Heap,
    address: number,
    oldSize: number,
    align: number,
    newSize: number,
  ): boolean {
    const done = heap.reallocateInPlace(address, oldSize, align, newSize);
    if (done) this.resized(address, address, newSize, align);
    return done;
  }

  /** Verifies all blocks that are live. */
  verifyAll(): void {
    for (const address of this.live.keys()) this.verifyBlock(address);
  }

  private resized(address: number, moved: number, size: number, align: number): void {
    const old = this.live.get(address)!;
    this.verify(moved, Math.min(old.size, size), old.colour);
    this.live.delete(address);
    this.paint(moved, size, align);
  }

  private paint(address: number, size: number, align: number): void {
    const at = address - this.base;
    if (address % align !== 0) expect.fail(`${address} is not aligned to ${align}`);
    if (at < 0 || at + size > this.bytes.length) expect.fail(`${address} is outside the heap`);
    this.calls++;
    const colour = 1 + (this.calls % 255);
    this.live.set(address, { size, colour });
    this.bytes.fill(colour, at, at + size);
  }

  private verifyBlock(address: number): void {
    const { size, colour } = this.live.get(address)!;
    this.verify(address, size, colour);
  }

  private verify(address: number, size: number, colour: number): void {
    const { bytes } = this;
    const start = address - this.base;
    for (let at = start; at < start + size; at++) {
      if (bytes[at] !== colour)
        expect.fail(`byte ${at - start} of the block at ${address} changed`);
    }
  }
}

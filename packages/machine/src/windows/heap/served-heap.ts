/**
 * A heap of Windows whose blocks a heap of ours serves. Handle, flags and locks are the system's as
 * ever; what the system itself has taken, as for thread-local data, stays where it is.
 */
import { WinHeap, type WinSpace } from '@bareheap/platform-win';
import type { ServedBlocks } from './served-blocks.ts';

/** Kind of a block in use; any number but 0 does. */
const SERVED = 1;

export class ServedHeap extends WinHeap {
  private readonly served: ServedBlocks;

  constructor(space: WinSpace, base: number, served: ServedBlocks) {
    super(space, base);
    this.served = served;
  }

  /** A block of the system's own, which the program's heap has no part in. */
  allocateOwn(size: number, isZeroed: boolean): number {
    return super.allocate(size, isZeroed);
  }

  override get largestFree(): number {
    return this.served.largestFree || super.largestFree;
  }

  override allocate(size: number, isZeroed: boolean): number {
    if (!this.served.isOpen) return super.allocate(size, isZeroed);
    return this.hasRoom(size, size) ? this.served.allocate(this.base, size, isZeroed) : 0;
  }

  override free(payload: number): boolean {
    if (!this.has(payload)) return super.free(payload);
    this.served.free(this.base, payload);
    return true;
  }

  override sizeOf(payload: number): number {
    const size = this.served.sizeOf(this.base, payload);
    return size < 0 ? super.sizeOf(payload) : size;
  }

  override kindAt(payload: number): number {
    return this.has(payload) ? SERVED : super.kindAt(payload);
  }

  override resizeInPlace(payload: number, size: number, isZeroed: boolean): boolean {
    const before = this.served.sizeOf(this.base, payload);
    if (before < 0) return super.resizeInPlace(payload, size, isZeroed);
    if (!this.hasRoom(size, size - before)) return false;
    if (!this.served.resizeInPlace(this.base, payload, size)) return false;
    this.clear(payload, before, size, isZeroed);
    return true;
  }

  override reallocate(payload: number, size: number, isZeroed: boolean): number {
    const { served, base } = this;
    const before = served.sizeOf(base, payload);
    if (before < 0) return super.reallocate(payload, size, isZeroed);
    const moved = this.hasRoom(size, size - before) ? served.reallocate(base, payload, size) : 0;
    if (moved !== 0) this.clear(moved, before, size, isZeroed);
    return moved;
  }

  override destroy(): void {
    this.served.freeAll(this.base);
    super.destroy();
  }

  override servedAfter(payload: number): { payload: number; size: number } | null {
    return this.served.after(this.base, payload);
  }

  override servedSoundness(payload: number): boolean | null {
    if (payload !== 0 && !this.has(payload)) return null;
    return this.served.isSound(payload);
  }

  private has(payload: number): boolean {
    return this.served.sizeOf(this.base, payload) >= 0;
  }

  /**
   * Whether a block may have `size` bytes, `change` more than before: a heap that HeapCreate was told
   * the most bytes of has no more in use at once.
   */
  private hasRoom(size: number, change: number): boolean {
    if (size > this.mostRequest) return false;
    const most = this.mostBytes;
    return most === 0 || this.served.usedBy(this.base) + change <= most;
  }

  private clear(payload: number, before: number, size: number, isZeroed: boolean): void {
    if (isZeroed && size > before) this.words.fill(payload + before, size - before, 0);
  }
}

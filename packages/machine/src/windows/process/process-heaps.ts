/** The process's heap, which the C library and the system itself take blocks of. */

import { processHeap, type WinHeap, type WinProcess } from '@bareheap/platform-win';
import { ServedHeap } from '../heap/served-heap.ts';

export class ProcessHeaps {
  /** Told of a block that was asked for here, its address or 0, and of one that is given back. */
  onGiven: (address: number, size: number) => void = () => undefined;
  onTaken: (address: number) => void = () => undefined;
  private readonly win: WinProcess;

  constructor(win: WinProcess) {
    this.win = win;
  }

  /** Its handle, or 0 when there is no memory for it. */
  get handle(): number {
    return this.heap?.base ?? 0;
  }

  /** A block's address, or 0. */
  allocate(size: number, isZeroed = false): number {
    const block = this.heap?.allocate(size, isZeroed) ?? 0;
    this.onGiven(block, size);
    return block;
  }

  /** A block that stays the system's, whoever serves the program's; its address, or 0. */
  allocateOwn(size: number, isZeroed = false): number {
    const { heap } = this;
    if (heap instanceof ServedHeap) return heap.allocateOwn(size, isZeroed);
    return heap?.allocate(size, isZeroed) ?? 0;
  }

  /** False when there is no such block. */
  free(block: number): boolean {
    if (block !== 0) this.onTaken(block);
    return block === 0 || (this.heap?.free(block) ?? false);
  }

  /** Bytes as asked for, or -1 when there is no such block. */
  size(block: number): number {
    return this.heap?.sizeOf(block) ?? -1;
  }

  /** The block's new address, or 0 with the block as it was. */
  reallocate(block: number, size: number, isZeroed = false): number {
    return this.heap?.reallocate(block, size, isZeroed) ?? 0;
  }

  resizeInPlace(block: number, size: number): boolean {
    return this.heap?.resizeInPlace(block, size, false) ?? false;
  }

  private get heap(): WinHeap | null {
    return processHeap(this.win);
  }
}

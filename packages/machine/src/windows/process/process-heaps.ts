/** The process's heap, which the C library and the system itself take blocks of. */
import { processHeap, type WinHeap, type WinProcess } from '@bareheap/platform-win';

export class ProcessHeaps {
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
    return this.heap?.allocate(size, isZeroed) ?? 0;
  }

  /** False when there is no such block. */
  free(block: number): boolean {
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

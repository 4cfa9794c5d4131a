/** The process's heap, which the C library and the system itself take blocks of. */

import { processHeap, type WinHeap, type WinProcess } from '@bareheap/platform-win';
import { ServedHeap } from '../heap/served-heap.ts';

/** A function of the heap that stands behind one of the C library's, with its words. */
export type HeapUse = (
  name: 'HeapAlloc' | 'HeapFree' | 'HeapReAlloc',
  words: readonly number[],
  result: number,
) => void;

const ZERO_MEMORY = 8;
const IN_PLACE_ONLY = 0x10;

export class ProcessHeaps {
  /** Told of a block that was asked for here, its address or 0, and of one that is given back. */
  onGiven: (address: number, size: number) => void = () => undefined;
  onTaken: (address: number) => void = () => undefined;
  /** Told what a function of the system's asks of the heap, where somebody writes a trace. */
  onUse: HeapUse | null = null;
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
    this.onUse?.('HeapAlloc', [isZeroed ? ZERO_MEMORY : 0, size], block);
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
    if (block === 0) return true;
    this.onTaken(block);
    const isFreed = this.heap?.free(block) ?? false;
    this.onUse?.('HeapFree', [0, block], Number(isFreed));
    return isFreed;
  }

  /** Bytes as asked for, or -1 when there is no such block. */
  size(block: number): number {
    return this.heap?.sizeOf(block) ?? -1;
  }

  /** The block's new address, or 0 with the block as it was. */
  reallocate(block: number, size: number, isZeroed = false): number {
    const moved = this.heap?.reallocate(block, size, isZeroed) ?? 0;
    this.onUse?.('HeapReAlloc', [isZeroed ? ZERO_MEMORY : 0, block, size], moved);
    return moved;
  }

  resizeInPlace(block: number, size: number): boolean {
    const isDone = this.heap?.resizeInPlace(block, size, false) ?? false;
    this.onUse?.('HeapReAlloc', [IN_PLACE_ONLY, block, size], isDone ? block : 0);
    return isDone;
  }

  private get heap(): WinHeap | null {
    return processHeap(this.win);
  }
}

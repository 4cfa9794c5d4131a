/**
 * malloc and its kin of the C runtime: blocks of the process's heap. `errno` is the runtime's, not
 * this package's.
 */
import { unsigned } from './address-word.ts';
import { processHeap } from './heap-calls.ts';
import type { CallWords } from './nt-calls.ts';
import type { WinProcess } from './win-process.ts';
import { WIN32_ERROR } from './win32-error.ts';

const NO_SIZE = -1;
/** Larger products are refused before a heap is asked. */
const TOO_MANY_BYTES = 2 ** 64;

function allocate(p: WinProcess, size: number, isZeroed: boolean): number {
  const block = processHeap(p)?.allocate(size, isZeroed) ?? 0;
  p.raiseFault();
  return block === 0 ? p.fails(WIN32_ERROR.NOT_ENOUGH_MEMORY) : block;
}

/** (bytes) */
export function runtimeMalloc(p: WinProcess, a: CallWords): number {
  return allocate(p, unsigned(a[0]!), false);
}

/** (count, bytes of each) */
export function runtimeCalloc(p: WinProcess, a: CallWords): number {
  const size = unsigned(a[0]!) * unsigned(a[1]!);
  return size >= TOO_MANY_BYTES ? 0 : allocate(p, size, true);
}

/** (block, bytes): no block is a new one, no bytes free it. */
export function runtimeRealloc(p: WinProcess, a: CallWords): number {
  const size = unsigned(a[1]!);
  if (a[0] === 0) return allocate(p, size, false);
  if (size === 0) return runtimeFree(p, a);
  const heap = processHeap(p);
  if (heap === null || heap.kindAt(a[0]!) === 0) return p.fails(WIN32_ERROR.INVALID_PARAMETER);
  const block = heap.reallocate(a[0]!, size, false);
  p.raiseFault();
  return block === 0 ? p.fails(WIN32_ERROR.NOT_ENOUGH_MEMORY) : block;
}

/** (block) */
export function runtimeFree(p: WinProcess, a: CallWords): 0 {
  if (a[0] === 0) return 0;
  const isFreed = processHeap(p)?.free(a[0]!) ?? false;
  p.raiseFault();
  return isFreed ? 0 : p.fails(WIN32_ERROR.INVALID_PARAMETER);
}

/** (block): bytes. */
export function runtimeSize(p: WinProcess, a: CallWords): number {
  const size = processHeap(p)?.sizeOf(a[0]!) ?? NO_SIZE;
  p.raiseFault();
  if (size === NO_SIZE) p.fails(WIN32_ERROR.INVALID_PARAMETER);
  return size;
}

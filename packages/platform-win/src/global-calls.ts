/**
 * GlobalAlloc and LocalAlloc with their kin: fixed blocks of the process's heap, or moveable ones
 * behind handles. The two families share blocks and handles; they differ in two words.
 */
import { dword, unsigned } from './address-word.ts';
import type { WinHeap } from './heap/win-heap.ts';
import { processHeap } from './heap-calls.ts';
import { MoveableTable } from './moveable-table.ts';
import type { CallWords } from './nt-calls.ts';
import {
  GMEM_DDESHARE,
  GMEM_DISCARDABLE,
  GMEM_DISCARDED,
  GMEM_INVALID_HANDLE,
  GMEM_MODIFY,
  GMEM_MOVEABLE,
  GMEM_ZEROINIT,
  LMEM_DISCARDABLE,
} from './win-constants.ts';
import type { WinProcess } from './win-process.ts';
import { WIN32_ERROR } from './win32-error.ts';

const KEPT_FLAGS = GMEM_DISCARDABLE | GMEM_DDESHARE;

/** What a handle of either family is. */
interface Found {
  readonly heap: WinHeap;
  /** The table when it is moveable, null when it is the block's own address. */
  readonly table: MoveableTable | null;
}

function find(p: WinProcess, handle: number): Found | null {
  const heap = processHeap(p);
  if (heap === null || handle === 0) return null;
  if (p.moveable?.has(handle)) return { heap, table: p.moveable };
  return heap.kindAt(handle) === 0 ? null : { heap, table: null };
}

function ends(p: WinProcess, value: number): number {
  p.raiseFault();
  return value;
}

/** (flags, bytes): the block or its handle. A fixed block of no bytes has one. */
export function globalAlloc(p: WinProcess, a: CallWords): number {
  const isFixed = (dword(a[0]!) & GMEM_MOVEABLE) === 0;
  return localAlloc(p, [a[0]!, isFixed && a[1] === 0 ? 1 : a[1]!]);
}

/** (flags, bytes): the block or its handle. */
export function localAlloc(p: WinProcess, a: CallWords): number {
  const flags = dword(a[0]!);
  const size = unsigned(a[1]!);
  const heap = processHeap(p);
  const isZeroed = (flags & GMEM_ZEROINIT) !== 0;
  if (heap === null) return p.fails(WIN32_ERROR.NOT_ENOUGH_MEMORY);
  if ((flags & GMEM_MOVEABLE) === 0) {
    const block = heap.allocate(size, isZeroed);
    return ends(p, block === 0 ? p.fails(WIN32_ERROR.NOT_ENOUGH_MEMORY) : block);
  }
  p.moveable ??= MoveableTable.make(p.space);
  const block = size === 0 ? 0 : heap.allocate(size, isZeroed);
  const isShort = p.moveable === null || (size !== 0 && block === 0);
  const kept = (flags & KEPT_FLAGS) | (size === 0 ? GMEM_DISCARDED : 0);
  const handle = isShort ? 0 : p.moveable!.open(block, kept);
  if (handle === 0 && block !== 0) heap.free(block);
  return ends(p, handle === 0 ? p.fails(WIN32_ERROR.NOT_ENOUGH_MEMORY) : handle);
}

/** (handle, bytes, flags): the handle, or the block that it is now. */
export function localReAlloc(p: WinProcess, a: CallWords): number {
  const found = find(p, a[0]!);
  if (found === null) return p.fails(WIN32_ERROR.INVALID_HANDLE);
  const flags = dword(a[2]!);
  if ((flags & GMEM_MODIFY) !== 0) {
    if ((flags & LMEM_DISCARDABLE) !== 0) found.table?.setDiscardable(a[0]!);
    return ends(p, a[0]!);
  }
  // What is discardable is said when memory is made, or with GMEM_MODIFY.
  if ((flags & LMEM_DISCARDABLE) !== 0) return p.fails(WIN32_ERROR.INVALID_PARAMETER);
  const size = unsigned(a[1]!);
  if (found.table !== null) return ends(p, resizeMoveable(p, found.heap, a[0]!, size, flags));
  const mayMove = (flags & GMEM_MOVEABLE) !== 0;
  const block = resize(found.heap, a[0]!, size, flags, mayMove);
  return ends(p, block === 0 ? p.fails(WIN32_ERROR.NOT_ENOUGH_MEMORY) : block);
}

/** (handle, bytes, flags): as LocalReAlloc, and fixed memory can be made moveable. */
export function globalReAlloc(p: WinProcess, a: CallWords): number {
  const found = find(p, a[0]!);
  const [size, flags] = [unsigned(a[1]!), dword(a[2]!)];
  const isLocked = found !== null && found.table !== null && found.table.locksOf(a[0]!) > 0;
  const isDiscarding = size === 0 || (flags & LMEM_DISCARDABLE) !== 0;
  // What is locked is not discarded; that says nothing about why.
  if ((flags & GMEM_MODIFY) === 0 && isLocked && isDiscarding) return 0;
  const handle = localReAlloc(p, a);
  const isMadeMoveable = (flags & GMEM_MODIFY) !== 0 && (flags & GMEM_MOVEABLE) !== 0;
  if (handle === 0 || !isMadeMoveable || found === null || found.table !== null) return handle;
  p.moveable ??= MoveableTable.make(p.space);
  const moveable = p.moveable?.open(handle, flags & KEPT_FLAGS) ?? 0;
  return ends(p, moveable === 0 ? p.fails(WIN32_ERROR.NOT_ENOUGH_MEMORY) : moveable);
}

function resize(
  heap: WinHeap,
  block: number,
  size: number,
  flags: number,
  mayMove: boolean,
): number {
  const isZeroed = (flags & GMEM_ZEROINIT) !== 0;
  if (mayMove) return heap.reallocate(block, size, isZeroed);
  return heap.resizeInPlace(block, size, isZeroed) ? block : 0;
}

function resizeMoveable(
  p: WinProcess,
  heap: WinHeap,
  handle: number,
  size: number,
  flags: number,
): number {
  const table = p.moveable!;
  const block = table.pointerOf(handle);
  const isLocked = table.locksOf(handle) > 0;
  if (size === 0) {
    if (isLocked || (flags & GMEM_MOVEABLE) === 0) return p.fails(WIN32_ERROR.INVALID_PARAMETER);
    if (block !== 0) heap.free(block);
    table.setPointer(handle, 0);
    return handle;
  }
  const mayMove = !isLocked || (flags & GMEM_MOVEABLE) !== 0;
  const moved =
    block === 0
      ? heap.allocate(size, (flags & GMEM_ZEROINIT) !== 0)
      : resize(heap, block, size, flags, mayMove);
  if (moved === 0) return p.fails(WIN32_ERROR.NOT_ENOUGH_MEMORY);
  table.setPointer(handle, moved);
  return handle;
}

/** (handle): 0, or the handle when it is none. */
export function globalFree(p: WinProcess, a: CallWords): number {
  const handle = a[0]!;
  if (handle === 0) return 0;
  const found = find(p, handle);
  if (found === null) {
    p.fails(WIN32_ERROR.INVALID_HANDLE);
    return handle;
  }
  const block = found.table === null ? handle : found.table.pointerOf(handle);
  if (block !== 0) found.heap.free(block);
  found.table?.close(handle);
  return ends(p, 0);
}

/** (handle): bytes; 0 of what was discarded. */
export function globalSize(p: WinProcess, a: CallWords): number {
  const found = find(p, a[0]!);
  if (found === null) return p.fails(WIN32_ERROR.INVALID_HANDLE);
  const block = found.table === null ? a[0]! : found.table.pointerOf(a[0]!);
  return ends(p, block === 0 ? 0 : found.heap.sizeOf(block));
}

/** Flags and count of locks; discardable is another word in each family. */
function flagsOf(p: WinProcess, handle: number, discardable: number): number {
  const found = find(p, handle);
  if (found === null) {
    p.fails(WIN32_ERROR.INVALID_HANDLE);
    return GMEM_INVALID_HANDLE;
  }
  if (found.table === null) return 0;
  const flags = found.table.flagsOf(handle);
  const shown = (flags & GMEM_DISCARDABLE) === 0 ? flags : flags | discardable;
  return ends(p, shown | found.table.locksOf(handle));
}

/** (handle) */
export function globalFlags(p: WinProcess, a: CallWords): number {
  return flagsOf(p, a[0]!, GMEM_DISCARDABLE);
}

/** (handle) */
export function localFlags(p: WinProcess, a: CallWords): number {
  return flagsOf(p, a[0]!, LMEM_DISCARDABLE);
}

/** (handle): the block's address. */
export function globalLock(p: WinProcess, a: CallWords): number {
  const handle = a[0]!;
  if (handle === 0) return 0;
  const found = find(p, handle);
  if (found === null) return p.fails(WIN32_ERROR.INVALID_HANDLE);
  if (found.table === null) return handle;
  const block = found.table.pointerOf(handle);
  if (block === 0) return ends(p, p.fails(WIN32_ERROR.DISCARDED));
  found.table.changeLocks(handle, 1);
  return ends(p, block);
}

/** Whether it still is locked; 0 with no error when it is not any more. */
function unlock(p: WinProcess, handle: number, isFixedLocked: boolean): number {
  const found = find(p, handle);
  if (found === null) return p.fails(WIN32_ERROR.INVALID_HANDLE);
  if (found.table === null) return isFixedLocked ? 1 : p.fails(WIN32_ERROR.NOT_LOCKED);
  const locks = found.table.locksOf(handle);
  if (locks === 0) return p.fails(WIN32_ERROR.NOT_LOCKED);
  found.table.changeLocks(handle, -1);
  return ends(p, locks > 1 ? 1 : p.fails(WIN32_ERROR.SUCCESS));
}

/** (handle) */
export function globalUnlock(p: WinProcess, a: CallWords): number {
  return unlock(p, a[0]!, true);
}

/** (handle) */
export function localUnlock(p: WinProcess, a: CallWords): number {
  return unlock(p, a[0]!, false);
}

/** (address): the handle of a block. */
export function globalHandle(p: WinProcess, a: CallWords): number {
  const address = a[0]!;
  if (address === 0) return p.fails(WIN32_ERROR.INVALID_PARAMETER);
  if (find(p, address) === null) return p.fails(WIN32_ERROR.INVALID_HANDLE);
  const handle = p.moveable?.handleOf(address) ?? 0;
  return ends(p, handle === 0 ? address : handle);
}

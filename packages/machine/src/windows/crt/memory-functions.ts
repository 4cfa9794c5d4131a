// @table
/** Memory of the C library: the allocation family over the process's heap, blocks of bytes. */
import { PAGE_BYTES } from '@bareheap/mmu';
import type { Call } from '../call.ts';
import { ERROR_NOT_ENOUGH_MEMORY } from '../process/windows-error.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';
import { EINVAL, ENOMEM, failWith } from './crt-errno.ts';

const PIECE = 65_536;
/** Aligned blocks are for pointers at least. */
const LEAST_ALIGN = 8;
/** Sizes are less: 64 bits. */
const MOST = 2 ** 64;

/** errno, and the last error of the heap that could not give. */
function lacksMemory(c: Call): number {
  c.lastError = ERROR_NOT_ENOUGH_MEMORY;
  return failWith(c.process, ENOMEM, 0);
}

function allocate(c: Call, size: number, isZeroed = false): number {
  const address = c.process.heaps.allocate(size, isZeroed);
  return address === 0 ? lacksMemory(c) : address;
}

/** A product that is no size is refused before the heap is asked. */
function allocateMany(c: Call): number {
  const size = c.word(0) * c.word(1);
  return size < MOST ? allocate(c, size, true) : failWith(c.process, ENOMEM, 0);
}

function release(c: Call, address: number): number {
  c.process.heaps.free(address);
  return 0;
}

function reallocate(c: Call, size: number, isZeroed: boolean): number {
  const { heaps } = c.process;
  const address = c.word(0);
  if (address === 0) return allocate(c, size, isZeroed);
  if (size === 0) return release(c, address);
  if (heaps.size(address) < 0) return failWith(c.process, EINVAL, 0);
  const moved = heaps.reallocate(address, size, isZeroed);
  return moved === 0 ? lacksMemory(c) : moved;
}

function sizeOf(c: Call): number {
  const size = c.process.heaps.size(c.word(0));
  return size < 0 ? failWith(c.process, EINVAL, -1) : size;
}

function allocateAligned(c: Call, size: number, align: number, offset: number): number {
  const isAlignment = align === 0 || Number.isInteger(Math.log2(align));
  if (!isAlignment || offset > size) return failWith(c.process, EINVAL, 0);
  const step = Math.max(align, LEAST_ALIGN);
  const block = allocate(c, size + step);
  if (block === 0) return 0;
  const low = block + offset;
  const aligned = Math.ceil(low / step) * step - offset;
  c.process.crt.alignedBlocks.set(aligned, block);
  return aligned;
}

function releaseAligned(c: Call, address: number): number {
  const { alignedBlocks } = c.process.crt;
  const block = alignedBlocks.get(address);
  alignedBlocks.delete(address);
  return block === undefined ? 0 : release(c, block);
}

function reallocateAligned(c: Call, offset: number): number {
  const address = c.word(0);
  const size = c.word(1);
  if (address === 0) return allocateAligned(c, size, c.word(2), offset);
  if (size === 0) return releaseAligned(c, address);
  const { heaps, crt } = c.process;
  const block = crt.alignedBlocks.get(address) ?? 0;
  const before = Math.max(0, heaps.size(block) - (address - block));
  const moved = allocateAligned(c, size, c.word(2), offset);
  if (moved === 0) return 0;
  c.memory.write(moved, c.memory.read(address, Math.min(before, size)));
  return releaseAligned(c, address) + moved;
}

/** Copies piece by piece; of ranges that overlap from the end that is not written to first. */
export function moveBytes({ memory }: Call, to: number, from: number, length: number): void {
  const isBackward = to > from && to < from + length;
  for (let done = 0; done < length && !memory.mmu.faulted; done += PIECE) {
    const count = Math.min(PIECE, length - done);
    const at = isBackward ? length - done - count : done;
    const piece = memory.read(from + at, count);
    if (!memory.mmu.faulted || !isBackward) memory.write(to + at, piece);
  }
}

function move(c: Call): number {
  moveBytes(c, c.word(0), c.word(1), c.word(2));
  return c.word(0);
}

function compare(c: Call): number {
  const length = c.word(2);
  for (let done = 0; done < length && !c.memory.mmu.faulted; done += PIECE) {
    const count = Math.min(PIECE, length - done);
    const a = c.memory.read(c.word(0) + done, count);
    const b = c.memory.read(c.word(1) + done, count);
    for (let n = 0; n < a.length && n < b.length; n++) {
      if (a[n] !== b[n]) return a[n]! < b[n]! ? -1 : 1;
    }
  }
  return 0;
}

/** Where a byte is first, or -1: what lies on pages behind it is not looked at. */
export function findByte({ memory }: Call, start: number, length: number, byte: number): number {
  for (let done = 0; done < length && !memory.mmu.faulted; ) {
    const at = start + done;
    const piece = memory.read(at, Math.min(length - done, PAGE_BYTES - (at % PAGE_BYTES)));
    const found = piece.indexOf(byte & 0xff);
    if (found >= 0) return done + found;
    done += piece.length;
  }
  return -1;
}

function find(c: Call): number {
  const found = findByte(c, c.word(0), c.word(2), c.i32(1));
  return found < 0 ? 0 : c.word(0) + found;
}

export const MEMORY_FUNCTIONS: readonly SystemFunction[] = systemFunctions('crt', {
  'malloc(size: u64): pointer': (c) => allocate(c, c.word(0)),
  '_malloc_base(size: u64): pointer': (c) => allocate(c, c.word(0)),
  // Operators new and delete of msvcrt, which give null where there is no room.
  '??2@YAPEAX_K@Z(size: u64): pointer': (c) => allocate(c, c.word(0)),
  '??_U@YAPEAX_K@Z(size: u64): pointer': (c) => allocate(c, c.word(0)),
  '??3@YAXPEAX@Z(block: pointer)': (c) => release(c, c.word(0)),
  '??_V@YAXPEAX@Z(block: pointer)': (c) => release(c, c.word(0)),
  'calloc(count: u64, size: u64): pointer': allocateMany,
  '_calloc_base(count: u64, size: u64): pointer': allocateMany,
  'realloc(block: pointer, size: u64): pointer': (c) => reallocate(c, c.word(1), false),
  '_realloc_base(block: pointer, size: u64): pointer': (c) => reallocate(c, c.word(1), false),
  '_recalloc(block: pointer, count: u64, size: u64): pointer': (c) =>
    reallocate(c, c.word(1) * c.word(2), true),
  'free(block: pointer)': (c) => release(c, c.word(0)),
  '_free_base(block: pointer)': (c) => release(c, c.word(0)),
  '_msize(block: pointer): u64': sizeOf,
  '_expand(block: pointer, size: u64): pointer': (c) =>
    c.process.heaps.resizeInPlace(c.word(0), c.word(1)) ? c.word(0) : 0,
  '_aligned_malloc(size: u64, align: u64): pointer': (c) =>
    allocateAligned(c, c.word(0), c.word(1), 0),
  '_aligned_offset_malloc(size: u64, align: u64, offset: u64): pointer': (c) =>
    allocateAligned(c, c.word(0), c.word(1), c.word(2)),
  '_aligned_realloc(block: pointer, size: u64, align: u64): pointer': (c) =>
    reallocateAligned(c, 0),
  '_aligned_offset_realloc(block: pointer, size: u64, align: u64, offset: u64): pointer': (c) =>
    reallocateAligned(c, c.word(3)),
  '_aligned_free(block: pointer)': (c) => releaseAligned(c, c.word(0)),
  '_heapmin(): i32': () => 0,
  'memcpy(to: pointer, from: pointer, size: u64): pointer': move,
  'memmove(to: pointer, from: pointer, size: u64): pointer': move,
  'memset(to: pointer, byte: i32, size: u64): pointer': (c) => {
    c.memory.fill(c.word(0), c.i32(1), c.word(2));
    return c.word(0);
  },
  'memcmp(a: pointer, b: pointer, size: u64): i32': compare,
  'memchr(from: pointer, byte: i32, size: u64): pointer': find,
});

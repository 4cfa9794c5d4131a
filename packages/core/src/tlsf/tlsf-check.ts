/** Walks a TLSF heap: blocks against headers, lists against bitmaps, each against the other. */
import { HEADER_PREVIOUS_FREE, HEADER_USED, headerSize } from '../block-header.ts';
import type { HeapMemory } from '../heap-memory.ts';
import {
  CONTROL_END,
  FL_BITMAP,
  listOf,
  MIN_BLOCK,
  NEXT_FREE,
  PREVIOUS_FREE,
  SL_BITMAPS,
  TLSF_MAGIC,
  type TlsfShape,
} from './tlsf-layout.ts';

/** Every invariant of the heap; what is wrong, a line each. */
export function checkTlsf(
  memory: HeapMemory,
  shape: TlsfShape,
  first: number,
  sentinel: number,
): string[] {
  const wrong: string[] = [];
  if (memory.load32(0) !== TLSF_MAGIC || memory.load32(CONTROL_END) !== sentinel) {
    return ['control block overwritten'];
  }
  const free = walkBlocks(memory, first, sentinel, wrong);
  if (wrong.length === 0) walkLists(memory, shape, free, wrong);
  return wrong;
}

/** Sizes of the free blocks by address. */
function walkBlocks(
  memory: HeapMemory,
  first: number,
  sentinel: number,
  wrong: string[],
): Map<number, number> {
  const free = new Map<number, number>();
  let previousFree = false;
  let block = first;
  while (block < sentinel) {
    const header = memory.load32(block);
    const bytes = headerSize(header);
    const isFree = (header & HEADER_USED) === 0;
    if (bytes < MIN_BLOCK || block + bytes > sentinel)
      return fail(wrong, free, `size of block ${block}`);
    if (((header & HEADER_PREVIOUS_FREE) !== 0) !== previousFree)
      wrong.push(`P flag of block ${block}`);
    if (isFree && previousFree) wrong.push(`free neighbours at ${block} not merged`);
    if (isFree && memory.load32(block + bytes - 4) !== bytes)
      wrong.push(`end tag of block ${block}`);
    if (isFree) free.set(block, bytes);
    previousFree = isFree;
    block += bytes;
  }
  const last = memory.load32(sentinel);
  if (headerSize(last) !== 0 || (last & HEADER_USED) === 0) wrong.push('sentinel overwritten');
  if (((last & HEADER_PREVIOUS_FREE) !== 0) !== previousFree) wrong.push('P flag of the sentinel');
  return free;
}

function fail<T>(wrong: string[], value: T, what: string): T {
  wrong.push(what);
  return value;
}

function walkLists(
  memory: HeapMemory,
  shape: TlsfShape,
  free: Map<number, number>,
  wrong: string[],
): void {
  const lists = shape.flCount << shape.slLog2;
  const seconds = (1 << shape.slLog2) - 1;
  for (let list = 0; list < lists; list++) {
    const level = list >>> shape.slLog2;
    const head = memory.load32(shape.heads + list * 4);
    const bitmap = memory.load32(SL_BITMAPS + level * 4);
    if (((bitmap >>> (list & seconds)) & 1) !== (head !== 0 ? 1 : 0))
      wrong.push(`bitmap of list ${list}`);
    const levels = memory.load32(FL_BITMAP);
    if (((levels >>> level) & 1) !== (bitmap !== 0 ? 1 : 0)) wrong.push(`bitmap of level ${level}`);
    let previous = 0;
    for (let block = head; block !== 0; block = memory.load32(block + NEXT_FREE)) {
      const bytes = free.get(block);
      if (bytes === undefined) {
        wrong.push(`list ${list} holds ${block}, which is not free`);
        return;
      }
      if (listOf(shape, bytes) !== list) wrong.push(`block ${block} is in the wrong list`);
      if (memory.load32(block + PREVIOUS_FREE) !== previous) wrong.push(`back link of ${block}`);
      free.delete(block);
      previous = block;
    }
  }
  for (const block of free.keys()) wrong.push(`free block ${block} is in no list`);
}

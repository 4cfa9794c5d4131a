/** Walks a TLSF heap: blocks against headers, lists against bitmaps, each against the other. */
import { checkTags } from '../boundary-tags-check.ts';
import type { HeapMemory } from '../heap-memory.ts';
import {
  BITMAPS,
  CONTROL_END,
  listOf,
  NEXT_FREE,
  PREVIOUS_FREE,
  TAIL,
  TLSF_MAGIC,
  type TlsfShape,
  WORDS,
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
  const free = checkTags(memory, first, sentinel, true, wrong);
  const tail = memory.load32(TAIL);
  if (tail + (free.get(tail) ?? 0) !== sentinel)
    wrong.push('the tail does not end at the sentinel');
  free.delete(tail);
  if (wrong.length === 0) walkLists(memory, shape, free, wrong);
  return wrong;
}

function walkLists(
  memory: HeapMemory,
  shape: TlsfShape,
  free: Map<number, number>,
  wrong: string[],
): void {
  const words = memory.load32(WORDS);
  for (let list = 0; list < shape.lists; list++) {
    const head = memory.load32(shape.heads + list * 4);
    const bitmap = memory.load32(BITMAPS + (list >>> 5) * 4);
    if (((bitmap >>> list) & 1) !== (head !== 0 ? 1 : 0)) wrong.push(`bit of list ${list}`);
    if (((words >>> (list >>> 5)) & 1) !== (bitmap !== 0 ? 1 : 0))
      wrong.push(`bit of the word of list ${list}`);
    let previous = 0;
    for (let block = head; block !== 0; block = memory.load32(block + NEXT_FREE)) {
      const bytes = free.get(block);
      if (bytes === undefined) {
        wrong.push(`list ${list} holds ${block}, which is not free`);
        return;
      }
      if (listOf(shape.slLog2, bytes) !== list) wrong.push(`block ${block} is in the wrong list`);
      if (memory.load32(block + PREVIOUS_FREE) !== previous) wrong.push(`back link of ${block}`);
      free.delete(block);
      previous = block;
    }
  }
  for (const block of free.keys()) wrong.push(`free block ${block} is in no list`);
}

/** Walks a buddy heap: control bytes block by block, lists and bitmap against them. */
import type { HeapStats } from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { HeapTally } from '../heap-tally.ts';
import {
  ATOM_BYTES,
  BUDDY_END,
  BUDDY_MAGIC,
  type BuddyShape,
  BYTE_FREE,
  BYTE_ORDER,
  BYTE_USED,
  HEADS,
  LARGEST_ATOMS,
  NEXT_FREE,
  ORDER_BITMAP,
  PEAK_ATOMS,
  PREVIOUS_FREE,
  USED_ATOMS,
} from './buddy-layout.ts';
import type { ControlBytes } from './control-bytes.ts';

/** Every invariant of the heap; what is wrong, a line each. */
export function checkBuddy(memory: HeapMemory, control: ControlBytes, shape: BuddyShape): string[] {
  if (memory.load32(0) !== BUDDY_MAGIC || memory.load32(BUDDY_END) !== shape.end) {
    return ['control block overwritten'];
  }
  const wrong: string[] = [];
  const free = walkBlocks(memory, control, shape, wrong);
  if (wrong.length === 0) walkLists(memory, shape, free, wrong);
  return wrong;
}

/** Orders of the free blocks by offset. */
function walkBlocks(
  memory: HeapMemory,
  control: ControlBytes,
  shape: BuddyShape,
  wrong: string[],
): Map<number, number> {
  const free = new Map<number, number>();
  let used = 0;
  let block = shape.start;
  while (block < shape.end) {
    const byte = control.at(block);
    const order = byte & BYTE_ORDER;
    const bytes = ATOM_BYTES << order;
    const isBlock = byte === (BYTE_USED | order) || byte === (BYTE_FREE | order);
    const fits = order <= shape.topOrder && block + bytes <= shape.end;
    if (!isBlock || !fits || (block + shape.skew) % bytes !== 0) {
      wrong.push(`control byte of block ${block}`);
      return free;
    }
    for (let atom = block + ATOM_BYTES; atom < block + bytes; atom += ATOM_BYTES) {
      if (control.at(atom) !== 0) wrong.push(`control byte of ${atom}, inside block ${block}`);
    }
    if (byte === (BYTE_FREE | order)) {
      free.set(block, order);
      const buddy = order < shape.topOrder ? control.buddyOf(block, bytes) : -1;
      if (buddy >= 0 && control.at(buddy) === byte) wrong.push(`free buddies at ${block}`);
    } else {
      used += 1 << order;
      if (1 << order > memory.load32(LARGEST_ATOMS)) wrong.push('count of the largest block');
    }
    block += bytes;
  }
  if (memory.load32(USED_ATOMS) !== used) wrong.push('count of atoms in use');
  if (memory.load32(PEAK_ATOMS) < used) wrong.push('count of most atoms in use');
  return free;
}

function walkLists(
  memory: HeapMemory,
  shape: BuddyShape,
  free: Map<number, number>,
  wrong: string[],
): void {
  const bitmap = memory.load32(ORDER_BITMAP);
  if (bitmap >>> (shape.topOrder + 1) !== 0) wrong.push('bitmap has orders that there are not');
  for (let order = 0; order <= shape.topOrder; order++) {
    const head = memory.load32(HEADS + order * 4);
    if (((bitmap >>> order) & 1) !== (head !== 0 ? 1 : 0)) wrong.push(`bitmap of order ${order}`);
    let previous = 0;
    for (let block = head; block !== 0; block = memory.load32(block + NEXT_FREE)) {
      if (free.get(block) !== order) {
        wrong.push(`list ${order} holds ${block}, which is not free or of another order`);
        return;
      }
      if (memory.load32(block + PREVIOUS_FREE) !== previous) wrong.push(`back link of ${block}`);
      free.delete(block);
      previous = block;
    }
  }
  for (const block of free.keys()) wrong.push(`free block ${block} is in no list`);
}

/** Figures by a walk over the control bytes. */
export function buddyStats(control: ControlBytes, shape: BuddyShape): HeapStats {
  const tally = new HeapTally();
  for (let block = shape.start; block < shape.end; ) {
    const byte = control.at(block);
    const bytes = ATOM_BYTES << (byte & BYTE_ORDER);
    tally.add((byte & BYTE_USED) !== 0, bytes);
    block += Math.max(bytes, ATOM_BYTES);
  }
  return tally.stats(shape.end);
}

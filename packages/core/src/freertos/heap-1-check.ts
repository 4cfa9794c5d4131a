/** Walks the marks of heap-1: they must cover the payloads, and nothing behind them. */
import type { HeapStats } from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { HeapTally } from '../heap-tally.ts';
import { HEAP_1_END, HEAP_1_MAGIC, MARK_USED, NEXT_FREE_BYTE } from './heap-1-layout.ts';
import type { PayloadMarks } from './payload-marks.ts';

/** Every invariant of the heap; what is wrong, a line each. */
export function checkHeap1(
  memory: HeapMemory,
  marks: PayloadMarks,
  first: number,
  end: number,
): string[] {
  if (memory.load32(0) !== HEAP_1_MAGIC || memory.load32(HEAP_1_END) !== end) {
    return ['control block overwritten'];
  }
  const next = memory.load32(NEXT_FREE_BYTE);
  if (next < first || next > end || next % 8 !== 0) return [`next free byte ${next}`];
  const wrong: string[] = [];
  if (next > first && marks.at(first) === 0) wrong.push('no payload begins where the first must');
  for (let at = first; at < end; at += 8) {
    const mark = marks.at(at);
    if (mark === 3) wrong.push(`mark of ${at}`);
    if (mark !== 0 && at >= next) wrong.push(`a payload at ${at}, behind the last`);
  }
  return wrong;
}

/** Figures by a walk over the marks. What was given back counts as overhead. */
export function heap1Stats(
  memory: HeapMemory,
  marks: PayloadMarks,
  first: number,
  end: number,
  unusedBytes: number,
): HeapStats {
  const next = Math.min(memory.load32(NEXT_FREE_BYTE), end);
  const tally = new HeapTally();
  for (let at = first; at < next; ) {
    const after = marks.endOf(at, next);
    if (marks.at(at) === MARK_USED) tally.add(true, after - at);
    at = after;
  }
  // A block must end before the unused bytes, not at them.
  const freeBytes = end - unusedBytes - 8 - next;
  if (freeBytes > 0) tally.add(false, freeBytes);
  return tally.stats(end);
}

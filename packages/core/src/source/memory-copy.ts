/** Bytes from one HeapMemory to another, by words: a HeapMemory copies within itself only. */
import type { HeapMemory } from '../heap-memory.ts';

/** Copies `length` bytes; both offsets are multiples of 4, what follows in `to` stays. */
export function copyBetween(
  to: HeapMemory,
  toOffset: number,
  from: HeapMemory,
  fromOffset: number,
  length: number,
): void {
  const whole = length & ~3;
  for (let at = 0; at < whole; at += 4) to.store32(toOffset + at, from.load32(fromOffset + at));
  const rest = length - whole;
  if (rest === 0) return;
  const kept = -1 << (8 * rest);
  const last = to.load32(toOffset + whole) & kept;
  to.store32(toOffset + whole, last | (from.load32(fromOffset + whole) & ~kept));
}

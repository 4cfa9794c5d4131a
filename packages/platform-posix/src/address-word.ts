/**
 * Arguments of system calls. They are 64-bit words taken as signed numbers: exact between -2^53
 * and 2^53, which holds every address, every size that can exist and every small negative number;
 * what lies beyond is refused whatever its low bits are.
 */
import { PAGE_BYTES } from '@bareheap/mmu';

const WORD = 2 ** 64;

/** End of the addresses that a program may use: 2^47 less a guard page. */
export const TASK_SIZE: number = 2 ** 47 - PAGE_BYTES;

/** The word of two 32-bit halves. */
export function wordFromHalves(high: number, low: number): number {
  return (high | 0) * 2 ** 32 + (low >>> 0);
}

/** A word as C's unsigned long has it; the lowest bits of negative numbers are lost. */
export function unsigned(word: number): number {
  return word < 0 ? word + WORD : word;
}

export function isPageAligned(word: number): boolean {
  return word % PAGE_BYTES === 0;
}

/** Rounds up to pages; 0 when that leaves the word. */
export function pageAlign(word: number): number {
  const rounded = Math.ceil(word / PAGE_BYTES) * PAGE_BYTES;
  return rounded >= WORD ? 0 : rounded + 0;
}

export function pageFloor(word: number): number {
  return Math.floor(word / PAGE_BYTES) * PAGE_BYTES;
}

/**
 * What blocks and their surroundings hold that the program did not put there: bytes of 0xdd where
 * memory was freed, of 0xaa where it was allocated, and a canary behind each payload. A canary's
 * words differ from place to place, so that copying one over another is seen.
 */
import type { HeapMemory } from '../heap-memory.ts';

/** Freed, or never handed out. */
export const FREED_BYTE = 0xdd;
/** Allocated, and not yet written. */
export const ALLOCATED_BYTE = 0xaa;
const FREED_WORD = 0xdddddddd | 0;
/** Any word without zeros, ones or repeated bytes. */
const CANARY = 0x85dff10f | 0;

/** The canary of the word at an offset, a multiple of 4. */
export function canaryAt(offset: number): number {
  return CANARY ^ offset;
}

/** Bits of the word at `from & ~3` that belong to bytes from `from` on. */
function maskFrom(from: number): number {
  return -1 << (8 * (from & 3));
}

/** Writes the canary over [from, to); `to` is a multiple of 4. */
export function writeCanary(memory: HeapMemory, from: number, to: number): void {
  let at = from & ~3;
  if (at !== from) {
    const mask = maskFrom(from);
    memory.store32(at, (memory.load32(at) & ~mask) | (canaryAt(at) & mask));
    at += 4;
  }
  for (; at < to; at += 4) memory.store32(at, canaryAt(at));
}

/** The first byte of [from, to) that is not the canary's, or -1. */
export function findCanaryDamage(memory: HeapMemory, from: number, to: number): number {
  for (let at = from & ~3; at < to; at += 4) {
    const mask = at < from ? maskFrom(from) : -1;
    const wrong = (memory.load32(at) ^ canaryAt(at)) & mask;
    if (wrong !== 0) return at + lowestByte(wrong);
  }
  return -1;
}

/** The first byte of [from, to) that is not 0xdd, or -1; both are multiples of 4. */
export function findFreedDamage(memory: HeapMemory, from: number, to: number): number {
  for (let at = from; at < to; at += 4) {
    const wrong = memory.load32(at) ^ FREED_WORD;
    if (wrong !== 0) return at + lowestByte(wrong);
  }
  return -1;
}

/** The lowest byte of a word with a bit set. */
function lowestByte(word: number): number {
  return (31 - Math.clz32(word & -word)) >> 3;
}

/**
 * Arguments are 64-bit words as signed numbers, exact between -2^53 and 2^53, which holds every
 * address of a program, every size that can exist, and every small negative number.
 */
import { PAGE_BYTES } from '@bareheap/mmu';

/** First address past those of programs: the last 64 KiB of the lower half are never mapped. */
export const USER_END = 0x7fffffff0000;
/** Reservations begin at multiples of this. */
export const GRANULE_BYTES = 65536;

/** The 64 bits of a word as an unsigned number; exact below 2^53. */
export function unsigned(word: number): number {
  return word < 0 ? word + 2 ** 64 : word;
}

export function pageFloor(address: number): number {
  return address - (address % PAGE_BYTES);
}

export function pageCeil(address: number): number {
  return Math.ceil(address / PAGE_BYTES) * PAGE_BYTES;
}

export function granuleFloor(address: number): number {
  return address - (address % GRANULE_BYTES);
}

export function isGranuleAligned(address: number): boolean {
  return address % GRANULE_BYTES === 0;
}

/** A 32-bit argument of a word: its low half, unsigned. */
export function dword(word: number): number {
  return word >>> 0;
}

/**
 * Size classes of powers of two, from 8 bytes on. A slot's size is a power of two and its page is
 * aligned to one that is no smaller, so a slot is aligned to its own size.
 */

/** Log2 of the smallest slot: the port promises an alignment of 8, so smaller slots gain nothing. */
export const LEAST_SLOT_LOG2 = 3;
/** Classes of 8, 16, … 2048 bytes; pages below 4 KiB use the lower ones only. */
export const CLASS_COUNT = 9;

/** The smallest class whose slots hold `size` bytes at `align`; may be CLASS_COUNT or more. */
export function sizeClassOf(size: number, align: number): number {
  const wanted = Math.max(size, align, 1 << LEAST_SLOT_LOG2);
  return 32 - Math.clz32(wanted - 1) - LEAST_SLOT_LOG2;
}

/** Bytes of a slot of a class. */
export function slotBytesOf(sizeClass: number): number {
  return 1 << (sizeClass + LEAST_SLOT_LOG2);
}

/** Bytes of a page for a region: a sixteenth of it, a power of two from 128 to 4096. */
export function pageBytesFor(regionBytes: number): number {
  const log2 = 31 - Math.clz32(Math.max(regionBytes >>> 4, 1));
  return 1 << Math.min(Math.max(log2, 7), 12);
}

/**
 * The header that bump, llff, best-fit, tlsf and arenas put before each payload: one word with the
 * block's size and its state. Blocks lie back to back, at offsets that are 4 modulo 8, so payloads
 * are 8-aligned.
 *
 *    31                                3 2 1 0
 *   +-----------------------------------+-+-+-+
 *   | size of the block, header included|0|P|U|   U  in use
 *   +-----------------------------------+-+-+-+   P  the block before is free:
 *   | payload …                               |      best-fit and tlsf, see boundary-tags.ts
 */
export const HEADER_BYTES = 4;
export const HEADER_USED = 1;
export const HEADER_PREVIOUS_FREE = 2;
export const HEADER_SIZE_MASK: number = ~7;
/** Bytes of the smallest block with boundary tags: header, two links and the size at the end. */
export const TAGGED_MIN_BLOCK = 16;

/** Size in bytes of the block that a header describes. */
export function headerSize(header: number): number {
  return header & HEADER_SIZE_MASK;
}

/** Bytes of a block for a payload of `size` bytes, at least `least`. */
export function blockBytes(size: number, least: number): number {
  const bytes = (size + HEADER_BYTES + 7) & HEADER_SIZE_MASK;
  return Math.max(bytes, least);
}

/** The lowest block offset at or above an offset: 4 modulo 8. */
export function firstBlockAt(offset: number): number {
  return ((offset + 3) & HEADER_SIZE_MASK) + 4;
}

/** Where the last block ends in a region of `size` bytes: the highest block offset in it. */
export function lastBlockEnd(size: number): number {
  return ((size + HEADER_BYTES) & HEADER_SIZE_MASK) - HEADER_BYTES;
}

/** The lowest offset at or above one whose address, from `base` on, is a multiple of `align`. */
export function alignOffset(base: number, offset: number, align: number): number {
  return Math.ceil((base + offset) / align) * align - base;
}

/** The largest sum of size and alignment that these heaps try to serve; bytes. */
const MAX_LAYOUT = 0x4000_0000;

/** Whether a layout is refused at once: with it, sizes and offsets on the way would wrap. */
export function isTooLarge(size: number, align: number): boolean {
  return size + align > MAX_LAYOUT;
}

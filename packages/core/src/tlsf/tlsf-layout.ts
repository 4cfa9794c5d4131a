/**
 * Where TLSF keeps its state, all in the region's bytes.
 *
 *   control   +0   magic
 *             +4   offset of the sentinel
 *             +8   offset of the tail, or of the sentinel when there is none
 *             +12  bitmap of the words that follow: which are not 0
 *             +16  bitmap of the free lists: which are not empty
 *             …    heads of the free lists, FL x SL words
 *   blocks    first block, …, tail, sentinel (a header of size 0, in use)
 *
 *   a block in use                 a free block
 *   +0  header (block-header.ts)   +0  header
 *   +4  payload                    +4  next free block of its list, or 0
 *                                  +8  previous one, or 0
 *                                  …   size again, in its last word
 *
 * The free block before the sentinel, the tail, is in no list and has a header alone: what no list
 * has is cut off its start, and a block beside it that comes back becomes part of it again.
 *
 * The second level splits each power of two into 2^SL_LOG2 lists. SL_LOG2 is 3 for regions up to
 * 16 KiB, 4 up to 1 MiB and 5 above, and there are as many first levels as the region needs, so
 * that the control block of an 8 KiB heap takes 316 bytes and not the 3 KiB of a fixed one. A list
 * has one number through both levels, so that the levels share the words of the bitmap.
 *
 * @see M. Masmano, I. Ripoll, A. Crespo, J. Real, "TLSF" (ECRTS 2004)
 */

export const TLSF_MAGIC = 0x46534c54;
export const CONTROL_END = 4;
export const TAIL = 8;
/** Which words of BITMAPS have a bit set. */
export const WORDS = 12;
export const BITMAPS = 16;
export const NEXT_FREE = 4;
export const PREVIOUS_FREE = 8;
/** The smallest region: the control block of one of up to 1023 bytes, a block, the sentinel. */
export const TLSF_LEAST_BYTES = 224;
const GRANULE_LOG2 = 3;

export interface TlsfShape {
  readonly slLog2: number;
  /** How many free lists there are. */
  readonly lists: number;
  /** Offset of the list heads. */
  readonly heads: number;
  readonly controlBytes: number;
}

/** The shape of the control block for a region of `size` bytes. */
export function tlsfShape(size: number): TlsfShape {
  const slLog2 = size <= 16 * 1024 ? 3 : size <= 1024 * 1024 ? 4 : 5;
  const flCount = Math.max(1, 33 - Math.clz32(size) - slLog2 - GRANULE_LOG2);
  const lists = flCount << slLog2;
  const heads = BITMAPS + Math.ceil(lists / 32) * 4;
  return { slLog2, lists, heads, controlBytes: heads + lists * 4 };
}

/** Log2 of the bytes between the smallest block of a list and that of the next one. */
function widthLog2(slLog2: number, bytes: number): number {
  return Math.max(31 - Math.clz32(bytes) - slLog2, GRANULE_LOG2);
}

/**
 * Number of the list, `first level << slLog2 | second level`, that holds blocks of `bytes`. The
 * first level 0 has a list for each size; the others begin at a power of two each.
 */
export function listOf(slLog2: number, bytes: number): number {
  const log2 = widthLog2(slLog2, bytes);
  return ((log2 - GRANULE_LOG2) << slLog2) + (bytes >>> log2);
}

/** Number of the first list whose every block is large enough for `bytes`, a multiple of 8. */
export function sureListOf(slLog2: number, bytes: number): number {
  const log2 = widthLog2(slLog2, bytes);
  // Rounded up to a power of two it is the number of that power's first list.
  return ((log2 - GRANULE_LOG2) << slLog2) + ((bytes + (1 << log2) - 8) >>> log2);
}

/** Offset of the sentinel: the last word that is 4 modulo 8. */
export function tlsfSentinel(size: number): number {
  return (size & ~7) - 4;
}

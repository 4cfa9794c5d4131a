/**
 * Where TLSF keeps its state, all in the region's bytes.
 *
 *   control   +0   magic
 *             +4   offset of the sentinel
 *             +8   first-level bitmap
 *             +12  second-level bitmaps, one word a first level
 *             …    heads of the free lists, FL x SL words
 *   blocks    first block, …, sentinel (a header of size 0, in use)
 *
 *   a block in use                 a free block
 *   +0  header (block-header.ts)   +0  header
 *   +4  payload                    +4  next free block of its list, or 0
 *                                  +8  previous one, or 0
 *                                  …   size again, in its last word
 *
 * The second level splits each power of two into 2^SL_LOG2 lists. SL_LOG2 is 3 for regions up to
 * 16 KiB, 4 up to 1 MiB and 5 above, and there are as many first levels as the region needs, so
 * that the control block of an 8 KiB heap takes 336 bytes and not the 3 KiB of a fixed one.
 *
 * @see M. Masmano, I. Ripoll, A. Crespo, J. Real, "TLSF" (ECRTS 2004)
 */
import { firstBlockAt } from '../block-header.ts';

export const TLSF_MAGIC = 0x46534c54;
export const CONTROL_END = 4;
export const FL_BITMAP = 8;
export const SL_BITMAPS = 12;
export const NEXT_FREE = 4;
export const PREVIOUS_FREE = 8;
/** Header, two links and the size at the end. */
export const MIN_BLOCK = 16;
const GRANULE_LOG2 = 3;

export interface TlsfShape {
  readonly slLog2: number;
  /** Blocks below this many bytes share first level 0, a list for each size. */
  readonly smallLimit: number;
  readonly flCount: number;
  /** Offset of the list heads. */
  readonly heads: number;
  readonly controlBytes: number;
}

/** The shape of the control block for a region of `size` bytes. */
export function tlsfShape(size: number): TlsfShape {
  const slLog2 = size <= 16 * 1024 ? 3 : size <= 1024 * 1024 ? 4 : 5;
  const smallLog2 = slLog2 + GRANULE_LOG2;
  const flCount = Math.max(1, 31 - Math.clz32(size) - smallLog2 + 2);
  const heads = SL_BITMAPS + flCount * 4;
  return {
    slLog2,
    smallLimit: 1 << smallLog2,
    flCount,
    heads,
    controlBytes: heads + (flCount << slLog2) * 4,
  };
}

/** Number of the list, `first level << slLog2 | second level`, that holds blocks of `bytes`. */
export function listOf(shape: TlsfShape, bytes: number): number {
  const { slLog2, smallLimit } = shape;
  if (bytes < smallLimit) return bytes >>> GRANULE_LOG2;
  const log2 = 31 - Math.clz32(bytes);
  const second = (bytes >>> (log2 - slLog2)) ^ (1 << slLog2);
  return ((log2 - slLog2 - GRANULE_LOG2 + 1) << slLog2) | second;
}

/** The size to look for so that every block of the found list is large enough for `bytes`. */
export function roundedUp(shape: TlsfShape, bytes: number): number {
  if (bytes < shape.smallLimit) return bytes;
  return bytes + (1 << (31 - Math.clz32(bytes) - shape.slLog2)) - 1;
}

/** Offset of the first block. */
export function tlsfFirstBlock(shape: TlsfShape): number {
  return firstBlockAt(shape.controlBytes);
}

/** Offset of the sentinel: the last word that is 4 modulo 8. */
export function tlsfSentinel(size: number): number {
  return (size & ~7) - 4;
}

/**
 * Where best fit keeps its state, all in the region's bytes.
 *
 *   control   +0   magic
 *             +4   offset of the sentinel
 *             +8   root of the tree of free blocks, or 0
 *   blocks    first block, …, sentinel (a header of size 0, in use)
 *
 *   a block in use                 a free block
 *   +0  header (block-header.ts)   +0  header
 *   +4  payload                    +4  left: smaller blocks, or 0
 *                                  +8  right: larger ones, or 0
 *                                  …   size again, in its last word
 *
 * The tree is a treap: in order of (size, address) from left to right, and no block has a higher
 * priority than the one above it. The priority is a hash of the offset, so that it takes no room,
 * the same bytes make the same tree, and depth is logarithmic whatever the program does.
 *
 * @see R. Seidel, C. Aragon, "Randomized search trees" (Algorithmica 16, 1996)
 */
export const BEST_FIT_MAGIC = 0x54464542;
export const BEST_FIT_END = 4;
export const ROOT = 8;
export const BEST_FIT_CONTROL_BYTES = 12;
export const LEFT = 4;
export const RIGHT = 8;
/** The smallest region: the control block, one block, the sentinel. */
export const BEST_FIT_LEAST_BYTES = 48;

/** Priority of the free block at an offset: a bijection of 32 bits, so that no two are equal. */
export function priorityOf(offset: number): number {
  const mixed = Math.imul(offset ^ (offset >>> 15), 0x2c1b3c6d);
  return Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39) >>> 0;
}

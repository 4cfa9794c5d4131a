/**
 * Where linked-list first fit keeps its state, all in the region's bytes.
 *
 *   region  +0   magic
 *           +4   end of the blocks
 *           +8   first hole, or 0
 *           +12  blocks …
 *
 *   a block in use                 a hole
 *   +0  header (block-header.ts)   +0  size
 *   +4  payload                    +4  next hole, or 0
 */
export const LLFF_MAGIC = 0x46464c4c;
export const LLFF_END = 4;
export const FIRST_HOLE = 8;
export const LLFF_CONTROL_BYTES = 12;
export const NEXT_HOLE = 4;
export const LLFF_MIN_BLOCK = 8;
/** The smallest region: the control block and two small blocks. */
export const LLFF_LEAST_BYTES = 40;

/**
 * Where the bump allocator keeps its state, all in the region's bytes, by offset.
 *
 *   region  +0   magic
 *           +4   end of the blocks
 *           +8   cursor: where the next block begins
 *           +12  last block, or 0
 *           +20  blocks, back to back up to the cursor
 *
 *   a block in use                 a block given back, or a gap before an aligned one
 *   +0  header (block-header.ts)   +0  header without U
 *   +4  payload                    …   nothing: it is not handed out again
 */
export const BUMP_MAGIC = 0x504d5542;
export const BUMP_END = 4;
export const CURSOR = 8;
export const LAST = 12;
export const BUMP_CONTROL_BYTES = 16;
export const BUMP_MIN_BLOCK = 8;
/** The smallest region: the control block and a few bytes. */
export const BUMP_LEAST_BYTES = 40;

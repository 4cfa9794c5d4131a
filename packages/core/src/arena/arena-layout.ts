/**
 * Where an arena keeps its state: a control block, and chunks, which are blocks of another heap.
 *
 *   control  +0   magic                        a chunk  +0   the chunk before it, or 0
 *            +4   newest chunk, or 0                    +4   bytes of the chunk
 *            +8   last block, or 0                      +8   cursor: where its next block begins
 *            +12  bytes of all chunks                   +12  how many-th chunk it is, from 1
 *            +16  limit of those, or 0                  +20  blocks, back to back up to the cursor
 *
 *   a block in use                 a block given back, or a gap before an aligned one
 *   +0  header (block-header.ts)   +0  header without U
 *   +4  payload                    …   nothing: it is not handed out again
 *
 *   chunks double:  |512|  1024  |      2048      |              4096              | …
 */
export const ARENA_MAGIC = 0x4e455241;
export const NEWEST_CHUNK = 4;
export const LAST_BLOCK = 8;
export const CHUNK_TOTAL = 12;
export const CHUNK_LIMIT = 16;
export const ARENA_CONTROL_BYTES = 24;
/** Of a chunk. */
export const PREVIOUS_CHUNK = 0;
export const CHUNK_BYTES = 4;
export const CURSOR = 8;
export const ORDINAL = 12;
export const FIRST_BLOCK = 20;
export const ARENA_MIN_BLOCK = 8;
/** What the first chunk is asked for; bytes. */
export const FIRST_CHUNK_BYTES = 512;
/** The smallest region of an arena with its own heap for chunks. */
export const ARENA_LEAST_BYTES = 96;

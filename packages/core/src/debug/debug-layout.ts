/**
 * Where the debug heap keeps what it knows. Memory is handed out in *runs* of pages, each with its
 * records behind its blocks; a page map says which run a page belongs to.
 *
 *   control   +0   words of the table below
 *             …    trace of the first thread's first call, `frames` words
 *             …    page map, two words a page
 *             …    fence
 *
 *   entry of a run's first page:  kind | class << 4 | pages << 8;   then
 *                                 bucket: slots handed out | slots in use << 16
 *                                 given back: the number of the call that did it
 *   entry of a further page:      kind | distance to the first << 8
 *
 *   a run where pages can be protected        a run where they cannot
 *   +-----------+-------+---------+           +-----------+-----------+-------+
 *   | blocks    | guard | records |           | blocks    | records   | fence |
 *   | r w       | no    | r only, outside     +-----------+-----------+-------+
 *   +-----------+-------+---------+  calls
 *
 *   slot      +--------------------+-----------------+   canary: 4 bytes at least, up to the
 *             | payload            | canary          |   slot's end
 *             +--------------------+-----------------+
 *
 *   record of a slot   state | log2 of align << 2 | size << 8;  call that allocated it;
 *                      with traces also: call that freed it; trace of the one; of the other
 *   record of a large block   state | log2 of align << 2;  size;  calls that allocated, freed and
 *                      last resized it; traces of the three
 */
export const DEBUG_MAGIC = 0x47424544;

/** Control words, by index. */
export const WORD_MAGIC = 0;
export const WORD_SIZE = 1;
export const WORD_FRAMES = 2;
/** Page at which new memory is looked for first. */
export const WORD_BREAK = 3;
/** Calls that changed something; a block's ordinal is the call that allocated it. */
export const WORD_CALLS = 4;
export const WORD_REQUESTED = 5;
export const WORD_PEAK = 6;
export const WORD_LIVE = 7;
/** Pages had from the source, and of those the ones never used. */
export const WORD_MAPPED = 8;
export const WORD_UNUSED = 10;
/** Sum of the control words and the page map, kept up with each change. */
export const WORD_SUM = 9;
/** Thread of the first call plus 1, where threads are watched. */
export const WORD_OWNER = 11;
/** For each class the page of its current bucket plus 1, or 0. */
export const WORD_CURRENT = 12;
export const CONTROL_WORDS = 24;

export const KIND_NONE = 0;
export const KIND_BUCKET = 1;
export const KIND_LARGE = 2;
export const KIND_REST = 3;
export const KIND_FREED_BUCKET = 4;
export const KIND_FREED_LARGE = 5;
/** Pages without records: never used, or what was left of a run given back. */
export const KIND_BARE = 6;

/** State of a slot or a large block, in its record. */
export const STATE_NEVER = 0;
export const STATE_LIVE = 1;
export const STATE_FREED = 2;

export const SLOT_SIZE_SHIFT = 8;
/** Canary behind each payload, at the least; bytes. */
export const LEAST_CANARY = 4;
/** Words of a large block's record before its traces. */
export const LARGE_WORDS = 5;
/** Most frames that a trace may have. */
export const MAX_FRAMES = 64;
/** The smallest region: a control block and three pages of 128 bytes. */
export const DEBUG_LEAST_BYTES = 512;

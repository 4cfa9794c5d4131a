/**
 * Where the bucket heap keeps its state: all of it before the pages, none between blocks, so that
 * a write past a block's end meets another block and never a size or a link.
 *
 *   region  +0    magic
 *           +4    bytes of the region
 *           +8    no page below this one is free
 *           +12   for each of the 9 classes the page with slots not yet used, plus 1; or 0
 *           +48   a descriptor a page
 *           …     fence, the word before the first page
 *           …     pages, aligned to their size
 *
 *   descriptor   state, then a bit a slot: 1 in use
 *
 *    31 30 29        20 19 18 17         8 7  6 5     2 1  0
 *   +-----+------------+-----+------------+----+-------+----+   kind 0 free, 1 bucket, 2 first page
 *   |  0  | in use     |  0  | handed out | 0  | class |kind|        of a run, 3 further page of it
 *   +-----+------------+-----+------------+----+-------+----+   first page of a run: pages << 2
 *
 * A page that is free keeps class and number of slots handed out, so that a second free is told
 * from a foreign pointer. Class 15 there says that it was the first page of a run.
 */
export const BUCKETS_MAGIC = 0x544b4342;
export const REGION_SIZE = 4;
export const LOWEST_FREE = 8;
export const CURRENT_BUCKETS = 12;
export const DESCRIPTORS = 48;
/** Word before the first page. */
export const FENCE = 0x0ff1cec0;

export const KIND_FREE = 0;
export const KIND_BUCKET = 1;
export const KIND_RUN = 2;
export const KIND_REST = 3;
export const KIND_MASK = 3;
export const CLASS_SHIFT = 2;
export const CLASS_MASK = 15;
export const HANDED_OUT_SHIFT = 8;
export const IN_USE_SHIFT = 20;
export const COUNT_MASK = 1023;
/** In place of a class: the page was the first of a run. */
export const WAS_RUN = 15;
export const PAGES_SHIFT = 2;

/** The smallest region: one page of 128 bytes, wherever the region lies. */
export const BUCKETS_LEAST_BYTES = 512;

/**
 * How a heap lies in the process's memory. All of its state is there.
 *
 *   heap, at the base of its first reservation
 *   +0x00 'HEAP'   +0x04 flags      +0x08 most bytes, 0 when it grows
 *   +0x10 first segment             +0x18 first large block
 *   +0x20 locks    +0x24 compatibility
 *   +0x28 bins with blocks, 4 words of bits
 *   +0x40 bins, 128 addresses of free blocks
 *   +0x440 the first segment
 *
 *   segment: here, or at the base of a reservation of its own
 *   +0x00 'SEGM'   +0x08 heap   +0x10 next segment   +0x18 end of what is committed
 *   +0x20 end of what is reserved   +0x30 blocks, up to one of kind END
 *
 *   block, a multiple of 16 bytes                  large block, a reservation of its own
 *   +0x00 size in units of 16 bytes                +0x00 'LARG'   +0x08 heap
 *   +0x04 size of the block before, 0 for none     +0x10 next     +0x18 previous
 *   +0x08 kind, check                              +0x20 bytes asked for
 *   +0x0c bytes that nobody asked for              +0x30 block header of kind LARGE
 *   +0x10 payload; of a free block:                +0x40 payload
 *   +0x10 next free   +0x18 previous free
 */
export const HEAP_MAGIC = 0x50414548;
export const SEGMENT_MAGIC = 0x4d474553;
export const LARGE_MAGIC = 0x4752414c;

export const HEAP_FLAGS = 0x04;
export const HEAP_MOST_BYTES = 0x08;
export const HEAP_SEGMENTS = 0x10;
export const HEAP_LARGE = 0x18;
export const HEAP_LOCKS = 0x20;
export const HEAP_COMPATIBILITY = 0x24;
export const HEAP_BITS = 0x28;
export const HEAP_BINS = 0x40;
export const HEAP_FIRST_SEGMENT = 0x440;

export const SEGMENT_HEAP = 0x08;
export const SEGMENT_NEXT = 0x10;
export const SEGMENT_COMMITTED = 0x18;
export const SEGMENT_RESERVED = 0x20;
export const SEGMENT_BLOCKS = 0x30;

export const LARGE_HEAP = 0x08;
export const LARGE_NEXT = 0x10;
export const LARGE_PREVIOUS = 0x18;
export const LARGE_BYTES = 0x20;
export const LARGE_BLOCK = 0x30;

export const BLOCK_PREVIOUS = 0x04;
export const BLOCK_KIND = 0x08;
export const BLOCK_UNUSED = 0x0c;
export const BLOCK_HEADER = 0x10;
export const FREE_NEXT = 0x10;
export const FREE_PREVIOUS = 0x18;

export const UNIT_BYTES = 16;
/** Room for a header and the links of a free block. */
export const LEAST_UNITS = 2;

export const KIND_BUSY = 1;
export const KIND_FREE = 2;
export const KIND_LARGE = 3;
/** Ends a segment: one unit, never joined. */
export const KIND_END = 4;

/** Requests from here on have a reservation of their own. */
export const LARGE_THRESHOLD = 0xff000;
/** What a segment commits at least, and what the first one of a heap that grows reserves. */
export const COMMIT_STEP = 0x10000;
export const FIRST_SEGMENT_BYTES = 0x100000;
/** Later segments double, up to this. */
export const MOST_SEGMENT_BYTES = 0x4000000;

/** Fresh payload, freed payload and the 16 bytes past a payload, when a heap checks. */
export const FILL_FRESH = 0x55555555;
export const FILL_FREE = 0xfeeefeee;
export const FILL_TAIL = 0xabababab;
export const TAIL_BYTES = 16;

/**
 * Steps of a walk along one bin. Sizes in a bin differ by a quarter, so the first blocks are about as
 * good as any; and a program that breaks its heap makes no endless walk.
 */
export const MOST_STEPS = 4096;

export const BIN_COUNT = 128;
const EXACT_BINS = 64;

/** The bin of a free block: one for each size below 64 units, then four for each doubling. */
export function binOf(units: number): number {
  if (units < EXACT_BINS) return units;
  const log = 31 - Math.clz32(units);
  return Math.min(BIN_COUNT - 1, EXACT_BINS + (log - 6) * 4 + ((units >>> (log - 2)) & 3));
}

/** The word at +0x08: the kind, and a check that interior pointers do not pass. */
export function kindWord(block: number, units: number, kind: number): number {
  const mixed = Math.imul((block / UNIT_BYTES) ^ units, 0x9e3779b1) >>> 8;
  return ((kind << 24) | (mixed & 0xffffff)) >>> 0;
}

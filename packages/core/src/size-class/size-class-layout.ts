/**
 * Where the size-class allocator keeps its state, all in the region's bytes.
 *
 *   region  +0   magic
 *           +4   end of the region
 *           +8   first run that is full, or 0
 *           +12  first run with room of each class, or 0
 *           +64  a heap of its own, linked-list first fit: runs and large blocks
 *
 *   a run, a block of that heap          a slot in use           one that was given back
 *   +0   slots << 16 | pitch             +0  distance |1|0|U     +0  distance |1|0|0
 *   +4   carved << 16 | used             +4  payload             +4  next such slot of the run, or 0
 *   +8   first slot given back, or 0
 *   +12  next run of its list, or 0      slots lie `pitch` bytes apart; those that were never
 *   +16  previous one, or 0              used, from `carved` on, hold nothing yet
 *   +20  slots
 *
 * Slots are named by their distance from the run. In a slot's header stands the distance less 4, a
 * multiple of 8, and bit 2, which no header of the inner heap has: it tells the two apart.
 */
export const SIZE_CLASS_MAGIC = 0x53534c43;
export const SIZE_CLASS_END = 4;
export const FULL_RUNS = 8;
export const OPEN_RUNS = 12;
/** Where the inner heap begins. */
export const INNER = 64;
/** Of a run. */
export const RUN_SHAPE = 0;
export const RUN_COUNTS = 4;
export const FREE_SLOT = 8;
export const NEXT_RUN = 12;
export const PREVIOUS_RUN = 16;
export const FIRST_SLOT = 20;
/** Of a slot that was given back. */
export const NEXT_SLOT = 4;
export const SLOT_BIT = 4;
/** The smallest region: the lists, an inner heap with room for a block. */
export const SIZE_CLASS_LEAST_BYTES: number = INNER + 40;

/** Bytes of a slot, header included, of each class. */
export const PITCHES: readonly number[] = [16, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256];
/** The largest request that a slot serves. */
export const LARGEST_SLOT: number = 256 - 4;

/** Number of the smallest class whose slots hold `size` bytes, which is at most LARGEST_SLOT. */
export function classOf(size: number): number {
  return CLASS_OF_GRANULES[(size + 4 + 7) >>> 3]!;
}

const CLASS_OF_GRANULES: readonly number[] = Array.from({ length: 33 }, (_, granules) =>
  PITCHES.findIndex((pitch) => pitch >= granules * 8),
);

/** How many slots a run has: about a 32nd of the region, 8 KiB at most, and 2 at least. */
export function slotsOfRun(pitch: number, regionBytes: number): number {
  const bytes = Math.min(8192, regionBytes >>> 5) - FIRST_SLOT;
  return Math.max(2, Math.floor(bytes / pitch));
}

/**
 * Where the buddy allocator keeps its state, all in the region's bytes.
 *
 *   control   +0   magic
 *             +4   end of the pool
 *             +8   bitmap of the orders whose list is not empty
 *             +12  atoms in use
 *             +16  most atoms ever in use                        M of the guarantee
 *             +20  atoms of the largest block ever handed out    n
 *             +24  heads of the free lists, a word an order
 *             …    control bytes, one an atom
 *   pool      atoms of 16 bytes
 *
 *   a control byte     7 6 5 4 ..... 0      a block in use     a free block
 *                     +-+-+-----------+     payload, whole     +0  next of its list, or 0
 *   a block begins    |U|F|0|  order  |                        +4  previous one, or 0
 *   inside a block    |0|0|0|    0    |
 *                     +-+-+-----------+
 *
 * A block of order k has 16 << k bytes and lies at an *address* that is a multiple of them, so that
 * every block is aligned to its size. The pool need not be: at its ends lie smaller blocks. The
 * buddy of a block is where its address has the bit of its size flipped, if that is in the pool.
 */
export const BUDDY_MAGIC = 0x59445542;
export const BUDDY_END = 4;
export const ORDER_BITMAP = 8;
export const USED_ATOMS = 12;
export const PEAK_ATOMS = 16;
export const LARGEST_ATOMS = 20;
export const HEADS = 24;
export const NEXT_FREE = 0;
export const PREVIOUS_FREE = 4;
export const ATOM_BYTES = 16;
export const ATOM_LOG2 = 4;
/** Of a control byte. */
export const BYTE_USED = 0x80;
export const BYTE_FREE = 0x40;
export const BYTE_ORDER = 0x1f;
/** The smallest region: control, a few atoms with their bytes. */
export const BUDDY_LEAST_BYTES = 128;
/** The largest block that there can be; bytes. */
export const LARGEST_BLOCK: number = 2 ** 29;

export interface BuddyShape {
  /** The order of the largest blocks. */
  readonly topOrder: number;
  /** Offset of the control bytes. */
  readonly bytes: number;
  /** Where the pool begins and ends. */
  readonly start: number;
  readonly end: number;
  /** What to add to an offset so that blocks are multiples of their size: the base's low bits. */
  readonly skew: number;
}

/** The shape of a region of `size` bytes at `base`, with blocks of `largestBytes` at most. */
export function buddyShape(base: number, size: number, largestBytes: number): BuddyShape {
  const pool = Math.floor((size * ATOM_BYTES) / (ATOM_BYTES + 1));
  const largest = Math.min(pool, largestBytes, LARGEST_BLOCK);
  const topOrder = Math.max(0, 31 - Math.clz32(largest) - ATOM_LOG2);
  const bytes = HEADS + (topOrder + 1) * 4;
  const atoms = Math.ceil((size - bytes) / (ATOM_BYTES + 1));
  const misalignment = base % ATOM_BYTES;
  const start = alignUp(bytes + alignUp(atoms, 4) + misalignment) - misalignment;
  const end = size - ((size + misalignment) % ATOM_BYTES);
  return { topOrder, bytes, start, end, skew: base % (ATOM_BYTES << topOrder) };
}

/** Order of the smallest block that holds `bytes`. */
export function orderOf(bytes: number): number {
  return bytes <= ATOM_BYTES ? 0 : 32 - Math.clz32(bytes - 1) - ATOM_LOG2;
}

function alignUp(offset: number, unit: number = ATOM_BYTES): number {
  return Math.ceil(offset / unit) * unit;
}

/**
 * Where heap-2 and heap-4 keep their state, all in the region's bytes. What FreeRTOS keeps in
 * static variables lies in front; `ucHeap` begins after it.
 *
 *   region  +0   magic
 *           +4   end of the blocks
 *           +8   first free block, or 0                      xStart
 *           +12  free bytes, headers included                xFreeBytesRemaining
 *           +16  the least it has been                       xMinimumEverFreeBytesRemaining
 *           +24  blocks, back to back, then 8 bytes unused   ucHeap
 *
 *   a block in use                 a free block              BlockLink_t
 *   +0  0                          +0  next free, or 0       pxNextFreeBlock
 *   +4  size, bit 31 set           +4  size                  xBlockSize
 *   +8  payload
 *
 * The last 8 bytes are heap_4's end marker; heap_2 gives them up for aligning its start.
 */
export const HEAP_2_MAGIC = 0x32545246;
export const HEAP_4_MAGIC = 0x34545246;
export const FREERTOS_END = 4;
export const FIRST_FREE = 8;
export const FREE_BYTES = 12;
export const LEAST_FREE_BYTES = 16;
/** Where the blocks begin. */
export const UC_HEAP = 24;
/** Of a free block. */
export const NEXT_FREE = 0;
export const BLOCK_SIZE = 4;
/** Bytes of a BlockLink_t with 4-byte pointers. */
export const LINK_BYTES = 8;
/** Set in the size of a block that is in use. */
export const ALLOCATED: number = 1 << 31;
/** A rest becomes a block only when it is larger than this: two headers. */
export const SPLIT_BYTES = 16;
/** The smallest block: a header and 8 bytes. */
export const FREERTOS_MIN_BLOCK = 16;
/** The smallest region: what lies in front, one block, the end. */
export const FREERTOS_LEAST_BYTES = 48;

/** Bytes of a block for a payload of `size` bytes. */
export function freeRtosBlockBytes(size: number): number {
  return (size + LINK_BYTES + 7) & ~7;
}

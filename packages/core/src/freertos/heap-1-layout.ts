/**
 * Where heap-1 keeps its state, all in the region's bytes.
 *
 *   region  +0   magic
 *           +4   end of the heap
 *           +8   next free byte                              xNextFreeByte
 *           +16  marks, 2 bits for every 8 bytes of the heap
 *           …    payloads, back to back                      ucHeap
 *
 *   a mark   0  no payload begins here
 *            1  a payload in use begins here
 *            2  one that was given back, or a gap before an aligned one
 *
 * heap_1 of FreeRTOS has no headers. The marks are not FreeRTOS's: they lie aside, so that places
 * stay the same and yet a free, a second free and a foreign pointer are told apart.
 */
export const HEAP_1_MAGIC = 0x31545246;
export const HEAP_1_END = 4;
export const NEXT_FREE_BYTE = 8;
export const MARKS = 16;
export const MARK_USED = 1;
export const MARK_GIVEN_BACK = 2;
/** Bytes of the heap that a word of marks is about. */
export const BYTES_A_WORD = 128;
/** The smallest region: control block, a word of marks, a few bytes. */
export const HEAP_1_LEAST_BYTES = 48;

/** Where the payloads begin in a region of `size` bytes. */
export function heap1First(size: number): number {
  const words = Math.ceil((size - MARKS) / (BYTES_A_WORD + 4));
  return MARKS + ((words * 4 + 7) & ~7);
}

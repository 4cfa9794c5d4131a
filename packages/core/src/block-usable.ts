/** What headers say of a payload: see block-header.ts. */
import { HEADER_BYTES, HEADER_USED, headerSize } from './block-header.ts';
import { MIN_ALIGN, MISUSE_DOUBLE, MISUSE_INVALID } from './heap.ts';
import type { HeapMemory } from './heap-memory.ts';

/**
 * Bytes of the payload of a block in [first, end), or minus what is wrong with it, as far as its
 * header shows.
 *
 * @param payload  its offset: any number
 * @param least    bytes of the smallest block
 * @param stray    bits that are 0 in every header
 */
export function headerUsable(
  memory: HeapMemory,
  payload: number,
  first: number,
  end: number,
  least: number,
  stray: number,
): number {
  const offset = payload - HEADER_BYTES;
  if (offset < first || offset >= end) return -MISUSE_INVALID;
  const block = offset | 0;
  if ((block & (MIN_ALIGN - 1)) !== HEADER_BYTES) return -MISUSE_INVALID;
  const header = memory.load32(block);
  const bytes = headerSize(header);
  if (bytes < least || block + bytes > end || (header & stray) !== 0) return -MISUSE_INVALID;
  return (header & HEADER_USED) !== 0 ? bytes - HEADER_BYTES : -MISUSE_DOUBLE;
}

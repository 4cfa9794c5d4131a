/** Little-endian values of 1 to 4 bytes inside one frame, by host offset. */
import type { FramePool } from './frame-pool.ts';

/** The value, unsigned. */
export function loadFrame(pool: FramePool, offset: number, size: number): number {
  if (size === 4) return pool.view.getUint32(offset, true);
  if (size === 1) return pool.u8[offset]!;
  if (size === 2) return pool.view.getUint16(offset, true);
  let value = 0;
  for (let index = size - 1; index >= 0; index--) value = value * 256 + pool.u8[offset + index]!;
  return value;
}

/** Stores the low bytes of a value. */
export function storeFrame(pool: FramePool, offset: number, size: number, value: number): void {
  if (size === 4) pool.view.setInt32(offset, value, true);
  else if (size === 1) pool.u8[offset] = value;
  else if (size === 2) pool.view.setInt16(offset, value, true);
  else for (let index = 0; index < size; index++) pool.u8[offset + index] = value >>> (index * 8);
}

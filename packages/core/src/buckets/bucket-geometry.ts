/** How many pages a region of buckets has, and where they lie. See buckets-layout.ts. */
import { alignOffset } from '../block-header.ts';
import { DESCRIPTORS } from './buckets-layout.ts';
import { LEAST_SLOT_LOG2, pageBytesFor } from './size-class.ts';

/** Sizes that follow from a region's place and size; bytes and offsets. */
export interface BucketGeometry {
  readonly pageBytes: number;
  readonly pageCount: number;
  readonly descriptorBytes: number;
  /** Offset of the first page. */
  readonly firstPage: number;
  /** Classes whose slots are at most half a page. */
  readonly classCount: number;
}

/** @param base  address of the region, a multiple of 8 */
export function bucketGeometry(base: number, size: number): BucketGeometry {
  const pageBytes = pageBytesFor(size);
  const mapWords = Math.ceil(pageBytes / (1 << LEAST_SLOT_LOG2) / 32);
  const descriptorBytes = 4 + 4 * mapWords;
  const place = (pages: number): number =>
    alignOffset(base, DESCRIPTORS + pages * descriptorBytes + 4, pageBytes);
  let pageCount = Math.floor((size - DESCRIPTORS - 4) / (pageBytes + descriptorBytes));
  while (pageCount > 0 && place(pageCount) + pageCount * pageBytes > size) pageCount--;
  const classCount = Math.log2(pageBytes) - LEAST_SLOT_LOG2;
  return { pageBytes, pageCount, descriptorBytes, firstPage: place(pageCount), classCount };
}

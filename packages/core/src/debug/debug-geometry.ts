/** How many pages a debug heap has, and how runs of them are laid out. See debug-layout.ts. */
import { alignOffset } from '../block-header.ts';
import { CLASS_COUNT, LEAST_SLOT_LOG2, pageBytesFor, slotBytesOf } from '../buckets/size-class.ts';
import { CONTROL_WORDS, LARGE_WORDS, LEAST_CANARY } from './debug-layout.ts';

export interface DebugGeometry {
  readonly pageBytes: number;
  readonly pageCount: number;
  /** Offset of page 0. */
  readonly origin: number;
  readonly controlBytes: number;
  /** Offset of the page map from the control block. */
  readonly mapAt: number;
  readonly frames: number;
  readonly recordBytes: number;
  readonly largeRecordBytes: number;
  /** Whether pages and control block lie in one region, with nothing else between. */
  readonly isRegion: boolean;
  /** 1 where pages can be protected, else 0. */
  readonly guardPages: number;
  readonly classCount: number;
  /** By class: slots of a bucket, its pages, and the offset of its records in it. */
  readonly slots: Int32Array;
  readonly pages: Int32Array;
  readonly recordsAt: Int32Array;
}

/**
 * @param base       address of offset 0
 * @param size       bytes of the region, or of the space that a source hands addresses out of
 * @param frames     frames of a trace; 0 keeps none
 * @param pageBytes  size of pages that can be protected; 0 where none can
 */
export function debugGeometry(
  base: number,
  size: number,
  frames: number,
  pageBytes: number,
  isRegion: boolean,
): DebugGeometry {
  const page = pageBytes === 0 ? pageBytesFor(size) : pageBytes;
  const mapAt = 4 * (CONTROL_WORDS + frames);
  const controlBytes = (pages: number): number => mapAt + 8 * pages + 4;
  const place = (pages: number): number =>
    alignOffset(base, isRegion ? controlBytes(pages) : 0, page);
  let pageCount = Math.floor(size / page);
  while (pageCount > 0 && place(pageCount) + pageCount * page > size) pageCount--;
  const classCount = Math.min(Math.log2(page) - LEAST_SLOT_LOG2, CLASS_COUNT);
  const traced = frames === 0 ? 0 : 1 + 2 * frames;
  const geometry = {
    pageBytes: page,
    pageCount,
    origin: place(pageCount),
    controlBytes: controlBytes(pageCount),
    mapAt,
    frames,
    recordBytes: 4 * (2 + traced),
    largeRecordBytes: 4 * (LARGE_WORDS + 3 * frames + 1),
    isRegion,
    guardPages: pageBytes === 0 ? 0 : 1,
    classCount,
    slots: new Int32Array(classCount),
    pages: new Int32Array(classCount),
    recordsAt: new Int32Array(classCount),
  };
  for (let sizeClass = 0; sizeClass < classCount; sizeClass++) shapeBucket(geometry, sizeClass);
  return geometry;
}

/** A bucket has room for four slots, so that it is more than one block with its records. */
function shapeBucket(geometry: DebugGeometry, sizeClass: number): void {
  const { pageBytes, recordBytes, guardPages, slots, pages, recordsAt } = geometry;
  const slot = slotBytesOf(sizeClass);
  let blockPages = Math.max(1, Math.ceil((4 * slot) / pageBytes));
  if (guardPages > 0) {
    slots[sizeClass] = (blockPages * pageBytes) / slot;
    const records = Math.ceil((slots[sizeClass]! * recordBytes + 4) / pageBytes);
    pages[sizeClass] = blockPages + guardPages + records;
    recordsAt[sizeClass] = (blockPages + guardPages) * pageBytes;
    return;
  }
  const fitting = (): number => Math.floor((blockPages * pageBytes - 4) / (slot + recordBytes));
  while (fitting() === 0) blockPages++;
  slots[sizeClass] = fitting();
  pages[sizeClass] = blockPages;
  recordsAt[sizeClass] = slots[sizeClass]! * slot;
}

/** Pages of a large block of `size` bytes, records and guard included. */
export function largePages(geometry: DebugGeometry, size: number): number {
  const { pageBytes, guardPages, largeRecordBytes } = geometry;
  return guardPages > 0
    ? Math.ceil(size / pageBytes) + guardPages + Math.ceil(largeRecordBytes / pageBytes)
    : Math.ceil((size + LEAST_CANARY + largeRecordBytes) / pageBytes);
}

/** Offset of a large block's record from its first page. */
export function largeRecordAt(geometry: DebugGeometry, pages: number): number {
  const { pageBytes, guardPages, largeRecordBytes } = geometry;
  const bytes =
    guardPages > 0 ? Math.ceil(largeRecordBytes / pageBytes) * pageBytes : largeRecordBytes;
  return pages * pageBytes - bytes;
}

/** Bytes from a large block's start to its guard or its record: what it may grow to, and more. */
export function largeRoom(geometry: DebugGeometry, pages: number): number {
  return largeRecordAt(geometry, pages) - geometry.guardPages * geometry.pageBytes;
}

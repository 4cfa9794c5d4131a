/**
 * Where the debug heap keeps what it knows. Memory is handed out in *runs* of pages, each with its
 * records behind its blocks; a page map says which run a page belongs to.
 *
 *   control   +0   words of the table below
 *             …    trace of the first thread's first call, `frames` words
 *             …    page map, two words a page
 *             …    fence
 *
 *   entry of a run's first page:  kind | class << 4 | pages << 8;   then
 *                                 bucket: slots handed out | slots in use << 16
 *                                 given back: the number of the call that did it
 *   entry of a further page:      kind | distance to the first << 8
 *
 *   a run where pages can be protected        a run where they cannot
 *   +-----------+-------+---------+           +-----------+-----------+-------+
 *   | blocks    | guard | records |           | blocks    | records   | fence |
 *   | r w       | no    | r only, outside     +-----------+-----------+-------+
 *   +-----------+-------+---------+  calls
 *
 *   slot      +--------------------+-----------------+   canary: 4 bytes at least, up to the
 *             | payload            | canary          |   slot's end
 *             +--------------------+-----------------+
 *
 *   record of a slot   state | log2 of align << 2 | size << 8;  call that allocated it;
 *                      with traces also: call that freed it; trace of the one; of the other
 *   record of a large block   state | log2 of align << 2;  size;  calls that allocated, freed and
 *                      last resized it; traces of the three
 */
import { alignOffset } from '../block-header.ts';
import { LEAST_SLOT_LOG2, pageBytesFor, slotBytesOf } from '../buckets/size-class.ts';

export const DEBUG_MAGIC = 0x47424544;

/** Control words, by index. */
export const WORD_MAGIC = 0;
export const WORD_SIZE = 1;
export const WORD_FRAMES = 2;
/** Page at which new memory is looked for first. */
export const WORD_BREAK = 3;
/** Calls that changed something; a block's ordinal is the call that allocated it. */
export const WORD_CALLS = 4;
export const WORD_REQUESTED = 5;
export const WORD_PEAK = 6;
export const WORD_LIVE = 7;
/** Pages had from the source, and of those the ones never used. */
export const WORD_MAPPED = 8;
export const WORD_UNUSED = 10;
/** Sum of the control words and the page map, kept up with each change. */
export const WORD_SUM = 9;
/** Thread of the first call plus 1, where threads are watched. */
export const WORD_OWNER = 11;
/** For each class the page of its current bucket plus 1, or 0. */
export const WORD_CURRENT = 12;
export const CONTROL_WORDS = 24;

export const KIND_NONE = 0;
export const KIND_BUCKET = 1;
export const KIND_LARGE = 2;
export const KIND_REST = 3;
export const KIND_FREED_BUCKET = 4;
export const KIND_FREED_LARGE = 5;
/** Pages without records: never used, or what was left of a run given back. */
export const KIND_BARE = 6;

/** State of a slot or a large block, in its record. */
export const STATE_NEVER = 0;
export const STATE_LIVE = 1;
export const STATE_FREED = 2;

export const SLOT_SIZE_SHIFT = 8;
/** Canary behind each payload, at the least; bytes. */
export const LEAST_CANARY = 4;
/** Words of a large block's record before its traces. */
export const LARGE_WORDS = 5;
/** Most frames that a trace may have. */
export const MAX_FRAMES = 64;
/** The smallest region: a control block and three pages of 128 bytes. */
export const DEBUG_LEAST_BYTES = 512;

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
  const classCount = Math.min(Math.log2(page) - LEAST_SLOT_LOG2, 9);
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

/** Walks a bucket heap: its figures, and every invariant of its pages. */
import type { HeapStats } from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import type { BucketGeometry } from './bucket-geometry.ts';
import {
  BUCKETS_MAGIC,
  CLASS_MASK,
  CLASS_SHIFT,
  COUNT_MASK,
  CURRENT_BUCKETS,
  DESCRIPTORS,
  FENCE,
  HANDED_OUT_SHIFT,
  IN_USE_SHIFT,
  KIND_BUCKET,
  KIND_FREE,
  KIND_MASK,
  KIND_REST,
  KIND_RUN,
  LOWEST_FREE,
  PAGES_SHIFT,
  REGION_SIZE,
} from './buckets-layout.ts';
import { slotBytesOf } from './size-class.ts';

/** A bucket's descriptor, read. */
interface Bucket {
  readonly sizeClass: number;
  readonly slots: number;
  readonly handedOut: number;
  readonly inUse: number;
}

function bucketOf(state: number, pageBytes: number): Bucket {
  const sizeClass = (state >> CLASS_SHIFT) & CLASS_MASK;
  return {
    sizeClass,
    slots: pageBytes / slotBytesOf(sizeClass),
    handedOut: (state >> HANDED_OUT_SHIFT) & COUNT_MASK,
    inUse: (state >> IN_USE_SHIFT) & COUNT_MASK,
  };
}

function stateOf(memory: HeapMemory, { descriptorBytes }: BucketGeometry, page: number): number {
  return memory.load32(DESCRIPTORS + page * descriptorBytes);
}

/** Figures of the heap. A slot not in use is a free block, even while it waits for its page. */
export function bucketStats(memory: HeapMemory, geometry: BucketGeometry): HeapStats {
  const { pageBytes, pageCount } = geometry;
  const regionBytes = memory.load32(REGION_SIZE);
  let liveBytes = 0;
  let liveBlocks = 0;
  let freeBytes = 0;
  let freeBlocks = 0;
  let largestFreeBytes = 0;
  let freePages = 0;
  for (let page = 0; page < pageCount; page++) {
    const state = stateOf(memory, geometry, page);
    const kind = state & KIND_MASK;
    freePages = kind === KIND_FREE ? freePages + 1 : 0;
    if (kind === KIND_FREE) {
      freeBytes += pageBytes;
      if (freePages === 1) freeBlocks++;
      largestFreeBytes = Math.max(largestFreeBytes, freePages * pageBytes);
    } else if (kind === KIND_BUCKET) {
      const { sizeClass, slots, handedOut, inUse } = bucketOf(state, pageBytes);
      const slotBytes = slotBytesOf(sizeClass);
      liveBlocks += inUse;
      liveBytes += inUse * slotBytes;
      freeBlocks += slots - inUse;
      freeBytes += (slots - inUse) * slotBytes;
      if (handedOut < slots) largestFreeBytes = Math.max(largestFreeBytes, slotBytes);
    } else {
      liveBytes += pageBytes;
      if (kind === KIND_RUN) liveBlocks++;
    }
  }
  const overheadBytes = regionBytes - liveBytes - freeBytes;
  return {
    regionBytes,
    liveBytes,
    liveBlocks,
    freeBytes,
    freeBlocks,
    largestFreeBytes,
    overheadBytes,
  };
}

/** Every invariant of the heap; what is wrong, a line each. */
export function checkBuckets(memory: HeapMemory, geometry: BucketGeometry): string[] {
  if (memory.load32(0) !== BUCKETS_MAGIC) return ['control block overwritten'];
  const wrong: string[] = [];
  if (memory.load32(geometry.firstPage - 4) !== FENCE) wrong.push('fence overwritten');
  const lowest = memory.load32(LOWEST_FREE);
  if (lowest < 0 || lowest > geometry.pageCount) wrong.push('lowest free page');
  let rest = 0;
  for (let page = 0; page < geometry.pageCount; page++) {
    const state = stateOf(memory, geometry, page);
    const kind = state & KIND_MASK;
    if ((kind === KIND_REST) !== rest > 0) wrong.push(`page ${page} is not what its run says`);
    if (rest > 0) rest--;
    if (kind === KIND_RUN) rest = (state >>> PAGES_SHIFT) - 1;
    if (kind === KIND_FREE && page < lowest) wrong.push(`page ${page} is free and below the rest`);
    if (kind === KIND_BUCKET) wrong.push(...checkBucket(memory, geometry, page, state));
  }
  if (rest > 0) wrong.push('the last run goes on past the last page');
  return [...wrong, ...checkCurrent(memory, geometry)];
}

function checkBucket(
  memory: HeapMemory,
  geometry: BucketGeometry,
  page: number,
  state: number,
): string[] {
  const { sizeClass, slots, handedOut, inUse } = bucketOf(state, geometry.pageBytes);
  if (sizeClass >= geometry.classCount || handedOut > slots || inUse > handedOut || inUse === 0) {
    return [`counts of bucket ${page}`];
  }
  const wrong: string[] = [];
  const bits = DESCRIPTORS + page * geometry.descriptorBytes + 4;
  let used = 0;
  for (let word = 0; 4 * word < geometry.descriptorBytes - 4; word++) {
    const mask = memory.load32(bits + 4 * word);
    const allowed = Math.min(Math.max(handedOut - 32 * word, 0), 32);
    if (allowed < 32 && mask >>> allowed !== 0) wrong.push(`bucket ${page}: bits never handed out`);
    used += bitCount(mask);
  }
  if (used !== inUse) wrong.push(`bucket ${page}: ${used} bits for ${inUse} slots in use`);
  const current = memory.load32(CURRENT_BUCKETS + 4 * sizeClass);
  if (handedOut < slots && current !== page + 1)
    wrong.push(`bucket ${page} is not the current one`);
  return wrong;
}

/** A class's current page is a bucket of the class that is not full. */
function checkCurrent(memory: HeapMemory, geometry: BucketGeometry): string[] {
  const wrong: string[] = [];
  for (let sizeClass = 0; sizeClass < geometry.classCount; sizeClass++) {
    const page = memory.load32(CURRENT_BUCKETS + 4 * sizeClass) - 1;
    if (page === -1) continue;
    const state = page < geometry.pageCount && page >= 0 ? stateOf(memory, geometry, page) : 0;
    const bucket = bucketOf(state, geometry.pageBytes);
    const isGood =
      (state & KIND_MASK) === KIND_BUCKET &&
      bucket.sizeClass === sizeClass &&
      bucket.handedOut < bucket.slots;
    if (!isGood) wrong.push(`class ${sizeClass} has page ${page} for its current bucket`);
  }
  return wrong;
}

/** Ones in a word. @see H. Warren, "Hacker's Delight", 5-1 */
function bitCount(word: number): number {
  let sum = word - ((word >>> 1) & 0x55555555);
  sum = (sum & 0x33333333) + ((sum >>> 2) & 0x33333333);
  return Math.imul((sum + (sum >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Walks a size-class heap: its lists of runs, the slots of each, and the heap inside. */
import { HEADER_BYTES, HEADER_USED } from '../block-header.ts';
import type { Heap, HeapStats } from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import {
  FIRST_SLOT,
  FREE_SLOT,
  FULL_RUNS,
  INNER,
  NEXT_RUN,
  NEXT_SLOT,
  OPEN_RUNS,
  PITCHES,
  PREVIOUS_RUN,
  SIZE_CLASS_END,
  SIZE_CLASS_MAGIC,
  SLOT_BIT,
} from './size-class-layout.ts';
import type { SlotRuns } from './slot-run.ts';

/** Every invariant of the heap; what is wrong, a line each. */
export function checkSizeClass(
  memory: HeapMemory,
  base: number,
  size: number,
  inner: Heap,
  runs: SlotRuns,
): string[] {
  if (memory.load32(0) !== SIZE_CLASS_MAGIC || memory.load32(SIZE_CLASS_END) !== size) {
    return ['control block overwritten'];
  }
  const wrong = inner.check();
  const seen = new Set<number>();
  for (let list = FULL_RUNS; list < OPEN_RUNS + PITCHES.length * 4; list += 4) {
    let previous = 0;
    for (let run = memory.load32(list); run !== 0; run = memory.load32(run + NEXT_RUN)) {
      const isLive = runs.isRun(run) && inner.usableSize(base + run) >= runs.bytesOf(run);
      if (!isLive || seen.has(run)) return [...wrong, `list at ${list} holds ${run}, no run of it`];
      seen.add(run);
      if (memory.load32(run + PREVIOUS_RUN) !== previous) wrong.push(`back link of run ${run}`);
      checkPlace(list, run, runs, wrong);
      checkSlots(memory, run, runs, wrong);
      previous = run;
    }
  }
  return wrong;
}

/** Full runs are in the list of full ones, others in that of their class. */
function checkPlace(list: number, run: number, runs: SlotRuns, wrong: string[]): void {
  const isFull = runs.usedOf(run) === runs.slotsOf(run);
  const place = isFull ? FULL_RUNS : OPEN_RUNS + PITCHES.indexOf(runs.pitchOf(run)) * 4;
  if (list !== place) wrong.push(`run ${run} is in the wrong list`);
}

/** The headers of the slots, their number in use, and the list of those given back. */
function checkSlots(memory: HeapMemory, run: number, runs: SlotRuns, wrong: string[]): void {
  const [slots, used, carved] = [runs.slotsOf(run), runs.usedOf(run), runs.carvedOf(run)];
  if (used === 0 || used > carved || carved > slots) {
    wrong.push(`counts of run ${run}`);
    return;
  }
  const back = new Set<number>();
  for (let nth = 0; nth < carved; nth++) {
    const distance = FIRST_SLOT + nth * runs.pitchOf(run);
    const header = memory.load32(run + distance);
    const name = (distance - 4) | SLOT_BIT;
    if (header === name) back.add(distance);
    else if (header !== (name | HEADER_USED)) wrong.push(`header of slot ${run + distance}`);
  }
  if (carved - back.size !== used) wrong.push(`count of slots in use of run ${run}`);
  let distance = memory.load32(run + FREE_SLOT);
  while (distance !== 0) {
    if (!back.delete(distance)) {
      wrong.push(`run ${run} has ${distance} given back, which is not, or twice`);
      return;
    }
    distance = memory.load32(run + distance + NEXT_SLOT);
  }
  if (back.size > 0) wrong.push(`run ${run} has lost ${back.size} slots`);
}

/** Figures: those of the heap inside, with the slots of each run in the place of the run. */
export function sizeClassStats(
  memory: HeapMemory,
  base: number,
  size: number,
  inner: Heap,
  runs: SlotRuns,
): HeapStats {
  let { liveBytes, liveBlocks, freeBytes, freeBlocks, largestFreeBytes } = inner.stats();
  let left = size >>> 5;
  for (let list = FULL_RUNS; list < OPEN_RUNS + PITCHES.length * 4; list += 4) {
    let run = memory.load32(list);
    // No region has more runs than `left`: a longer walk goes round in circles.
    for (; runs.isRun(run) && left > 0; left--) {
      const payload = runs.pitchOf(run) - HEADER_BYTES;
      const used = runs.usedOf(run);
      const free = runs.slotsOf(run) - used;
      liveBytes += used * payload - inner.usableSize(base + run);
      liveBlocks += used - 1;
      freeBytes += free * payload;
      freeBlocks += free;
      if (free > 0) largestFreeBytes = Math.max(largestFreeBytes, payload);
      run = memory.load32(run + NEXT_RUN);
    }
  }
  const regionBytes = INNER + inner.stats().regionBytes;
  return {
    regionBytes,
    liveBytes,
    liveBlocks,
    freeBytes,
    freeBlocks,
    largestFreeBytes,
    overheadBytes: regionBytes - liveBytes - freeBytes,
  };
}

/**
 * Walks over everything the debug heap knows, without changing it: what is damaged, what leaks,
 * what lies nearest to an address, the figures.
 */
import { slotBytesOf } from '../buckets/size-class.ts';
import type { HeapStats } from '../heap.ts';
import type { DebugBlock, DebugFindingKind } from './debug-finding.ts';
import { largeRoom } from './debug-geometry.ts';
import {
  DEBUG_MAGIC,
  KIND_BARE,
  KIND_BUCKET,
  KIND_FREED_LARGE,
  KIND_LARGE,
  KIND_NONE,
  LEAST_CANARY,
  STATE_FREED,
  STATE_LIVE,
  STATE_NEVER,
  WORD_BREAK,
  WORD_CURRENT,
  WORD_LIVE,
  WORD_MAGIC,
  WORD_MAPPED,
  WORD_PEAK,
  WORD_REQUESTED,
  WORD_SIZE,
  WORD_SUM,
} from './debug-layout.ts';
import type { DebugState } from './debug-state.ts';
import { isFreedKind } from './page-runs.ts';
import { canaryAt, findCanaryDamage, findFreedDamage } from './poison.ts';

/** What is wrong at an offset, and with which block; slot -1 where with none. */
export type Damage = (kind: DebugFindingKind, offset: number, page: number, slot: number) => void;

/** Visits each run, by address. */
export function eachRun(state: DebugState, visit: (page: number) => void): void {
  for (let page = 0; page < state.geometry.pageCount; page += state.pages(page)) {
    if (state.kind(page) !== KIND_NONE && state.isSound(page)) visit(page);
  }
}

/** Visits each block in use or freed whose record is still there. */
export function eachBlock(state: DebugState, visit: (page: number, slot: number) => void): void {
  eachRun(state, (page) => {
    if (state.kind(page) === KIND_BARE) return;
    const slots = state.isBucket(page) ? state.geometry.slots[state.sizeClass(page)]! : 1;
    for (let slot = 0; slot < slots; slot++) {
      if (state.stateAt(page, slot) !== STATE_NEVER && state.sizeAt(page, slot) > 0) {
        visit(page, slot);
      }
    }
  });
}

/** A write below a block or past one's end? The canary is nearer to the one or to the other. */
export function isUnderflow(from: number, end: number, damage: number): boolean {
  return damage !== from && damage - from >= end - 1 - damage;
}

/** What is wrong with a block in use: its record, and the canary behind it. */
export function blockDamage(state: DebugState, page: number, slot: number, tell: Damage): void {
  const size = state.sizeAt(page, slot);
  if (size < 0) {
    tell('heap-corruption', state.record(page, slot), page, -1);
    return;
  }
  const start = state.isBucket(page) ? state.slotOffset(page, slot) : state.offsetOf(page);
  const end = state.blockEnd(page, slot);
  const damage = findCanaryDamage(state.memory, start + size, end);
  if (damage < 0) return;
  const next = slot + 1;
  const isLast = !state.isBucket(page) || next === state.geometry.slots[state.sizeClass(page)];
  if (!isLast && isUnderflow(start + size, end, damage) && isKnown(state, page, next)) {
    tell('heap-buffer-underflow', damage, page, next);
  } else tell('heap-buffer-overflow', damage, page, slot);
}

function isKnown(state: DebugState, page: number, slot: number): boolean {
  return state.stateAt(page, slot) !== STATE_NEVER && state.sizeAt(page, slot) > 0;
}

/** Whether a slot freed or never handed out still is as it was left. */
export function freedSlotDamage(state: DebugState, page: number, slot: number, tell: Damage): void {
  const start = state.slotOffset(page, slot);
  const end = start + slotBytesOf(state.sizeClass(page)) - LEAST_CANARY;
  const isFreed = state.stateAt(page, slot) === STATE_FREED;
  const damage = findFreedDamage(state.memory, start, end);
  if (damage >= 0) {
    if (isFreed) tell('use-after-free', damage, page, slot);
    else tell('heap-corruption', damage, page, -1);
    return;
  }
  const tail = findCanaryDamage(state.memory, end, end + LEAST_CANARY);
  if (tail < 0) return;
  const next = slot + 1;
  const isLast = next === state.geometry.slots[state.sizeClass(page)];
  if (!isLast && isKnown(state, page, next)) tell('heap-buffer-underflow', tail, page, next);
  else if (isFreed) tell('use-after-free', tail, page, slot);
  else tell('heap-corruption', tail, page, -1);
}

/** The word before a run, where nothing but canaries keeps runs apart. */
export function fenceDamage(state: DebugState, page: number, tell: Damage): void {
  const at = state.offsetOf(page) - 4;
  if (!state.hasFenceBefore(page) || state.memory.load32(at) === canaryAt(at)) return;
  const hasBlock = state.kind(page) !== KIND_BARE && isKnown(state, page, 0);
  tell(hasBlock ? 'heap-buffer-underflow' : 'heap-corruption', at, page, hasBlock ? 0 : -1);
}

/** What is wrong with the memory of a run given back; nothing can be where it has no access. */
export function freedRunDamage(state: DebugState, page: number, tell: Damage): void {
  const { geometry } = state;
  if (geometry.guardPages > 0) return;
  if (state.kind(page) === KIND_FREED_LARGE) {
    const start = state.offsetOf(page);
    const end = start + largeRoom(geometry, state.pages(page));
    const damage = findFreedDamage(state.memory, start, end);
    if (damage >= 0) tell('use-after-free', damage, page, 0);
  } else if (state.isBucket(page)) {
    const slots = geometry.slots[state.sizeClass(page)]!;
    for (let slot = 0; slot < slots; slot++) freedSlotDamage(state, page, slot, tell);
  }
}

/** Whether the control block and the page map are as the heap left them. */
function controlDamage(state: DebugState, tell: Damage): void {
  const { controlBytes, isRegion, origin } = state.geometry;
  const fence = state.control + controlBytes - 4;
  const damage = findCanaryDamage(state.memory, fence, isRegion ? origin - 4 : fence + 4);
  if (damage >= 0) tell('heap-corruption', damage, 0, -1);
  if (state.sum() !== state.word(WORD_SUM)) tell('heap-corruption', state.control, 0, -1);
}

/** All that is wrong with bytes that the program should not have written. */
export function sweepDamage(state: DebugState, tell: Damage): void {
  controlDamage(state, tell);
  eachRun(state, (page) => {
    fenceDamage(state, page, tell);
    const kind = state.kind(page);
    if (kind === KIND_LARGE) blockDamage(state, page, 0, tell);
    else if (kind !== KIND_BUCKET) freedRunDamage(state, page, tell);
    else {
      const slots = state.geometry.slots[state.sizeClass(page)]!;
      for (let slot = 0; slot < slots; slot++) {
        if (state.stateAt(page, slot) === STATE_LIVE) blockDamage(state, page, slot, tell);
        else freedSlotDamage(state, page, slot, tell);
      }
    }
  });
}

/** The block in a state that lies nearest to an address; none when there is none. */
export function nearestBlock(
  state: DebugState,
  address: number,
  wanted: number,
): DebugBlock | null {
  let least = Infinity;
  let found: readonly [number, number] | null = null;
  eachBlock(state, (page, slot) => {
    if (state.stateAt(page, slot) !== wanted) return;
    const offset = state.isBucket(page) ? state.slotOffset(page, slot) : state.offsetOf(page);
    const start = state.base + offset;
    const past = address - start - state.sizeAt(page, slot) + 1;
    const distance = address < start ? start - address : Math.max(past, 0);
    if (distance >= least) return;
    least = distance;
    found = [page, slot];
  });
  return found === null ? null : state.block(...(found as readonly [number, number]));
}

/** Figures of a debug heap; bytes. */
export interface DebugFigures {
  /** Asked for and not given back: n for every allocation minus n for every free. */
  readonly requestedBytes: number;
  readonly peakRequestedBytes: number;
  /** Pages that have memory. */
  readonly residentBytes: number;
  /** The heap's own state: control block, page map, records, traces. */
  readonly overheadBytes: number;
}

export function debugFigures(state: DebugState, controlBytes: number): DebugFigures {
  const { geometry } = state;
  let closed = 0;
  let records = 0;
  eachRun(state, (page) => {
    const bytes = state.pages(page) * geometry.pageBytes;
    const blocks = blockBytes(state, page);
    const guard = state.kind(page) === KIND_BARE ? 0 : geometry.guardPages * geometry.pageBytes;
    if (state.kind(page) !== KIND_BARE) records += bytes - blocks - guard;
    if (geometry.guardPages === 0) return;
    closed += isFreedKind(state.kind(page)) ? blocks + guard : guard;
  });
  const mapped = state.word(WORD_MAPPED) * geometry.pageBytes;
  return {
    requestedBytes: state.word(WORD_REQUESTED),
    peakRequestedBytes: state.word(WORD_PEAK),
    residentBytes: mapped - closed + controlBytes,
    overheadBytes: controlBytes + records,
  };
}

/** Bytes of a run that hold blocks. */
function blockBytes(state: DebugState, page: number): number {
  const { geometry } = state;
  const pages = state.pages(page);
  if (state.kind(page) === KIND_BARE) return pages * geometry.pageBytes;
  return state.isBucket(page)
    ? geometry.recordsAt[state.sizeClass(page)]! - geometry.guardPages * geometry.pageBytes
    : largeRoom(geometry, pages);
}

/** Figures as every heap has them. What is freed counts as free, though it waits for its turn. */
export function debugStats(state: DebugState): HeapStats {
  const { geometry } = state;
  const { pageBytes, isRegion } = geometry;
  const left = isRegion ? geometry.pageCount - state.word(WORD_BREAK) : 0;
  let freeBytes = left * pageBytes;
  let freeBlocks = 0;
  let stretch = 0;
  let longest = 0;
  let end = 0;
  eachRun(state, (page) => {
    const pages = state.pages(page);
    const isFreed = isFreedKind(state.kind(page));
    if (isFreed) {
      freeBytes += pages * pageBytes;
      if (stretch === 0 || end !== page) freeBlocks++;
    } else if (state.kind(page) === KIND_BUCKET) {
      const idle = geometry.slots[state.sizeClass(page)]! - (state.note(page) >>> 16);
      freeBlocks += idle;
      freeBytes += idle * slotBytesOf(state.sizeClass(page));
    }
    stretch = isFreed ? (end === page ? stretch : 0) + pages : 0;
    end = page + pages;
    longest = Math.max(longest, stretch);
  });
  if (left > 0) freeBlocks++;
  const most = Math.max(longest, left);
  const room = largeRoom(geometry, most) - (geometry.guardPages > 0 ? 0 : LEAST_CANARY);
  const regionBytes = isRegion ? state.word(WORD_SIZE) : state.word(WORD_MAPPED) * pageBytes;
  const liveBytes = state.word(WORD_REQUESTED);
  return {
    regionBytes,
    liveBytes,
    liveBlocks: state.word(WORD_LIVE),
    freeBytes,
    freeBlocks,
    largestFreeBytes: Math.max(room, 0),
    overheadBytes: regionBytes - liveBytes - freeBytes,
  };
}

/** Every invariant of the heap; what is wrong, a line each. */
export function checkDebug(state: DebugState): string[] {
  if (state.word(WORD_MAGIC) !== DEBUG_MAGIC) return ['control block overwritten'];
  const wrong: string[] = [];
  sweepDamage(state, (kind, offset) => wrong.push(`${kind} at ${state.base + offset}`));
  let live = 0;
  let requested = 0;
  eachBlock(state, (page, slot) => {
    if (state.stateAt(page, slot) !== STATE_LIVE) return;
    live++;
    requested += state.sizeAt(page, slot);
    if (isFreedKind(state.kind(page))) wrong.push(`run ${page} is freed with a block in use`);
  });
  if (live !== state.word(WORD_LIVE)) wrong.push(`${live} blocks in use, not as counted`);
  if (requested !== state.word(WORD_REQUESTED)) wrong.push(`${requested} bytes requested`);
  return [...wrong, ...checkRuns(state)];
}

function checkRuns(state: DebugState): string[] {
  const { geometry } = state;
  const wrong: string[] = [];
  for (let page = 0; page < geometry.pageCount; page += state.pages(page)) {
    if (state.kind(page) === KIND_NONE) continue;
    if (!state.isSound(page)) wrong.push(`entry of page ${page}`);
    for (let rest = 1; rest < state.pages(page); rest++) {
      if (state.runAt(page + rest) !== page) wrong.push(`page ${page + rest} is not in its run`);
    }
    if (state.kind(page) === KIND_BUCKET) wrong.push(...checkBucket(state, page));
  }
  for (let sizeClass = 0; sizeClass < geometry.classCount; sizeClass++) {
    const page = state.word(WORD_CURRENT + sizeClass) - 1;
    if (page === -1) continue;
    const isGood = page >= 0 && page < geometry.pageCount && state.kind(page) === KIND_BUCKET;
    if (!isGood || state.sizeClass(page) !== sizeClass) {
      wrong.push(`class ${sizeClass} has page ${page} for its current bucket`);
    }
  }
  return wrong;
}

function checkBucket(state: DebugState, page: number): string[] {
  const slots = state.geometry.slots[state.sizeClass(page)] ?? 0;
  const handedOut = state.note(page) & 0xffff;
  let live = 0;
  let known = 0;
  for (let slot = 0; slot < slots; slot++) {
    if (state.stateAt(page, slot) === STATE_LIVE) live++;
    if (state.stateAt(page, slot) !== STATE_NEVER) known++;
  }
  return live === state.note(page) >>> 16 && known === handedOut && live > 0
    ? []
    : [`counts of bucket ${page}`];
}

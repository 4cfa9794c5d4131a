/**
 * What the debug heap does with blocks: takes slots and runs, fills them, gives them back. Whether
 * a call may do so is the heap's business, see debug.ts. A call that fails has changed nothing.
 */
import { sizeClassOf, slotBytesOf } from '../buckets/size-class.ts';
import { type DebugGeometry, largePages, largeRecordAt, largeRoom } from './debug-geometry.ts';
import {
  KIND_BUCKET,
  KIND_FREED_BUCKET,
  KIND_FREED_LARGE,
  KIND_LARGE,
  LEAST_CANARY,
  STATE_FREED,
  STATE_LIVE,
  WORD_CALLS,
  WORD_CURRENT,
  WORD_LIVE,
  WORD_PEAK,
  WORD_REQUESTED,
} from './debug-layout.ts';
import type { DebugState } from './debug-state.ts';
import { eachRun } from './debug-sweep.ts';
import { NO_PAGES, type PageRuns } from './page-runs.ts';
import type { PageSeal } from './page-seal.ts';
import { ALLOCATED_BYTE, FREED_BYTE, writeCanary } from './poison.ts';
import type { StackTrace } from './stack-trace.ts';

const TRACE_ALLOCATED = 0;
const TRACE_FREED = 1;
const TRACE_RESIZED = 2;
/** One slot handed out and in use, in a bucket's counts. */
const ONE_TAKEN = 0x10001;
const ONE_IN_USE = 0x10000;

export class DebugBlocks {
  private readonly state: DebugState;
  private readonly geometry: DebugGeometry;
  private readonly runs: PageRuns;
  private readonly seal: PageSeal;
  private readonly trace: StackTrace;

  constructor(state: DebugState, runs: PageRuns, seal: PageSeal, trace: StackTrace) {
    this.state = state;
    this.geometry = state.geometry;
    this.runs = runs;
    this.seal = seal;
    this.trace = trace;
  }

  /** Takes a block; its address, or 0. */
  take(size: number, align: number): number {
    const sizeClass = sizeClassOf(size + LEAST_CANARY, align);
    return sizeClass < this.geometry.classCount
      ? this.takeSlot(sizeClass, size, align)
      : this.takeLarge(size, align);
  }

  /** Whether a block of one layout may stay where one of another is. */
  isSameClass(page: number, size: number, align: number): boolean {
    const sizeClass = sizeClassOf(size + LEAST_CANARY, align);
    return this.state.isBucket(page)
      ? sizeClass === this.state.sizeClass(page)
      : sizeClass >= this.geometry.classCount;
  }

  /** Opens the records of a run for writing; false when the source refuses. */
  openRecords(page: number): boolean {
    const { state, geometry, seal } = this;
    if (geometry.guardPages === 0) return true;
    const at = this.recordsAt(page, state.pages(page));
    const bytes = state.pages(page) * geometry.pageBytes - at;
    return seal.open(state.base + state.offsetOf(page) + at, bytes);
  }

  /** Gives back a block whose run is open. */
  give(page: number, slot: number): void {
    const { state } = this;
    const call = this.nextCall();
    const size = state.sizeAt(page, slot);
    state.setState(page, slot, STATE_FREED);
    const freedAt = state.freedAt(page, slot);
    if (freedAt !== 0) state.memory.store32(freedAt, call);
    this.keepTrace(page, slot, TRACE_FREED);
    state.addWord(WORD_REQUESTED, -size);
    state.addWord(WORD_LIVE, -1);
    if (state.isBucket(page)) this.giveSlot(page, slot, call);
    else this.giveLarge(page, call);
  }

  /** Changes a block's size where it lies; its run is open. */
  resize(page: number, slot: number, size: number): boolean {
    const { state } = this;
    const before = state.sizeAt(page, slot);
    if (state.isBucket(page)) {
      if (size > state.mostBytes(page)) return false;
    } else if (!this.resizeRun(page, size)) return false;
    const { memory } = state;
    const call = this.nextCall();
    const start = state.isBucket(page) ? state.slotOffset(page, slot) : state.offsetOf(page);
    state.setBlock(page, slot, size, state.alignAt(page, slot), STATE_LIVE);
    if (size > before) memory.fill(start + before, size - before, ALLOCATED_BYTE);
    writeCanary(memory, start + size, state.blockEnd(page, slot));
    if (!state.isBucket(page)) this.noteResized(page, call);
    this.countRequested(size - before);
    return true;
  }

  /** Lets a large block keep the identity of the one it was moved from. */
  inherit(page: number, from: number): void {
    const { state } = this;
    if (state.isBucket(page) || state.isBucket(from)) return;
    const { memory } = state;
    memory.store32(state.allocatedAt(page, 0), memory.load32(state.allocatedAt(from, 0)));
    const bytes = 4 * this.geometry.frames;
    memory.copy(
      state.traceAt(page, 0, TRACE_ALLOCATED),
      state.traceAt(from, 0, TRACE_ALLOCATED),
      bytes,
    );
    this.noteResized(page, state.word(WORD_CALLS));
  }

  private takeSlot(sizeClass: number, size: number, align: number): number {
    const { state } = this;
    const page = this.currentBucket(sizeClass);
    const bucket = page === NO_PAGES ? this.newBucket(sizeClass) : page;
    if (bucket === NO_PAGES) return this.takeFreedSlot(sizeClass, size, align);
    if (!this.openRecords(bucket)) return 0;
    const slot = state.note(bucket) & 0xffff;
    state.setNote(bucket, state.note(bucket) + ONE_TAKEN);
    if (slot + 1 === this.geometry.slots[sizeClass]) state.setWord(WORD_CURRENT + sizeClass, 0);
    return this.fillBlock(bucket, slot, size, align);
  }

  /** The bucket of a class that has slots never handed out. */
  private currentBucket(sizeClass: number): number {
    const { state } = this;
    const page = state.word(WORD_CURRENT + sizeClass) - 1;
    if (!(page >= 0 && page < this.geometry.pageCount)) return NO_PAGES;
    const isOfClass = state.kind(page) === KIND_BUCKET && state.sizeClass(page) === sizeClass;
    if (!isOfClass || !state.isSound(page)) return NO_PAGES;
    return (state.note(page) & 0xffff) < this.geometry.slots[sizeClass]! ? page : NO_PAGES;
  }

  private newBucket(sizeClass: number): number {
    const { state, geometry } = this;
    const pages = geometry.pages[sizeClass]!;
    const page = this.runs.take(pages, 1);
    if (page === NO_PAGES) return NO_PAGES;
    state.setRun(page, KIND_BUCKET, sizeClass, pages);
    state.setNote(page, 0);
    this.prepare(page, pages);
    const start = state.offsetOf(page);
    const slot = slotBytesOf(sizeClass);
    const slots = geometry.slots[sizeClass]!;
    state.memory.fill(start, slots * slot, FREED_BYTE);
    for (let end = start + slot; end <= start + slots * slot; end += slot) {
      writeCanary(state.memory, end - LEAST_CANARY, end);
    }
    state.setWord(WORD_CURRENT + sizeClass, page + 1);
    return page;
  }

  /** Clears a new run's records and puts its guard or its fence in place. */
  private prepare(page: number, pages: number): void {
    const { state, geometry, seal } = this;
    const { pageBytes, guardPages } = geometry;
    const at = this.recordsAt(page, pages);
    state.memory.fill(state.offsetOf(page) + at, pages * pageBytes - at, 0);
    if (guardPages === 0) {
      state.setFence(page, pages);
      return;
    }
    this.runs.guard(page + at / pageBytes - guardPages);
    seal.note(state.base + state.offsetOf(page) + at, pages * pageBytes - at);
  }

  /** The slot freed longest ago, where there are no pages any more. */
  private takeFreedSlot(sizeClass: number, size: number, align: number): number {
    const { state, geometry } = this;
    let oldest = Infinity;
    let bucket = NO_PAGES;
    let oldestSlot = 0;
    eachRun(state, (page) => {
      if (state.kind(page) !== KIND_BUCKET || state.sizeClass(page) !== sizeClass) return;
      for (let slot = 0; slot < geometry.slots[sizeClass]!; slot++) {
        this.runs.steps++;
        if (state.stateAt(page, slot) !== STATE_FREED) continue;
        const freedAt = state.freedAt(page, slot) || state.allocatedAt(page, slot);
        const age = state.memory.load32(freedAt) >>> 0;
        if (age >= oldest) continue;
        oldest = age;
        bucket = page;
        oldestSlot = slot;
      }
    });
    if (bucket === NO_PAGES || !this.openRecords(bucket)) return 0;
    state.setNote(bucket, state.note(bucket) + ONE_IN_USE);
    return this.fillBlock(bucket, oldestSlot, size, align);
  }

  private takeLarge(size: number, align: number): number {
    const { state } = this;
    const pages = largePages(this.geometry, size);
    const page = this.runs.take(pages, align);
    if (page === NO_PAGES) return 0;
    state.setRun(page, KIND_LARGE, 0, pages);
    state.setNote(page, 0);
    this.prepare(page, pages);
    return this.fillBlock(page, 0, size, align);
  }

  /** Writes a block's record and surroundings; its address. */
  private fillBlock(page: number, slot: number, size: number, align: number): number {
    const { state } = this;
    const { memory } = state;
    const call = this.nextCall();
    const start = state.isBucket(page) ? state.slotOffset(page, slot) : state.offsetOf(page);
    state.setBlock(page, slot, size, align, STATE_LIVE);
    memory.store32(state.allocatedAt(page, slot), call);
    const freedAt = state.freedAt(page, slot);
    if (freedAt !== 0) memory.store32(freedAt, 0);
    this.keepTrace(page, slot, TRACE_ALLOCATED);
    memory.fill(start, size, ALLOCATED_BYTE);
    writeCanary(memory, start + size, state.blockEnd(page, slot));
    state.addWord(WORD_LIVE, 1);
    this.countRequested(size);
    return state.base + start;
  }

  private giveSlot(page: number, slot: number, call: number): void {
    const { state } = this;
    const end = state.slotOffset(page, slot + 1);
    const start = state.slotOffset(page, slot);
    state.memory.fill(start, end - start - LEAST_CANARY, FREED_BYTE);
    state.setNote(page, state.note(page) - ONE_IN_USE);
    if (state.note(page) >>> 16 !== 0) return;
    const sizeClass = state.sizeClass(page);
    if (state.word(WORD_CURRENT + sizeClass) === page + 1) {
      state.setWord(WORD_CURRENT + sizeClass, 0);
    }
    this.runs.give(page, KIND_FREED_BUCKET, this.runs.blockPages(page), call);
  }

  private giveLarge(page: number, call: number): void {
    const { state, runs, geometry } = this;
    const bytes = largeRoom(geometry, state.pages(page));
    if (!runs.give(page, KIND_FREED_LARGE, runs.blockPages(page), call)) {
      state.memory.fill(state.offsetOf(page), bytes, FREED_BYTE);
    }
  }

  /** Makes a large run larger, by pages asked for behind it, or smaller. */
  private resizeRun(page: number, size: number): boolean {
    const { state, runs } = this;
    const before = state.pages(page);
    const after = largePages(this.geometry, size);
    if (after === before) return true;
    if (after > before && !runs.takeAfter(page + before, after - before)) return false;
    if (!this.moveRecord(page, before, after)) {
      if (after > before) runs.setBare(page + before, after - before, 0);
      return false;
    }
    if (after < before) runs.setBare(page + after, before - after, this.nextCall());
    return true;
  }

  /** Moves a large block's record, and the guard before it, to where another size has them. */
  private moveRecord(page: number, before: number, after: number): boolean {
    const { state, geometry, runs, seal } = this;
    const { pageBytes, guardPages, largeRecordBytes } = geometry;
    const start = state.offsetOf(page);
    const from = largeRecordAt(geometry, before);
    const to = largeRecordAt(geometry, after);
    if (guardPages > 0) {
      const low = Math.min(largeRoom(geometry, before), largeRoom(geometry, after));
      const bytes = Math.max(before, after) * pageBytes - low;
      if (!runs.open(page + low / pageBytes, bytes / pageBytes)) return false;
      seal.drop(state.base + start + low, bytes);
    }
    state.memory.copy(start + to, start + from, largeRecordBytes);
    state.setRun(page, KIND_LARGE, 0, after);
    if (guardPages === 0) state.setFence(page, after);
    else {
      runs.guard(page + to / pageBytes - guardPages);
      seal.note(state.base + start + to, after * pageBytes - to);
    }
    return true;
  }

  private recordsAt(page: number, pages: number): number {
    return this.state.isBucket(page)
      ? this.geometry.recordsAt[this.state.sizeClass(page)]!
      : largeRecordAt(this.geometry, pages);
  }

  private keepTrace(page: number, slot: number, which: number): void {
    const { state, trace } = this;
    if (trace.frames.length === 0) return;
    state.setTrace(state.traceAt(page, slot, which), trace.frames, trace.count);
  }

  private noteResized(page: number, call: number): void {
    this.state.memory.store32(this.state.largeRecord(page) + 16, call);
    this.keepTrace(page, 0, TRACE_RESIZED);
  }

  private nextCall(): number {
    const { state } = this;
    state.addWord(WORD_CALLS, 1);
    return state.word(WORD_CALLS);
  }

  private countRequested(change: number): void {
    const { state } = this;
    state.addWord(WORD_REQUESTED, change);
    const requested = state.word(WORD_REQUESTED);
    if (requested > state.word(WORD_PEAK)) state.setWord(WORD_PEAK, requested);
  }
}

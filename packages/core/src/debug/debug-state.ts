/**
 * Reads and writes the debug heap's own words: the control block, the page map, the records. Knows
 * no policy. A word that the program may have overwritten is believed only as far as it fits: a
 * run lies in the pages, a class is one of the classes, a size fits its slot.
 */
import { LEAST_SLOT_LOG2, slotBytesOf } from '../buckets/size-class.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { type DebugBlock, type DebugEvent, NO_STACK } from './debug-finding.ts';
import { type DebugGeometry, largeRecordAt, largeRoom } from './debug-geometry.ts';
import {
  CONTROL_WORDS,
  KIND_BUCKET,
  KIND_FREED_BUCKET,
  KIND_FREED_LARGE,
  KIND_LARGE,
  KIND_NONE,
  KIND_REST,
  LARGE_WORDS,
  LEAST_CANARY,
  SLOT_SIZE_SHIFT,
  STATE_FREED,
  WORD_SUM,
} from './debug-layout.ts';

import { canaryAt } from './poison.ts';

const NO_RUN = -1;

export class DebugState {
  readonly memory: HeapMemory;
  readonly base: number;
  readonly geometry: DebugGeometry;
  /** Offset of the control block. */
  control = 0;

  constructor(memory: HeapMemory, base: number, geometry: DebugGeometry) {
    this.memory = memory;
    this.base = base;
    this.geometry = geometry;
  }

  word(index: number): number {
    return this.memory.load32(this.control + 4 * index);
  }

  setWord(index: number, value: number): void {
    this.put(this.control + 4 * index, value);
  }

  /** Sum of the control words and the page map as they are; {@link WORD_SUM} is what it was. */
  sum(): number {
    const { memory, control, geometry } = this;
    let sum = 0;
    for (let at = 0; at < 4 * CONTROL_WORDS; at += 4) {
      if (at !== 4 * WORD_SUM) sum = (sum + memory.load32(control + at)) | 0;
    }
    for (let page = 0; page < geometry.pageCount; page++) {
      sum = (sum + this.entry(page) + this.note(page)) | 0;
    }
    return sum;
  }

  addWord(index: number, change: number): void {
    this.setWord(index, this.word(index) + change);
  }

  /** Offset of a page. */
  offsetOf(page: number): number {
    return this.geometry.origin + page * this.geometry.pageBytes;
  }

  /** Page of an address, or -1. */
  pageOf(address: number): number {
    const { origin, pageBytes, pageCount } = this.geometry;
    const page = Math.floor((address - this.base - origin) / pageBytes);
    return page >= 0 && page < pageCount ? page : NO_RUN;
  }

  entry(page: number): number {
    return this.memory.load32(this.entryAt(page));
  }

  kind(page: number): number {
    return this.entry(page) & 15;
  }

  sizeClass(page: number): number {
    return (this.entry(page) >> 4) & 15;
  }

  /** Pages of the run that begins at a page; 1 where the entry makes no sense. */
  pages(page: number): number {
    const pages = this.entry(page) >>> 8;
    const fits = pages > 0 && page + pages <= this.geometry.pageCount;
    return fits && this.kind(page) !== KIND_NONE ? pages : 1;
  }

  /** The second word of a run: its counts, or the call that gave it back. */
  note(page: number): number {
    return this.memory.load32(this.entryAt(page) + 4);
  }

  setNote(page: number, value: number): void {
    this.put(this.entryAt(page) + 4, value);
  }

  /** Makes pages a run. */
  setRun(page: number, kind: number, sizeClass: number, pages: number): void {
    this.put(this.entryAt(page), kind | (sizeClass << 4) | (pages << 8));
    for (let rest = 1; rest < pages; rest++) {
      this.put(this.entryAt(page + rest), KIND_REST | (rest << 8));
      this.put(this.entryAt(page + rest) + 4, 0);
    }
  }

  /** Writes the canary in the last word of a run, which a write before the next run would hit. */
  setFence(page: number, pages: number): void {
    const at = this.offsetOf(page + pages) - 4;
    this.memory.store32(at, canaryAt(at));
  }

  /** Whether the word before a run is a fence of ours. */
  hasFenceBefore(page: number): boolean {
    const { geometry } = this;
    if (geometry.guardPages > 0) return false;
    return geometry.isRegion || (page > 0 && this.kind(page - 1) !== KIND_NONE);
  }

  /** First page of the run that a page belongs to, or -1 where there is no sound one. */
  runAt(page: number): number {
    const entry = this.entry(page);
    const first = (entry & 15) === KIND_REST ? page - (entry >>> 8) : page;
    if (first < 0 || this.kind(first) === KIND_REST || this.kind(first) === KIND_NONE) {
      return NO_RUN;
    }
    if (first + this.pages(first) <= page) return NO_RUN;
    return this.isSound(first) ? first : NO_RUN;
  }

  /** Whether the run that begins at a page can be what its entry says. */
  isSound(page: number): boolean {
    const { geometry } = this;
    const pages = this.pages(page);
    const kind = this.kind(page);
    if (kind === KIND_BUCKET || kind === KIND_FREED_BUCKET) {
      const sizeClass = this.sizeClass(page);
      return sizeClass < geometry.classCount && geometry.pages[sizeClass] === pages;
    }
    return (kind !== KIND_LARGE && kind !== KIND_FREED_LARGE) || largeRoom(geometry, pages) > 0;
  }

  /** Offset of the record of a bucket's slot. */
  slotRecord(page: number, slot: number): number {
    const { recordsAt, recordBytes } = this.geometry;
    return this.offsetOf(page) + recordsAt[this.sizeClass(page)]! + slot * recordBytes;
  }

  /** Offset of the record of a large block. */
  largeRecord(page: number): number {
    return this.offsetOf(page) + largeRecordAt(this.geometry, this.pages(page));
  }

  slotOffset(page: number, slot: number): number {
    return this.offsetOf(page) + slot * slotBytesOf(this.sizeClass(page));
  }

  isBucket(page: number): boolean {
    const kind = this.kind(page);
    return kind === KIND_BUCKET || kind === KIND_FREED_BUCKET;
  }

  /** Offset of the record of a slot, or of a large block whatever the slot. */
  record(page: number, slot: number): number {
    return this.isBucket(page) ? this.slotRecord(page, slot) : this.largeRecord(page);
  }

  stateAt(page: number, slot: number): number {
    return this.memory.load32(this.record(page, slot)) & 3;
  }

  setState(page: number, slot: number, state: number): void {
    const at = this.record(page, slot);
    this.memory.store32(at, (this.memory.load32(at) & ~3) | state);
  }

  alignAt(page: number, slot: number): number {
    return 2 ** ((this.memory.load32(this.record(page, slot)) >> 2) & 31);
  }

  /** Payload bytes of a block; -1 where the record cannot be right. */
  sizeAt(page: number, slot: number): number {
    const at = this.record(page, slot);
    const size = this.isBucket(page)
      ? this.memory.load32(at) >>> SLOT_SIZE_SHIFT
      : this.memory.load32(at + 4);
    return size > 0 && size <= this.mostBytes(page) ? size : -1;
  }

  /** Most payload that a slot or a run can have. */
  mostBytes(page: number): number {
    const { geometry } = this;
    if (this.isBucket(page)) return slotBytesOf(this.sizeClass(page)) - LEAST_CANARY;
    const room = largeRoom(geometry, this.pages(page));
    return geometry.guardPages > 0 ? room : room - LEAST_CANARY;
  }

  /** Offset of the end of a block's canary. */
  blockEnd(page: number, slot: number): number {
    if (this.isBucket(page)) return this.slotOffset(page, slot + 1);
    return this.offsetOf(page) + largeRoom(this.geometry, this.pages(page));
  }

  /** Writes layout and state of a block, and the call that allocated it. */
  setBlock(page: number, slot: number, size: number, align: number, word: number): void {
    const { memory } = this;
    const at = this.record(page, slot);
    const head = word | (Math.log2(align) << 2);
    if (this.isBucket(page)) {
      memory.store32(at, head | (size << SLOT_SIZE_SHIFT));
      return;
    }
    memory.store32(at, head);
    memory.store32(at + 4, size);
  }

  ordinalAt(page: number, slot: number): number {
    return this.memory.load32(this.allocatedAt(page, slot)) >>> 0;
  }

  /** Offset of the word with the call that allocated a block. */
  allocatedAt(page: number, slot: number): number {
    return this.record(page, slot) + (this.isBucket(page) ? 4 : 8);
  }

  /** Offset of the word with the call that freed a block; 0 where it is not kept. */
  freedAt(page: number, slot: number): number {
    if (!this.isBucket(page)) return this.largeRecord(page) + 12;
    return this.geometry.frames === 0 ? 0 : this.slotRecord(page, slot) + 8;
  }

  /** Offset of a trace in a block's record: 0 allocated, 1 freed, 2 resized (large only). */
  traceAt(page: number, slot: number, which: number): number {
    const words = this.isBucket(page) ? 3 : LARGE_WORDS;
    return this.record(page, slot) + 4 * (words + which * this.geometry.frames);
  }

  setTrace(offset: number, stack: Uint32Array, count: number): void {
    for (let index = 0; index < stack.length; index++) {
      this.memory.store32(offset + 4 * index, index < count ? stack[index]! | 0 : 0);
    }
  }

  readTrace(offset: number): Uint32Array {
    const { memory, geometry } = this;
    let count = 0;
    while (count < geometry.frames && memory.load32(offset + 4 * count) !== 0) count++;
    if (count === 0) return NO_STACK;
    return Uint32Array.from({ length: count }, (_, nth) => memory.load32(offset + 4 * nth) >>> 0);
  }

  /** A block as a value. */
  block(page: number, slot: number): DebugBlock {
    const { memory, base } = this;
    const freedWord = this.freedAt(page, slot);
    const isFreed = this.stateAt(page, slot) === STATE_FREED;
    const resized = this.isBucket(page) ? 0 : memory.load32(this.largeRecord(page) + 16) >>> 0;
    const event = (ordinal: number, which: number): DebugEvent => ({
      ordinal,
      stack: this.readTrace(this.traceAt(page, slot, which)),
    });
    const freed = freedWord === 0 ? 0 : memory.load32(freedWord) >>> 0;
    return {
      ordinal: this.ordinalAt(page, slot),
      address: base + (this.isBucket(page) ? this.slotOffset(page, slot) : this.offsetOf(page)),
      size: this.sizeAt(page, slot),
      align: this.alignAt(page, slot),
      allocatedAt: event(this.ordinalAt(page, slot), 0),
      freedAt: isFreed ? event(freed, 1) : null,
      reallocatedAt: resized === 0 ? null : event(resized, 2),
    };
  }

  /** Slot of an address in a bucket, rounded down; the number of slots where it is past them. */
  slotOf(page: number, address: number): number {
    const shift = this.sizeClass(page) + LEAST_SLOT_LOG2;
    const offset = address - this.base - this.offsetOf(page);
    return Math.min(Math.floor(offset / 2 ** shift), this.geometry.slots[this.sizeClass(page)]!);
  }

  /** Changes a word of the control block or the page map, and their sum with it. */
  private put(offset: number, value: number): void {
    const { memory } = this;
    const sumAt = this.control + 4 * WORD_SUM;
    const change = (value | 0) - memory.load32(offset);
    memory.store32(offset, value);
    memory.store32(sumAt, (memory.load32(sumAt) + change) | 0);
  }

  private entryAt(page: number): number {
    return this.control + this.geometry.mapAt + 8 * page;
  }
}

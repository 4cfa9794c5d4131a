/**
 * A heap of Windows: blocks in segments that grow by pages, large blocks in reservations of their
 * own, all of its state in the process's memory. What an object of this class has is where.
 *
 * Addresses of blocks are the program's, of payloads. Not here: the low-fragmentation front end,
 * which shows in nothing but speed and addresses.
 */
import { GRANULE_BYTES, granuleFloor, isGranuleAligned, pageCeil } from '../address-word.ts';
import {
  HEAP_FREE_CHECKING_ENABLED,
  HEAP_GROWABLE,
  HEAP_TAIL_CHECKING_ENABLED,
  MEM_PRIVATE,
} from '../win-constants.ts';
import type { WinSpace } from '../win-space.ts';
import { GuestWords } from './guest-words.ts';
import { HeapBlocks } from './heap-blocks.ts';
import {
  BLOCK_HEADER,
  BLOCK_PREVIOUS,
  COMMIT_STEP,
  FILL_FRESH,
  FILL_TAIL,
  FIRST_SEGMENT_BYTES,
  HEAP_FIRST_SEGMENT,
  HEAP_FLAGS,
  HEAP_LARGE,
  HEAP_MAGIC,
  HEAP_MOST_BYTES,
  HEAP_SEGMENTS,
  KIND_BUSY,
  KIND_END,
  KIND_LARGE,
  LARGE_BLOCK,
  LARGE_BYTES,
  LARGE_HEAP,
  LARGE_MAGIC,
  LARGE_NEXT,
  LARGE_PREVIOUS,
  LARGE_THRESHOLD,
  LEAST_UNITS,
  MOST_SEGMENT_BYTES,
  SEGMENT_BLOCKS,
  SEGMENT_COMMITTED,
  SEGMENT_HEAP,
  SEGMENT_MAGIC,
  SEGMENT_NEXT,
  SEGMENT_RESERVED,
  TAIL_BYTES,
  UNIT_BYTES,
} from './heap-layout.ts';
import { commitHeapMemory, reserveHeapMemory } from './heap-segments.ts';

/** Payload of the header at the start of a large block's reservation. */
const LARGE_HEADER = LARGE_BLOCK + BLOCK_HEADER;
/** More than any heap can have. */
const MOST_REQUEST = 2 ** 47;

export class WinHeap {
  readonly base: number;
  readonly words: GuestWords;
  readonly blocks: HeapBlocks;
  private readonly space: WinSpace;

  constructor(space: WinSpace, base: number) {
    this.space = space;
    this.base = base;
    this.words = new GuestWords(space.mmu);
    this.blocks = new HeapBlocks(this.words, base);
  }

  /**
   * Makes a heap.
   *
   * @param initialBytes  bytes that are committed at once
   * @param mostBytes  bytes of a heap of fixed size, or 0 for one that grows
   * @returns null when there is no room
   */
  static make(
    space: WinSpace,
    flags: number,
    initialBytes: number,
    mostBytes: number,
  ): WinHeap | null {
    const reserveBytes =
      mostBytes === 0
        ? Math.max(initialBytes + COMMIT_STEP, FIRST_SEGMENT_BYTES)
        : Math.max(mostBytes, initialBytes);
    const commitBytes = pageCeil(
      Math.min(reserveBytes, Math.max(initialBytes, mostBytes === 0 ? COMMIT_STEP : 4096)),
    );
    const memory = reserveHeapMemory(space, reserveBytes, commitBytes, flags);
    if (memory === null) return null;
    const heap = new WinHeap(space, memory.base);
    const { words } = heap;
    words.store32(memory.base, HEAP_MAGIC);
    words.store32(memory.base + HEAP_FLAGS, mostBytes === 0 ? flags | HEAP_GROWABLE : flags);
    words.store64(memory.base + HEAP_MOST_BYTES, mostBytes);
    heap.addSegment(memory.base + HEAP_FIRST_SEGMENT, memory.base + commitBytes, memory.size);
    return heap;
  }

  get flags(): number {
    return this.words.load32(this.base + HEAP_FLAGS);
  }

  /** Bytes of a heap of fixed size; 0 for one that grows. */
  get mostBytes(): number {
    return this.words.load64(this.base + HEAP_MOST_BYTES);
  }

  /** Bytes of the largest request that it can serve: one of fixed size has no large blocks. */
  get mostRequest(): number {
    return this.mostBytes === 0 ? MOST_REQUEST : LARGE_THRESHOLD - 1;
  }

  /** Bytes of the largest free block that is committed. */
  get largestFree(): number {
    return this.blocks.largestFree();
  }

  /** Where its blocks are served: the one with the next higher address, or null. */
  servedAfter(_payload: number): { readonly payload: number; readonly size: number } | null {
    return null;
  }

  /**
   * Where something else serves its blocks, of which its words know nothing: whether one, or with 0
   * all of them, are as they should be. Null for what nobody else serves.
   */
  servedSoundness(_payload: number): boolean | null {
    return null;
  }

  /** Whether the handle still is a heap. */
  get isAlive(): boolean {
    const reservation = this.space.find(this.base);
    if (reservation === null || reservation.base !== this.base) return false;
    return this.words.load32(this.base) === HEAP_MAGIC;
  }

  /** Allocates; the payload, or 0. */
  allocate(size: number, isZeroed: boolean): number {
    if (size > MOST_REQUEST) return 0;
    if (size >= LARGE_THRESHOLD) return this.allocateLarge(size, isZeroed);
    const units = this.unitsFor(size);
    let block = this.blocks.take(units);
    if (block === 0 && this.extend(units)) block = this.blocks.take(units);
    if (block === 0) return 0;
    this.blocks.makeBusy(block, 0);
    this.blocks.trim(block, units);
    this.finish(block, size);
    const payload = block + BLOCK_HEADER;
    if (isZeroed) this.words.fill(payload, size, 0);
    else this.fillFresh(payload, size);
    return payload;
  }

  /** Frees a block; false when it is none. */
  free(payload: number): boolean {
    const kind = this.kindAt(payload);
    if (kind === KIND_LARGE) this.freeLarge(payload - LARGE_HEADER);
    else if (kind === KIND_BUSY) this.freeBlock(payload - BLOCK_HEADER);
    return kind !== 0;
  }

  /** Bytes that were asked for, or -1 when it is no block. */
  sizeOf(payload: number): number {
    const kind = this.kindAt(payload);
    if (kind === KIND_LARGE) return this.words.load64(payload - LARGE_HEADER + LARGE_BYTES);
    return kind === KIND_BUSY ? this.blocks.sizeOf(payload - BLOCK_HEADER) : -1;
  }

  /** Resizes a block without moving it; false when that cannot be. */
  resizeInPlace(payload: number, size: number, isZeroed: boolean): boolean {
    const old = this.sizeOf(payload);
    if (size > MOST_REQUEST) return false;
    const isLarge = this.kindAt(payload) === KIND_LARGE;
    const fits = isLarge ? this.resizeLarge(payload, size) : this.resizeBlock(payload, size);
    if (!fits) return false;
    if (size > old && isZeroed) this.words.fill(payload + old, size - old, 0);
    else if (size > old) this.fillFresh(payload + old, size - old);
    return true;
  }

  /** Resizes a block; its payload then, or 0 with the block as it was. */
  reallocate(payload: number, size: number, isZeroed: boolean): number {
    const old = this.sizeOf(payload);
    const leavesLarge = this.kindAt(payload) === KIND_LARGE && size < LARGE_THRESHOLD / 2;
    if (!leavesLarge && this.resizeInPlace(payload, size, isZeroed)) return payload;
    const moved = this.allocate(size, false);
    if (moved === 0) return 0;
    this.words.copy(moved, payload, Math.min(old, size));
    if (isZeroed && size > old) this.words.fill(moved + old, size - old, 0);
    this.free(payload);
    return moved;
  }

  /** Gives back all memory. */
  destroy(): void {
    const { space, base } = this;
    for (const at of this.largeBlocks()) this.releaseAt(at);
    const segments = this.segments();
    for (const segment of segments) this.releaseAt(granuleFloor(segment));
    if (space.find(base)?.base === base) this.releaseAt(base);
  }

  /** Headers of the segments, the newest first. */
  segments(): number[] {
    return this.listed(this.base + HEAP_SEGMENTS, SEGMENT_NEXT);
  }

  /** Kind of the block whose payload an address is, BUSY or LARGE; 0 when it is none of this heap. */
  kindAt(payload: number): number {
    if (payload % UNIT_BYTES !== 0 || payload < GRANULE_BYTES) return 0;
    const reservation = this.space.find(payload);
    if (reservation === null || reservation.type !== MEM_PRIVATE) return 0;
    const { base } = reservation;
    if (base !== this.base && !this.isCommitted(base)) return 0;
    if (this.words.load32(base) === LARGE_MAGIC) {
      const isOurs = this.words.load64(base + LARGE_HEAP) === this.base;
      return isOurs && payload === base + LARGE_HEADER ? KIND_LARGE : 0;
    }
    const segment = base === this.base ? base + HEAP_FIRST_SEGMENT : base;
    if (this.words.load32(segment) !== SEGMENT_MAGIC) return 0;
    if (this.words.load64(segment + SEGMENT_HEAP) !== this.base) return 0;
    const block = payload - BLOCK_HEADER;
    const last = this.words.load64(segment + SEGMENT_COMMITTED) - UNIT_BYTES;
    if (block < segment + SEGMENT_BLOCKS || block >= last) return 0;
    return this.blocks.kindOf(block) === KIND_BUSY ? KIND_BUSY : 0;
  }

  // Blocks.

  private unitsFor(size: number): number {
    const tail = (this.flags & HEAP_TAIL_CHECKING_ENABLED) === 0 ? 0 : TAIL_BYTES;
    return Math.max(LEAST_UNITS, Math.ceil((size + tail + BLOCK_HEADER) / UNIT_BYTES));
  }

  private finish(block: number, size: number): void {
    this.blocks.makeBusy(block, size);
    this.fillTail(block + BLOCK_HEADER, size);
  }

  private fillTail(payload: number, size: number): void {
    if ((this.flags & HEAP_TAIL_CHECKING_ENABLED) === 0) return;
    this.words.fill(payload + size, TAIL_BYTES, FILL_TAIL);
  }

  private fillFresh(payload: number, size: number): void {
    if ((this.flags & HEAP_FREE_CHECKING_ENABLED) === 0) return;
    this.words.fill(payload, size, FILL_FRESH);
  }

  private freeBlock(block: number): void {
    const free = this.blocks.makeFree(block);
    if (this.words.load32(free + BLOCK_PREVIOUS) === 0) this.releaseIfEmpty(free - SEGMENT_BLOCKS);
  }

  /** Gives back a segment whose only block is free; the first stays, and the newest, which grows. */
  private releaseIfEmpty(segment: number): void {
    const { words, blocks, base } = this;
    const first = segment + SEGMENT_BLOCKS;
    const newest = words.load64(base + HEAP_SEGMENTS);
    if (segment === newest || segment === base + HEAP_FIRST_SEGMENT) return;
    if (blocks.next(first) !== words.load64(segment + SEGMENT_COMMITTED) - UNIT_BYTES) return;
    blocks.unlink(first);
    const before = this.segments().find((at) => words.load64(at + SEGMENT_NEXT) === segment);
    if (before === undefined) return;
    words.store64(before + SEGMENT_NEXT, words.load64(segment + SEGMENT_NEXT));
    this.releaseAt(segment);
  }

  private resizeBlock(payload: number, size: number): boolean {
    const block = payload - BLOCK_HEADER;
    if (size >= LARGE_THRESHOLD) return false;
    const units = this.unitsFor(size);
    const isGrowing = units > this.blocks.unitsOf(block);
    if (isGrowing && !this.blocks.growInto(block, units)) return false;
    if (!isGrowing) this.blocks.trim(block, units);
    this.finish(block, size);
    return true;
  }

  /** Makes room for a block of so many units: commits more of a segment, or adds one. */
  private extend(units: number): boolean {
    const bytes = units * UNIT_BYTES;
    const { words } = this;
    const [newest] = this.segments();
    const segment = newest!;
    const committed = words.load64(segment + SEGMENT_COMMITTED);
    const reserved = words.load64(segment + SEGMENT_RESERVED);
    const wanted = pageCeil(Math.max(bytes, COMMIT_STEP));
    const to = Math.min(reserved, committed + wanted);
    if (to - committed >= bytes && commitHeapMemory(this.space, committed, to)) {
      this.extendSegment(segment, to);
      return true;
    }
    if ((this.flags & HEAP_GROWABLE) === 0) return this.extendRest(segment, committed, to);
    return this.addReservation(bytes, reserved - granuleFloor(segment));
  }

  /** The rest of a heap of fixed size may do together with a free block before it. */
  private extendRest(segment: number, committed: number, to: number): boolean {
    if (to === committed || !commitHeapMemory(this.space, committed, to)) return false;
    this.extendSegment(segment, to);
    return true;
  }

  /** The END of a segment and what was committed after it become a free block. */
  private extendSegment(segment: number, to: number): void {
    const { words, blocks } = this;
    const end = words.load64(segment + SEGMENT_COMMITTED) - UNIT_BYTES;
    const units = (to - UNIT_BYTES - end) / UNIT_BYTES;
    const previous = words.load32(end + BLOCK_PREVIOUS);
    blocks.write(to - UNIT_BYTES, 1, units, KIND_END);
    blocks.write(end, units, previous, KIND_BUSY);
    words.store64(segment + SEGMENT_COMMITTED, to);
    blocks.makeFree(end);
  }

  private addReservation(bytes: number, lastBytes: number): boolean {
    const wanted = bytes + SEGMENT_BLOCKS + UNIT_BYTES;
    const reserveBytes = Math.max(Math.min(lastBytes * 2, MOST_SEGMENT_BYTES), wanted);
    const commitBytes = Math.min(pageCeil(Math.max(wanted, COMMIT_STEP)), pageCeil(reserveBytes));
    const memory = reserveHeapMemory(this.space, reserveBytes, commitBytes, this.flags);
    if (memory === null) return false;
    this.addSegment(memory.base, memory.base + commitBytes, memory.size);
    return true;
  }

  private addSegment(segment: number, committedEnd: number, reservedBytes: number): void {
    const { words, blocks, base } = this;
    words.store32(segment, SEGMENT_MAGIC);
    words.store64(segment + SEGMENT_HEAP, base);
    words.store64(segment + SEGMENT_NEXT, words.load64(base + HEAP_SEGMENTS));
    words.store64(segment + SEGMENT_COMMITTED, committedEnd);
    words.store64(segment + SEGMENT_RESERVED, granuleFloor(segment) + reservedBytes);
    words.store64(base + HEAP_SEGMENTS, segment);
    const first = segment + SEGMENT_BLOCKS;
    const units = (committedEnd - UNIT_BYTES - first) / UNIT_BYTES;
    blocks.write(committedEnd - UNIT_BYTES, 1, units, KIND_END);
    blocks.write(first, units, 0, KIND_BUSY);
    blocks.makeFree(first);
  }

  // Large blocks.

  private allocateLarge(size: number, isZeroed: boolean): number {
    if ((this.flags & HEAP_GROWABLE) === 0) return 0;
    const bytes = pageCeil(LARGE_HEADER + size + TAIL_BYTES);
    const memory = reserveHeapMemory(this.space, bytes, bytes, this.flags);
    if (memory === null) return 0;
    const { words } = this;
    const { base: at } = memory;
    const next = words.load64(this.base + HEAP_LARGE);
    words.store32(at, LARGE_MAGIC);
    words.store64(at + LARGE_HEAP, this.base);
    words.store64(at + LARGE_NEXT, next);
    words.store64(at + LARGE_PREVIOUS, 0);
    words.store64(at + LARGE_BYTES, size);
    if (next !== 0) words.store64(next + LARGE_PREVIOUS, at);
    words.store64(this.base + HEAP_LARGE, at);
    // Fresh pages are zero.
    if (!isZeroed) this.fillFresh(at + LARGE_HEADER, size);
    this.fillTail(at + LARGE_HEADER, size);
    return at + LARGE_HEADER;
  }

  private resizeLarge(payload: number, size: number): boolean {
    const at = payload - LARGE_HEADER;
    const reservation = this.space.find(at)!;
    if (LARGE_HEADER + size + TAIL_BYTES > reservation.size) return false;
    this.words.store64(at + LARGE_BYTES, size);
    this.fillTail(payload, size);
    return true;
  }

  private freeLarge(at: number): void {
    const { words } = this;
    const next = words.load64(at + LARGE_NEXT);
    const previous = words.load64(at + LARGE_PREVIOUS);
    if (next !== 0) words.store64(next + LARGE_PREVIOUS, previous);
    words.store64(previous === 0 ? this.base + HEAP_LARGE : previous + LARGE_NEXT, next);
    this.releaseAt(at);
  }

  /** Large blocks, the newest first; bases of their reservations. */
  largeBlocks(): number[] {
    return this.listed(this.base + HEAP_LARGE, LARGE_NEXT).filter(isGranuleAligned);
  }

  /** The payload of a large block. */
  largePayload(at: number): number {
    return at + LARGE_HEADER;
  }

  /** What a list has, from its head on; a list that a program broke ends where it comes back. */
  private listed(head: number, next: number): number[] {
    const found = new Set<number>();
    let at = this.words.load64(head);
    while (at !== 0 && !found.has(at) && this.space.find(at) !== null) {
      found.add(at);
      at = this.words.load64(at + next);
    }
    return [...found];
  }

  private isCommitted(base: number): boolean {
    return this.space.mmu.vmas.find(base) !== null;
  }

  private releaseAt(address: number): void {
    const reservation = this.space.find(address);
    if (reservation?.type === MEM_PRIVATE) this.space.release(reservation);
  }
}

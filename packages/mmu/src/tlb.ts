/**
 * The translation look-aside buffer that generated code reads: direct-mapped, in linear memory.
 *
 *   32-bit space, 16 bytes an entry:  +0 read tag  +4 write tag  +8 execute tag  +12 addend
 *   48-bit space, 32 bytes an entry:  +0 read tag  +8 write tag  +16 execute tag +24 addend
 *
 * An entry is found by the page's lowest bits. In a 32-bit space address bits 22 to 29 are mixed in,
 * since firmware has code at 0 and data at 0x20000000, page by page at the same lowest bits.
 *
 * A tag is the address of the page for which that kind of access needs no look at the page table;
 * INVALID_TAG, whose low bits no page address has, for none. Host offset = low 32 bits of the
 * address + addend, modulo 2^32. A hit compares the tag with the address, its bits 3 to 11
 * cleared and its low bits kept as far as alignment asks, so a misaligned access never hits.
 *
 * The area is one for all spaces on the same frames, as a core has one TLB for all processes: it
 * holds translations of the active space alone, and another becomes active with an empty TLB.
 */
import { assert } from './assert.ts';
import type { FramePool } from './frame-pool.ts';
import { PAGE_BYTES, PAGE_SHIFT, TLB_AREA_BYTES, TLB_BASE } from './memory-layout.ts';
import type { AddressBits } from './page-table.ts';

/** In a 32-bit space the index is taken of `address ^ (address >>> MIX_SHIFT)`. */
export const MIX_SHIFT = 10;
export const INVALID_TAG = -1;
export const TLB_ENTRIES = 1024;

/** A figure for each kind of access. */
export interface AccessCounts {
  read: number;
  write: number;
  execute: number;
}

export interface TlbCounters {
  /** Accesses that took the slow path; those that generated code hits are seen by nobody here. */
  misses: AccessCounts;
  /** Valid tags that the fill of another page replaced. */
  evicted: AccessCounts;
  fills: number;
  /** Entries that a fill took from another page, whatever their tags. */
  evictions: number;
  flushes: number;
}

/** What became of the accesses of one kind. */
export interface TlbFigures {
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
}

export class Tlb {
  readonly base: number = TLB_BASE;
  readonly entries: number;
  readonly entryBytes: number;
  readonly counters: TlbCounters = {
    misses: { read: 0, write: 0, execute: 0 },
    evicted: { read: 0, write: 0, execute: 0 },
    fills: 0,
    evictions: 0,
    flushes: 0,
  };
  private readonly pool: FramePool;
  private readonly wide: boolean;
  private readonly tagWords: number;
  private readonly addendWord: number;
  private readonly entryWords: number;
  private readonly firstWord: number;
  private readonly indexMask: number;

  /** @param entries  a power of two; at most what the TLB's area holds */
  constructor(pool: FramePool, addressBits: AddressBits, entries: number) {
    this.pool = pool;
    this.entries = entries;
    this.wide = addressBits === 48;
    this.entryBytes = this.wide ? 32 : 16;
    this.entryWords = this.entryBytes >> 2;
    this.firstWord = this.base >> 2;
    this.indexMask = entries - 1;
    this.tagWords = this.wide ? 2 : 1;
    this.addendWord = this.wide ? 6 : 3;
    assert(entries >= 1 && (entries & (entries - 1)) === 0, 'TLB entries are a power of two');
    assert(entries * this.entryBytes <= TLB_AREA_BYTES, 'TLB entries fit their area');
    if (pool.activeTlb === null) this.activate();
    this.counters.flushes = 0;
  }

  /** Whether generated code sees this space's translations. */
  get isActive(): boolean {
    return this.pool.activeTlb === this;
  }

  /** Makes this the TLB that generated code reads; it begins empty. */
  activate(): void {
    if (this.isActive) return;
    this.pool.activeTlb = this;
    this.flush();
  }

  /** Leaves the area to the next space. */
  deactivate(): void {
    if (this.isActive) this.pool.activeTlb = null;
  }

  /**
   * Makes a page hit, while active: for each kind of access that is allowed now, without a further
   * look.
   */
  fill(page: number, frameOffset: number, read: boolean, write: boolean, execute: boolean): void {
    if (!this.isActive) return;
    const { i32 } = this.pool;
    const { evicted } = this.counters;
    const high = this.wide ? (page / 2 ** 32) | 0 : 0;
    const at = this.at(page);
    const lostRead = this.replaceTag(i32, at, page | 0, high, read);
    const lostWrite = this.replaceTag(i32, at + this.tagWords, page | 0, high, write);
    const lostExecute = this.replaceTag(i32, at + 2 * this.tagWords, page | 0, high, execute);
    i32[at + this.addendWord] = (frameOffset - page) | 0;
    this.counters.fills++;
    if (lostRead) evicted.read++;
    if (lostWrite) evicted.write++;
    if (lostExecute) evicted.execute++;
    if (lostRead || lostWrite || lostExecute) this.counters.evictions++;
  }

  /** Forgets a page. */
  invalidate(page: number): void {
    if (!this.isActive) return;
    const at = this.at(page);
    if (this.pageAt(at) === page) this.clear(at);
  }

  /**
   * Host offset of the byte at an address whose page hits for loads, or -1: what generated code
   * does, for callers in TypeScript. The address is non-negative and whole.
   *
   * @param low   its low 32 bits, as any 32-bit integer
   * @param high  the rest
   */
  readOffset(low: number, high: number): number {
    return this.isActive ? this.hit(low, high, 0) : -1;
  }

  /** As {@link readOffset}, for stores. */
  writeOffset(low: number, high: number): number {
    return this.isActive ? this.hit(low, high, this.tagWords) : -1;
  }

  /** What became of accesses, of which there were so many of each kind in all. */
  figures(accesses: Readonly<AccessCounts>): Record<keyof AccessCounts, TlbFigures> {
    const { misses, evicted } = this.counters;
    const of = (kind: keyof AccessCounts): TlbFigures => ({
      hits: Math.max(0, accesses[kind] - misses[kind]),
      misses: misses[kind],
      evictions: evicted[kind],
    });
    return { read: of('read'), write: of('write'), execute: of('execute') };
  }

  /** Forgets the write tags of every page on a frame. */
  forbidWrites(frameOffset: number): void {
    const { i32 } = this.pool;
    const { entryWords, tagWords } = this;
    const end = this.firstWord + this.entries * entryWords;
    for (let at = this.firstWord + tagWords; at < end; at += entryWords) {
      const page = i32[at]!;
      if (page === INVALID_TAG) continue;
      const offset = (page + i32[at - tagWords + this.addendWord]!) >>> 0;
      if (offset === frameOffset) this.replaceTag(i32, at, 0, 0, false);
    }
  }

  flush(): void {
    if (!this.isActive) return;
    this.counters.flushes++;
    const first = this.base >> 2;
    this.pool.i32.fill(INVALID_TAG, first, first + this.entries * this.entryWords);
  }

  /** Every entry that hits for some access: the page, its host offset, and for which accesses. */
  valid(): { page: number; offset: number; read: boolean; write: boolean; execute: boolean }[] {
    const found: ReturnType<Tlb['valid']> = [];
    if (!this.isActive) return found;
    for (let entry = 0; entry < this.entries; entry++) {
      const at = (this.base >> 2) + entry * this.entryWords;
      const page = this.pageAt(at);
      if (page < 0) continue;
      found.push({
        page,
        offset: (page + this.pool.i32[at + this.addendWord]!) >>> 0,
        read: this.tag(at) >= 0,
        write: this.tag(at + this.tagWords) >= 0,
        execute: this.tag(at + 2 * this.tagWords) >= 0,
      });
    }
    return found;
  }

  private hit(low: number, high: number, tagWord: number): number {
    const { i32 } = this.pool;
    const at = this.at(low);
    if (i32[at + tagWord] !== (low & -PAGE_BYTES)) return -1;
    if (this.wide && i32[at + tagWord + 1] !== (high | 0)) return -1;
    return (low + i32[at + this.addendWord]!) >>> 0;
  }

  /** Writes a tag, or none; true when that replaced the tag of another page. */
  private replaceTag(
    i32: Int32Array,
    at: number,
    low: number,
    high: number,
    allowed: boolean,
  ): boolean {
    const held = i32[at]!;
    const other = held !== low || (this.wide && i32[at + 1] !== high);
    i32[at] = allowed ? low : INVALID_TAG;
    if (this.wide) i32[at + 1] = allowed ? high : INVALID_TAG;
    return other && held !== INVALID_TAG;
  }

  private at(page: number): number {
    const mixed = this.wide ? page : page ^ (page >>> MIX_SHIFT);
    return this.firstWord + ((mixed >>> PAGE_SHIFT) & this.indexMask) * this.entryWords;
  }

  /** The tag as an address, or -1. */
  private tag(at: number): number {
    const low = this.pool.i32[at]!;
    if (low === INVALID_TAG) return -1;
    return (low >>> 0) + (this.wide ? this.pool.i32[at + 1]! * 2 ** 32 : 0);
  }

  private pageAt(at: number): number {
    return Math.max(this.tag(at), this.tag(at + this.tagWords), this.tag(at + 2 * this.tagWords));
  }

  private clear(at: number): void {
    this.pool.i32.fill(INVALID_TAG, at, at + this.entryWords);
  }
}

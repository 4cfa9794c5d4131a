/**
 * Handles of GMEM_MOVEABLE memory. A handle is the address of the word that holds the block's
 * address, as programs that read through it expect; entries lie in the process's memory.
 *
 *   entry, 16 bytes at multiples of 16
 *   +0 flags, 16 bits   +2 locks   +3 0x4d while in use   +4 bytes that were asked for (unused)
 *   +8 address of the block, 0 when discarded; free entries: the next free one
 */
import { PAGE_BYTES } from '@bareheap/mmu';
import { GuestWords } from './heap/guest-words.ts';
import { commitHeapMemory, reserveHeapMemory } from './heap/heap-segments.ts';
import { GMEM_DISCARDABLE, GMEM_DISCARDED } from './win-constants.ts';
import type { WinSpace } from './win-space.ts';

const ENTRY_BYTES = 16;
const POINTER = 8;
/** As many as a 16-bit table of handles had. */
const MOST_ENTRIES = 65536;
const IN_USE = 0x4d;
const FLAG_MASK = 0xffff;
const LOCK_SHIFT = 16;
const MOST_LOCKS = 0xff;

export class MoveableTable {
  private readonly space: WinSpace;
  private readonly words: GuestWords;
  private readonly base: number;
  /** Entries that were ever used, the first of them never. */
  private used = 1;
  private free = 0;

  private constructor(space: WinSpace, base: number) {
    this.space = space;
    this.words = new GuestWords(space.mmu);
    this.base = base;
  }

  /** Null when there is no room. */
  static make(space: WinSpace): MoveableTable | null {
    const memory = reserveHeapMemory(space, MOST_ENTRIES * ENTRY_BYTES, PAGE_BYTES, 0);
    return memory === null ? null : new MoveableTable(space, memory.base);
  }

  /** A handle for a block, or 0. */
  open(pointer: number, flags: number): number {
    const entry = this.free === 0 ? this.fresh() : this.free;
    if (entry === 0) return 0;
    if (entry === this.free) this.free = this.words.load64(entry + POINTER);
    this.words.store32(entry, flags | (IN_USE << 24));
    this.words.store64(entry + POINTER, pointer);
    return entry + POINTER;
  }

  close(handle: number): void {
    this.words.store32(handle - POINTER, 0);
    this.words.store64(handle, this.free);
    this.free = handle - POINTER;
  }

  /** Whether an address is a handle in use. */
  has(handle: number): boolean {
    const entry = handle - POINTER;
    if (entry % ENTRY_BYTES !== 0 || entry < this.base) return false;
    if (entry >= this.base + this.used * ENTRY_BYTES) return false;
    return this.words.load32(entry) >>> 24 === IN_USE;
  }

  pointerOf(handle: number): number {
    return this.words.load64(handle);
  }

  setPointer(handle: number, pointer: number): void {
    this.words.store64(handle, pointer);
    const entry = this.words.load32(handle - POINTER) & ~GMEM_DISCARDED;
    this.words.store32(handle - POINTER, pointer === 0 ? entry | GMEM_DISCARDED : entry);
  }

  flagsOf(handle: number): number {
    return this.words.load32(handle - POINTER) & FLAG_MASK;
  }

  setDiscardable(handle: number, isDiscardable: boolean): void {
    const entry = this.words.load32(handle - POINTER);
    const bit = GMEM_DISCARDABLE;
    this.words.store32(handle - POINTER, isDiscardable ? entry | bit : entry & ~bit);
  }

  locksOf(handle: number): number {
    return (this.words.load32(handle - POINTER) >>> LOCK_SHIFT) & MOST_LOCKS;
  }

  /** Changes the count of locks by one, up to 255. */
  changeLocks(handle: number, change: 1 | -1): void {
    const locks = this.locksOf(handle) + change;
    if (locks < 0 || locks > MOST_LOCKS) return;
    const entry = this.words.load32(handle - POINTER);
    this.words.store32(handle - POINTER, entry + change * 2 ** LOCK_SHIFT);
  }

  /** The handle of a block, or 0. */
  handleOf(pointer: number): number {
    for (let index = 1; index < this.used; index++) {
      const handle = this.base + index * ENTRY_BYTES + POINTER;
      if (this.has(handle) && this.pointerOf(handle) === pointer) return handle;
    }
    return 0;
  }

  private fresh(): number {
    if (this.used >= MOST_ENTRIES) return 0;
    const entry = this.base + this.used * ENTRY_BYTES;
    const isMapped = entry % PAGE_BYTES !== 0;
    if (!isMapped && !commitHeapMemory(this.space, entry, entry + PAGE_BYTES)) return 0;
    this.used++;
    return entry;
  }
}

/**
 * Handles of GMEM_MOVEABLE memory. A handle is the address of the word that holds the block's
 * address, as programs that read through it expect; entries lie in the process's memory, as those of
 * Windows do.
 *
 *   entry, 16 bytes at multiples of 16
 *   +0 flags, 16 bits   +2 locks, 8 bits   +8 address of the block, 0 when discarded
 *   free entries: +0 the next free one, 0 for the one behind
 */
import { PAGE_BYTES } from '@bareheap/mmu';
import { GuestWords } from './heap/guest-words.ts';
import { commitHeapMemory, reserveHeapMemory } from './heap/heap-segments.ts';
import { GMEM_DDESHARE, GMEM_DISCARDABLE, GMEM_DISCARDED } from './win-constants.ts';
import type { WinSpace } from './win-space.ts';

const ENTRY_BYTES = 16;
const POINTER = 8;
/** As many as a 16-bit table of handles had. */
const MOST_ENTRIES = 65536;
const TABLE_BYTES: number = MOST_ENTRIES * ENTRY_BYTES;
const USED = 0x1;
const MOVEABLE = 0x2;
const DISCARDABLE = 0x4;
const DISCARDED = 0x8;
const SHARED = 0x8000;
const LOCK_SHIFT = 16;
const MOST_LOCKS = 0xff;

/** Flags of entries, and as programs are told. */
const FLAGS: readonly (readonly [bit: number, told: number])[] = [
  [DISCARDABLE, GMEM_DISCARDABLE],
  [DISCARDED, GMEM_DISCARDED],
  [SHARED, GMEM_DDESHARE],
];

export class MoveableTable {
  private readonly space: WinSpace;
  private readonly words: GuestWords;
  private readonly base: number;
  /** The first entry that was never used. */
  private frontier: number;
  /** The next free entry. */
  private free: number;

  private constructor(space: WinSpace, base: number) {
    this.space = space;
    this.words = new GuestWords(space.mmu);
    this.base = base;
    this.frontier = base;
    this.free = base;
  }

  /** Null when there is no room. */
  static make(space: WinSpace): MoveableTable | null {
    const memory = reserveHeapMemory(space, TABLE_BYTES, PAGE_BYTES, 0);
    return memory === null ? null : new MoveableTable(space, memory.base);
  }

  /** A handle for a block, or 0. */
  open(pointer: number, flags: number): number {
    const entry = this.free;
    if (!this.makeReady(entry)) return 0;
    this.free = this.words.load64(entry) || entry + ENTRY_BYTES;
    let own = USED | MOVEABLE;
    for (const [bit, told] of FLAGS) if ((flags & told) !== 0) own |= bit;
    this.words.store64(entry, own);
    this.words.store64(entry + POINTER, pointer);
    return entry + POINTER;
  }

  close(handle: number): void {
    const entry = handle - POINTER;
    this.words.store64(entry, this.free);
    this.words.store64(handle, 0);
    this.free = entry;
  }

  /** Whether an address is a handle in use. */
  has(handle: number): boolean {
    const entry = handle - POINTER;
    if (entry % ENTRY_BYTES !== 0 || entry < this.base || entry >= this.frontier) return false;
    return (this.words.load32(entry) & USED) !== 0;
  }

  pointerOf(handle: number): number {
    return this.words.load64(handle);
  }

  setPointer(handle: number, pointer: number): void {
    this.words.store64(handle, pointer);
    const entry = this.words.load32(handle - POINTER) & ~DISCARDED;
    this.words.store32(handle - POINTER, pointer === 0 ? entry | DISCARDED : entry);
  }

  flagsOf(handle: number): number {
    const entry = this.words.load32(handle - POINTER);
    let flags = 0;
    for (const [bit, told] of FLAGS) if ((entry & bit) !== 0) flags |= told;
    return flags;
  }

  setDiscardable(handle: number): void {
    this.words.store32(handle - POINTER, this.words.load32(handle - POINTER) | DISCARDABLE);
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
    for (let entry = this.base; entry < this.frontier; entry += ENTRY_BYTES) {
      const handle = entry + POINTER;
      if (this.has(handle) && this.pointerOf(handle) === pointer) return handle;
    }
    return 0;
  }

  /** Puts memory behind a free entry; false when it is none: the program may have written there. */
  private makeReady(entry: number): boolean {
    const isOne = (entry - this.base) % ENTRY_BYTES === 0;
    if (!isOne || entry < this.base || entry > this.frontier) return false;
    if (entry < this.frontier) return true;
    if (entry >= this.base + TABLE_BYTES) return false;
    const isMapped = entry % PAGE_BYTES !== 0;
    if (!isMapped && !commitHeapMemory(this.space, entry, entry + PAGE_BYTES)) return false;
    this.frontier += ENTRY_BYTES;
    return true;
  }
}

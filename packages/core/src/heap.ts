/**
 * The Heap port. A layout is given as two numbers: `size` in bytes, at least 1, and `align`, a
 * power of two. All state of a heap lies in its region's bytes, so that two objects over the same
 * bytes are the same heap.
 *
 * A failed call changes nothing. Memory that a call hands out is not initialised unless it says so.
 */

/** What is wrong with a pointer given back: a value, as a guest's mistake is no error of ours. */
export const MISUSE_NONE = 0;
/** No block of this heap starts at the address. */
export const MISUSE_INVALID = 1;
/** The block at the address is free already, or was when it became part of a larger one. */
export const MISUSE_DOUBLE = 2;
export type Misuse = typeof MISUSE_NONE | typeof MISUSE_INVALID | typeof MISUSE_DOUBLE;

/** Figures of a heap now; bytes. */
export interface HeapStats {
  readonly regionBytes: number;
  /** Payload of the blocks in use, as {@link Heap.usableSize} has it. */
  readonly liveBytes: number;
  readonly liveBlocks: number;
  /** What free blocks could hold, their headers not counted. */
  readonly freeBytes: number;
  readonly freeBlocks: number;
  readonly largestFreeBytes: number;
  /** Headers, control block, padding: neither live nor free. */
  readonly overheadBytes: number;
}

/**
 * What a program calls. A strategy's `…Calls` class is this alone, for where each byte of a script
 * counts; its `…Heap` class adds the figures and the check.
 */
export interface HeapCalls {
  /** Work of the last call: blocks and list heads looked at. */
  readonly steps: number;
  /** Most steps of any call so far. */
  readonly worstSteps: number;
  /** Returns the payload's address, or 0 when there is no room. */
  allocate(size: number, align: number): number;
  /** As {@link allocate}, with `size` bytes set to zero. */
  allocateZeroed(size: number, align: number): number;
  /** Gives a block back; `size` is what it was allocated with, or 0 when the caller cannot know. */
  deallocate(address: number, size: number, align: number): Misuse;
  /** Returns the block's new address, contents kept, or 0 with the old block as it was. */
  reallocate(address: number, oldSize: number, align: number, newSize: number): number;
  /** Resizes a block where it lies; false with the block as it was when that cannot be. */
  reallocateInPlace(address: number, oldSize: number, align: number, newSize: number): boolean;
  /** Bytes that the block may be used for; 0 when no block in use starts there. */
  usableSize(address: number): number;
}

export interface Heap extends HeapCalls {
  readonly name: string;
  stats(): HeapStats;
  /** Prints the figures, a line a call. */
  statsPrint(print: (line: string) => void): void;
  /** Walks the whole heap and verifies every invariant; returns what is wrong, a line each. */
  check(): string[];
}

/** Alignment that every block has at least, as C's malloc gives on 32-bit targets. */
export const MIN_ALIGN = 8;

/** Renders a heap's figures, a line each. */
export function printStats(name: string, stats: HeapStats, print: (line: string) => void): void {
  print(`${name}: ${stats.regionBytes} bytes`);
  print(`  in use    ${stats.liveBytes} bytes in ${stats.liveBlocks} blocks`);
  print(`  free      ${stats.freeBytes} bytes in ${stats.freeBlocks} blocks`);
  print(`  largest   ${stats.largestFreeBytes} bytes`);
  print(`  overhead  ${stats.overheadBytes} bytes`);
}

/**
 * An arena in the manner of bumpalo: blocks are cut from a chunk by moving a cursor, full chunks
 * are followed by one twice as large, and all of it goes back at once: at reset(), or down to a
 * checkpoint. Chunks are blocks of another heap, so that several arenas can share one. The last
 * block grows, shrinks and comes back where it lies. See arena-layout.ts.
 */
import { assert } from '../assert.ts';
import { alignOffset, blockBytes, HEADER_BYTES, HEADER_USED, headerSize } from '../block-header.ts';
import { headerUsable } from '../block-usable.ts';
import { type Heap, type HeapStats, MIN_ALIGN, MISUSE_INVALID, printStats } from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { LinkedListHeap } from '../llff/llff.ts';
import { RegionCalls } from '../region-calls.ts';
import { MemoryWindow } from '../source/memory-window.ts';
import { arenaStats, checkArena } from './arena-check.ts';
import {
  ARENA_CONTROL_BYTES,
  ARENA_LEAST_BYTES,
  ARENA_MAGIC,
  ARENA_MIN_BLOCK,
  CHUNK_LIMIT,
  CURSOR,
  FIRST_BLOCK,
  LAST_BLOCK,
} from './arena-layout.ts';
import { ArenaList } from './arena-list.ts';

/** A state of an arena to come back to. */
export interface ArenaCheckpoint {
  /** Offset of the newest chunk then, or 0. */
  readonly chunk: number;
  /** Its cursor. */
  readonly cursor: number;
}

export class ArenaHeap extends RegionCalls implements Heap {
  readonly name: string = 'arena';
  private readonly control: number;
  private readonly chunks: ArenaList;

  /**
   * Makes an arena, or attaches to the one that is there.
   *
   * @param memory   what the source's blocks lie in, by offset from `base`
   * @param source   the heap that chunks come from
   * @param control  offset of ARENA_CONTROL_BYTES bytes for the arena, a multiple of 8
   */
  constructor(memory: HeapMemory, base: number, source: Heap, control: number) {
    super(memory, base, 0, 0);
    this.control = control;
    this.chunks = new ArenaList(memory, this, base, source, control);
    if (memory.load32(control) !== ARENA_MAGIC) {
      memory.fill(control, ARENA_CONTROL_BYTES, 0);
      memory.store32(control, ARENA_MAGIC);
    }
  }

  /** Bytes of all chunks. */
  get chunkBytes(): number {
    return this.chunks.total();
  }

  /** What {@link chunkBytes} may grow to; 0 when nothing limits it. */
  get limitBytes(): number {
    return this.memory.load32(this.control + CHUNK_LIMIT);
  }

  set limitBytes(bytes: number) {
    this.memory.store32(this.control + CHUNK_LIMIT, bytes);
  }

  /** Gives back every block at once. The newest chunk, which is the largest, is kept. */
  reset(): void {
    this.steps = 1;
    this.chunks.keepNewest();
    this.setLast(0);
    this.note();
  }

  /** Gives every chunk back. */
  release(): void {
    this.steps = 1;
    while (this.chunks.newest() !== 0) this.chunks.close();
    this.setLast(0);
    this.note();
  }

  /** The state now. What was allocated before it can no longer be resized or given back last. */
  checkpoint(): ArenaCheckpoint {
    const chunk = this.chunks.newest();
    this.setLast(0);
    return { chunk, cursor: chunk === 0 ? 0 : this.chunks.cursorOf(chunk) };
  }

  /**
   * Gives back what was allocated since a checkpoint. False, with nothing changed, when the arena
   * went back to before that checkpoint already, and other blocks lie there now.
   */
  rewind({ chunk, cursor }: ArenaCheckpoint): boolean {
    this.steps = 1;
    if (!this.isBoundary(chunk, cursor)) return false;
    while (this.chunks.newest() > 0 && this.chunks.newest() !== chunk) this.chunks.close();
    if (chunk !== 0) this.memory.store32(chunk + CURSOR, cursor);
    this.setLast(0);
    this.note();
    return true;
  }

  stats(): HeapStats {
    return arenaStats(this.memory, this.chunks, this.limitBytes);
  }

  statsPrint(print: (line: string) => void): void {
    printStats(this.name, this.stats(), print);
    print(`  chunks    ${this.chunkBytes} bytes`);
  }

  check(): string[] {
    return checkArena(this.memory, this.control, this.chunks);
  }

  protected override take(size: number, align: number): number {
    this.steps++;
    const bytes = blockBytes(size, ARENA_MIN_BLOCK);
    const payload = this.cut(bytes, align);
    if (payload !== 0) return payload;
    const isOpen = this.chunks.open(align > MIN_ALIGN ? bytes + align : bytes);
    return isOpen ? this.cut(bytes, align) : 0;
  }

  protected override give(payload: number, usable: number): void {
    const { memory } = this;
    const block = payload - HEADER_BYTES;
    memory.store32(block, usable + HEADER_BYTES);
    if (memory.load32(this.control + LAST_BLOCK) !== block) return;
    memory.store32(this.chunks.chunkOf(block) + CURSOR, block);
    this.setLast(0);
  }

  protected override resize(payload: number, usable: number, newSize: number): boolean {
    const { memory, chunks } = this;
    const block = payload - HEADER_BYTES;
    const bytes = blockBytes(newSize, ARENA_MIN_BLOCK);
    if (memory.load32(this.control + LAST_BLOCK) !== block) return bytes <= usable + HEADER_BYTES;
    const chunk = chunks.chunkOf(block);
    const end = block + bytes;
    if (end > chunks.endOf(chunk) && !chunks.extend(chunk, end)) return false;
    memory.store32(block, bytes | HEADER_USED);
    memory.store32(chunk + CURSOR, end);
    return true;
  }

  /** As far as the block's header shows. */
  protected override usableAt(payload: number): number {
    const block = payload - HEADER_BYTES;
    if (block < 0 || block >= 2 ** 31) return -MISUSE_INVALID;
    const chunk = this.chunks.chunkOf(block);
    if (chunk === 0) return -MISUSE_INVALID;
    const end = this.chunks.cursorOf(chunk);
    return headerUsable(this.memory, payload, chunk, end, ARENA_MIN_BLOCK, 6);
  }

  /** Cuts a block from the newest chunk; its payload, or 0. */
  private cut(bytes: number, align: number): number {
    const { memory, chunks } = this;
    const chunk = chunks.newest();
    if (chunk === 0) return 0;
    const cursor = chunks.cursorOf(chunk);
    const payload = alignOffset(this.base, cursor + HEADER_BYTES, Math.max(align, MIN_ALIGN));
    const block = payload - HEADER_BYTES;
    if (block + bytes > chunks.endOf(chunk)) return 0;
    if (block > cursor) memory.store32(cursor, block - cursor);
    memory.store32(block, bytes | HEADER_USED);
    memory.store32(chunk + CURSOR, block + bytes);
    this.setLast(block);
    return payload;
  }

  /** Whether a block begins at a checkpoint, or the chunk's blocks end there. */
  private isBoundary(chunk: number, cursor: number): boolean {
    if (chunk === 0) return true;
    const { memory, chunks } = this;
    let found = chunks.newest();
    while (found !== 0 && found !== chunk) found = chunks.before(found);
    if (found === 0 || cursor > chunks.cursorOf(chunk)) return false;
    let block = chunk + FIRST_BLOCK;
    while (block < cursor) {
      const bytes = headerSize(memory.load32(block));
      if (bytes < ARENA_MIN_BLOCK) return false;
      block += bytes;
    }
    return block === cursor;
  }

  private setLast(block: number): void {
    this.memory.store32(this.control + LAST_BLOCK, block);
  }
}

/**
 * An arena whose chunks come from a heap of its own in the same region, linked-list first fit.
 *
 * @param base  address of the region, a multiple of 8
 * @param size  bytes, at least ARENA_LEAST_BYTES
 */
export function createArena(memory: HeapMemory, base: number, size: number): ArenaHeap {
  assert(size >= ARENA_LEAST_BYTES, `a region of ${size} bytes is too small`);
  // Without an arena the source is none either: what lies there is cleared, so that it is made anew.
  if (memory.load32(0) !== ARENA_MAGIC) memory.store32(ARENA_CONTROL_BYTES, 0);
  const window = new MemoryWindow(memory, ARENA_CONTROL_BYTES);
  const bytes = size - ARENA_CONTROL_BYTES;
  const source = new LinkedListHeap(window, base + ARENA_CONTROL_BYTES, bytes);
  return new ArenaHeap(memory, base, source, 0);
}

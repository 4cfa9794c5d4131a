/**
 * An arena in the manner of bumpalo: blocks are cut from a chunk by moving a cursor, full chunks
 * are followed by one twice as large, and all of it goes back at once: at reset(), or down to a
 * checkpoint. Chunks are blocks of another heap, so that several arenas can share one. The last
 * block grows, shrinks and comes back where it lies. See arena-layout.ts.
 */
import { assert } from '../assert.ts';
import {
  alignOffset,
  blockBytes,
  HEADER_BYTES,
  HEADER_USED,
  headerSize,
  isTooLarge,
} from '../block-header.ts';
import {
  type Heap,
  type HeapStats,
  MIN_ALIGN,
  MISUSE_DOUBLE,
  MISUSE_INVALID,
  MISUSE_NONE,
  type Misuse,
  printStats,
} from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { LinkedListHeap } from '../llff/llff.ts';
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

export class ArenaHeap implements Heap {
  readonly name: string = 'arena';
  worstSteps = 0;
  private readonly memory: HeapMemory;
  private readonly base: number;
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
    this.memory = memory;
    this.base = base;
    this.control = control;
    this.chunks = new ArenaList(memory, base, source, control);
    if (memory.load32(control) !== ARENA_MAGIC) {
      memory.fill(control, ARENA_CONTROL_BYTES, 0);
      memory.store32(control, ARENA_MAGIC);
    }
  }

  /** Work of the last call: chunks looked at, and what the source did for a chunk. */
  get steps(): number {
    return this.chunks.steps;
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
    this.begin();
    this.chunks.keepNewest();
    this.setLast(0);
    this.note();
  }

  /** Gives every chunk back. */
  release(): void {
    this.begin();
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
    this.begin();
    if (!this.isBoundary(chunk, cursor)) return false;
    while (this.chunks.newest() > 0 && this.chunks.newest() !== chunk) this.chunks.close();
    if (chunk !== 0) this.memory.store32(chunk + CURSOR, cursor);
    this.setLast(0);
    this.note();
    return true;
  }

  allocate(size: number, align: number): number {
    this.begin();
    if (isTooLarge(size, align)) return 0;
    const bytes = blockBytes(size, ARENA_MIN_BLOCK);
    let payload = this.take(bytes, align);
    if (payload === 0 && this.chunks.open(align > MIN_ALIGN ? bytes + align : bytes)) {
      payload = this.take(bytes, align);
    }
    this.note();
    return payload === 0 ? 0 : this.base + payload;
  }

  allocateZeroed(size: number, align: number): number {
    const payload = this.allocate(size, align);
    if (payload !== 0) this.memory.fill(payload - this.base, size, 0);
    return payload;
  }

  deallocate(address: number, _size: number, _align: number): Misuse {
    this.begin();
    const misuse = this.misuse(address);
    if (misuse === MISUSE_NONE) {
      const { memory } = this;
      const block = this.blockOf(address);
      memory.store32(block, headerSize(memory.load32(block)));
      if (memory.load32(this.control + LAST_BLOCK) === block) {
        memory.store32(this.chunks.chunkOf(block) + CURSOR, block);
        this.setLast(0);
      }
    }
    this.note();
    return misuse;
  }

  reallocate(address: number, oldSize: number, align: number, newSize: number): number {
    if (this.reallocateInPlace(address, oldSize, align, newSize)) return address;
    let { steps } = this;
    const usable = this.usableSize(address);
    if (usable === 0) return 0;
    const moved = this.allocate(newSize, align);
    steps += this.steps;
    if (moved !== 0) {
      this.memory.copy(moved - this.base, address - this.base, Math.min(usable, newSize));
      this.deallocate(address, oldSize, align);
      steps += this.steps;
    }
    this.chunks.steps = steps;
    this.note();
    return moved;
  }

  reallocateInPlace(address: number, _old: number, align: number, newSize: number): boolean {
    this.begin();
    const { memory, chunks } = this;
    if (this.misuse(address) !== MISUSE_NONE || address % align !== 0) return false;
    if (isTooLarge(newSize, align)) return false;
    const block = this.blockOf(address);
    const bytes = blockBytes(newSize, ARENA_MIN_BLOCK);
    if (memory.load32(this.control + LAST_BLOCK) !== block)
      return bytes <= headerSize(memory.load32(block));
    const chunk = chunks.chunkOf(block);
    const end = block + bytes;
    const fits = end <= chunks.endOf(chunk) || chunks.extend(chunk, end);
    this.note();
    if (!fits) return false;
    memory.store32(block, bytes | HEADER_USED);
    memory.store32(chunk + CURSOR, end);
    return true;
  }

  usableSize(address: number): number {
    this.begin();
    if (this.misuse(address) !== MISUSE_NONE) return 0;
    return headerSize(this.memory.load32(this.blockOf(address))) - HEADER_BYTES;
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

  /** Cuts a block from the newest chunk; its payload, or 0. */
  private take(bytes: number, align: number): number {
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

  /** What is wrong with giving back an address, as far as its header shows. */
  private misuse(address: number): Misuse {
    const offset = address - this.base - HEADER_BYTES;
    if (offset < 0 || offset >= 2 ** 31 || (offset & (MIN_ALIGN - 1)) !== HEADER_BYTES)
      return MISUSE_INVALID;
    const chunk = this.chunks.chunkOf(offset);
    if (chunk === 0) return MISUSE_INVALID;
    const header = this.memory.load32(offset);
    const bytes = headerSize(header);
    if (bytes < ARENA_MIN_BLOCK || bytes > this.chunks.cursorOf(chunk) - offset)
      return MISUSE_INVALID;
    if ((header & HEADER_USED) !== 0) return (header & 6) === 0 ? MISUSE_NONE : MISUSE_INVALID;
    return header === bytes ? MISUSE_DOUBLE : MISUSE_INVALID;
  }

  private blockOf(address: number): number {
    return address - this.base - HEADER_BYTES;
  }

  private setLast(block: number): void {
    this.memory.store32(this.control + LAST_BLOCK, block);
  }

  private begin(): void {
    this.chunks.steps = 1;
  }

  private note(): void {
    if (this.steps > this.worstSteps) this.worstSteps = this.steps;
  }
}

/**
 * An arena whose chunks come from a heap of its own in the same region, linked-list first fit.
 *
 * @param base  address of the region, a multiple of 8
 * @param size  bytes, at least ARENA_LEAST_BYTES
 */
export function createArena(memory: HeapMemory, base: number, size: number): ArenaHeap {
  assert(size >= ARENA_LEAST_BYTES, `an arena's region of ${size} bytes is too small`);
  // Without an arena the source is none either: what lies there is cleared, so that it is made anew.
  if (memory.load32(0) !== ARENA_MAGIC) memory.store32(ARENA_CONTROL_BYTES, 0);
  const window = new MemoryWindow(memory, ARENA_CONTROL_BYTES);
  const bytes = size - ARENA_CONTROL_BYTES;
  const source = new LinkedListHeap(window, base + ARENA_CONTROL_BYTES, bytes);
  return new ArenaHeap(memory, base, source, 0);
}

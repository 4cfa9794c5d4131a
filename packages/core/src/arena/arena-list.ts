/**
 * The chunks of an arena: a list from the newest to the oldest, in blocks of another heap. See
 * arena-layout.ts. A chunk's ordinal is one more than that of the chunk before it, which ends a
 * walk over links that a program overwrote.
 */
import { HEADER_BYTES } from '../block-header.ts';
import { type Heap, MIN_ALIGN } from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import type { StepCount } from '../region-calls.ts';
import {
  CHUNK_BYTES,
  CHUNK_LIMIT,
  CHUNK_TOTAL,
  CURSOR,
  FIRST_BLOCK,
  FIRST_CHUNK_BYTES,
  NEWEST_CHUNK,
  ORDINAL,
  PREVIOUS_CHUNK,
} from './arena-layout.ts';

export class ArenaList {
  readonly source: Heap;
  private readonly count: StepCount;
  private readonly memory: HeapMemory;
  private readonly base: number;
  private readonly control: number;

  /**
   * @param count    counts the chunks that are looked at, and the steps of the source
   * @param control  offset of the arena's control block
   */
  constructor(memory: HeapMemory, count: StepCount, base: number, source: Heap, control: number) {
    this.count = count;
    this.memory = memory;
    this.base = base;
    this.source = source;
    this.control = control;
  }

  /** Offset of the newest chunk, or 0. */
  newest(): number {
    const chunk = this.memory.load32(this.control + NEWEST_CHUNK);
    return this.isChunk(chunk) ? chunk : 0;
  }

  /** The chunk before another one, or 0. */
  before(chunk: number): number {
    const { memory } = this;
    this.count.steps++;
    const previous = memory.load32(chunk + PREVIOUS_CHUNK);
    if (!this.isChunk(previous)) return 0;
    return memory.load32(previous + ORDINAL) === memory.load32(chunk + ORDINAL) - 1 ? previous : 0;
  }

  /** The chunk with a block at an offset, or 0. */
  chunkOf(block: number): number {
    let chunk = this.newest();
    while (chunk !== 0 && (block < chunk + FIRST_BLOCK || block >= this.cursorOf(chunk))) {
      chunk = this.before(chunk);
    }
    return chunk;
  }

  cursorOf(chunk: number): number {
    return this.memory.load32(chunk + CURSOR);
  }

  /** Where the blocks of a chunk must end: as blocks begin, 4 modulo 8. */
  endOf(chunk: number): number {
    const end = chunk + this.memory.load32(chunk + CHUNK_BYTES);
    return ((end + HEADER_BYTES) & ~7) - HEADER_BYTES;
  }

  /**
   * Opens a chunk with room for `bytes`: twice as large as the newest, or what source and limit
   * let it be, by halves. False when there is not even what is needed.
   */
  open(bytes: number): boolean {
    const { memory, control } = this;
    const needed = FIRST_BLOCK + bytes;
    const before = this.newest();
    const doubled = before === 0 ? FIRST_CHUNK_BYTES : 2 * memory.load32(before + CHUNK_BYTES);
    let wished = Math.max(needed, doubled);
    let address = this.take(wished);
    while (address === 0 && wished > needed) {
      wished = Math.max(needed, wished >>> 1);
      address = this.take(wished);
    }
    if (address === 0) return false;
    const chunk = address - this.base;
    memory.store32(chunk + PREVIOUS_CHUNK, before);
    memory.store32(chunk + CHUNK_BYTES, wished);
    memory.store32(chunk + CURSOR, chunk + FIRST_BLOCK);
    memory.store32(chunk + ORDINAL, before === 0 ? 1 : memory.load32(before + ORDINAL) + 1);
    memory.store32(control + NEWEST_CHUNK, chunk);
    memory.store32(control + CHUNK_TOTAL, this.total() + wished);
    return true;
  }

  /** Makes a chunk larger where it lies, so that its blocks may end at `end`. */
  extend(chunk: number, end: number): boolean {
    const { memory, control, source } = this;
    const bytes = memory.load32(chunk + CHUNK_BYTES);
    const wanted = end - chunk;
    if (!this.isAllowed(wanted - bytes)) return false;
    const done = source.reallocateInPlace(this.base + chunk, bytes, MIN_ALIGN, wanted);
    this.count.steps += source.steps;
    if (!done) return false;
    memory.store32(chunk + CHUNK_BYTES, wanted);
    memory.store32(control + CHUNK_TOTAL, this.total() + wanted - bytes);
    return true;
  }

  /** Gives the newest chunk back; the one before it is the newest then. */
  close(): void {
    const { memory, control } = this;
    const chunk = this.newest();
    const bytes = memory.load32(chunk + CHUNK_BYTES);
    memory.store32(control + NEWEST_CHUNK, this.before(chunk));
    memory.store32(control + CHUNK_TOTAL, this.total() - bytes);
    this.giveBack(chunk, bytes);
  }

  /** Gives all chunks but the newest back, and empties that. */
  keepNewest(): void {
    const { memory, control } = this;
    const newest = this.newest();
    if (newest === 0) return;
    let chunk = this.before(newest);
    while (chunk !== 0) {
      const previous = this.before(chunk);
      this.giveBack(chunk, memory.load32(chunk + CHUNK_BYTES));
      chunk = previous;
    }
    memory.store32(newest + PREVIOUS_CHUNK, 0);
    memory.store32(newest + ORDINAL, 1);
    memory.store32(newest + CURSOR, newest + FIRST_BLOCK);
    memory.store32(control + CHUNK_TOTAL, memory.load32(newest + CHUNK_BYTES));
  }

  /** Bytes of all chunks. */
  total(): number {
    return this.memory.load32(this.control + CHUNK_TOTAL);
  }

  /** Whether the limit leaves room for that many bytes more. */
  isAllowed(bytes: number): boolean {
    const limit = this.memory.load32(this.control + CHUNK_LIMIT);
    return limit === 0 || this.total() + bytes <= limit;
  }

  private take(bytes: number): number {
    if (!this.isAllowed(bytes)) return 0;
    const address = this.source.allocate(bytes, MIN_ALIGN);
    this.count.steps += this.source.steps;
    return address;
  }

  private giveBack(chunk: number, bytes: number): void {
    this.source.deallocate(this.base + chunk, bytes, MIN_ALIGN);
    this.count.steps += this.source.steps;
  }

  /** Whether a live block of the source, as large as a chunk says it is, lies at an offset. */
  private isChunk(chunk: number): boolean {
    if (chunk <= 0 || (chunk & 7) !== 0) return false;
    const room = this.source.usableSize(this.base + chunk);
    if (room < FIRST_BLOCK + HEADER_BYTES) return false;
    const bytes = this.memory.load32(chunk + CHUNK_BYTES);
    const cursor = this.memory.load32(chunk + CURSOR);
    if (bytes < FIRST_BLOCK || bytes > room || (cursor & 7) !== HEADER_BYTES) return false;
    return cursor >= chunk + FIRST_BLOCK && cursor <= chunk + bytes;
  }
}

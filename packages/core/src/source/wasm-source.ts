/**
 * Pages of a WebAssembly memory: it grows by 64 KiB at its end and never shrinks. Growing takes
 * the old ArrayBuffer away, so the memories that this source gives out are derived again by it
 * whenever it grows; whoever else grows the memory calls `refresh`.
 *
 * An address is an index into the memory. Page 0 is never handed out.
 */
import { assert } from '../assert.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { NO_MEMORY, type PageRelease, type PageSource } from '../page-source.ts';

/** Bytes of a WebAssembly page, by its specification. */
export const WASM_PAGE_BYTES = 65_536;

/** What of a WebAssembly.Memory is used; no host's declarations are needed. */
export interface GrowableMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  /** Returns the pages there were. @throws RangeError when there are no more */
  grow(pages: number): number;
}

/** A HeapMemory of a part of the memory, good until somebody grows it without saying so. */
class WasmRegionMemory implements HeapMemory {
  private readonly start: number;
  private readonly length: number;
  private words: Int32Array;
  private bytes: Uint8Array;

  constructor(buffer: ArrayBuffer | SharedArrayBuffer, start: number, length: number) {
    this.start = start;
    this.length = length;
    this.words = new Int32Array(buffer, start, length >> 2);
    this.bytes = new Uint8Array(buffer, start, length);
  }

  derive(buffer: ArrayBuffer | SharedArrayBuffer): void {
    this.words = new Int32Array(buffer, this.start, this.length >> 2);
    this.bytes = new Uint8Array(buffer, this.start, this.length);
  }

  load32(offset: number): number {
    return this.words[offset >> 2]!;
  }

  store32(offset: number, value: number): void {
    this.words[offset >> 2] = value;
  }

  fill(offset: number, length: number, byte: number): void {
    this.bytes.fill(byte, offset, offset + length);
  }

  copy(to: number, from: number, length: number): void {
    this.bytes.copyWithin(to, from, from + length);
  }
}

export class WasmSource implements PageSource {
  readonly granularityBytes: number = WASM_PAGE_BYTES;
  readonly isContiguous: boolean = true;
  readonly release: PageRelease = 'never';
  readonly isZeroed: boolean = true;
  private readonly memory: GrowableMemory;
  private readonly derived: WasmRegionMemory[] = [];

  constructor(memory: GrowableMemory) {
    this.memory = memory;
  }

  /** The memory of a region that `reserve` returned; stays good when this source grows. */
  memoryAt(address: number, bytes: number): HeapMemory {
    const { buffer } = this.memory;
    assert(address + bytes <= buffer.byteLength, `there is no memory at ${address}`);
    const memory = new WasmRegionMemory(buffer, address, bytes);
    this.derived.push(memory);
    return memory;
  }

  reserve(bytes: number): number {
    const pages = Math.ceil(bytes / WASM_PAGE_BYTES);
    if (!(pages > 0)) return NO_MEMORY;
    // A region at address 0 would be taken for none: in an empty memory page 0 is left unused.
    const unused = this.memory.buffer.byteLength === 0 ? 1 : 0;
    const before = this.grown(pages + unused);
    this.refresh();
    return before < 0 ? NO_MEMORY : (before + unused) * WASM_PAGE_BYTES;
  }

  giveBack(): boolean {
    return false;
  }

  /** Derives all memories again, after somebody else grew the memory. */
  refresh(): void {
    for (const memory of this.derived) memory.derive(this.memory.buffer);
  }

  /** The pages there were before growing, or -1. */
  private grown(pages: number): number {
    try {
      return this.memory.grow(pages);
    } catch {
      return -1;
    }
  }
}

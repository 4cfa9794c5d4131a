/** Debug heaps for tests: over a region, and over pages that refuse what they do not allow. */
import { DebugHeap, type DebugOptions } from '../src/debug/debug.ts';
import { BufferHeapMemory, type HeapMemory } from '../src/heap-memory.ts';
import type { PageSource } from '../src/page-source.ts';
import { MapSource } from '../src/source/map-source.ts';
import { PageSpace } from '../src/source/page-space.ts';
import { ProtectedMemory } from '../src/source/protected-memory.ts';

export const DEBUG_BASE = 0x2000_0000;

export interface DebugSetup {
  readonly heap: DebugHeap;
  readonly base: number;
  readonly bytes: Uint8Array;
  /** The memory as the program sees it: with the protection of its pages, where they have one. */
  readonly memory: HeapMemory;
  /** Accesses that a page refused. */
  readonly faults: () => number;
}

export type MakeDebug = (size: number, options?: DebugOptions) => DebugSetup;

export const regionHeap: MakeDebug = (size, options = {}) => {
  const buffer = new ArrayBuffer((size + 7) & ~7);
  const memory = new BufferHeapMemory(buffer);
  const heap = new DebugHeap(memory, DEBUG_BASE, size, options);
  return {
    heap,
    base: DEBUG_BASE,
    bytes: new Uint8Array(buffer, 0, size),
    memory,
    faults: () => 0,
  };
};

/** Over a source of pages; `wrap` may put another one before it. */
export function sourceHeap(
  size: number,
  makeSource: (space: PageSpace) => PageSource,
  options: DebugOptions = {},
): DebugSetup & { readonly space: PageSpace } {
  const buffer = new ArrayBuffer(size);
  const plain = new BufferHeapMemory(buffer);
  const space = new PageSpace(plain, DEBUG_BASE, size);
  const memory = new ProtectedMemory(plain, space);
  const source = makeSource(space);
  const heap = new DebugHeap(memory, DEBUG_BASE, size, { ...options, source });
  const bytes = new Uint8Array(buffer);
  return { heap, base: DEBUG_BASE, bytes, memory, space, faults: () => memory.faults };
}

export const protectedHeap: MakeDebug = (size, options = {}) =>
  sourceHeap(size, (space) => new MapSource(space), options);

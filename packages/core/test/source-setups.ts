/**
 * Each kind of page source over SPACE_BYTES of memory of its own, for tests to run over all.
 * @table
 */
import { BufferHeapMemory, type HeapMemory } from '../src/heap-memory.ts';
import type { PageSource } from '../src/page-source.ts';
import { BREAK_KINDS, BreakSource } from '../src/source/break-source.ts';
import { FallibleSource } from '../src/source/fallible-source.ts';
import { HeapSource } from '../src/source/heap-source.ts';
import { MapSource } from '../src/source/map-source.ts';
import { MemoryWindow } from '../src/source/memory-window.ts';
import { PageSpace } from '../src/source/page-space.ts';
import { ReservationSource } from '../src/source/reservation-source.ts';
import { WasmSource } from '../src/source/wasm-source.ts';
import { TlsfHeap } from '../src/tlsf/tlsf.ts';

export interface SourceSetup {
  readonly source: PageSource;
  /** The memory of a range that the source handed out. */
  readonly memoryAt: (address: number, bytes: number) => HeapMemory;
  /** All bytes that the source may hand out; asked for anew after each call. */
  readonly region: { readonly base: number; readonly bytes: Uint8Array };
  /** Where the source keeps its pages, when it has any. */
  readonly space?: PageSpace;
}

export const SPACE_BYTES = 4 << 20;
const START = 0x2000_0000;

function overBuffer(
  make: (memory: HeapMemory) => { source: PageSource; space?: PageSpace },
): SourceSetup {
  const buffer = new ArrayBuffer(SPACE_BYTES);
  const memory = new BufferHeapMemory(buffer);
  return {
    ...make(memory),
    memoryAt: (address) => new MemoryWindow(memory, address - START),
    region: { base: START, bytes: new Uint8Array(buffer) },
  };
}

function overSpace(make: (space: PageSpace) => PageSource): SourceSetup {
  return overBuffer((memory) => {
    const space = new PageSpace(memory, START, SPACE_BYTES);
    return { source: make(space), space };
  });
}

function overWasm(): SourceSetup {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: SPACE_BYTES / 65_536 });
  const source = new WasmSource(memory);
  return {
    source,
    memoryAt: (address, bytes) => source.memoryAt(address, bytes),
    region: {
      base: 0,
      get bytes() {
        return new Uint8Array(memory.buffer);
      },
    },
  };
}

export const SETUPS: Readonly<Record<string, () => SourceSetup>> = {
  static: () =>
    overBuffer((memory) => ({
      source: new BreakSource(BREAK_KINDS.static, memory, START, SPACE_BYTES),
    })),
  brk: () =>
    overBuffer((memory) => ({
      source: new BreakSource(BREAK_KINDS.brk, memory, START, SPACE_BYTES),
    })),
  mmap: () => overSpace((space) => new MapSource(space)),
  VirtualAlloc: () => overSpace((space) => new ReservationSource(space)),
  'WebAssembly.Memory': overWasm,
  heap: () =>
    overBuffer((memory) => ({ source: new HeapSource(new TlsfHeap(memory, START, SPACE_BYTES)) })),
  fallible: () => overSpace((space) => new FallibleSource(new MapSource(space), {})),
};

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
import { ProtectedMemory } from '../src/source/protected-memory.ts';
import { ReservationSource } from '../src/source/reservation-source.ts';
import { WASM_PAGE_BYTES, WasmSource } from '../src/source/wasm-source.ts';
import { TlsfHeap } from '../src/tlsf/tlsf.ts';

export interface SourceSetup {
  readonly source: PageSource;
  /** The memory of a range that the source handed out. */
  readonly memoryAt: (address: number, bytes: number) => HeapMemory;
  /** All bytes that the source may hand out; asked for anew after each call. */
  readonly region: { readonly base: number; readonly bytes: Uint8Array };
  /** Where the source keeps its pages, when it has any. */
  readonly space?: PageSpace;
  /** Accesses that a page refused. */
  readonly faults: () => number;
}

/** Makes a setup over so many bytes, a multiple of 64 KiB, from an address on. */
export type MakeSetup = (spaceBytes?: number, start?: number) => SourceSetup;

export const SPACE_BYTES = 4 << 20;
const START = 0x2000_0000;

function overBuffer(
  make: (memory: HeapMemory, start: number, bytes: number) => PageSource,
): MakeSetup {
  return (spaceBytes = SPACE_BYTES, start = START) => {
    const buffer = new ArrayBuffer(spaceBytes);
    const memory = new BufferHeapMemory(buffer);
    return {
      source: make(memory, start, spaceBytes),
      memoryAt: (address) => new MemoryWindow(memory, address - start),
      region: { base: start, bytes: new Uint8Array(buffer) },
      faults: () => 0,
    };
  };
}

function overSpace(make: (space: PageSpace) => PageSource): MakeSetup {
  return (spaceBytes = SPACE_BYTES, start = START) => {
    const buffer = new ArrayBuffer(spaceBytes);
    const plain = new BufferHeapMemory(buffer);
    const space = new PageSpace(plain, start, spaceBytes);
    const memory = new ProtectedMemory(plain, space);
    return {
      source: make(space),
      space,
      memoryAt: (address) => new MemoryWindow(memory, address - start),
      region: { base: start, bytes: new Uint8Array(buffer) },
      faults: () => memory.faults,
    };
  };
}

/** A WebAssembly memory begins at 0, wherever a setup would like to. */
const overWasm: MakeSetup = (spaceBytes = SPACE_BYTES) => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: spaceBytes / WASM_PAGE_BYTES });
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
    faults: () => 0,
  };
};

export const SETUPS: Readonly<Record<string, MakeSetup>> = {
  static: overBuffer(
    (memory, start, bytes) => new BreakSource(BREAK_KINDS.static, memory, start, bytes),
  ),
  brk: overBuffer((memory, start, bytes) => new BreakSource(BREAK_KINDS.brk, memory, start, bytes)),
  mmap: overSpace((space) => new MapSource(space)),
  VirtualAlloc: overSpace((space) => new ReservationSource(space)),
  'WebAssembly.Memory': overWasm,
  heap: overBuffer((memory, start, bytes) => new HeapSource(new TlsfHeap(memory, start, bytes))),
  fallible: overSpace((space) => new FallibleSource(new MapSource(space), {})),
};

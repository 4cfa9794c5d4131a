/**
 * Where the fixed heap of a program lies: between linker symbols, in a named array, or from the
 * end of its data as far as asked. What each toolchain's linker script and library use is a table.
 */
import { HeapError } from './heap-error.ts';

/** A symbol as far as it matters here; size 0 when it has none. */
export interface RegionSymbol {
  readonly name: string;
  readonly address: number;
  readonly size: number;
}

export interface AddressRange {
  readonly start: number;
  /** First address after it. */
  readonly end: number;
}

export interface HeapRegion extends AddressRange {
  /** How it was found, for messages: `__heap_start … __heap_end`, `array HEAP`, `after _end`. */
  readonly source: string;
}

export interface RegionRequest {
  readonly symbols: readonly RegionSymbol[];
  /** The memory that the region must lie in. */
  readonly ram: AddressRange;
  /** Size that the user asks for; null: what the program says, else DEFAULT_HEAP_BYTES. */
  readonly sizeBytes: number | null;
}

/** The heap of the project's first example, a `[u8; 8192]`. */
export const DEFAULT_HEAP_BYTES = 8192;

/** Start and end symbols, in the order in which they are looked for. */
const RANGES: readonly (readonly [start: string, end: string])[] = [
  // picolibc
  ['__heap_start', '__heap_end'],
  // newlib's and CMSIS's linker scripts for GCC
  ['__HeapBase', '__HeapLimit'],
  ['__heap_base', '__heap_limit'],
  ['__heap_base__', '__heap_limit__'],
  ['_heap_start', '_heap_end'],
  ['_sheap', '_eheap'],
  ['__sheap', '__eheap'],
  // IAR and Keil
  ['HEAP$$Base', 'HEAP$$Limit'],
  ['Image$$ARM_LIB_HEAP$$Base', 'Image$$ARM_LIB_HEAP$$ZI$$Limit'],
];

/** Arrays that programs name for their heap: the size is the symbol's. */
const ARRAYS: readonly string[] = ['HEAP', 'ucHeap', 'heap', 'heap_memory', 'HEAP_MEM', 'heap_mem'];

/** Ends of the program's data, after which newlib's `_sbrk` begins. */
const ENDS: readonly string[] = ['end', '_end', '__end__', '__bss_end__', '_ebss', '__heap_start'];

const hex = (value: number): string => `0x${value.toString(16)}`;

/**
 * Finds the heap region of a program.
 *
 * @throws HeapError  `no-region`, `region-too-small` (it must hold 64 bytes), `region-outside-ram`
 */
export function findHeapRegion(request: RegionRequest): HeapRegion {
  const found = betweenSymbols(request) ?? inArray(request) ?? afterData(request);
  if (found === null) {
    throw new HeapError(
      'no-region',
      `no heap region: none of ${RANGES[0]!.join(' … ')}, end, HEAP is defined`,
    );
  }
  const region = sized(found, request);
  if (region.start < request.ram.start || region.end > request.ram.end) {
    const place = `heap region ${hex(region.start)}–${hex(region.end)} (${region.source})`;
    const ram = `${hex(request.ram.start)}–${hex(request.ram.end)}`;
    throw new HeapError('region-outside-ram', `${place} is not inside the RAM ${ram}`);
  }
  if (region.end - region.start < 64) {
    const size = Math.max(0, region.end - region.start);
    throw new HeapError(
      'region-too-small',
      `heap region of ${size} bytes (${region.source}) is too small`,
    );
  }
  return region;
}

/** The end of the program's data, where a break begins; null when no symbol says. */
export function endOfData(symbols: readonly RegionSymbol[]): RegionSymbol | null {
  for (const name of ENDS) {
    const symbol = symbols.find((candidate) => candidate.name === name);
    if (symbol !== undefined) return symbol;
  }
  return null;
}

function betweenSymbols({ symbols }: RegionRequest): HeapRegion | null {
  for (const [startName, endName] of RANGES) {
    const start = symbols.find(({ name }) => name === startName);
    const end = symbols.find(({ name }) => name === endName);
    if (start === undefined || end === undefined || end.address <= start.address) continue;
    return { start: start.address, end: end.address, source: `${startName} … ${endName}` };
  }
  return null;
}

function inArray({ symbols }: RegionRequest): HeapRegion | null {
  for (const name of ARRAYS) {
    const symbol = symbols.find((candidate) => candidate.name === name && candidate.size >= 64);
    if (symbol === undefined) continue;
    return { start: symbol.address, end: symbol.address + symbol.size, source: `array ${name}` };
  }
  return null;
}

function afterData({ symbols, sizeBytes }: RegionRequest): HeapRegion | null {
  const symbol = endOfData(symbols);
  if (symbol === null) return null;
  const start = Math.ceil(symbol.address / 8) * 8;
  return { start, end: start + (sizeBytes ?? DEFAULT_HEAP_BYTES), source: `after ${symbol.name}` };
}

/** The region as the user asks for it: never more than the symbols leave room for. */
function sized(region: HeapRegion, { sizeBytes }: RegionRequest): HeapRegion {
  if (sizeBytes === null || region.end - region.start <= sizeBytes) {
    if (sizeBytes !== null && region.end - region.start < sizeBytes) {
      const have = `${region.end - region.start} bytes (${region.source})`;
      throw new HeapError(
        'region-too-small',
        `heap region of ${have} is smaller than the ${sizeBytes} asked for`,
      );
    }
    return region;
  }
  return { ...region, end: region.start + sizeBytes };
}

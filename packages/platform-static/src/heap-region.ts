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
  ['__heap_start__', '__heap_end__'],
  // Pico SDK
  ['__heap_start', '__heap_limit'],
  // newlib's and CMSIS's linker scripts for GCC
  ['__HeapBase', '__HeapLimit'],
  ['__heap_base', '__heap_limit'],
  ['__heap_base__', '__heap_limit__'],
  ['_heap_start', '_heap_end'],
  ['heap_start', 'heap_end'],
  ['_heap_bottom', '_heap_top'],
  // riscv-rt and cortex-m-rt
  ['_sheap', '_eheap'],
  ['__sheap', '__eheap'],
  // LLVM's linker scripts
  ['__heap_base', '__heap_end'],
  // NXP's MCUXpresso, CodeSourcery's CS3
  ['_pvHeapStart', '_pvHeapLimit'],
  ['__cs3_heap_start', '__cs3_heap_limit'],
  // IAR and Keil
  ['HEAP$$Base', 'HEAP$$Limit'],
  ['Image$$ARM_LIB_HEAP$$Base', 'Image$$ARM_LIB_HEAP$$ZI$$Limit'],
];

/**
 * Arrays that programs name for their heap: the size is the symbol's. HEAP_MEM comes before HEAP:
 * in programs with both, as embedded-alloc's examples, HEAP is the allocator and not its bytes.
 */
const ARRAYS: readonly string[] = [
  'ucHeap',
  'HEAP_MEM',
  'HEAP',
  'HEAP_MEMORY',
  'heap_memory',
  'heap_mem',
  'heap_buffer',
  'heap',
];

/** Ends of the program's data, after which newlib's `_sbrk` begins. */
const ENDS: readonly string[] = [
  'end',
  '_end',
  '__end__',
  '__bss_end__',
  '_ebss',
  '__heap_start',
  '__HeapBase',
  '_heap_start',
  '_sheap',
  '__sheap',
  '__heap_base',
];

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

/**
 * An end symbol with a size is a variable, and its address not the heap's end: newlib for Arm has
 * a word `__heap_limit`. A start may have one: CMSIS gives `__HeapBase` the size of the heap.
 */
function betweenSymbols({ symbols }: RegionRequest): HeapRegion | null {
  for (const [startName, endName] of RANGES) {
    const start = symbols.find(({ name }) => name === startName);
    const end = symbols.find(({ name, size }) => name === endName && size === 0);
    if (start === undefined || end === undefined || end.address <= start.address) continue;
    return { start: start.address, end: end.address, source: `${startName} … ${endName}` };
  }
  return null;
}

/** The largest array of the first name that there is; functions and constants are not in RAM. */
function inArray({ symbols, ram }: RegionRequest): HeapRegion | null {
  const arrays = symbols.filter(
    ({ address, size }) => size >= 64 && address >= ram.start && address + size <= ram.end,
  );
  for (const name of ARRAYS) {
    const named = arrays.filter((symbol) => isVariable(symbol.name, name));
    if (named.length === 0) continue;
    const { address, size } = named.reduce((one, other) => (other.size > one.size ? other : one));
    return { start: address, end: address + size, source: `array ${name}` };
  }
  return null;
}

/**
 * Whether a symbol is the variable `name`, in whatever scope: `heap.0` of a C function's static,
 * `_ZN8firmware4HEAP17h<16 hex digits>E` and `_RNvCs7HCAZzHDHu8_8firmware4HEAP` of Rust.
 */
function isVariable(symbol: string, name: string): boolean {
  const lastPart = `${name.length}${name}`;
  if (symbol.startsWith('_R')) return symbol.endsWith(lastPart);
  if (symbol.startsWith('_ZN')) return symbol.replace(RUST_HASH, '').endsWith(lastPart);
  return symbol.replace(LOCAL_NUMBER, '') === name;
}

const RUST_HASH = /17h[0-9a-f]{16}E$/;
/** GCC's `.0`; Clang's comes after the function's name, which is no part of a heap's. */
const LOCAL_NUMBER = /\.\d+$/;

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

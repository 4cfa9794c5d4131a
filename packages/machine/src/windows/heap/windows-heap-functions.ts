// @table
/**
 * The system's heap functions by their keys in the function table: what a call asks for and in
 * which arguments, a row a family. A handle of moveable memory stands for its block.
 */
import type { HeapFunction } from '../../heap/heap-functions.ts';

/** GMEM_MODIFY, LMEM_MODIFY. */
const MODIFY = 0x80;

const kernel = (...names: string[]): string[] => names.map((name) => `kernel!${name}`);
const crt = (...names: string[]): string[] => names.map((name) => `crt!${name}`);

/** The last two are Visual C++'s operators new. */
const ALLOCATES = ['malloc', '_malloc_base', '??2@YAPEAX_K@Z', '??_U@YAPEAX_K@Z'];

const ROWS: readonly HeapFunction[] = [
  {
    action: 'allocate',
    ...{ heap: 0, flags: 1, size: 2 },
    names: kernel('HeapAlloc', 'RtlAllocateHeap'),
  },
  {
    action: 'reallocate',
    ...{ heap: 0, flags: 1, pointer: 2, size: 3 },
    names: kernel('HeapReAlloc', 'RtlReAllocateHeap'),
  },
  {
    action: 'free',
    ...{ heap: 0, flags: 1, pointer: 2 },
    names: kernel('HeapFree', 'RtlFreeHeap'),
  },
  {
    action: 'usable-size',
    ...{ heap: 0, flags: 1, pointer: 2 },
    names: kernel('HeapSize', 'RtlSizeHeap'),
  },
  { action: 'destroy', heap: 0, names: kernel('HeapDestroy') },
  { action: 'destroy', heap: 0, zeroSucceeds: true, names: kernel('RtlDestroyHeap') },
  { action: 'allocate', flags: 0, size: 1, names: kernel('GlobalAlloc', 'LocalAlloc') },
  {
    action: 'reallocate',
    ...{ pointer: 0, size: 1, flags: 2 },
    modifies: MODIFY,
    names: kernel('GlobalReAlloc', 'LocalReAlloc'),
  },
  { action: 'free', pointer: 0, names: kernel('GlobalFree', 'LocalFree') },
  { action: 'usable-size', pointer: 0, names: kernel('GlobalSize', 'LocalSize') },
  { action: 'allocate', size: 0, names: crt(...ALLOCATES) },
  { action: 'zeroed', count: 0, size: 1, names: crt('calloc', '_calloc_base') },
  {
    action: 'reallocate',
    ...{ pointer: 0, size: 1 },
    names: crt('realloc', '_realloc_base', '_expand'),
  },
  { action: 'reallocate', pointer: 0, count: 1, size: 2, names: crt('_recalloc') },
  {
    action: 'free',
    pointer: 0,
    names: crt('free', '_free_base', '_aligned_free', '??3@YAXPEAX@Z', '??_V@YAXPEAX@Z'),
  },
  { action: 'usable-size', pointer: 0, names: crt('_msize') },
  {
    action: 'allocate',
    ...{ size: 0, align: 1 },
    names: crt('_aligned_malloc', '_aligned_offset_malloc'),
  },
  {
    action: 'reallocate',
    ...{ pointer: 0, size: 1, align: 2 },
    names: crt('_aligned_realloc'),
  },
];

export const WINDOWS_HEAP_FUNCTIONS: ReadonlyMap<string, HeapFunction> = new Map(
  ROWS.flatMap((row) => row.names.map((key) => [key, row] as const)),
);

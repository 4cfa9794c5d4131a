// @table
/**
 * The heap functions that are known by name, one row a family: what a call asks for and in which
 * arguments. `__minimal_…` are those of glibc's dynamic loader. A name's first reentrancy argument
 * (newlib's `_r` functions) shifts the others.
 */
export type HeapAction =
  | 'allocate'
  | 'zeroed'
  | 'reallocate'
  | 'free'
  | 'usable-size'
  | 'posix-memalign'
  /** Ends a heap and every block that it has. */
  | 'destroy';

export interface HeapFunction {
  readonly action: HeapAction;
  /** Numbers of the arguments. */
  readonly size?: number;
  readonly count?: number;
  readonly align?: number;
  readonly pointer?: number;
  readonly oldSize?: number;
  /** Where posix_memalign stores its result. */
  readonly out?: number;
  /** Of several heaps the one that the call is for. */
  readonly heap?: number;
  readonly flags?: number;
  /** Flags with which a reallocation only changes what a block is like. */
  readonly modifies?: number;
  /** Whether a call that ends a heap answers 0 when it has; others answer so when they have not. */
  readonly zeroSucceeds?: boolean;
  readonly names: readonly string[];
}

/**
 * The spellings of size_t: `j` on Arm and RISC-V 32 is unsigned int, `m` unsigned long, `y` on
 * 64-bit Windows unsigned long long.
 */
const sized = (...patterns: string[]): string[] =>
  patterns.flatMap((pattern) => [...'jmy'].map((letter) => pattern.replaceAll('#', letter)));

export const HEAP_FUNCTIONS: readonly HeapFunction[] = [
  {
    action: 'allocate',
    size: 0,
    names: [
      'malloc',
      'pvPortMalloc',
      'valloc',
      'pvalloc',
      '__minimal_malloc',
      ...sized('_Znw#', '_Zna#', '_Znw#RKSt9nothrow_t', '_Zna#RKSt9nothrow_t'),
    ],
  },
  { action: 'allocate', size: 1, names: ['_malloc_r'] },
  { action: 'zeroed', count: 0, size: 1, names: ['calloc', 'pvPortCalloc', '__minimal_calloc'] },
  { action: 'zeroed', count: 1, size: 2, names: ['_calloc_r'] },
  { action: 'reallocate', pointer: 0, size: 1, names: ['realloc', '__minimal_realloc'] },
  { action: 'reallocate', pointer: 0, count: 1, size: 2, names: ['reallocarray'] },
  { action: 'reallocate', pointer: 1, size: 2, names: ['_realloc_r'] },
  {
    action: 'free',
    pointer: 0,
    names: [
      'free',
      'cfree',
      'vPortFree',
      '__minimal_free',
      '_ZdlPv',
      '_ZdaPv',
      '_ZdlPvRKSt9nothrow_t',
      '_ZdaPvRKSt9nothrow_t',
    ],
  },
  { action: 'free', pointer: 1, names: ['_free_r'] },
  { action: 'free', pointer: 0, oldSize: 1, names: sized('_ZdlPv#', '_ZdaPv#') },
  { action: 'allocate', align: 0, size: 1, names: ['memalign', 'aligned_alloc'] },
  { action: 'allocate', align: 1, size: 2, names: ['_memalign_r'] },
  {
    action: 'allocate',
    size: 0,
    align: 1,
    names: sized(
      '_Znw#St11align_val_t',
      '_Zna#St11align_val_t',
      '_Znw#St11align_val_tRKSt9nothrow_t',
      '_Zna#St11align_val_tRKSt9nothrow_t',
    ),
  },
  {
    action: 'free',
    pointer: 0,
    align: 1,
    names: [
      '_ZdlPvSt11align_val_t',
      '_ZdaPvSt11align_val_t',
      '_ZdlPvSt11align_val_tRKSt9nothrow_t',
      '_ZdaPvSt11align_val_tRKSt9nothrow_t',
    ],
  },
  {
    action: 'free',
    pointer: 0,
    oldSize: 1,
    align: 2,
    names: sized('_ZdlPv#St11align_val_t', '_ZdaPv#St11align_val_t'),
  },
  { action: 'posix-memalign', out: 0, align: 1, size: 2, names: ['posix_memalign'] },
  { action: 'usable-size', pointer: 0, names: ['malloc_usable_size'] },
  { action: 'usable-size', pointer: 1, names: ['_malloc_usable_size_r'] },
  { action: 'allocate', size: 0, align: 1, names: ['__rust_alloc', '__rdl_alloc'] },
  { action: 'zeroed', size: 0, align: 1, names: ['__rust_alloc_zeroed', '__rdl_alloc_zeroed'] },
  { action: 'free', pointer: 0, oldSize: 1, align: 2, names: ['__rust_dealloc', '__rdl_dealloc'] },
  {
    action: 'reallocate',
    pointer: 0,
    oldSize: 1,
    align: 2,
    size: 3,
    names: ['__rust_realloc', '__rdl_realloc'],
  },
];

const BY_NAME = new Map(
  HEAP_FUNCTIONS.flatMap((row) => row.names.map((name) => [name, row] as const)),
);

/**
 * Whether a function is of the heap that glibc's dynamic loader has before libc's is there. It is
 * watched with the program's; a heap that serves the program leaves it alone.
 */
export function isLoadersHeap(name: string): boolean {
  return name.startsWith('__minimal_');
}

/** The row of a function's name, or null. Rust's hashed names are known by their last part. */
export function heapFunction(name: string): HeapFunction | null {
  const rust = /(__r(?:ust|dl)_(?:alloc_zeroed|alloc|dealloc|realloc))$/.exec(name);
  return BY_NAME.get(name) ?? (rust === null ? null : (BY_NAME.get(rust[1]!) ?? null));
}

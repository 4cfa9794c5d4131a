/**
 * What programs do wrong with a heap, as data: steps that name blocks.
 * @table
 */

export type MisuseStep =
  | {
      readonly do: 'allocate';
      readonly as: string;
      readonly size: number;
      readonly align?: number;
      /** How many; all but the last are named with a number behind. */
      readonly count?: number;
    }
  | {
      readonly do: 'free';
      /** A block, or an address. */
      readonly block: string | number;
      /** Bytes from the block's start. */
      readonly at?: number;
      /** What the program says the layout is; default: what it allocated. */
      readonly size?: number;
      readonly align?: number;
    }
  | {
      readonly do: 'reallocate';
      readonly block: string;
      readonly to: number;
      readonly size?: number;
      readonly align?: number;
    }
  /** `at` counts from the block's start, `past` from its end. */
  | {
      readonly do: 'write' | 'read';
      readonly block: string;
      readonly at?: number;
      readonly past?: number;
      readonly bytes: number;
    }
  /** Overwrites the heap's own words: its control block, the page map, the record of a block. */
  | { readonly do: 'poison'; readonly what: 'control' | 'map' | 'record'; readonly block: string }
  /** Allocates and frees blocks of a freed one's layout until one has its address. */
  | { readonly do: 'reuse'; readonly block: string }
  | { readonly do: 'thread'; readonly thread: number };

export interface MisuseProgram {
  readonly name: string;
  readonly steps: readonly MisuseStep[];
}

const SMALL: MisuseStep[] = [
  { do: 'allocate', as: 'keeper', size: 40 },
  { do: 'allocate', as: 'block', size: 40 },
  { do: 'allocate', as: 'other', size: 40 },
];
const ALONE: MisuseStep[] = [{ do: 'allocate', as: 'block', size: 40 }];
const LARGE: MisuseStep[] = [{ do: 'allocate', as: 'block', size: 6000 }];
const FREE: MisuseStep = { do: 'free', block: 'block' };

export const MISUSE_PROGRAMS: readonly MisuseProgram[] = [
  { name: 'double free, small', steps: [...SMALL, FREE, FREE] },
  { name: 'double free, large', steps: [...LARGE, FREE, FREE] },
  { name: 'double free, last in its bucket', steps: [...ALONE, FREE, FREE] },
  {
    name: 'free inside a block',
    steps: [...SMALL, { do: 'free', block: 'block', at: 8 }],
  },
  {
    name: 'free inside a large block',
    steps: [...LARGE, { do: 'free', block: 'block', at: 4096 }],
  },
  {
    name: 'free of an address of no heap',
    steps: [...SMALL, { do: 'free', block: 0x1000_0010, size: 40 }],
  },
  {
    name: 'free of an address of a stack',
    steps: [...SMALL, { do: 'free', block: 0x7fff_fe28, size: 40 }],
  },
  {
    name: 'free of null',
    steps: [...SMALL, { do: 'free', block: 0, size: 40 }],
  },
  { name: 'free, wrong size', steps: [...SMALL, { ...FREE, size: 41 }] },
  { name: 'free, wrong alignment', steps: [...SMALL, { ...FREE, align: 16 }] },
  {
    name: 'realloc, wrong size',
    steps: [...SMALL, { do: 'reallocate', block: 'block', to: 80, size: 39 }],
  },
  {
    name: 'realloc, wrong alignment',
    steps: [...SMALL, { do: 'reallocate', block: 'block', to: 80, align: 4 }],
  },
  {
    name: 'realloc after free',
    steps: [...SMALL, FREE, { do: 'reallocate', block: 'block', to: 80 }],
  },
  ...[1, 8, 4096].map((bytes) => ({
    name: `overflow by ${bytes}`,
    steps: [...SMALL, { do: 'write', block: 'block', past: 0, bytes }, FREE] as MisuseStep[],
  })),
  ...[1, 4096].map((bytes) => ({
    name: `overflow of a large block by ${bytes}`,
    steps: [...LARGE, { do: 'write', block: 'block', past: 0, bytes }, FREE] as MisuseStep[],
  })),
  {
    name: 'overflow of a block of two pages by 1',
    steps: [
      { do: 'allocate', as: 'block', size: 8192 },
      { do: 'write', block: 'block', past: 0, bytes: 1 },
      FREE,
    ],
  },
  {
    name: 'read 4096 past a large block',
    steps: [...LARGE, { do: 'read', block: 'block', past: 4096, bytes: 4 }, FREE],
  },
  ...[1, 8].map((bytes) => ({
    name: `underflow by ${bytes}`,
    steps: [...SMALL, { do: 'write', block: 'block', at: -bytes, bytes }, FREE] as MisuseStep[],
  })),
  {
    name: 'underflow of the first block',
    steps: [...ALONE, { do: 'write', block: 'block', at: -1, bytes: 1 }, FREE],
  },
  {
    name: 'write after free, at once',
    steps: [...SMALL, FREE, { do: 'write', block: 'block', at: 0, bytes: 4 }],
  },
  {
    name: 'read after free, at once',
    steps: [...SMALL, FREE, { do: 'read', block: 'block', at: 0, bytes: 4 }],
  },
  {
    name: 'write after the page’s return',
    steps: [...ALONE, FREE, { do: 'write', block: 'block', at: 8, bytes: 4 }],
  },
  {
    name: 'read after the page’s return',
    steps: [...ALONE, FREE, { do: 'read', block: 'block', at: 8, bytes: 4 }],
  },
  {
    name: 'write after free of a large block',
    steps: [...LARGE, FREE, { do: 'write', block: 'block', at: 5000, bytes: 1 }],
  },
  {
    name: 'write after free and reuse',
    steps: [
      ...ALONE,
      FREE,
      { do: 'reuse', block: 'block' },
      { do: 'write', block: 'block', at: 0, bytes: 4 },
    ],
  },
  ...(['control', 'map', 'record'] as const).map((what) => ({
    name: `write over the heap’s own ${what === 'control' ? 'control block' : what === 'map' ? 'page map' : 'record of a block'}`,
    steps: [...SMALL, { do: 'poison', what, block: 'block' }, FREE] as MisuseStep[],
  })),
  {
    name: 'leak of the first block of a bucket',
    steps: [...SMALL, FREE, { do: 'free', block: 'other' }],
  },
  {
    name: 'leak of a block in the middle',
    steps: [...SMALL, { do: 'free', block: 'keeper' }, { do: 'free', block: 'other' }],
  },
  {
    name: 'leak of a full bucket',
    steps: [
      { do: 'allocate', as: 'block', size: 500, count: 20 },
      { do: 'allocate', as: 'other', size: 500 },
      { do: 'free', block: 'other' },
    ],
  },
  { name: 'leak of a large block', steps: LARGE },
  {
    name: 'use from a second thread',
    steps: [...SMALL, { do: 'thread', thread: 2 }, FREE],
  },
];

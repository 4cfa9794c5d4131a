/** Everything that is known of a run: the data behind `--json`, the heap's table and `--stats`. */
import type { Finding } from './finding.ts';

export interface PhaseReport {
  readonly allocations: number;
  readonly bytes: number;
}

/** The most expensive call of a heap function. */
export interface WorstCall {
  readonly function: string;
  /** The how many-th heap call of the run, from 1. */
  readonly ordinal: number;
  /** Guest instructions of an observed heap, steps of a served one. */
  readonly cost: number;
  readonly unit: 'instructions' | 'steps';
}

/** What is known of a heap in one fixed region. Absent fields are not known, not zero. */
export interface RegionReport {
  /** First address of the heap's region. */
  readonly start: number;
  readonly sizeBytes: number;
  /** How the region was found: `--heap-size`, or the symbol's name. */
  readonly source?: string;
  /** Most bytes of the region that were ever in use, headers included: what `--heap-size` must hold. */
  readonly highWaterBytes?: number;
  readonly freeBytes?: number;
  readonly freeBlocks?: number;
  /** Usable bytes past what was asked for, over live blocks: internal fragmentation. */
  readonly slackBytes?: number;
  /** Deepest the stack has been, in bytes, and the bytes there are for it where that is known. */
  readonly stackPeakBytes?: number;
  readonly stackLimitBytes?: number;
  /** Most bytes of the stack and of the heap were this far apart at the closest. */
  readonly stackGapBytes?: number;
}

export interface HeapReport {
  /** Who served: `guest` and the functions it was seen by, or the strategy's name. */
  readonly name: string;
  /** Nobody looked at its calls: the figures are not known, and their zeros mean nothing. */
  readonly isUnobserved?: boolean;
  /** Where its main function is, is not known: what is not the loader's counts as main's. */
  readonly isMainUnknown?: boolean;
  readonly allocations: number;
  readonly frees: number;
  readonly reallocations: number;
  /** Requests that got no memory. */
  readonly failures: number;
  readonly bytesTotal: number;
  /** Most bytes live at once, as asked for. */
  readonly bytesPeak: number;
  readonly blocksPeak: number;
  readonly bytesLive: number;
  readonly blocksLive: number;
  /** Bytes of pages touched. */
  readonly residentBytes: number;
  /** Bytes in use by the heap itself: headers, alignment, its control block. */
  readonly overheadBytes: number;
  readonly largestFree?: number;
  readonly phases: {
    readonly loader: PhaseReport;
    readonly beforeMain: PhaseReport;
    readonly main: PhaseReport;
    readonly atExit: PhaseReport;
  };
  readonly region?: RegionReport;
  /** Worst call of each family that was called, as `malloc` then `free`. */
  readonly worst?: readonly WorstCall[];
}

export interface TlbReport {
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  readonly flushes: number;
}

export interface MmuReport {
  readonly tlb: TlbReport;
  readonly faults: number;
  /** Pages that have a frame. */
  readonly pages: number;
}

export interface ExitReport {
  readonly kind: 'exit' | 'signal' | 'exception' | 'fault' | 'limit';
  readonly code: number;
  readonly signal?: string;
}

/** What translating guest code took. */
export interface TranslationReport {
  /** Blocks lifted. */
  readonly blocks: number;
  /** Regions compiled. */
  readonly regions: number;
  /** Instructions of the run that no compiled region retired. */
  readonly instructionsInterpreted: number;
  /** Where somebody had a clock: host time spent translating, and that of the whole run. */
  readonly time?: { readonly milliseconds: number; readonly runMilliseconds: number };
}

export interface RunReport {
  readonly program: string;
  readonly platform: 'static' | 'posix' | 'win';
  /** The board, for bare metal. */
  readonly machine?: string;
  readonly cpu: {
    readonly isa: string;
    readonly engine: string;
    readonly instructions: number;
    /** Where the engine tells; text only: its time is not the same from run to run. */
    readonly translation?: TranslationReport;
  };
  readonly exit: ExitReport;
  readonly findings: readonly Finding[];
  readonly heap: HeapReport;
  readonly mmu: MmuReport;
  /** Calls by name; semihosting operations on bare metal. */
  readonly syscalls: Readonly<Record<string, number>>;
}

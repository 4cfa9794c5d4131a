/** A module of the process: an image in memory, or one of the system's own, which are tables. */
import type { LoadPlan, PeExport } from '@bareheap/image';

export interface LoadedModule {
  /** In small letters, with its extension. */
  readonly name: string;
  readonly path: string;
  readonly base: number;
  readonly sizeBytes: number;
  /** Null for a system module. */
  readonly plan: LoadPlan | null;
  /** What was added to the addresses of the plan. */
  readonly bias: number;
  /** Address of its entry point; 0 without one. */
  readonly entry: number;
  /** Number of its TLS block, or -1. */
  tlsIndex: number;
  /** Whether it asked not to be told of threads that begin and end. */
  ignoresThreads?: boolean;
  readonly exportsByName: ReadonlyMap<string, PeExport>;
  readonly exportsByOrdinal: ReadonlyMap<number, PeExport>;
}

/** Finds libraries and what they export. */
export interface ModuleLoader {
  /** Null when there is no such library. */
  loadLibrary(name: string): LoadedModule | null;
  /** The same, or why not: an error of the system's. */
  tryLibrary(name: string): LoadedModule | number;
  /** An address; 0 when the module does not export it. */
  exportOf(module: LoadedModule, symbol: string | number): number;
}

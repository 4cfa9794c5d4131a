/** RUNTIME_FUNCTION: where a function lies, and what its prolog did. */
import type { ProcessMemory } from '../process/process-memory.ts';

/** An entry: RVAs, and where it lies. */
export interface RuntimeFunction {
  readonly imageBase: number;
  /** Address of the entry itself; 0 for one that is only chained to. */
  readonly address: number;
  readonly begin: number;
  readonly end: number;
  readonly unwind: number;
}

/** RUNTIME_FUNCTION in the program's memory. */
export function readEntry(memory: ProcessMemory, at: number, imageBase: number): RuntimeFunction {
  return {
    imageBase,
    address: at,
    begin: memory.u32(at),
    end: memory.u32(at + 4),
    unwind: memory.u32(at + 8),
  };
}

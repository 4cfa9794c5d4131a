/** One guest, ready to run, whatever its platform. */
import type { CallCount, RunReport } from '@bareheap/inspect';
import type { RunEnd, RunLimits } from './run-end.ts';

export interface Guest {
  /** Instructions retired since the start, of all threads together. */
  readonly instructions: number;
  /** Runs until the program, a fault or a limit ends it; after a limit it may be called again. */
  run(limits: RunLimits): RunEnd;
  /** System calls by name with their times, where they were to be counted. */
  readonly callCounts?: readonly CallCount[] | null;
  /** Everything that is known of the run so far. */
  report(): RunReport;
}

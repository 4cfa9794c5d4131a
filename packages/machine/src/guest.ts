/** One guest, ready to run, whatever its platform. */
import type { RunReport } from '@bareheap/inspect';
import type { RunEnd, RunLimits } from './run-end.ts';

export interface Guest {
  /** Instructions retired since the start, of all threads together. */
  readonly instructions: number;
  /** Runs until the program, a fault or a limit ends it; after a limit it may be called again. */
  run(limits: RunLimits): RunEnd;
  /** Everything that is known of the run so far. */
  report(): RunReport;
}

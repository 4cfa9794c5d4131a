/** Whoever is told of calls of system functions. */
import type { Call } from './call.ts';
import type { SystemFunction } from './system-function.ts';

export interface CallWatch {
  /** Whether calls of a function are told. */
  wants(row: SystemFunction): boolean;
  /**
   * A call begins. What is returned is told its result; null when there is none: it does not return,
   * or raises an exception instead.
   */
  enter(call: Call, row: SystemFunction): (result: number | bigint | null) => void;
}

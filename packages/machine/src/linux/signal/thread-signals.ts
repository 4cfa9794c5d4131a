/** What of signals is a thread's own. */

/** Signals as bits of two words: 1 … 32 in `low`, 33 … 64 in `high`. */
export interface SignalSet {
  low: number;
  high: number;
}

export class ThreadSignals {
  /** Signals that wait until they are unblocked. */
  readonly blocked: SignalSet = { low: 0, high: 0 };
}

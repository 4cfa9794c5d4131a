/** What translating took of a run, for reports. */
import { TranslationCounters } from '@bareheap/cpu';
import type { TranslationReport } from '@bareheap/inspect';

export class TranslationMeter {
  /** For the engines of the run. */
  readonly counters: TranslationCounters;
  private readonly now: (() => number) | null;
  private runMilliseconds = 0;

  /** @param now  milliseconds from some start; null: time is not measured */
  constructor(now: (() => number) | null) {
    this.now = now;
    this.counters = new TranslationCounters(now);
  }

  /** Runs what is part of the run. */
  measure<T>(run: () => T): T {
    const { now } = this;
    if (now === null) return run();
    const begun = now();
    const result = run();
    this.runMilliseconds += now() - begun;
    return result;
  }

  report(): TranslationReport {
    const { blocks, regions, instructionsInterpreted, milliseconds } = this.counters;
    const { runMilliseconds } = this;
    const counts = { blocks, regions, instructionsInterpreted };
    return this.now === null ? counts : { ...counts, time: { milliseconds, runMilliseconds } };
  }
}

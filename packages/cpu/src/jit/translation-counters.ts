/**
 * What translating took, for the engines that are given it: counts always, time where somebody has
 * a clock.
 */
export class TranslationCounters {
  /** Blocks lifted; those that engines share count once. */
  blocks = 0;
  /** Regions compiled. */
  regions = 0;
  /** Instructions retired by the interpreter; all others by compiled regions. */
  instructionsInterpreted = 0;
  /** Spent lifting and compiling; what the host defers until a region first runs is not in it. */
  milliseconds = 0;
  private readonly now: (() => number) | null;

  /** @param now  milliseconds from some start; null: time is not measured */
  constructor(now: (() => number) | null = null) {
    this.now = now;
  }

  get isTimed(): boolean {
    return this.now !== null;
  }

  /** Begins to translate: the time for {@link end}. */
  begin(): number {
    return this.now === null ? 0 : this.now();
  }

  end(begun: number): void {
    if (this.now !== null) this.milliseconds += this.now() - begun;
  }
}

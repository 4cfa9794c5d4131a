/**
 * The break of a program without an operating system: what `_sbrk` answers. It begins at the end
 * of the data and may grow to a limit, or until it meets the stack.
 *
 * @see newlib, libgloss `_sbrk`: checks the stack pointer, -1 and ENOMEM on a collision;
 *      picolibc `sbrk`: checks `__heap_end`, and refuses a break below `__heap_start`
 */

/** What `_sbrk` returns when there is no room. */
export const SBRK_FAILED = 0xffffffff;

export type BreakOutcome =
  | { readonly ok: true; readonly previous: number }
  /** The break would pass the limit of its region. */
  | { readonly ok: false; readonly why: 'out-of-memory' }
  /** The break would pass the stack pointer; `by` says how many bytes. */
  | { readonly ok: false; readonly why: 'heap-stack-collision'; readonly by: number }
  /** The break would go below where it began. */
  | { readonly ok: false; readonly why: 'below-start' };

export class StaticBreak {
  readonly start: number;
  /** First address that the break may not reach past; null when only the stack bounds it. */
  readonly limit: number | null;
  /** The break now. */
  current: number;
  /** The highest break so far. */
  highest: number;

  constructor(start: number, limit: number | null) {
    this.start = start;
    this.limit = limit;
    this.current = start;
    this.highest = start;
  }

  /**
   * Moves the break.
   *
   * @param increment      bytes, signed
   * @param stackPointer   the caller's; null when the stack lies elsewhere
   * @returns              the previous break, or why it stays as it is
   */
  move(increment: number, stackPointer: number | null): BreakOutcome {
    const next = this.current + increment;
    if (next < this.start) return { ok: false, why: 'below-start' };
    if (this.limit !== null && next > this.limit) return { ok: false, why: 'out-of-memory' };
    if (stackPointer !== null && stackPointer >= this.start && next > stackPointer) {
      return { ok: false, why: 'heap-stack-collision', by: next - stackPointer };
    }
    const previous = this.current;
    this.current = next;
    this.highest = Math.max(this.highest, next);
    return { ok: true, previous };
  }
}

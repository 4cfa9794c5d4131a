/**
 * A moment of a thread: the addresses of its calls, taken as it passes, and their names, which are
 * looked for when somebody asks. Most moments nobody asks for.
 */
import type { Cpu } from '@bareheap/cpu';
import type { Moment, StackFrame } from '@bareheap/inspect';

/** Addresses of a moment at most. */
export const MOMENT_ADDRESSES = 64;

/**
 * Writes where an engine's thread stands, and where its calls return to, innermost first, to `into`
 * from an index on; how many addresses.
 */
export function captureCalls(cpu: Cpu, pc: number, into: Float64Array, from: number): number {
  into[from] = pc;
  return 1 + cpu.shadowReturns(into, from + 1, MOMENT_ADDRESSES - 1);
}

/** As {@link captureCalls}, without where it stands. */
export function captureCallers(cpu: Cpu, into: Float64Array, from: number): number {
  return cpu.shadowReturns(into, from, MOMENT_ADDRESSES);
}

export abstract class CapturedMoment implements Moment {
  readonly instruction: number;
  private readonly addresses: Float64Array;
  private readonly isAtFirst: boolean;
  private known: readonly StackFrame[] | null = null;

  /**
   * @param addresses    as they were captured; they may not change any more
   * @param isAtFirst    whether the first one is where the thread stands; the others return there
   * @param instruction  how many had retired
   */
  constructor(addresses: Float64Array, isAtFirst: boolean, instruction: number) {
    this.addresses = addresses;
    this.isAtFirst = isAtFirst;
    this.instruction = instruction;
  }

  /** Innermost first; a call lies before the address that it returns to. */
  get stack(): readonly StackFrame[] {
    this.known ??= [...this.addresses].flatMap((address, index) =>
      this.framesAt(index === 0 && this.isAtFirst ? address : address - 1),
    );
    return this.known;
  }

  /** The functions that an instruction is in: one, and before it those that were inlined into it. */
  protected abstract framesAt(address: number): readonly StackFrame[];
}

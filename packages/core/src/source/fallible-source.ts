/**
 * A page source for tests that refuses what a plan says: the nth call, or each call with a chance
 * out of a seed. A refused call changes nothing, so what a heap does about it can be seen.
 */
import {
  NO_MEMORY,
  type PageAccess,
  type PageCommitment,
  type PagePlacement,
  type PageProtection,
  type PageRelease,
  type PageSource,
} from '../page-source.ts';

export interface FailurePlan {
  /** The call that fails, from 1; of all calls, whatever they do. */
  readonly nth?: number;
  /** One in so many calls fails, as the seed has it. */
  readonly oneIn?: number;
  readonly seed?: number;
}

export class FallibleSource implements PageSource {
  readonly granularityBytes: number;
  readonly isContiguous: boolean;
  readonly release: PageRelease;
  readonly isZeroed: boolean;
  readonly protection?: PageProtection;
  readonly commitment?: PageCommitment;
  readonly placement?: PagePlacement;
  /** Calls so far, and how many of them were refused. */
  calls = 0;
  failures = 0;
  private readonly source: PageSource;
  private readonly plan: FailurePlan;
  private state: number;

  constructor(source: PageSource, plan: FailurePlan) {
    this.source = source;
    this.plan = plan;
    this.state = (plan.seed ?? 1) | 0 || 1;
    this.granularityBytes = source.granularityBytes;
    this.isContiguous = source.isContiguous;
    this.release = source.release;
    this.isZeroed = source.isZeroed;
    const { protection, commitment, placement } = source;
    if (protection !== undefined) this.protection = this.fallibleProtection(protection);
    if (commitment !== undefined) this.commitment = this.fallibleCommitment(commitment);
    if (placement !== undefined) {
      this.placement = {
        reserveAt: (address: number, bytes: number): boolean =>
          !this.fails() && placement.reserveAt(address, bytes),
      };
    }
  }

  reserve(bytes: number): number {
    return this.fails() ? NO_MEMORY : this.source.reserve(bytes);
  }

  giveBack(address: number, bytes: number): boolean {
    return !this.fails() && this.source.giveBack(address, bytes);
  }

  private fallibleProtection(protection: PageProtection): PageProtection {
    return {
      pageBytes: protection.pageBytes,
      protect: (address: number, bytes: number, access: PageAccess): boolean =>
        !this.fails() && protection.protect(address, bytes, access),
    };
  }

  private fallibleCommitment(commitment: PageCommitment): PageCommitment {
    return {
      pageBytes: commitment.pageBytes,
      reserveOnly: (bytes: number): number =>
        this.fails() ? NO_MEMORY : commitment.reserveOnly(bytes),
      commit: (address: number, bytes: number): boolean =>
        !this.fails() && commitment.commit(address, bytes),
      decommit: (address: number, bytes: number): boolean =>
        !this.fails() && commitment.decommit(address, bytes),
    };
  }

  private fails(): boolean {
    const { nth, oneIn } = this.plan;
    this.calls++;
    const isPlanned = this.calls === nth || (oneIn !== undefined && this.draw() % oneIn === 0);
    if (isPlanned) this.failures++;
    return isPlanned;
  }

  /** Marsaglia's xorshift32, "Xorshift RNGs" (2003): 13, 17, 5. */
  private draw(): number {
    let { state } = this;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.state = state;
    return state >>> 0;
  }
}

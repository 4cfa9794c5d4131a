/**
 * A site: a place in generated code from which a region can stop. Generated code names it by
 * number, and the engine makes pc, context and instruction count precise from it.
 */
import type { TrapKind } from '../cpu.ts';

export interface Site {
  readonly pc: number;
  readonly nextPc: number;
  readonly context: number;
  readonly nextContext: number;
  /** Instructions of the block not retired when this one does not retire, itself included. */
  readonly unretired: number;
  /** Set at a trap statement. */
  readonly trap: TrapKind | null;
  readonly retired: boolean;
}

/** Sites by number. Numbers of dropped regions are used again. */
export class SiteTable {
  private readonly sites: (Site | null)[] = [];
  private readonly free: number[] = [];

  add(site: Site): number {
    const number = this.free.pop() ?? this.sites.length;
    this.sites[number] = site;
    return number;
  }

  get(number: number): Site {
    const site = this.sites[number];
    if (site === undefined || site === null) throw new Error(`no site ${number}`);
    return site;
  }

  release(numbers: readonly number[]): void {
    for (const number of numbers) {
      this.sites[number] = null;
      this.free.push(number);
    }
  }
}

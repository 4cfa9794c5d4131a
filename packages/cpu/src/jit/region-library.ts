/**
 * Compiled regions that several engines of one ISA on one linear memory share: what a process
 * compiled of a library, another one takes over with a new instance of the same module. So the
 * numbers that generated code names, its table slots and its sites, are the same in all of them.
 */
import type { TranslationBlock } from '../ir/translation-block.ts';
import { SiteTable } from './site.ts';

/** A region of a module. It is good wherever these very blocks are the code. */
export interface SharedRegion {
  readonly module: WebAssembly.Module;
  /** Name of its function among the module's exports. */
  readonly name: string;
  /** The entry's first. */
  readonly blocks: readonly TranslationBlock[];
  readonly sites: readonly number[];
  /** Most instructions that can retire between two looks at the budget. */
  readonly segmentInstructions: number;
  /** Engines that have it installed. */
  users: number;
}

/**
 * Regions that are kept for others; then all are forgotten. Each may have a module of its own, and
 * V8 maps four ranges for a module: Linux allows a process 65,530.
 */
const LIMIT = 1 << 12;

export class RegionLibrary {
  readonly sites: SiteTable = new SiteTable();
  /** The module of the one function that is no region's, once it is made. */
  trampoline: WebAssembly.Module | null = null;
  private readonly slots = new Map<number, number>();
  private readonly regions = new Map<number, SharedRegion>();

  /** Table slots in use; the first is nobody's. */
  get slotCount(): number {
    return this.slots.size + 1;
  }

  /** The table slot of the region that starts at a pc, whether compiled or not. */
  slotOf(pc: number): number {
    let slot = this.slots.get(pc);
    if (slot === undefined) {
      slot = this.slotCount;
      this.slots.set(pc, slot);
    }
    return slot;
  }

  /** The region compiled last at a pc; whoever asks compares its blocks. */
  find(pc: number): SharedRegion | null {
    return this.regions.get(pc) ?? null;
  }

  /** Keeps a region for others; only while no generated code is on the host's stack. */
  add(region: SharedRegion): void {
    const { pc } = region.blocks[0]!;
    if (this.regions.size >= LIMIT) {
      for (const known of this.regions.keys()) this.forget(known);
    }
    this.forget(pc);
    this.regions.set(pc, region);
  }

  /**
   * An engine has dropped a region: its sites are to be released when that is true.
   *
   * @param isGone  the code was stored to: nobody will have it as it was
   */
  drop(region: SharedRegion, isGone: boolean): boolean {
    const { pc } = region.blocks[0]!;
    if (isGone && this.regions.get(pc) === region) this.regions.delete(pc);
    region.users--;
    return region.users === 0 && this.regions.get(pc) !== region;
  }

  private forget(pc: number): void {
    const region = this.regions.get(pc);
    if (region?.users === 0) this.sites.release(region.sites);
    this.regions.delete(pc);
  }
}

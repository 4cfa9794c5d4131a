/** A translation block in the cache, and the compiled region that starts there. */
import type { TranslationBlock } from '../ir/translation-block.ts';

/** Returns the pc to go on at: a bigint for guests with 64-bit addresses. */
export type RegionFunction = (depth: number) => number | bigint;

export interface CompiledRegion {
  readonly entry: number;
  readonly slot: number;
  readonly run: RegionFunction;
  readonly sites: readonly number[];
  readonly blocks: readonly BlockEntry[];
}

/** A lifted block and what became of it. */
export interface BlockEntry {
  readonly pc: number;
  readonly context: number;
  readonly block: TranslationBlock;
  /** The code it was lifted from, in units of the ISA's `fetchBytes`. */
  readonly units: Uint16Array;
  /** Instructions interpreted from here. */
  heat: number;
  /** The region that starts here, once compiled. */
  region: CompiledRegion | null;
  /** It waits to be compiled. */
  isHot: boolean;
  dropped: boolean;
}

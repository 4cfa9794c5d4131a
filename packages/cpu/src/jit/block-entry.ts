/** A translation block in the cache, and the compiled region that starts there. */
import type { TranslationBlock } from '../ir/translation-block.ts';
import type { LiftedBlock } from './block-library.ts';
import type { SharedRegion } from './region-library.ts';

/** Returns the pc to go on at: a bigint for guests with 64-bit addresses. */
export type RegionFunction = (depth: number) => number | bigint;

export interface CompiledRegion {
  readonly entry: number;
  readonly slot: number;
  readonly run: RegionFunction;
  readonly blocks: readonly BlockEntry[];
  readonly shared: SharedRegion;
}

/** A lifted block and what became of it. */
export interface BlockEntry {
  readonly pc: number;
  readonly context: number;
  readonly block: TranslationBlock;
  /** The block with its code, as the library has it. */
  readonly lifted: LiftedBlock;
  /** Instructions interpreted from here. */
  heat: number;
  /** The region that starts here, once compiled. */
  region: CompiledRegion | null;
  /** Regions that it lies in, wherever they start; null: none. */
  regions: Set<CompiledRegion> | null;
  /** It waits to be compiled. */
  isHot: boolean;
  /** A region of another engine's was looked for. */
  isSought: boolean;
  dropped: boolean;
}

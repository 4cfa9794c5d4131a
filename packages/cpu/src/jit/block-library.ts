/**
 * Lifted blocks that several engines of one ISA share: processes run the same libraries at the same
 * addresses, and a block follows from its bytes, its pc and its context alone.
 */
import type { TranslationBlock } from '../ir/translation-block.ts';
import { RegionLibrary } from './region-library.ts';

/** A block with the code that it was lifted from, in units of the ISA's `fetchBytes`. */
export interface LiftedBlock {
  readonly block: TranslationBlock;
  readonly units: Uint16Array;
}

/** Blocks that are kept; then all are forgotten. */
const LIMIT = 1 << 18;
/** Contexts are 8 bits; a key is exact below 2^53. */
const CONTEXT_FACTOR = 2 ** 40;

export class BlockLibrary {
  /** What was compiled of the blocks. */
  readonly regions: RegionLibrary = new RegionLibrary();
  private readonly blocks = new Map<number, LiftedBlock>();

  /** The block last lifted at a pc; whoever asks compares its code. */
  find(pc: number, context: number): LiftedBlock | null {
    return this.blocks.get(pc + context * CONTEXT_FACTOR) ?? null;
  }

  add(lifted: LiftedBlock): void {
    if (this.blocks.size >= LIMIT) this.blocks.clear();
    this.blocks.set(lifted.block.pc + lifted.block.context * CONTEXT_FACTOR, lifted);
  }
}

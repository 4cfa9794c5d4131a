/**
 * A region: the translation blocks that have run, reachable from an entry without leaving the guest
 * function, as far as direct jumps tell. It is compiled as one WebAssembly function, loops inside.
 * Where control first goes to a block that has not run, it leaves the region: most of a function
 * never runs, and is not worth compiling.
 */
import type { Exit } from '../ir/statement.ts';
import type { TranslationBlock } from '../ir/translation-block.ts';

/** Instructions after which a region takes in no further blocks. */
export const REGION_INSTRUCTIONS = 1500;

export interface RegionBlock {
  readonly block: TranslationBlock;
  /** Indexes of successor blocks inside the region, by the pc they start at. */
  readonly successors: number[];
}

export interface Region {
  readonly entry: number;
  /** In order of discovery; the entry is the first. */
  readonly blocks: readonly RegionBlock[];
  readonly indexOf: ReadonlyMap<number, number>;
}

/** The pcs to which control can go on inside the same guest function. */
export function internalTargets(exit: Exit): number[] {
  const targets: number[] = [];
  if (exit.kind === 'jump') targets.push(exit.target);
  if (exit.kind === 'call') targets.push(exit.returnTo);
  if (exit.guard !== null && !targets.includes(exit.next)) targets.push(exit.next);
  return targets;
}

/**
 * Discovers the region of `entry`.
 *
 * @param blockAt  the translation block that starts at a pc, or null when none may be compiled
 *                 there (a breakpoint, code that cannot be fetched)
 */
export function discoverRegion(
  entry: number,
  blockAt: (pc: number) => TranslationBlock | null,
): Region | null {
  const first = blockAt(entry);
  if (first === null) return null;
  const blocks: RegionBlock[] = [{ block: first, successors: [] }];
  const indexOf = new Map([[entry, 0]]);
  let instructions = first.instructions.length;
  for (let index = 0; index < blocks.length; index++) {
    const { block, successors } = blocks[index]!;
    if (block.endContext !== 0) continue;
    for (const target of internalTargets(block.exit)) {
      let successor = indexOf.get(target);
      if (successor === undefined && instructions < REGION_INSTRUCTIONS) {
        const next = blockAt(target);
        if (next === null) continue;
        successor = blocks.length;
        blocks.push({ block: next, successors: [] });
        indexOf.set(target, successor);
        instructions += next.instructions.length;
      }
      if (successor !== undefined) successors.push(successor);
    }
  }
  return { entry, blocks, indexOf };
}

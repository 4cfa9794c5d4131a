/**
 * Allocation programs as data: a list of operations that names blocks by their place among the
 * live ones, so that one program runs on every heap, whatever addresses it gives out.
 */
import type { Random } from './random.ts';

export type HeapOperation =
  | {
      readonly kind: 'allocate';
      readonly size: number;
      readonly align: number;
      readonly zeroed: boolean;
    }
  /** `nth` is taken modulo the number of live blocks. */
  | { readonly kind: 'free'; readonly nth: number }
  | {
      readonly kind: 'resize';
      readonly nth: number;
      readonly size: number;
      readonly inPlace: boolean;
    };

export interface ProgramShape {
  readonly operations: number;
  /** Sizes are mostly small, up to this many bytes. */
  readonly largest: number;
  /** Share of frees among frees and allocations, in 256ths. */
  readonly frees: number;
}

const ALIGNS = [1, 2, 4, 8, 8, 8, 8, 16, 32, 64];

function size(random: Random, largest: number): number {
  const cap = random.oneIn(8) ? largest : Math.max(1, largest >> random.between(2, 6));
  return random.between(1, cap);
}

/** A random program. */
export function randomProgram(random: Random, shape: ProgramShape): HeapOperation[] {
  const program: HeapOperation[] = [];
  for (let index = 0; index < shape.operations; index++) {
    const nth = random.next();
    if (random.oneIn(6)) {
      program.push({
        kind: 'resize',
        nth,
        size: size(random, shape.largest),
        inPlace: random.oneIn(3),
      });
    } else if (random.below(256) < shape.frees) {
      program.push({ kind: 'free', nth });
    } else {
      const align = random.pick(ALIGNS);
      program.push({
        kind: 'allocate',
        size: size(random, shape.largest),
        align,
        zeroed: random.oneIn(8),
      });
    }
  }
  return program;
}

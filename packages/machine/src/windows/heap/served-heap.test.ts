/**
 * Random programs of heap calls, as they are compared with Wine, over heaps that a strategy serves:
 * line by line what the system's own heap gives.
 */
import { ProbeRun, randomWinProgram } from '@bareheap/platform-win';
import { expect, test } from 'vitest';
import { HEAP_CHOICES, type HeapChoice } from '../../firmware-options.ts';
import { ServedBlocks } from './served-blocks.ts';
import { ServedHeap } from './served-heap.ts';

/** Of nine kinds of programs those of heap calls and of moveable handles. */
const isHeapSeed = (seed: number): boolean => seed % 9 >= 6;
const COUNT = Number(process.env['BAREHEAP_FUZZ'] ?? 1);
const SEEDS = Array.from({ length: 9 * COUNT }, (_, n) => n + 1).filter(isHeapSeed);
const CALLS = 80;

/** What each line of a program gives, and the work of the strategy that serves. */
function play(program: readonly string[], choice: HeapChoice) {
  const run = new ProbeRun();
  const { process } = run;
  const served = choice === 'guest' ? null : new ServedBlocks(process.space, choice);
  if (served !== null) {
    process.openHeap = (base) => new ServedHeap(process.space, base, served);
  }
  try {
    const lines = program.map((line) => `${line}: ${run.perform(line)}`);
    return { lines, steps: served?.takeSteps() ?? 0 };
  } finally {
    run.dispose();
  }
}

const strategies = HEAP_CHOICES.filter((name) => name !== 'guest' && name !== 'null');
test.each(strategies)('%s', (choice) => {
  for (const seed of SEEDS) {
    const program = randomWinProgram(seed, CALLS);
    const { lines, steps } = play(program, choice);
    expect(lines, `seed ${seed}`).toEqual(play(program, 'guest').lines);
    expect(steps, `seed ${seed}`).toBeGreaterThan(10);
  }
});

/**
 * Random programs on a heap against the naive model, as many operations as asked for, each program
 * from a seed of its own on a heap of its own. What is wrong is told with the seed that repeats it.
 */
import type { Heap } from '@bareheap/core';
import type { HeapTraits } from './heap-conformance.ts';
import { type HeapBytes, HeapModel, HeapModelError } from './heap-model.ts';
import { randomProgram } from './heap-program.ts';
import { Random } from './random.ts';

/** A fresh heap for one program. */
export interface FuzzSubject {
  readonly heap: Heap;
  /** The bytes it may hand out. */
  readonly region: HeapBytes;
  /** Requests are at most this large; bytes. */
  readonly largest: number;
  /** What must hold after the program, when all blocks are freed. @throws Error */
  readonly verifyEnd?: (refusals: number) => void;
}

export interface FuzzOptions {
  readonly seed: number;
  /** Operations in all. */
  readonly operations: number;
  readonly perProgram: number;
  /** Run the heap's own check every so many operations. */
  readonly checkEvery: number;
  readonly traits: Pick<HeapTraits, 'reuses' | 'merges'>;
}

export interface FuzzFigures {
  readonly operations: number;
  readonly refusals: number;
  readonly worstSteps: number;
}

/** From a heap that only grows to one that is mostly empty; in 256ths, see randomProgram. */
const FREES: readonly [number, number] = [80, 155];

function runProgram(subject: FuzzSubject, random: Random, options: FuzzOptions): number {
  const { heap, region, largest, verifyEnd } = subject;
  const { perProgram, checkEvery, traits } = options;
  const first = heap.allocate(16, 8);
  heap.deallocate(first, 16, 8);
  const fresh = heap.stats();
  const model = new HeapModel(heap, region);
  const frees = random.between(...FREES);
  model.run(randomProgram(random, { operations: perProgram, largest, frees }), { checkEvery });
  model.freeAll();
  const end = heap.stats();
  if (end.liveBytes !== 0) throw new HeapModelError(`${end.liveBytes} bytes are live in the end`);
  if (traits.merges && end.largestFreeBytes < fresh.largestFreeBytes)
    throw new HeapModelError(`the largest hole has ${end.largestFreeBytes} bytes in the end`);
  const again = heap.allocate(16, 8);
  if (traits.reuses && again !== first)
    throw new HeapModelError(`the first block comes back at ${again}, not ${first}`);
  if (again !== 0) heap.deallocate(again, 16, 8);
  verifyEnd?.(model.refusals);
  return model.refusals;
}

/**
 * Runs programs until they have as many operations as asked for.
 *
 * @param make  makes the heap for a program; may draw its shape from the generator
 * @throws HeapModelError with the seed of the program that went wrong
 */
export function fuzzHeap(make: (random: Random) => FuzzSubject, options: FuzzOptions): FuzzFigures {
  let operations = 0;
  let refusals = 0;
  let worstSteps = 0;
  for (let { seed } = options; operations < options.operations; seed++) {
    const random = new Random(seed);
    try {
      const subject = make(random);
      refusals += runProgram(subject, random, options);
      worstSteps = Math.max(worstSteps, subject.heap.worstSteps);
    } catch (error) {
      throw new HeapModelError(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
    operations += options.perProgram;
  }
  return { operations, refusals, worstSteps };
}

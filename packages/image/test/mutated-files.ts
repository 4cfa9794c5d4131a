/**
 * Files with bytes changed, by seed, and what comes of parsing them. BAREHEAP_FUZZ sets the number
 * of files, BAREHEAP_SEED replays one.
 */
import { Random } from '@bareheap/conformance';
import { expect } from 'vitest';
import { ImageError } from '../src/image-error.ts';
import { processorMilliseconds } from './processor-time.ts';

export const MUTATED_COUNT: number = Number(process.env['BAREHEAP_FUZZ'] ?? 3000);
/** Of the processor's time; a file takes about one. */
const MILLISECONDS = 2000;
const LONGEST_MESSAGE = 200;
const VALUES = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

/** A file to change, and the parts of it that edits prefer. */
export interface Original {
  readonly bytes: Uint8Array;
  readonly targets: readonly (readonly [start: number, end: number])[];
}

/** A copy with some bytes changed, most of them in the targets, and perhaps cut. */
export function mutated(random: Random, { bytes: from, targets }: Original): Uint8Array {
  const bytes = from.slice();
  for (let edits = random.between(1, 6); edits > 0; edits--) {
    const [start, end] = random.below(4) === 0 ? [0, bytes.length] : random.pick(targets);
    const at = random.between(start, Math.min(end, bytes.length) - 1);
    const length = random.below(4) === 0 ? random.between(1, 8) : 1;
    for (let n = at; n < Math.min(at + length, bytes.length); n++) {
      bytes[n] = random.below(2) === 0 ? random.pick(VALUES) : random.below(256);
    }
  }
  return random.below(10) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes;
}

/** Parses and uses a file: the code of its refusal, which is one short line, or `parsed`. */
function outcomeOf(use: (bytes: Uint8Array) => void, bytes: Uint8Array): string {
  try {
    use(bytes);
    return 'parsed';
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    if (error.message.includes('\n') || error.message.length > LONGEST_MESSAGE) throw error;
    return error.code;
  }
}

/** Uses as many mutated files as were asked for: each soon, and with every kind of outcome. */
export function useMutatedFiles(
  originals: readonly Original[],
  use: (bytes: Uint8Array) => void,
): void {
  const replayed = process.env['BAREHEAP_SEED'];
  const outcomes = new Map<string, number>();
  const runs = replayed === undefined ? MUTATED_COUNT : 1;
  for (let run = 0; run < runs; run++) {
    const seed = replayed === undefined ? run : Number(replayed);
    const random = new Random(seed);
    const bytes = mutated(random, random.pick(originals));
    const start = processorMilliseconds();
    try {
      const outcome = outcomeOf(use, bytes);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      const took = processorMilliseconds() - start;
      if (took > MILLISECONDS) throw new Error(`took ${Math.round(took)} ms`);
    } catch (error) {
      throw new Error(`BAREHEAP_SEED=${seed}: ${(error as Error).stack}`);
    }
  }
  if (process.env['BAREHEAP_FUZZ'] !== undefined) console.log(Object.fromEntries(outcomes));
  if (replayed !== undefined) return;
  expect(outcomes.get('parsed')).toBeGreaterThan(MUTATED_COUNT / 20);
  expect(outcomes.size).toBeGreaterThan(6);
}

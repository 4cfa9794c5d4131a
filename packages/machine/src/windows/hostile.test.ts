/**
 * Programs with bytes changed, run: each ends in its own way, in an exception or at a limit, and
 * never in an error of ours. BAREHEAP_FUZZ sets the number of programs, BAREHEAP_SEED replays one.
 */
import { Random } from '@bareheap/conformance';
import { ImageError, parseImage } from '@bareheap/image';
import { expect, test } from 'vitest';
import { TextHost } from '../../test/text-host.ts';
import { openProgram, prebuiltProgram } from '../../test/windows-program.ts';
import { MachineError } from '../machine-error.ts';

const COUNT = Number(process.env['BAREHEAP_FUZZ'] ?? 12);
const SEED = process.env['BAREHEAP_SEED'];
const INSTRUCTIONS = 200_000;
/** More calls than any guest makes; a program may call in a circle without many instructions. */
const CALLS = 100_000;

const originals = [
  'args.exe',
  'exception.exe',
  'heap.exe',
  'jump.exe',
  'threads.exe',
  'throw.exe',
].map(prebuiltProgram);

/** Changes some bytes of code, data and tables; headers are for the parser's own test. */
function mutate(random: Random): Uint8Array {
  const bytes = random.pick(originals).slice();
  for (let edits = random.between(1, 40); edits > 0; edits--) {
    bytes[random.between(1024, bytes.length - 1)] = random.below(256);
  }
  return bytes;
}

const HEAPS = ['guest', 'guest', 'tlsf', 'debug'] as const;
const ALL_CALLS = { traces: () => true, tellsSignals: true, hasStacks: true };

function outcome(seed: number): string {
  let calls = 0;
  try {
    const guest = openProgram(parseImage(mutate(new Random(seed))), new TextHost('input\n'), {
      argv: ['one'],
      heap: HEAPS[seed % HEAPS.length]!,
      observesHeap: seed % 2 === 0,
      memoryBytes: 2 ** 25,
      trace: { filter: ALL_CALLS, write: () => void calls++ },
    });
    return guest.run({ maxInstructions: INSTRUCTIONS, shouldStop: () => calls > CALLS }).kind;
  } catch (error) {
    if (error instanceof ImageError || error instanceof MachineError) return 'refused';
    throw new Error(`BAREHEAP_SEED=${seed}: ${(error as Error).stack}`);
  }
}

test(`${COUNT} programs with changed bytes end well`, { timeout: 3_600_000 }, () => {
  const outcomes = new Map<string, number>();
  const seeds = SEED === undefined ? Array.from({ length: COUNT }, (_, n) => n) : [Number(SEED)];
  for (const seed of seeds) {
    const kind = outcome(seed);
    outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
  }
  if (process.env['BAREHEAP_FUZZ'] !== undefined) console.log(Object.fromEntries(outcomes));
  expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(seeds.length);
  if (SEED === undefined) expect(outcomes.size).toBeGreaterThan(1);
});

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runProbeProgram } from './probe/probe-run.ts';
import { randomWinProgram, winResultsHash } from './probe/random-program.ts';

/** What Wine gave for the seeds from 1: a hash of all results for each. */
interface RecordedSeeds {
  readonly system: string;
  readonly calls: number;
  readonly hashes: string;
}

const file = '../../../test/probes/win/truth/wine-random.json';
const recorded: RecordedSeeds = JSON.parse(
  readFileSync(join(dirname(fileURLToPath(import.meta.url)), file), 'utf8'),
);
const hashes = recorded.hashes.split(' ');
const SEEDS = Math.min(hashes.length, Number(process.env['BAREHEAP_FUZZ'] ?? 28));

/** Whether this package gives what was recorded for a seed; what to run when it does not. */
function runSeed(seed: number, change = (program: string[]): string[] => program): string[] {
  const lines = runProbeProgram(change(randomWinProgram(seed, recorded.calls)));
  if (winResultsHash(lines).toString(16) === hashes[seed - 1]) return [];
  const again = `node tools/win/random.mjs --seeds 1 --first ${seed} --calls ${recorded.calls}`;
  return [`seed ${seed} differs from ${recorded.system}: ${again}`];
}

test(`random programs give what ${recorded.system} gave`, () => {
  expect(hashes.length).toBeGreaterThanOrEqual(1000);
  const wrong: string[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) wrong.push(...runSeed(seed));
  expect(wrong).toEqual([]);
}, 600_000);

test('a program that does something else is found', () => {
  const [wrong] = runSeed(1, (program) => [...program.slice(0, -1), 'VirtualQuery X 0']);
  expect(wrong).toMatch(/^seed 1 differs from wine.*: node tools/);
});

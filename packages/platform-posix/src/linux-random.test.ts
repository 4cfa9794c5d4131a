import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { posixResultsHash, randomPosixProgram, runPosixProgram } from '@bareheap/conformance/posix';
import { expect, test } from 'vitest';
import { MemoryProbe } from './memory-probe.ts';

/** What a kernel gave for the seeds from 1: a hash of all results for each. */
interface RecordedSeeds {
  readonly release: string;
  readonly memoryBytes: number;
  readonly calls: number;
  readonly hashes: string;
}

const file = '../../../test/posix/truth/linux-x86_64-random.json';
const recorded: RecordedSeeds = JSON.parse(
  readFileSync(join(dirname(fileURLToPath(import.meta.url)), file), 'utf8'),
);
const hashes = recorded.hashes.split(' ');
const SEEDS = Math.min(hashes.length, Number(process.env['BAREHEAP_FUZZ'] ?? 50));

/** Runs the program of a seed on the model: whether the kernel's results are its, and its check. */
function runSeed(seed: number, lines = (program: string[]): string[] => program): string[] {
  const model = MemoryProbe.make(recorded);
  const program = lines(randomPosixProgram(seed, recorded.calls));
  const hash = posixResultsHash(runPosixProgram(program, model)).toString(16);
  const wrong = model.check();
  model.dispose();
  const again = `node tools/posix/random.mjs --seeds 1 --first ${seed} --calls ${recorded.calls}`;
  if (hash !== hashes[seed - 1]) wrong.push(`seed ${seed} differs from the kernel: ${again}`);
  if (model.space.mmu.pool.inUse > 0) wrong.push(`seed ${seed} leaves frames in use: ${again}`);
  return wrong;
}

test(`random programs give what Linux ${recorded.release} gave`, () => {
  expect(hashes.length).toBeGreaterThanOrEqual(2000);
  const wrong: string[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) wrong.push(...runSeed(seed));
  expect(wrong).toEqual([]);
});

test('a program that does something else is found', () => {
  const [wrong] = runSeed(1, (program) => [...program.slice(0, -1), 'get 0']);
  expect(wrong).toMatch(/^seed 1 differs from the kernel: node tools/);
});
